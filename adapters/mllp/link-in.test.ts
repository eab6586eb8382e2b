import { once } from 'node:events';
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { InboundFrame, Listener, Reply } from '../../contracts/adapter/port.ts';
import type { WebHost } from '../../contracts/adapter/web.ts';
import type { WireIncident } from '../../contracts/adapter/wire.ts';
import { adapter } from './index.ts';

const VT = '\x0b';
const END = '\x1c\r';
const wrap = (text: string): string => VT + text + END;
const sample = (name: string): string => join(import.meta.dirname, 'samples', name);

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

/** A signal that tests wait on: resolves when the condition holds after some event. */
function watcher() {
  const waiting: (() => void)[] = [];
  return {
    poke: () => {
      for (const check of waiting.splice(0)) check();
    },
    until: (holds: () => boolean): Promise<void> =>
      new Promise((resolve) => {
        const check = (): void => (holds() ? resolve() : void waiting.push(check));
        check();
      }),
  };
}

interface Options {
  settings?: Record<string, unknown>;
  accept?: (frame: InboundFrame) => Promise<Given>;
  now?: () => number;
}

/** What a test says of a reply; the rest is as for a kept frame. */
type Given = Partial<Reply>;
const noWeb: WebHost = { url: '', mount: () => () => undefined };

async function serve({ settings = {}, accept, now = Date.now }: Options = {}) {
  const frames: InboundFrame[] = [];
  const incidents: WireIncident[] = [];
  const changes = watcher();
  const quiet = () => undefined;
  const listener: Listener = await adapter.listen!({
    endpoint: 'his',
    settings: { host: '127.0.0.1', port: 0, ...settings },
    log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
    now,
    incident: (incident) => {
      incidents.push(incident);
      changes.poke();
    },
    web: noWeb,
    mark: async () => undefined,
    query: async () => undefined,
    accept: (frame) => {
      frames.push(frame);
      const reply =
        accept?.(frame) ?? Promise.resolve({ bytes: Buffer.concat([Buffer.from('ACK '), frame.bytes]) });
      changes.poke();
      return reply.then((given) => ({ outcome: 'kept', results: [], ...given }));
    },
  });
  cleanups.push(() => listener.stop(0));
  return {
    listener,
    frames,
    incidents,
    changes,
    texts: () => frames.map((f) => Buffer.from(f.bytes).toString('latin1')),
  };
}

/** A peer that collects what it gets. */
function peerOf(socket: Socket) {
  const changes = watcher();
  const state = { text: '', closed: false };
  socket.setEncoding('latin1');
  socket.on('data', (chunk: string) => {
    state.text += chunk;
    changes.poke();
  });
  socket.on('error', () => undefined);
  socket.on('close', () => {
    state.closed = true;
    changes.poke();
  });
  cleanups.push(() => socket.destroy());
  return {
    socket,
    state,
    send: (text: string) => socket.write(Buffer.from(text, 'latin1')),
    got: (text: string) => changes.until(() => state.text.includes(text)),
    closed: () => changes.until(() => state.closed),
  };
}

const dial = (port: number) => peerOf(connect({ port, host: '127.0.0.1' }));

const dialTls = (port: number, options: ConnectionOptions = {}) =>
  peerOf(connectTls({ port, host: '127.0.0.1', ca: readFileSync(sample('ca.pem')), ...options }));

describe('[INT-01] MLLP listener', () => {
  test('answers a frame and counts what went over the wire', async () => {
    const { listener, frames } = await serve();
    const peer = dial(listener.port);
    peer.send(wrap('MSH|1'));
    await peer.got(wrap('ACK MSH|1'));
    expect(frames[0]).toMatchObject({ peer: expect.stringMatching(/^127\.0\.0\.1:\d+$/), oddities: [] });
    expect(listener.connections()[0]).toMatchObject({
      id: frames[0]!.connection,
      open: true,
      bytesIn: 8,
      bytesOut: 12,
      framesIn: 1,
      framesOut: 1,
      pending: 0,
    });
    const captured = listener
      .capture(frames[0]!.connection)
      .map(({ direction, bytes }) => [direction, bytes.length]);
    expect(captured).toEqual([
      ['in', 8],
      ['out', 12],
    ]);
  });

  test('M18 a pipelining sender gets its replies in the order of arrival, whatever is ready first', async () => {
    const ready: (() => void)[] = [];
    const { listener, changes } = await serve({
      accept: (frame) => new Promise((resolve) => ready.push(() => resolve({ bytes: frame.bytes }))),
    });
    const peer = dial(listener.port);
    peer.send(wrap('1') + wrap('2') + wrap('3'));
    await changes.until(() => ready.length === 3);
    for (const release of ready.reverse()) release();
    await peer.got(wrap('3'));
    expect(peer.state.text).toBe(wrap('1') + wrap('2') + wrap('3'));
  });

  test('M18 M14 reading pauses at the bound of unanswered frames and goes on with the answers', async () => {
    const ready: (() => void)[] = [];
    const { listener, changes } = await serve({
      settings: { maxPending: 4 },
      accept: () => new Promise((resolve) => ready.push(() => resolve({ bytes: Buffer.from('ok') }))),
    });
    const peer = dial(listener.port);
    const big = 'x'.repeat(60_000);
    for (let i = 0; i < 200; i++) peer.send(wrap(big));
    await changes.until(() => ready.length >= 4);
    const paused = ready.length;
    expect(paused).toBeLessThan(12);
    let answered = 0;
    while (answered < 200) {
      await changes.until(() => ready.length > 0);
      for (const release of ready.splice(0)) {
        answered++;
        release();
      }
    }
    expect(answered).toBe(200);
  });

  test('back-pressure over all connections: unanswered bytes stop the reading, answers resume it', async () => {
    const ready: (() => void)[] = [];
    const { listener, changes } = await serve({
      settings: { maxPendingBytes: 1000 },
      accept: (frame) => new Promise((resolve) => ready.push(() => resolve({ bytes: frame.bytes }))),
    });
    const [one, two] = [dial(listener.port), dial(listener.port)];
    one.send(wrap('a'.repeat(900)));
    await changes.until(() => ready.length === 1);
    two.send(wrap('b'.repeat(900)));
    await changes.until(() => ready.length === 2);
    one.send(wrap('c'));
    two.send(wrap('d'));
    for (const release of ready.splice(0)) release();
    await changes.until(() => ready.length === 2);
    for (const release of ready) release();
    await Promise.all([one.got(wrap('c')), two.got(wrap('d'))]);
  });

  test('M16 two sockets that interleave are kept apart', async () => {
    const { listener } = await serve();
    const [one, two] = [dial(listener.port), dial(listener.port)];
    one.send(`${VT}first`);
    two.send(`${VT}second`);
    two.send(END);
    one.send(END);
    await Promise.all([one.got('ACK first'), two.got('ACK second')]);
  });

  test('refused intake: earlier replies leave, then the connection is closed without one', async () => {
    const outcomes: string[] = [];
    const { listener, incidents } = await serve({
      accept: async (frame) => {
        if (frame.bytes.length === 3) throw new Error('disk full');
        return { bytes: frame.bytes, written: (outcome) => outcomes.push(outcome) };
      },
    });
    const peer = dial(listener.port);
    peer.send(wrap('1') + wrap('bad') + wrap('2'));
    await peer.closed();
    expect(peer.state.text).toBe(wrap('1'));
    expect(outcomes).toEqual(['sent']);
    expect(incidents.map(({ kind }) => kind)).toContain('intake-refused');
  });

  test('M8 a broken frame is handed to intake to be kept, with an incident and its hex', async () => {
    const { listener, frames, incidents, texts } = await serve();
    const peer = dial(listener.port);
    peer.send(`${VT}MSH|cut${wrap('MSH|whole')}`);
    await peer.got('ACK MSH|whole');
    expect(texts()).toEqual(['MSH|cut', 'MSH|whole']);
    expect(frames[0]!.broken?.code).toBe('hub.frame.broken');
    expect(incidents[0]).toMatchObject({ kind: 'broken-frame', hex: Buffer.from('MSH|cut').toString('hex') });
    expect(listener.connections()[0]!.lastError?.reason).toContain('new frame');
  });

  test('M14 a frame over the cap is refused by intake and the connection lives on', async () => {
    const { listener, frames } = await serve({ settings: { maxFrameBytes: 1000 } });
    const peer = dial(listener.port);
    peer.send(wrap('x'.repeat(5000)) + wrap('MSH|ok'));
    await peer.got('ACK MSH|ok');
    expect(frames[0]!.broken?.code).toBe('hub.frame.large');
  });

  test('a peer that closes in mid-frame leaves its bytes in an incident', async () => {
    const { listener, frames, incidents, changes } = await serve();
    const peer = dial(listener.port);
    peer.send(`${VT}MSH|half`);
    peer.socket.end();
    await changes.until(() => incidents.length > 0);
    expect(incidents[0]).toMatchObject({ kind: 'broken-frame', bytes: Buffer.from('MSH|half') });
    expect(frames).toEqual([]);
  });

  test('a peer that closes its side after sending still gets its reply', async () => {
    const ready: (() => void)[] = [];
    const { listener, changes } = await serve({
      accept: (frame) => new Promise((resolve) => ready.push(() => resolve({ bytes: frame.bytes }))),
    });
    const peer = peerOf(connect({ port: listener.port, host: '127.0.0.1', allowHalfOpen: true }));
    peer.send(wrap('late'));
    peer.socket.end();
    await changes.until(() => ready.length === 1);
    ready[0]!();
    await peer.closed();
    expect(peer.state.text).toBe(wrap('late'));
  });

  test('M9 a peer without frame bytes: noise with its first bytes, or a message where the endpoint says so', async () => {
    const strict = await serve();
    dial(strict.listener.port).send('MSH|bare\r');
    await strict.changes.until(() => strict.incidents.length > 0);
    expect(strict.incidents[0]).toMatchObject({
      kind: 'noise',
      hex: Buffer.from('MSH|bare\r').toString('hex'),
    });
    const raw = await serve({ settings: { rawUntilIdleMs: 20 } });
    dial(raw.listener.port).send('MSH|bare\r');
    await raw.changes.until(() => raw.frames.length > 0);
    expect(raw.frames[0]).toMatchObject({ bytes: Buffer.from('MSH|bare\r'), oddities: ['no-start'] });
  });

  test('M22 health probes are folded into one incident', async () => {
    const { listener, incidents, frames } = await serve();
    for (let i = 0; i < 20; i++) {
      const probe = dial(listener.port);
      await once(probe.socket, 'connect');
      probe.socket.end();
      await probe.closed();
    }
    expect(incidents.filter(({ kind }) => kind === 'probe')).toHaveLength(1);
    expect(frames).toEqual([]);
  });

  test('M22 a silent connection is closed by the reaper and told', async () => {
    let clock = 1000;
    const { listener, incidents, changes } = await serve({ settings: { idleMs: 80 }, now: () => clock });
    const peer = dial(listener.port);
    peer.send(wrap('MSH|1'));
    await peer.got('ACK');
    clock += 100;
    await peer.closed();
    await changes.until(() => incidents.length > 0);
    expect(incidents.map(({ kind }) => kind)).toEqual(['idle-closed']);
  });

  test('connections over the limit are refused with a reason', async () => {
    const { listener, incidents } = await serve({ settings: { maxConnections: 1 } });
    const first = dial(listener.port);
    first.send(wrap('1'));
    await first.got('ACK 1');
    await dial(listener.port).closed();
    expect(incidents.map(({ kind }) => kind)).toEqual(['connection-limit']);
  });

  test('a taken address is a fault that names it', async () => {
    const { listener } = await serve();
    await expect(serve({ settings: { port: listener.port } })).rejects.toMatchObject({
      code: 'hub.address.taken',
      data: { address: `127.0.0.1:${listener.port}` },
    });
  });

  test('stopping lets replies in flight leave and takes nothing new', async () => {
    const ready: (() => void)[] = [];
    const { listener, changes, frames } = await serve({
      accept: (frame) => new Promise((resolve) => ready.push(() => resolve({ bytes: frame.bytes }))),
    });
    const peer = dial(listener.port);
    peer.send(wrap('1'));
    await changes.until(() => ready.length === 1);
    const stopped = listener.stop(5000);
    peer.send(wrap('2'));
    ready[0]!();
    await Promise.all([stopped, peer.closed()]);
    expect(peer.state.text).toBe(wrap('1'));
    expect(frames).toHaveLength(1);
  });

  test('M12 start and end bytes by endpoint are used for replies too', async () => {
    const { listener } = await serve({ settings: { startBytes: '02', endBytes: '1c00' } });
    const peer = dial(listener.port);
    peer.send('\x02hello\x1c\0');
    await peer.got('\x02ACK hello\x1c\0');
  });

  test('M21 dials out to a peer that waits, and serves over that connection', async () => {
    const sockets: Socket[] = [];
    const far = createServer((socket) => sockets.push(socket));
    far.listen(0, '127.0.0.1');
    await once(far, 'listening');
    cleanups.push(() => far.close());
    const connected = once(far, 'connection');
    const { port } = far.address() as { port: number };
    await serve({ settings: { dialOut: { host: '127.0.0.1', port, retryMs: 20 } } });
    await connected;
    const peer = peerOf(sockets[0]!);
    peer.send(wrap('MSH|far'));
    await peer.got(wrap('ACK MSH|far'));
    const again = once(far, 'connection');
    peer.socket.destroy();
    await again;
  });
});

describe('[INT-01] MLLP listener over TLS', () => {
  const tls = { certificate: sample('server.pem'), key: sample('server.key') };

  test('serves over TLS and names the protocol', async () => {
    const { listener } = await serve({ settings: { tls } });
    const peer = dialTls(listener.port);
    peer.send(wrap('MSH|tls'));
    await peer.got('ACK MSH|tls');
    expect(listener.connections()[0]!.tls).toBe('TLSv1.3');
  });

  test('mutual TLS: a known client is named, a stranger and an anonymous one are refused', async () => {
    const { listener, frames, incidents, changes } = await serve({
      settings: { tls: { ...tls, clientCa: sample('ca.pem') } },
    });
    const identity = (name: string) => ({
      cert: readFileSync(sample(`${name}.pem`)),
      key: readFileSync(sample(`${name}.key`)),
    });
    const known = dialTls(listener.port, identity('client'));
    known.send(wrap('MSH|known'));
    await known.got('ACK');
    expect(frames[0]!.peerCertificate).toBe('CN=client, O=Test hospital');
    for (const options of [identity('stranger'), {}]) await dialTls(listener.port, options).closed();
    await changes.until(() => incidents.some(({ kind }) => kind === 'tls-failed'));
    expect(frames).toHaveLength(1);
  });

  test('a changed certificate is used for the next connection', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'mllp-'));
    cleanups.push(() => rmSync(folder, { recursive: true }));
    const [certificate, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
    const install = (name: string): void => {
      copyFileSync(sample(`${name}.pem`), certificate);
      copyFileSync(sample(`${name}.key`), key);
    };
    install('server');
    const { listener } = await serve({ settings: { tls: { certificate, key } } });
    const nameShown = async (): Promise<string> => {
      const socket = connectTls({ port: listener.port, host: '127.0.0.1', rejectUnauthorized: false });
      cleanups.push(() => socket.destroy());
      await once(socket, 'secureConnect');
      return String(socket.getPeerCertificate().subject.CN);
    };
    expect(await nameShown()).toBe('server');
    install('stranger');
    expect(await nameShown()).toBe('stranger');
  });

  test('a missing certificate file is a fault that names it', async () => {
    const missing = sample('none.pem');
    await expect(serve({ settings: { tls: { ...tls, certificate: missing } } })).rejects.toMatchObject({
      code: 'hub.certificate.unusable',
      data: { file: missing },
    });
  });
});
