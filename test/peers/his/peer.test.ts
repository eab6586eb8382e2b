import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { FrameReader, frame } from './frame.ts';
import { startDemoHis } from './live.ts';
import { adt, benchOrders, MessageFactory, orm } from './messages.ts';
import { answer, type Behaviour, HisReceiver, type ReceiverOptions, silent, slow } from './receiver.ts';
import { connectMany, HisSender, type SenderOptions } from './sender.ts';

const open: { close?(): Promise<void>; cut?(): Promise<void> }[] = [];
afterEach(async () => {
  for (const peer of open.splice(0).reverse()) await (peer.cut ? peer.cut() : peer.close?.());
});

async function receiver(options: ReceiverOptions = {}) {
  const made = await HisReceiver.listen(options);
  open.push(made);
  return made;
}

async function sender(port: number, options: Partial<SenderOptions> = {}) {
  const made = await HisSender.connect({ port, ...options });
  open.push(made);
  return made;
}

const factory = new MessageFactory({ seed: 11 });
const message = () => orm('NW', factory.patient(), factory.order(), factory.envelope());

describe('framing', () => {
  test('a frame cut at any byte is one payload', () => {
    const wire = frame(Buffer.from('MSH|^~\\&|x\r'));
    for (let at = 0; at <= wire.length; at += 1) {
      const reader = new FrameReader();
      const got = [...reader.push(wire.subarray(0, at)), ...reader.push(wire.subarray(at))];
      expect(got.map(String)).toEqual(['MSH|^~\\&|x\r']);
      expect(reader.buffered).toBe(0);
    }
  });

  test('bytes between frames are noise and a second start inside a frame is data', () => {
    const reader = new FrameReader();
    const wire = Buffer.concat([Buffer.from('\0\r\n'), frame(Buffer.from('a\x0bb')), Buffer.from(' ')]);
    expect(reader.push(wire).map(String)).toEqual(['a\x0bb']);
    expect(Buffer.concat(reader.noise).toString()).toBe('\0\r\n ');
  });
});

describe('answers of the receiver', () => {
  test.each(['AA', 'AE', 'AR', 'CA', 'CE', 'CR'] as const)('%s names the message', async (code) => {
    const his = await receiver({ behaviour: answer(code, '原因 reason') });
    const client = await sender(his.port);
    const m = message();
    const reply = await client.send(m.bytes);
    expect(reply).toMatchObject({ code, controlId: m.controlId, all: [{ code, controlId: m.controlId }] });
    expect(reply.ackText).toContain('|原因 reason\r');
    expect(reply.ms).toBeGreaterThan(0);
    expect(his.byControlId(m.controlId)[0]!.bytes.equals(m.bytes)).toBe(true);
  });

  test('silence ends in a timeout and the connection lives on', async () => {
    const his = await receiver({ behaviour: silent });
    const client = await sender(his.port);
    await expect(client.send(message().bytes, { timeoutMs: 50 })).rejects.toMatchObject({
      code: 'PEER_TIMEOUT',
    });
    his.behave(answer('AA'));
    expect((await client.send(message().bytes)).code).toBe('AA');
  });

  test('a late answer is unmatched and does not answer the next message', async () => {
    const his = await receiver({ behaviour: slow(120) });
    const client = await sender(his.port);
    const late = message();
    await expect(client.send(late.bytes, { timeoutMs: 30 })).rejects.toMatchObject({ code: 'PEER_TIMEOUT' });
    const next = message();
    expect((await client.send(next.bytes)).controlId).toBe(next.controlId);
    expect(client.unmatched.map((reply) => reply.controlId)).toEqual([late.controlId]);
  });

  test('an answer for the wrong control id is unmatched', async () => {
    const his = await receiver({ behaviour: { kind: 'wrong-id', controlId: 'OTHER' } });
    const client = await sender(his.port);
    await expect(client.send(message().bytes, { timeoutMs: 60 })).rejects.toMatchObject({
      code: 'PEER_TIMEOUT',
    });
    expect(client.unmatched[0]).toMatchObject({ code: 'AA', controlId: 'OTHER' });
  });

  test('an answer in single bytes is put together', async () => {
    const his = await receiver({ behaviour: { kind: 'split', bytes: 1, pauseMs: 0 } });
    const m = message();
    expect((await (await sender(his.port)).send(m.bytes)).controlId).toBe(m.controlId);
  });

  test('hanging up after receipt rejects the message as closed', async () => {
    const his = await receiver({ behaviour: { kind: 'close' } });
    const client = await sender(his.port);
    await expect(client.send(message().bytes)).rejects.toMatchObject({ code: 'PEER_CLOSED' });
    expect(his.received).toHaveLength(1);
    expect(client.open).toBe(false);
  });

  test('a receiver that refuses hangs up on new connections', async () => {
    const his = await receiver({ behaviour: { kind: 'refuse' } });
    const socket = net.connect(his.port, '127.0.0.1');
    await new Promise((resolve) => socket.on('error', () => undefined).once('close', resolve));
    expect(his.log.map((entry) => entry.event)).toContain('refused');
    expect(his.received).toHaveLength(0);
  });

  test('any bytes can be the answer', async () => {
    const bytes = () => frame(Buffer.from('MSH|^~\\&\rMSA|AA|1\rMSH|^~\\&\rMSA|AE|2'));
    const his = await receiver({ behaviour: { kind: 'raw', bytes } });
    const reply = await (await sender(his.port)).send(message().bytes, { match: 'any' });
    expect(reply.all).toEqual([
      { code: 'AA', controlId: '1' },
      { code: 'AE', controlId: '2' },
    ]);
  });

  test('a function chooses message by message', async () => {
    const his = await receiver();
    his.behave((m): Behaviour => answer(m.sequence === 2 ? 'AE' : 'AA'));
    const client = await sender(his.port);
    const codes = [];
    for (let i = 0; i < 3; i += 1) codes.push((await client.send(message().bytes)).code);
    expect(codes).toEqual(['AA', 'AE', 'AA']);
  });
});

describe('going down and coming back', () => {
  test('a paused receiver refuses, comes back on its port, and keeps its order log', async () => {
    const his = await receiver();
    const first = await sender(his.port);
    const one = message();
    await first.send(one.bytes);
    await his.pause();
    await first.closed;
    await expect(HisSender.connect({ port: his.port })).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await his.resume();
    const two = message();
    await (await sender(his.port)).send(two.bytes);
    expect(his.received.map((m) => [m.sequence, m.controlId, m.connection])).toEqual([
      [1, one.controlId, 1],
      [2, two.controlId, 2],
    ]);
    const events = his.log.map((entry) => entry.event).filter((event) => event !== 'close');
    expect(events).toEqual(['open', 'message', 'answer', 'pause', 'resume', 'open', 'message', 'answer']);
  });

  test('waiting for messages ends when they are there, or in a timeout', async () => {
    const his = await receiver();
    const client = await sender(his.port);
    const waiting = his.waitFor(2);
    await client.send(message().bytes);
    await client.send(message().bytes);
    expect(await waiting).toHaveLength(2);
    await expect(his.waitFor(3, 20)).rejects.toMatchObject({ code: 'PEER_TIMEOUT' });
  });
});

describe('the sender', () => {
  test('pipelines on one connection and keeps the order', async () => {
    const his = await receiver();
    const client = await sender(his.port, { pipeline: true });
    const messages = benchOrders(200);
    const replies = await client.sendAll(messages, 50);
    expect(replies.map((reply) => reply.controlId)).toEqual(messages.map((m) => m.controlId));
    expect(his.received.map((m) => m.controlId)).toEqual(messages.map((m) => m.controlId));
  });

  test('without pipelining, calls made together go one after the other', async () => {
    const his = await receiver({ behaviour: slow(5) });
    const client = await sender(his.port);
    await Promise.all([1, 2, 3].map(() => client.send(message().bytes)));
    const events = his.log.map((entry) => entry.event).filter((e) => e === 'message' || e === 'answer');
    expect(events).toEqual(['message', 'answer', 'message', 'answer', 'message', 'answer']);
  });

  test('two messages under one control id are both answered', async () => {
    const his = await receiver();
    const client = await sender(his.port, { pipeline: true });
    const m = message();
    const replies = await Promise.all([client.send(m.bytes), client.send(m.bytes)]);
    expect(replies.map((reply) => reply.controlId)).toEqual([m.controlId, m.controlId]);
  });

  test('raw chunks reach the receiver as one message', async () => {
    const his = await receiver();
    const client = await sender(his.port);
    const m = message();
    const wire = frame(m.bytes);
    await client.sendRaw([wire.subarray(0, 7), 2, wire.subarray(7, wire.length - 1), 2, wire.subarray(-1)]);
    await his.waitFor(1);
    expect(his.received[0]!.bytes.equals(m.bytes)).toBe(true);
  });

  test('several connections are told apart', async () => {
    const his = await receiver();
    const clients = await connectMany(4, { port: his.port });
    open.push(...clients);
    await Promise.all(clients.map((client) => client.send(message().bytes)));
    expect(new Set(his.received.map((m) => m.connection)).size).toBe(4);
    await expect(connectMany(2, { port: 1 })).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  test('speaks TLS and mutual TLS', async () => {
    const { key, cert } = selfSigned();
    const his = await receiver({ tls: { key, cert, ca: cert, requestCert: true, rejectUnauthorized: true } });
    const client = await sender(his.port, { tls: { ca: cert, key, cert, servername: 'localhost' } });
    expect((await client.send(message().bytes)).code).toBe('AA');
    await client.end();
    expect(client.open).toBe(false);
  });
});

describe('the hospital of the demo', () => {
  test('sends patients before their orders, survives a pause of the platform, and stops', async () => {
    const platform = await receiver();
    const his = await startDemoHis({ mllpPort: platform.port, receivePort: 0, ratePerMinute: 6000, seed: 5 });
    await platform.waitFor((all) => all.filter((m) => m.type === 'ORM^O01').length >= 3);
    await platform.pause();
    const before = platform.received.length;
    await platform.resume();
    await platform.waitFor(before + 2);
    const [registered, ordered] = platform.received;
    expect([registered!.type, ordered!.type]).toEqual(['ADT^A04', 'ORM^O01']);
    expect(ordered!.field('PID.5.1')).toBe(registered!.field('PID.5.1'));
    expect(platform.byPlacer(ordered!.field('ORC.2.1'))[0]).toBe(ordered);
    const status = await sender(his.port);
    const m = adt('A08', factory.patient(), factory.envelope());
    expect((await status.send(m.bytes)).code).toBe('AA');
    await his.stop();
    await expect(HisSender.connect({ port: his.port })).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  test('stops by its signal while the platform is not there', async () => {
    const stopping = new AbortController();
    const his = await startDemoHis({ mllpPort: 1, receivePort: 0, signal: stopping.signal });
    stopping.abort();
    await his.stop();
    expect(his.counts).toEqual({ acknowledged: 0, refused: 0 });
  });
});

/** A certificate for localhost, valid a day, made by the machine's openssl. */
function selfSigned(): { key: Buffer; cert: Buffer } {
  const folder = mkdtempSync(join(tmpdir(), 'his-tls-'));
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  const ec = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'];
  execFileSync(
    'openssl',
    ['req', '-x509', ...ec, '-nodes', '-days', '1', '-keyout', key, '-out', cert, ...subject],
    {
      stdio: 'ignore',
    },
  );
  const pair = { key: readFileSync(key), cert: readFileSync(cert) };
  rmSync(folder, { recursive: true });
  return pair;
}
