import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { Compile } from 'typebox/compile';
import type { SendOptions } from '../../contracts/adapter/port.ts';
import type { WireIncident } from '../../contracts/adapter/wire.ts';
import { describeWithDcmtk, Folder, freePort, startStoreScp } from '../../test/peers/dicom/dcmtk.ts';
import { classes, makeInstance, syntaxes } from '../../test/peers/dicom/instance.ts';
import { dial, good, serveDicom, watcher } from '../../test/peers/dicom/listening.ts';
import { rejectPdu } from './associate.ts';
import { descriptor } from './descriptor.ts';
import { adapter } from './index.ts';
import { readPart10 } from './part10.ts';
import { abort } from './pdu.ts';
import { saidOf } from './said.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

const options = (more: Partial<SendOptions> = {}): SendOptions => ({
  timeoutMs: 5000,
  matches: () => true,
  id: 'd1',
  controlId: '',
  with: {},
  mediaType: 'application/dicom',
  ...more,
});

function sender(port: number, dimse: Record<string, unknown> = {}, more: Record<string, unknown> = {}) {
  const incidents: WireIncident[] = [];
  const quiet = () => undefined;
  const made = adapter.connect!({
    endpoint: 'pacs',
    settings: { kind: 'dimse', dimse: { host: '127.0.0.1', port, calledAe: 'PACS', ...dimse }, ...more },
    log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
    now: Date.now,
    incident: (incident) => incidents.push(incident),
    web: { mount: () => quiet, url: '' },
  });
  cleanups.push(() => made.close());
  return { sender: made, incidents };
}

/** A peer that says what it is told to. */
async function peer(answer: (socket: Socket, bytes: Buffer) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('data', (bytes: Buffer) => answer(socket, bytes));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanups.push(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  });
  return (server.address() as { port: number }).port;
}

/** Our own listener as the peer. */
async function pacs(more: Parameters<typeof serveDicom>[0] = {}) {
  const served = await serveDicom({ ...more, settings: { aeTitle: 'PACS', ...more.settings } });
  cleanups.push(() => served.listener.stop(0));
  return served;
}

describeWithDcmtk('[INT-02] C-STORE to storescp', () => {
  test('the image arrives byte for byte, several by one association, large ones in the units asked for', async () => {
    const folder = new Folder();
    cleanups.push(() => folder.remove());
    const port = await freePort();
    cleanups.push(
      await startStoreScp(port, ['-aet', 'PACS', '-od', folder.path, '+B', '-pdu', '4096', '+xa']),
    );
    const { sender: out, incidents } = sender(port);
    const sent = [
      makeInstance({ pixelBytes: 3_000_000 }),
      makeInstance({ charset: 'GB18030', encoding: 'gb18030', patientName: '王^芳' }),
    ];
    for (const { file } of sent)
      expect(await out.send(file, options())).toMatchObject({
        kind: 'replied',
        said: { verdict: 'good', code: '0000' },
      });
    const received = readdirSync(folder.path).map(
      (name) => readPart10(readFileSync(join(folder.path, name)))!,
    );
    for (const { sopInstance, dataset } of sent)
      expect(received.find((one) => one.sopInstance === sopInstance)?.dataset.equals(dataset)).toBe(true);
    expect(out.connections()).toHaveLength(1);
    expect(out.connections()[0]).toMatchObject({ framesOut: 3, framesIn: 3, open: true });
    expect(incidents).toEqual([]);
  });

  test('a new kind of image has a new association that serves the old kind too', async () => {
    const folder = new Folder();
    cleanups.push(() => folder.remove());
    const port = await freePort();
    cleanups.push(await startStoreScp(port, ['-aet', 'PACS', '-od', folder.path, '+xa']));
    const { sender: out } = sender(port);
    const kinds = [
      {},
      { sopClass: classes.capture, syntax: syntaxes.implicit },
      { syntax: syntaxes.jpeg },
      {},
    ];
    for (const kind of kinds)
      expect(await out.send(makeInstance(kind).file, options())).toMatchObject({ said: { verdict: 'good' } });
    expect(out.connections()).toHaveLength(3);
  });
});

describe('[INT-02] C-STORE as client', () => {
  test('what the peer answers decides: good, later, never', async () => {
    const outcomes = ['kept', 'refused', 'unwanted'] as const;
    let n = 0;
    const { listener } = await pacs({
      accept: async () => ({ ...good, outcome: outcomes[n++]!, reason: 'because' }),
    });
    const { sender: out } = sender(listener.port);
    const said: unknown[] = [];
    for (const _ of outcomes) said.push(await out.send(makeInstance().file, options()));
    expect(said).toMatchObject([
      { said: { verdict: 'good', code: '0000' } },
      { said: { verdict: 'negative', code: 'C000', reason: 'because' } },
      { said: { verdict: 'negative', code: '0122' } },
    ]);
    expect(out.connections()).toHaveLength(1);
  });

  test.each([
    [0x0000, 'good'],
    [0xb000, 'good'],
    [0xb006, 'good'],
    [0xb007, 'good'],
    [0x0111, 'good'],
    [0xa700, 'busy'],
    [0xa702, 'busy'],
    [0x0110, 'busy'],
    [0x0122, 'negative'],
    [0x0124, 'negative'],
    [0xa900, 'negative'],
    [0xc123, 'negative'],
  ] as const)('status %i is %s', (code, verdict) => expect(saidOf(code, '').verdict).toBe(verdict));

  test('a peer that does not take this kind says never; what is no file is not sent', async () => {
    const { listener, frames } = await pacs({ settings: { sopClasses: [classes.ct] } });
    const { sender: out } = sender(listener.port);
    expect(await out.send(makeInstance().file, options())).toMatchObject({
      said: { verdict: 'negative', code: 'context' },
    });
    for (const bytes of [Buffer.from('MSH|'), Buffer.alloc(0), makeInstance().file.subarray(0, 200)])
      expect(await out.send(bytes, options())).toMatchObject({
        said: { verdict: 'negative', code: 'not-dicom' },
      });
    expect(frames).toEqual([]);
  });

  test('nobody there, a refusal, garbage and an abort leave nothing sent', async () => {
    const nobody = sender(await freePort());
    expect(await nobody.sender.send(makeInstance().file, options())).toMatchObject({
      kind: 'not-sent',
      reason: 'ECONNREFUSED',
    });
    const replies: [Buffer, RegExp][] = [
      [rejectPdu('called-unknown'), /result 1, source 1, reason 7/],
      [abort('application'), /aborted by the peer/],
      [Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'), /no PDU begins with 0x48/],
      [Buffer.from([2, 0, 0, 0, 0, 4, 0, 1, 0, 0]), /cannot be read/],
    ];
    for (const [bytes, reason] of replies) {
      const { sender: out } = sender(await peer((socket) => socket.end(bytes)));
      expect(await out.send(makeInstance().file, options())).toMatchObject({
        kind: 'not-sent',
        code: 'hub.peer.refused',
        reason: expect.stringMatching(reason),
      });
    }
  });

  test('a peer that never answers the proposal is given up', async () => {
    const { sender: out } = sender(await peer(() => undefined), { connectMs: 60 });
    expect(await out.send(makeInstance().file, options())).toMatchObject({
      kind: 'not-sent',
      reason: 'no association within 60 ms',
    });
  });

  test('without an answer to a whole image it is unknown, and the next one has a new association', async () => {
    let answers = false;
    const never = new Promise<never>(() => undefined);
    const { listener } = await pacs({ accept: () => (answers ? Promise.resolve(good) : never) });
    const { sender: out, incidents } = sender(listener.port);
    expect(await out.send(makeInstance().file, options({ timeoutMs: 80 }))).toMatchObject({
      kind: 'unknown',
      code: 'hub.peer.timeout',
    });
    expect(incidents.map(({ kind }) => kind)).toEqual(['reply-timeout']);
    answers = true;
    expect(await out.send(makeInstance().file, options())).toMatchObject({ said: { verdict: 'good' } });
    expect(out.connections().map(({ open }) => open)).toEqual([false, true]);
  });

  test('lost in the middle of an image it was not sent, lost behind its end it is unknown', async () => {
    const { listener } = await pacs();
    const relay = async (cutAfter: number): Promise<number> => {
      let seen = 0;
      const to = await dial(listener.port);
      cleanups.push(() => to.socket.destroy());
      return peer((socket, bytes) => {
        if (seen === 0) to.socket.on('data', (back: Buffer) => socket.write(back));
        seen += bytes.length;
        if (seen > cutAfter) socket.resetAndDestroy();
        else to.socket.write(bytes);
      });
    };
    const large = makeInstance({ pixelBytes: 80_000_000 });
    const early = sender(await relay(2_000_000), { echo: false });
    expect(await early.sender.send(large.file, options())).toMatchObject({ kind: 'not-sent' });
    const silent = watcher();
    const swallowing = await pacs({ accept: () => new Promise(() => silent.poke()) });
    const late = sender(swallowing.listener.port);
    const sending = late.sender.send(makeInstance().file, options());
    await swallowing.changes.until(() => swallowing.frames.length === 1);
    await swallowing.listener.stop(0);
    expect(await sending).toMatchObject({ kind: 'unknown', code: 'hub.peer.lost' });
  });

  test('an association that the peer ended while idle is made anew', async () => {
    const { listener, frames, kinds, changes } = await pacs({ settings: { idleMs: 40 } });
    const { sender: out } = sender(listener.port);
    await out.send(makeInstance().file, options());
    await changes.until(() => kinds().includes('idle-closed'));
    while (out.connections().some(({ open }) => open)) await new Promise(setImmediate);
    expect(await out.send(makeInstance().file, options())).toMatchObject({ said: { verdict: 'good' } });
    expect(frames).toHaveLength(2);
  });

  test('an idle association is released in good order', async () => {
    const { listener, incidents } = await pacs();
    const { sender: out } = sender(listener.port, { lingerMs: 1 });
    await out.send(makeInstance().file, options());
    while (listener.connections().some(({ open }) => open)) await new Promise(setImmediate);
    expect(incidents).toEqual([]);
  });

  test('closing and the signal end a send; more than one at a time wait for each other', async () => {
    const never = new Promise<never>(() => undefined);
    const { listener, frames, changes } = await pacs({ accept: () => never });
    const { sender: out } = sender(listener.port);
    const stop = new AbortController();
    const first = out.send(makeInstance().file, options({ signal: stop.signal }));
    const second = out.send(makeInstance().file, options());
    await changes.until(() => frames.length === 1);
    stop.abort();
    expect(await first).toMatchObject({ kind: 'unknown', reason: 'aborted' });
    await changes.until(() => frames.length === 2);
    await out.close();
    expect(await second).toMatchObject({ kind: 'unknown' });
    expect(await out.send(makeInstance().file, options())).toMatchObject({
      kind: 'not-sent',
      reason: 'aborted',
    });
  });

  test('over TLS with a certificate of its own', async () => {
    const of = (name: string): string => join(import.meta.dirname, '../mllp/samples', name);
    const server = { certificate: of('server.pem'), key: of('server.key'), clientCa: of('ca.pem') };
    const { listener, frames } = await pacs({ settings: { tls: server } });
    const client = { ca: of('ca.pem'), certificate: of('client.pem'), key: of('client.key') };
    const trusted = sender(listener.port, {}, { tls: client });
    expect(await trusted.sender.send(makeInstance().file, options())).toMatchObject({
      said: { verdict: 'good' },
    });
    expect(frames[0]!.peerCertificate).toContain('CN=');
    const wrong = sender(listener.port, {}, { tls: { ...client, ca: of('stranger.pem') } });
    expect(await wrong.sender.send(makeInstance().file, options())).toMatchObject({ kind: 'not-sent' });
  });
});

test('settings say which way is meant, and have what it needs', () => {
  const check = Compile(descriptor.send!);
  const dimse = { host: 'pacs', port: 104, calledAe: 'PACS' };
  const stow = { url: 'https://pacs/dicom-web/studies' };
  expect(
    [
      { kind: 'dimse', dimse },
      { kind: 'stow', stow },
      { kind: 'dimse', stow },
      { kind: 'stow' },
      { kind: 'stow', stow, dimse },
      { kind: 'dimse', dimse: { ...dimse, calledAe: ' x' } },
      { kind: 'dimse', dimse: { ...dimse, calledAe: 'longer than sixteen' } },
      { kind: 'dimse', dimse, other: 1 },
    ].map((settings) => check.Check(settings)),
  ).toEqual([true, true, false, false, false, false, false, false]);
});
