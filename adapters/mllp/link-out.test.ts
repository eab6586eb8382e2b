import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, connect as dial, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { Sender } from '../../contracts/adapter/port.ts';
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

/** A peer that answers each chunk as told; `n` counts chunks over all connections. */
async function peer(
  answer: (text: string, socket: Socket, n: number) => void,
  server: Server = createServer(),
) {
  let n = 0;
  const sockets = new Set<Socket>();
  const received: string[] = [];
  const welcome = (socket: Socket): void => {
    sockets.add(socket);
    socket.setEncoding('latin1');
    socket.on('error', () => undefined);
    socket.on('data', (chunk: string) => {
      received.push(chunk);
      answer(chunk, socket, ++n);
    });
  };
  server.on('listening', () => undefined);
  server.on('secureConnection' in server ? 'secureConnection' : 'connection', welcome);
  if (server.listenerCount('secureConnection') === 0) server.on('secureConnection', welcome);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  cleanups.push(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { port: (server.address() as { port: number }).port, sockets, received };
}

function sender(settings: Record<string, unknown>): { link: Sender; incidents: WireIncident[] } {
  const incidents: WireIncident[] = [];
  const quiet = () => undefined;
  const link = adapter.connect!({
    endpoint: 'his-out',
    settings: { host: '127.0.0.1', ...settings },
    log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
    now: Date.now,
    incident: (incident) => incidents.push(incident),
    web: { url: '', mount: () => () => undefined },
  });
  cleanups.push(() => link.close());
  return { link, incidents };
}

const bytes = (text: string): Uint8Array => Buffer.from(text, 'latin1');
const has = (id: string) => (reply: Uint8Array) => Buffer.from(reply).toString('latin1').includes(id);
const plain = { id: 'd1', controlId: '1', with: {}, mediaType: 'application/hl7-v2' };
const go = (link: Sender, id: string, timeoutMs = 5000) =>
  link.send(bytes(`MSH|${id}`), { ...plain, timeoutMs, matches: has(id) });
const textOf = (outcome: { kind: string }): string =>
  outcome.kind === 'replied'
    ? Buffer.from((outcome as { bytes?: Uint8Array }).bytes!).toString('latin1')
    : outcome.kind;

describe('[INT-01] MLLP sender', () => {
  test('M23 sends a frame in one write, reads the reply and keeps the connection', async () => {
    const { port, sockets, received } = await peer((text, socket) =>
      socket.write(`${VT}ACK ${text.slice(1)}`),
    );
    const { link } = sender({ port });
    expect(link.connections()).toEqual([]);
    const [one, two] = [await go(link, 'A1'), await go(link, 'A2')];
    expect([textOf(one), textOf(two)]).toEqual(['ACK MSH|A1', 'ACK MSH|A2']);
    expect(received).toEqual([wrap('MSH|A1'), wrap('MSH|A2')]);
    expect(sockets.size).toBe(1);
    expect(link.connections()[0]).toMatchObject({ open: true, framesOut: 2, framesIn: 2, pending: 0 });
    expect(link.capture(link.connections()[0]!.id)).toHaveLength(4);
  });

  test('one message is in flight at a time, in the order of the calls', async () => {
    const { port, received } = await peer((text, socket) => socket.write(text));
    const { link } = sender({ port });
    const outcomes = await Promise.all(['1', '2', '3'].map((id) => go(link, id)));
    expect(outcomes.map(({ kind }) => kind)).toEqual(['replied', 'replied', 'replied']);
    expect(received).toEqual(['1', '2', '3'].map((id) => wrap(`MSH|${id}`)));
  });

  test('nobody listens: not sent', async () => {
    const { port } = await peer(() => undefined);
    await cleanups.pop()!();
    const { link } = sender({ port });
    expect(await go(link, 'A1')).toMatchObject({
      kind: 'not-sent',
      code: 'hub.peer.refused',
      reason: 'ECONNREFUSED',
    });
  });

  test('M19 no answer in time: unknown, and the connection is destroyed so that a late answer finds nobody', async () => {
    const { port, sockets } = await peer((text, socket, n) => {
      if (n > 1) socket.write(text);
    });
    const { link, incidents } = sender({ port });
    expect(await go(link, 'A1', 50)).toMatchObject({ kind: 'unknown', code: 'hub.peer.timeout' });
    expect(textOf(await go(link, 'A2'))).toBe('MSH|A2');
    expect(sockets.size).toBe(2);
    expect(incidents.map(({ kind }) => kind)).toEqual(['reply-timeout']);
  });

  test('M19 a reply for another control id is told and passed over', async () => {
    const { port } = await peer((text, socket) => socket.write(wrap('ACK old') + text));
    const { link, incidents } = sender({ port });
    expect(textOf(await go(link, 'A1'))).toBe('MSH|A1');
    expect(incidents.map(({ kind }) => kind)).toEqual(['stray-reply']);
  });

  test('the peer closes after the bytes left: unknown; the next message makes a new connection', async () => {
    const { port, sockets } = await peer((text, socket, n) =>
      n === 1 ? socket.destroy() : socket.write(text),
    );
    const { link } = sender({ port });
    expect(await go(link, 'A1')).toMatchObject({ kind: 'unknown', code: 'hub.peer.lost' });
    expect(textOf(await go(link, 'A2'))).toBe('MSH|A2');
    expect(sockets.size).toBe(2);
  });

  test('M20 a reply split over packets, without a CR in its last segment', async () => {
    const { port } = await peer((_, socket) => {
      const reply = wrap('MSH|x\rMSA|AA|A1');
      socket.write(reply.slice(0, 5), () => setImmediate(() => socket.write(reply.slice(5))));
    });
    const { link } = sender({ port });
    expect(textOf(await go(link, 'A1'))).toBe('MSH|x\rMSA|AA|A1');
  });

  test('M20 a reply without frame bytes is taken where the endpoint says so', async () => {
    const { port } = await peer((_, socket) => socket.write('MSH|x\rMSA|AA|A1\r'));
    const tolerant = sender({ port, tolerateUnframedReply: true, unframedIdleMs: 20 });
    expect(textOf(await go(tolerant.link, 'A1'))).toBe('MSH|x\rMSA|AA|A1\r');
    expect(tolerant.incidents.map(({ kind }) => kind)).toEqual(['unframed-reply']);
    const strict = sender({ port });
    expect(await go(strict.link, 'A1', 50)).toMatchObject({ kind: 'unknown' });
    expect(strict.incidents.map(({ kind }) => kind)).toContain('noise');
  });

  test('M20 an unframed reply that ends with the connection is taken at once', async () => {
    const { port } = await peer((_, socket) => socket.end(`${VT}MSH|x\rMSA|AA|A1`));
    const { link } = sender({ port, tolerateUnframedReply: true, unframedIdleMs: 60000 });
    expect(textOf(await go(link, 'A1'))).toBe('MSH|x\rMSA|AA|A1');
  });

  test('M21 the reply comes to a port of ours', async () => {
    const holder = createServer();
    holder.listen(0);
    await once(holder, 'listening');
    const { port: replyPort } = holder.address() as { port: number };
    holder.close();
    await once(holder, 'close');
    const { port } = await peer((text) => {
      const back = dial(replyPort, '127.0.0.1', () => back.end(Buffer.from(text, 'latin1')));
    });
    const { link } = sender({ port, replyPort });
    expect(textOf(await go(link, 'A1'))).toBe('MSH|A1');
  });

  test('an abort before sending is not sent, one after is unknown', async () => {
    const { port, received } = await peer(() => abort.abort());
    const abort = new AbortController();
    const { link } = sender({ port });
    const options = { ...plain, timeoutMs: 5000, matches: () => true, signal: abort.signal };
    expect(await link.send(bytes('1'), options)).toMatchObject({ kind: 'unknown', reason: 'aborted' });
    expect(await link.send(bytes('2'), options)).toMatchObject({ kind: 'not-sent' });
    expect(received).toHaveLength(1);
  });

  test('a closed sender sends nothing', async () => {
    const { port } = await peer((text, socket) => socket.write(text));
    const { link } = sender({ port });
    await go(link, 'A1');
    await link.close();
    expect(await go(link, 'A2')).toMatchObject({ kind: 'not-sent' });
  });

  test('TLS with our certificate; an unknown authority is refused before anything is sent', async () => {
    const server = createTlsServer({
      cert: readFileSync(sample('server.pem')),
      key: readFileSync(sample('server.key')),
      ca: readFileSync(sample('ca.pem')),
      requestCert: true,
      rejectUnauthorized: true,
    });
    const { port } = await peer((text, socket) => socket.write(text), server);
    const tls = { ca: sample('ca.pem'), certificate: sample('client.pem'), key: sample('client.key') };
    const known = sender({ port, tls });
    expect(textOf(await go(known.link, 'A1'))).toBe('MSH|A1');
    expect(known.link.connections()[0]!.tls).toMatch(/^TLSv1/);
    const doubting = sender({ port, tls: { ca: sample('stranger.pem') } });
    expect(await go(doubting.link, 'A1')).toMatchObject({ kind: 'not-sent', code: 'hub.peer.refused' });
  });
});
