import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { Reply } from '../../contracts/adapter/port.ts';
import { classes, makeInstance, syntaxes } from '../../test/peers/dicom/instance.ts';
import { dial, good, type ServeOptions, serveDicom } from '../../test/peers/dicom/listening.ts';
import { requestPdu } from './associate.ts';
import { echoRequest, storeRequest } from './command.ts';
import { abort, dataPdus, encodePdu, releaseRequest } from './pdu.ts';
import { verification } from './uid.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

async function serve(options: ServeOptions = {}) {
  const served = await serveDicom(options);
  cleanups.push(() => served.listener.stop(0));
  return served;
}

async function call(port: number) {
  const peer = await dial(port);
  cleanups.push(() => peer.socket.destroy());
  return peer;
}

const contexts = [
  { id: 1, abstract: verification, syntaxes: [syntaxes.implicit] },
  { id: 3, abstract: classes.microscopy, syntaxes: [syntaxes.explicit] },
];
const request = (called = 'CYTOMESH', calling = 'SCOPE1') => requestPdu(called, calling, contexts, 16384);
const echo = (id = 1) => dataPdus(1, echoRequest(verification, id), true, 16384);
const instance = makeInstance({ accession: 'A1' });
const storeCommand = (id = 1) =>
  dataPdus(3, storeRequest(instance.sopClass, instance.sopInstance, id), true, 16384);
const storeData = () => dataPdus(3, instance.dataset, false, 16384);

async function associated(port: number) {
  const peer = await call(port);
  peer.socket.write(request());
  await peer.got(2);
  return peer;
}

describe('[INT-02] DICOM listener: what comes to an open port', () => {
  test('a port scanner that says nothing is folded into one line', async () => {
    const { listener, incidents, changes } = await serve();
    for (let i = 0; i < 5; i++) {
      const peer = await call(listener.port);
      peer.socket.end();
      await peer.closed();
    }
    await changes.until(() => incidents.length > 0);
    expect(incidents.map(({ kind }) => kind)).toEqual(['probe']);
    expect(listener.connections()).toEqual([]);
  });

  test.each([
    ['an HTTP request', 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['a TLS hello', '\x16\x03\x01\x02\x00\x01\x00'],
    ['SSH', 'SSH-2.0-probe\r\n'],
    ['HL7 over MLLP', '\x0bMSH|^~\\&|HIS\r\x1c\r'],
    ['zeros', '\0'.repeat(100)],
  ])('%s is aborted and told with its first bytes', async (_name, bytes) => {
    const { listener, incidents } = await serve();
    const peer = await call(listener.port);
    peer.socket.write(Buffer.from(bytes, 'latin1'));
    await peer.closed();
    expect(peer.types()).toEqual([7]);
    expect(incidents).toMatchObject([
      { kind: 'noise', hex: Buffer.from(bytes, 'latin1').subarray(0, 64).toString('hex') },
    ]);
  });

  test('a unit that claims four gigabytes is aborted before a byte of it is kept', async () => {
    const { listener, kinds } = await serve();
    const peer = await call(listener.port);
    peer.socket.write(Buffer.from([1, 0, 0xff, 0xff, 0xff, 0xff, 0, 1]));
    await peer.closed();
    expect(kinds()).toEqual(['too-large']);
    const second = await associated(listener.port);
    second.socket.write(Buffer.from([4, 0, 0x7f, 0xff, 0xff, 0xff]));
    await second.closed();
    expect(second.types()).toEqual([2, 7]);
  });

  test('data before an association, a second association and an acceptance are out of place', async () => {
    const { listener, kinds } = await serve();
    const early = await call(listener.port);
    early.socket.write(echo());
    await early.closed();
    const twice = await associated(listener.port);
    twice.socket.write(request());
    await twice.closed();
    const confused = await associated(listener.port);
    confused.socket.write(encodePdu(2, Buffer.alloc(68)));
    await confused.closed();
    expect([early, twice, confused].map((peer) => peer.types())).toEqual([[7], [2, 7], [2, 7]]);
    expect(kinds()).toEqual(['bad-pdu', 'bad-pdu', 'bad-pdu']);
  });

  test('half an association, an abort and a lost association are told, and nothing is kept', async () => {
    const { listener, kinds, frames, changes } = await serve();
    const half = await call(listener.port);
    half.socket.end(request().subarray(0, 50));
    await changes.until(() => kinds().includes('half-association'));
    const aborted = await associated(listener.port);
    aborted.socket.write(abort('application'));
    await aborted.closed();
    const lost = await associated(listener.port);
    lost.socket.write(Buffer.concat([storeCommand(), storeData().subarray(0, 200)]));
    lost.socket.end();
    await changes.until(() => kinds().includes('association-lost'));
    const reset = await associated(listener.port);
    reset.socket.resetAndDestroy();
    await changes.until(() => kinds().length === 4);
    expect(kinds().sort()).toEqual(['aborted', 'association-lost', 'association-lost', 'half-association']);
    expect(frames).toEqual([]);
  });

  test('a connection that asks for nothing and an idle association are ended', async () => {
    let now = 1_000_000;
    const { listener, kinds, changes } = await serve({
      settings: { associateMs: 80, idleMs: 40 },
      now: () => now,
    });
    const silent = await call(listener.port);
    const idle = await associated(listener.port);
    now += 81;
    await Promise.all([silent.closed(), idle.closed()]);
    expect(kinds().filter((kind) => kind === 'idle-closed')).toHaveLength(2);
    await changes.until(() => listener.connections().every(({ open }) => !open));
  });

  test('more associations than allowed are refused as passing, and taken again when one has gone', async () => {
    const { listener, kinds } = await serve({ settings: { maxAssociations: 2 } });
    const [first] = [await associated(listener.port), await associated(listener.port)];
    const third = await call(listener.port);
    third.socket.write(request());
    await third.closed();
    expect([...third.state.bytes.subarray(6)]).toEqual([0, 2, 3, 2]);
    expect(kinds()).toEqual(['association-refused']);
    first.socket.write(releaseRequest());
    await first.got(6);
    await first.closed();
    await associated(listener.port);
  });
});

describe('[INT-02] DICOM listener: storing', () => {
  test('nothing is answered before the commit', async () => {
    let commit: (reply: Reply) => void = () => undefined;
    const { listener, frames, changes } = await serve({
      accept: () => new Promise((resolve) => (commit = resolve)),
    });
    const peer = await associated(listener.port);
    peer.socket.write(Buffer.concat([storeCommand(), storeData()]));
    await changes.until(() => frames.length === 1);
    expect(listener.connections()[0]).toMatchObject({ pending: 1, framesOut: 0 });
    expect(peer.types()).toEqual([2]);
    commit(good);
    await peer.count(2);
    expect(peer.types()).toEqual([2, 4]);
  });

  test('byte by byte, and everything in one packet, are the same', async () => {
    const { listener, frames } = await serve();
    const whole = Buffer.concat([request(), storeCommand(), storeData(), echo(2), releaseRequest()]);
    const once = await call(listener.port);
    once.socket.write(whole);
    await once.closed();
    const slow = await call(listener.port);
    for (const byte of whole)
      await new Promise<void>((resolve) => slow.socket.write(Buffer.from([byte]), () => resolve()));
    await slow.closed();
    expect(once.types()).toEqual([2, 4, 4, 6]);
    expect(slow.state.bytes.equals(once.state.bytes)).toBe(true);
    expect(frames).toHaveLength(2);
    expect(Buffer.from(frames[0]!.bytes)).toEqual(Buffer.from(frames[1]!.bytes));
  });

  test('fragments of one byte cost their bytes and no more', async () => {
    const { listener, frames } = await serve();
    const peer = await associated(listener.port);
    const tiny = [...instance.dataset].map((byte, i, all) => {
      const fragment = Buffer.from([0, 0, 0, 3, 3, i === all.length - 1 ? 2 : 0, byte]);
      return encodePdu(4, fragment);
    });
    peer.socket.write(Buffer.concat([storeCommand(), ...tiny]));
    await peer.count(2);
    expect(frames).toHaveLength(1);
  });

  test('the images of all associations have one bound; beyond it a sender is told to come again', async () => {
    let commit: () => void = () => undefined;
    const held = new Promise<Reply>((resolve) => (commit = () => resolve(good)));
    const { listener, frames, changes } = await serve({
      settings: { maxBufferedBytes: instance.dataset.length + 100 },
      accept: () => held,
    });
    const first = await associated(listener.port);
    first.socket.write(Buffer.concat([storeCommand(), storeData()]));
    await changes.until(() => frames.length === 1);
    const second = await associated(listener.port);
    second.socket.write(Buffer.concat([storeCommand(), storeData()]));
    await second.count(2);
    expect(second.state.bytes.subarray(-200).toString('latin1')).toContain('too many images at once');
    commit();
    await first.count(2);
    second.socket.write(Buffer.concat([storeCommand(2), storeData()]));
    await second.count(3);
    expect(frames).toHaveLength(2);
  });

  test('a data set of another instance or class is kept as broken and refused', async () => {
    const { listener, frames, headers } = await serve();
    const peer = await associated(listener.port);
    const other = makeInstance();
    peer.socket.write(Buffer.concat([storeCommand(), dataPdus(3, other.dataset, false, 16384)]));
    await peer.count(2);
    peer.socket.write(
      Buffer.concat([storeCommand(2), dataPdus(3, instance.dataset.subarray(0, 60), false, 16384)]),
    );
    await peer.count(3);
    expect(frames.map(({ broken }) => broken)).toEqual([
      { code: 'hub.frame.broken', reason: 'the SOP instance of the data set is another' },
      { code: 'hub.frame.broken', reason: '(0008,0018) is longer than what is left' },
    ]);
    expect(headers()[0]).toMatchObject({ sopInstance: instance.sopInstance });
    expect(frames[1]!.blobs).toHaveLength(1);
  });

  test('whether the answer left is told', async () => {
    const told: string[] = [];
    const ready: (() => void)[] = [];
    const { listener, changes, kinds } = await serve({
      accept: () =>
        new Promise((resolve) =>
          ready.push(() => resolve({ ...good, written: (outcome) => void told.push(outcome) })),
        ),
    });
    const stays = await associated(listener.port);
    stays.socket.write(Buffer.concat([storeCommand(), storeData()]));
    await changes.until(() => ready.length === 1);
    ready[0]!();
    await stays.count(2);
    const goes = await associated(listener.port);
    goes.socket.write(Buffer.concat([storeCommand(), storeData()]));
    await changes.until(() => ready.length === 2);
    goes.socket.resetAndDestroy();
    await changes.until(() => kinds().includes('association-lost'));
    ready[1]!();
    await new Promise((resolve) => setImmediate(resolve));
    expect(told).toEqual(['sent', 'failed']);
  });

  test('stopping lets what is in hand be answered, then aborts', async () => {
    let commit: (reply: Reply) => void = () => undefined;
    const { listener, frames, changes } = await serve({
      accept: () => new Promise((resolve) => (commit = resolve)),
    });
    const peer = await associated(listener.port);
    peer.socket.write(Buffer.concat([storeCommand(), storeData()]));
    await changes.until(() => frames.length === 1);
    const stopped = listener.stop(5000);
    commit(good);
    await peer.closed();
    await stopped;
    expect(peer.types()).toEqual([2, 4, 7]);
  });

  test('an address that is taken is refused with its fault', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    cleanups.push(() => taken.close());
    const { port } = taken.address() as { port: number };
    await expect(serve({ settings: { port } })).rejects.toMatchObject({ code: 'hub.address.taken' });
  });
});

describe('[INT-02] DICOM over TLS', () => {
  const certificates = join(import.meta.dirname, '../mllp/samples');

  test('with certificates of both sides; the subject goes with the image', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'cytomesh-tls-'));
    cleanups.push(() => rmSync(folder, { recursive: true }));
    const file = (name: string): string => {
      copyFileSync(join(certificates, name), join(folder, name));
      return join(folder, name);
    };
    const tls = { certificate: file('server.pem'), key: file('server.key'), clientCa: file('ca.pem') };
    const { listener, frames, kinds, changes } = await serve({ settings: { tls } });
    const own = { ca: readFileSync(file('ca.pem')) };
    const bare = connectTls({ port: listener.port, host: '127.0.0.1', ...own });
    bare.on('error', () => undefined);
    await changes.until(() => kinds().includes('tls-failed'));
    const client = connectTls({
      port: listener.port,
      host: '127.0.0.1',
      ...own,
      cert: readFileSync(file('client.pem')),
      key: readFileSync(file('client.key')),
    });
    cleanups.push(() => client.destroy());
    client.write(Buffer.concat([request(), storeCommand(), storeData()]));
    await changes.until(() => frames.length === 1);
    expect(frames[0]!.peerCertificate).toContain('CN=');
    expect(listener.connections().find(({ open }) => open)).toMatchObject({
      tls: expect.stringContaining('TLSv1'),
    });
  });

  test('a certificate that cannot be read is named', async () => {
    const tls = { certificate: join(certificates, 'none.pem'), key: join(certificates, 'server.key') };
    await expect(serve({ settings: { tls } })).rejects.toMatchObject({ code: 'hub.certificate.unusable' });
  });
});
