import { afterEach, describe, expect, test } from '@jest/globals';
import type { Reply } from '../../contracts/adapter/port.ts';
import { Fault } from '../../contracts/kernel/fault.ts';
import { brokerOf, type Listening, listening } from '../../test/peers/mqtt/listening.ts';
import { RawClient } from '../../test/peers/mqtt/raw.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

async function serve(...given: Parameters<typeof listening>): Promise<Listening> {
  const made = await listening(...given);
  cleanups.push(() => made.stop());
  return made;
}
async function signIn(at: Listening, given: Parameters<typeof RawClient.signIn>[1] = {}): Promise<RawClient> {
  const client = await RawClient.signIn(at.listener.port, given);
  cleanups.push(() => client.end());
  return client;
}
/** A reply that is given when the test says so. */
function held() {
  const waiting: { give: (reply: Partial<Reply>) => void; refuse: () => void }[] = [];
  return {
    waiting,
    accept: () =>
      new Promise<Partial<Reply>>((give, no) =>
        waiting.push({ give, refuse: () => no(new Fault('kernel.store.unavailable')) }),
      ),
  };
}

describe.each([4, 5] as const)('[INT-07] [DEV-04] MQTT version %i', (version) => {
  test('QoS 1: PUBACK comes after the message was kept, in the order of arrival, and not before', async () => {
    const { waiting, accept } = held();
    const at = await serve(brokerOf(), { accept });
    const client = await signIn(at, { version });
    client.publish('lab/fridge-1/telemetry', 'one', { qos: 1, messageId: 1 });
    client.publish('lab/fridge-1/telemetry', 'two', { qos: 1, messageId: 2 });
    client.send({ cmd: 'pingreq' });
    await client.next('pingresp');
    await at.until(() => waiting.length === 2);
    expect(client.packets).toEqual([]);
    waiting[1]!.give({});
    client.send({ cmd: 'pingreq' });
    await client.next('pingresp');
    expect(client.packets).toEqual([]);
    waiting[0]!.give({});
    expect([await client.next('puback'), await client.next('puback')]).toMatchObject([
      { messageId: 1 },
      { messageId: 2 },
    ]);
    expect(at.frames[0]).toMatchObject({
      mayRepeat: false,
      meta: { topic: 'lab/fridge-1/telemetry', client: 'raw', user: 'fridge-1', packet: '1' },
    });
  });

  test('QoS 2: kept once, however often it is sent before it is released', async () => {
    const at = await serve(brokerOf());
    const client = await signIn(at, { version });
    const message = { qos: 2, messageId: 7 } as const;
    client.publish('lab/fridge-1/telemetry', 'x', message);
    await client.next('pubrec');
    client.publish('lab/fridge-1/telemetry', 'x', { ...message, dup: true });
    await client.next('pubrec');
    client.send({ cmd: 'pubrel', messageId: 7 });
    await client.next('pubcomp');
    expect(at.texts()).toEqual(['x']);
    client.publish('lab/fridge-1/telemetry', 'y', message);
    await client.next('pubrec');
    expect(at.texts()).toEqual(['x', 'y']);
  });

  test('where nothing can be kept nothing is acknowledged, earlier ones are, and the connection ends', async () => {
    const { waiting, accept } = held();
    const at = await serve(brokerOf(), { accept });
    const client = await signIn(at, { version });
    for (const messageId of [1, 2, 3])
      client.publish('lab/fridge-1/t', `m${messageId}`, { qos: 1, messageId });
    await at.until(() => waiting.length === 3);
    waiting[2]!.give({});
    waiting[1]!.refuse();
    waiting[0]!.give({});
    await client.gone();
    expect(client.packets.filter((p) => p.cmd === 'puback')).toMatchObject([{ messageId: 1 }]);
    expect(at.kinds()).toContain('intake-refused');
    const again = await signIn(at, { version });
    again.publish('lab/fridge-1/t', 'm2', { qos: 1, messageId: 2, dup: true });
    await at.until(() => waiting.length === 4);
    expect(at.frames.at(-1)).toMatchObject({ mayRepeat: true, meta: { packet: '2' } });
  });

  test('wrong password, unknown device and no name are refused, each with its code', async () => {
    const at = await serve(brokerOf());
    const code = async (given: object): Promise<number | undefined> => {
      const client = await RawClient.open(at.listener.port, version);
      client.send({
        cmd: 'connect',
        clientId: 'c',
        protocolVersion: version,
        protocolId: 'MQTT',
        clean: true,
        ...given,
      });
      const { returnCode, reasonCode } = await client.next('connack');
      await client.gone();
      return version === 5 ? reasonCode : returnCode;
    };
    const [wrong, none] = version === 5 ? [0x86, 0x86] : [4, 5];
    expect(await code({ username: 'fridge-1', password: Buffer.from('secret-2') })).toBe(wrong);
    expect(await code({ username: 'nobody', password: Buffer.from('x') })).toBe(wrong);
    expect(await code({ username: 'fridge-1' })).toBe(wrong);
    expect(await code({})).toBe(none);
    expect(at.kinds()).toEqual(['connect-refused']);
  });

  test('another device’s topic is forbidden: nothing is kept, and the device is told', async () => {
    const at = await serve(brokerOf());
    const client = await signIn(at, { version });
    client.publish('lab/fridge-2/telemetry', 'forged', { qos: 1, messageId: 1 });
    if (version === 5) expect(await client.next('puback')).toMatchObject({ reasonCode: 0x87 });
    else await client.gone();
    expect([at.texts(), at.kinds()]).toEqual([[], ['forbidden-topic']]);
    const reader = await signIn(at, { version, clientId: 'reader' });
    reader.send({
      cmd: 'subscribe',
      messageId: 1,
      subscriptions: ['lab/#', 'lab/fridge-1/+', '$share/g/lab/fridge-1/+'].map((topic) => ({
        topic,
        qos: 1,
        rh: 0,
      })),
    });
    const { granted } = await reader.next('suback');
    expect(granted).toEqual(version === 5 ? [0x87, 1, 0x9e] : [0x80, 1, 0x80]);
  });

  test('a client id that is taken over: the old connection ends, the session and its messages go on', async () => {
    const at = await serve(brokerOf());
    const more = {
      version,
      clean: false,
      clientId: 'keeps',
      ...(version === 5 && { properties: { sessionExpiryInterval: 60 } }),
    };
    const first = await signIn(at, more);
    first.send({
      cmd: 'subscribe',
      messageId: 1,
      subscriptions: [{ topic: 'lab/fridge-1/command', qos: 1, rh: 0 }],
    });
    await first.next('suback');
    const second = await RawClient.open(at.listener.port, version);
    cleanups.push(() => second.end());
    second.send({
      cmd: 'connect',
      protocolId: 'MQTT',
      protocolVersion: version,
      username: 'fridge-1',
      password: Buffer.from('secret-1'),
      keepalive: 9,
      ...more,
    });
    expect(await second.next('connack')).toMatchObject({ sessionPresent: true });
    await first.gone();
    if (version === 5) expect(await first.next('disconnect')).toMatchObject({ reasonCode: 0x8e });
    second.end();
    const other = await signIn(at, { version, clientId: 'other' });
    other.publish('lab/fridge-1/command', 'while away', { qos: 1, messageId: 1 });
    await other.next('puback');
    const third = await signIn(at, more);
    expect(await third.next('publish')).toMatchObject({ qos: 1, topic: 'lab/fridge-1/command' });
    const thief = await RawClient.open(at.listener.port, version);
    cleanups.push(() => thief.end());
    thief.send({
      cmd: 'connect',
      protocolId: 'MQTT',
      protocolVersion: version,
      username: 'fridge-2',
      password: Buffer.from('secret-2'),
      keepalive: 9,
      ...more,
    });
    const refused = await thief.next('connack');
    expect(version === 5 ? refused.reasonCode : refused.returnCode).toBe(version === 5 ? 0x85 : 2);
    expect(third.closed).toBe(false);
  });

  test('retained messages and the will reach a board; the will is kept too, and not after a leave', async () => {
    const at = await serve(brokerOf());
    const will = { topic: 'lab/fridge-1/state', payload: Buffer.from('gone'), qos: 1, retain: true } as const;
    const client = await signIn(at, { version, will });
    client.publish('lab/fridge-1/state', 'here', { qos: 1, messageId: 1, retain: true });
    await client.next('puback');
    const board = await signIn(at, {
      version,
      clientId: 'b',
      username: 'board',
      password: Buffer.from('secret-3'),
    });
    board.send({ cmd: 'subscribe', messageId: 5, subscriptions: [{ topic: 'lab/+/state', qos: 0, rh: 0 }] });
    expect(String((await board.next('publish')).payload)).toBe('here');
    client.socket.destroy();
    expect(await board.next('publish')).toMatchObject({ retain: false });
    expect(at.texts()).toEqual(['here', 'gone']);
    expect(at.frames[1]!.oddities).toEqual(['will']);
    const polite = await signIn(at, { version, will });
    polite.send({ cmd: 'disconnect' });
    await polite.gone();
    board.send({ cmd: 'pingreq' });
    await board.next('pingresp');
    expect(at.texts()).toEqual(['here', 'gone']);
  });

  test('the device disappears before its acknowledgement: what it sent is kept, and known to be unacknowledged', async () => {
    const { waiting, accept } = held();
    const at = await serve(brokerOf(), { accept });
    const client = await signIn(at, { version });
    client.publish('lab/fridge-1/t', 'x', { qos: 1, messageId: 5 });
    await at.until(() => waiting.length === 1);
    client.socket.resetAndDestroy();
    while (at.listener.connections().some((c) => c.open)) await new Promise(setImmediate);
    const written = new Promise((resolve) => waiting[0]!.give({ written: resolve }));
    expect(await written).toBe('failed');
    const back = await signIn(at, { version });
    back.publish('lab/fridge-1/t', 'x', { qos: 1, messageId: 5, dup: true });
    await at.until(() => waiting.length === 2);
    const again = new Promise((resolve) => waiting[1]!.give({ outcome: 'repeated', written: resolve }));
    expect([await again, (await back.next('puback')).messageId]).toEqual(['sent', 5]);
  });

  test('start twice is refused, and after a stop the port is free again', async () => {
    const at = await listening(brokerOf());
    const { port } = at.listener;
    await expect(listening(brokerOf({ port }))).rejects.toMatchObject({ code: 'hub.address.taken' });
    const client = await RawClient.signIn(port, { version });
    await at.stop();
    await client.gone();
    if (version === 5) expect(await client.next('disconnect')).toMatchObject({ reasonCode: 0x8b });
    const again = await serve(brokerOf({ port }));
    expect(again.listener.port).toBe(port);
  });

  test('stop while sending: what is under way is acknowledged before the connection ends', async () => {
    const { waiting, accept } = held();
    const at = await listening(brokerOf(), { accept });
    const client = await RawClient.signIn(at.listener.port, { version });
    client.publish('lab/fridge-1/t', 'x', { qos: 1, messageId: 9 });
    await at.until(() => waiting.length === 1);
    const stopped = at.listener.stop(10_000);
    waiting[0]!.give({});
    await stopped;
    await client.gone();
    expect(await client.next('puback')).toMatchObject({ messageId: 9 });
  });
});

describe('[INT-07] MQTT 5', () => {
  const version = 5;
  test('topic aliases, assigned client ids, server keep-alive and limits are told', async () => {
    const at = await serve(brokerOf({ maxKeepAliveSeconds: 100, maxPending: 50 }));
    const client = await RawClient.open(at.listener.port, 5);
    cleanups.push(() => client.end());
    client.send({
      cmd: 'connect',
      clientId: '',
      protocolId: 'MQTT',
      protocolVersion: 5,
      clean: true,
      keepalive: 0,
      username: 'fridge-1',
      password: Buffer.from('secret-1'),
    });
    expect((await client.next('connack')).properties).toMatchObject({
      assignedClientIdentifier: expect.stringMatching(/^auto-/),
      serverKeepAlive: 100,
      receiveMaximum: 50,
      maximumPacketSize: 1048576,
    });
    client.publish('lab/fridge-1/t', '1', { qos: 1, messageId: 1, properties: { topicAlias: 3 } });
    client.publish('', '2', { qos: 1, messageId: 2, properties: { topicAlias: 3 } });
    await client.next('puback');
    await client.next('puback');
    expect(at.frames.map((f) => f.meta!.topic)).toEqual(['lab/fridge-1/t', 'lab/fridge-1/t']);
    client.publish('', '3', { properties: { topicAlias: 4 } });
    expect(await client.next('disconnect')).toMatchObject({ reasonCode: 0x82 });
  });

  test('the outcome of keeping it is told by the reason code', async () => {
    const outcomes: Partial<Reply>[] = [
      { outcome: 'kept' },
      { outcome: 'repeated' },
      { outcome: 'unwanted' },
      { outcome: 'refused', reason: 'no JSON' },
    ];
    const at = await serve(brokerOf(), { accept: async () => outcomes.shift()! });
    const client = await signIn(at, { version });
    const codes: unknown[] = [];
    for (const messageId of [1, 2, 3, 4]) {
      client.publish('lab/fridge-1/t', 'x', { qos: 1, messageId });
      const { reasonCode = 0, properties } = await client.next('puback');
      codes.push([reasonCode, properties?.reasonString]);
    }
    expect(codes).toEqual([
      [0, undefined],
      [0, undefined],
      [0x10, undefined],
      [0x99, 'no JSON'],
    ]);
  });

  test('a will with delay: not where the client is back in time, at once where its session ends', async () => {
    const at = await serve(brokerOf());
    const properties = { sessionExpiryInterval: 600 };
    const payload = Buffer.from('gone');
    const will = {
      topic: 'lab/fridge-1/state',
      payload,
      qos: 1,
      retain: false,
      properties: { willDelayInterval: 300 },
    } as const;
    const first = await signIn(at, { version, clean: false, properties, will });
    first.socket.resetAndDestroy();
    const back = await signIn(at, { version, clean: false, properties, will });
    expect(at.texts()).toEqual([]);
    back.socket.resetAndDestroy();
    while (at.listener.connections().some((c) => c.open)) await new Promise(setImmediate);
    await signIn(at, { version, clean: true });
    await at.until(() => at.frames.length === 1);
    expect(at.texts()).toEqual(['gone']);
  });

  test('many that sign in at once with one client id: one is left, and its session is sound', async () => {
    const at = await serve(brokerOf());
    const session = {
      version,
      clean: false,
      clientId: 'same',
      properties: { sessionExpiryInterval: 600 },
    } as const;
    const all = await Promise.all(
      Array.from({ length: 8 }, () => RawClient.signIn(at.listener.port, session).catch(() => undefined)),
    );
    for (const client of all) cleanups.push(() => client?.end());
    const open = () => all.filter((client) => client && !client.closed);
    while (open().length > 1) await new Promise(setImmediate);
    const [left] = open();
    left!.send({
      cmd: 'subscribe',
      messageId: 1,
      subscriptions: [{ topic: 'lab/fridge-1/c', qos: 1, rh: 0 }],
    });
    await left!.next('suback');
    left!.publish('lab/fridge-1/c', 'to itself', { qos: 1, messageId: 2 });
    expect(String((await left!.next('publish')).payload)).toBe('to itself');
    expect(at.listener.connections().filter((c) => c.open)).toHaveLength(1);
  });

  test('subscription identifiers, no local, and expiry of messages that wait', async () => {
    let now = 1_000_000;
    const at = await serve(brokerOf(), { now: () => now });
    const session = { clean: false, properties: { sessionExpiryInterval: 600 } };
    const client = await signIn(at, { version, ...session });
    client.send({
      cmd: 'subscribe',
      messageId: 1,
      subscriptions: [{ topic: 'lab/fridge-1/#', qos: 1, nl: true, rh: 0 }],
      properties: { subscriptionIdentifier: 12 },
    });
    await client.next('suback');
    client.publish('lab/fridge-1/own', 'mine', { qos: 1, messageId: 1 });
    await client.next('puback');
    client.send({ cmd: 'disconnect' });
    await client.gone();
    const other = await signIn(at, { version, clientId: 'other' });
    for (const [payload, age] of [
      ['old', 5],
      ['fresh', 100],
    ] as const) {
      other.publish('lab/fridge-1/c', payload, {
        qos: 1,
        messageId: age,
        properties: { messageExpiryInterval: age },
      });
      await other.next('puback');
    }
    now += 10_000;
    const back = await signIn(at, { version, ...session });
    const found = await back.next('publish');
    expect([String(found.payload), found.properties]).toEqual([
      'fresh',
      { messageExpiryInterval: 90, subscriptionIdentifier: 12 },
    ]);
  });
});

describe('[INT-07] limits of the embedded broker', () => {
  test('half a packet, a giant packet, packets before CONNECT, silence: each ends with its reason', async () => {
    let now = 0;
    const at = await serve(brokerOf({ maxPacketBytes: 2048, connectMs: 100, maxConnections: 4 }), {
      now: () => now,
    });
    const early = await RawClient.open(at.listener.port);
    early.publish('lab/fridge-1/t', 'x');
    await early.gone();
    const giant = await signIn(at);
    giant.publish('lab/fridge-1/t', Buffer.alloc(4096));
    await giant.gone();
    const half = await signIn(at);
    half.socket.write(Buffer.of(0x30, 100, 0, 3, 97));
    const silent = await RawClient.open(at.listener.port);
    await at.until(() => at.listener.connections().filter((c) => c.open).length === 2);
    await half
      .until(() => at.listener.connections().some((c) => c.buffered > 0) || half.closed)
      .catch(() => undefined);
    now += 700;
    await Promise.all([half.gone(), silent.gone()]);
    expect(at.kinds().sort()).toEqual(['connect-timeout', 'protocol-error', 'slow-sender', 'too-large']);
  });

  test('over the connection limit a connection is refused; one that goes makes room', async () => {
    const at = await serve(brokerOf({ maxConnections: 1 }));
    const first = await signIn(at);
    const second = await RawClient.open(at.listener.port);
    await second.gone();
    expect(at.kinds()).toEqual(['connection-limit']);
    first.end();
    await at.until(() => true);
    for (let open = true; open; open = at.listener.connections().some((c) => c.open))
      await new Promise(setImmediate);
    await signIn(at);
  });

  test('a device that is silent for one and a half times its keep-alive is let go, and its will is published', async () => {
    let now = 0;
    const at = await serve(brokerOf({ connectMs: 400 }), { now: () => now });
    const will = {
      topic: 'lab/fridge-1/state',
      payload: Buffer.from('gone'),
      qos: 0,
      retain: false,
    } as const;
    const client = await signIn(at, { keepalive: 10, will });
    now += 14_000;
    client.send({ cmd: 'pingreq' });
    await client.next('pingresp');
    now += 14_000;
    client.send({ cmd: 'pingreq' });
    await client.next('pingresp');
    now += 16_000;
    await client.gone();
    await at.until(() => at.frames.length === 1);
    expect([at.texts(), at.kinds()]).toEqual([['gone'], ['idle-closed']]);
  });

  test('a subscriber that does not read: bounded queue, the others go on, and it is let go', async () => {
    let now = 0;
    const at = await serve(brokerOf({ maxQueuedBytes: 1_000_000, connectMs: 400 }), { now: () => now });
    const board = await signIn(at, { clientId: 'b', username: 'board', password: Buffer.from('secret-3') });
    board.send({ cmd: 'subscribe', messageId: 1, subscriptions: [{ topic: 'lab/#', qos: 1, rh: 0 }] });
    await board.next('suback');
    board.socket.pause();
    const client = await signIn(at);
    for (let messageId = 1; messageId <= 100; messageId++) {
      client.publish('lab/fridge-1/t', Buffer.alloc(200_000), { qos: 1, messageId });
      await client.next('puback');
    }
    expect(at.frames).toHaveLength(100);
    const passing = setInterval(() => (now += 31_000), 150);
    cleanups.push(() => clearInterval(passing));
    await at.until(() => at.kinds().includes('messages-dropped'));
    expect(at.incidents.some((i) => i.kind === 'slow-reader' || i.kind === 'idle-closed')).toBe(true);
  });

  test('a flood is slowed down, and nothing of it is lost', async () => {
    const at = await serve(brokerOf({ maxPerSecond: 50 }));
    const client = await signIn(at);
    for (let i = 0; i < 120; i++) client.publish('lab/fridge-1/t', String(i), { qos: 1, messageId: i + 1 });
    for (let i = 0; i < 120; i++) await client.next('puback');
    expect(at.texts()).toEqual(Array.from({ length: 120 }, (_, i) => String(i)));
    expect(at.kinds()).toEqual(['flood']);
  });

  test('guesses at a password are stopped after ten', async () => {
    const at = await serve(brokerOf());
    const codes: unknown[] = [];
    for (let i = 0; i < 12; i++) {
      const client = await RawClient.open(at.listener.port);
      client.send({
        cmd: 'connect',
        protocolId: 'MQTT',
        protocolVersion: 4,
        clientId: 'c',
        clean: true,
        keepalive: 9,
        username: 'fridge-1',
        password: Buffer.from(`guess-${i}`),
      });
      codes.push((await client.next('connack')).returnCode);
    }
    expect(codes).toEqual([...Array(10).fill(4), 3, 3]);
    expect(at.kinds()).toEqual(['connect-refused']);
  });
});

test('which topics are messages: names of the template are told, others only pass between clients', async () => {
  const at = await serve(
    brokerOf(
      {},
      { intake: [{ topic: 'lab/{device}/{point}/value', kind: 'value' }, { topic: 'lab/+/telemetry' }] },
    ),
  );
  const client = await signIn(at, { version: 5 });
  client.publish('lab/fridge-1/temp/value', '4.2', { qos: 1, messageId: 1 });
  client.publish('lab/fridge-1/other', 'for nobody', { qos: 1, messageId: 2 });
  expect([(await client.next('puback')).reasonCode ?? 0, (await client.next('puback')).reasonCode]).toEqual([
    0, 0x10,
  ]);
  expect(at.frames.map((f) => f.meta)).toEqual([
    expect.objectContaining({ kind: 'value', device: 'fridge-1', point: 'temp', user: 'fridge-1' }),
  ]);
});
