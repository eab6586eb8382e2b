import { createHash } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { deliveryTable } from '../../../contracts/message/delivery.record.ts';
import { insertRows, tableCode } from '../../kit/db/rows.ts';
import { iso } from '../../kit/ids.ts';
import { kitForTests, type TestKit } from '../../kit/testing/kit-for-tests.ts';
import { keepBlobs } from '../intake/blobs.ts';
import { Meter } from '../supervise/meter.ts';
import { bookOf, channelText, endpointText, FakeSender, hl7, org } from '../testing.ts';
import { TargetQueue } from './target-queue.ts';

const retry = 'retry: { firstSeconds: 2, factor: 2, maxSeconds: 10, giveUpAfterHours: 1 }';
const book = bookOf(
  endpointText('out', ['send: { host: 127.0.0.1, port: 1 }']),
  endpointText('in', ['listen: { port: 1 }', 'ack: { mode: auto, unrouted: accept }']),
  channelText('c', 'in', 'ADT^*', [`targets: [{ endpoint: out, ${retry} }]`]),
  channelText('ask', 'in', 'ORM^*', ['targets: [{ endpoint: out, ambiguous: ask }]']),
  channelText('image', 'in', 'SIU^*', [`targets: [{ endpoint: out, contents: digest, ${retry} }]`]),
);

let mesh: TestKit;
let peer: FakeSender;
let queue: TargetQueue;
let pauses: number[];

beforeEach(async () => {
  mesh = await kitForTests([]);
  peer = new FakeSender();
  pauses = [];
  queue = new TargetQueue({
    kit: mesh.kit,
    book: () => book,
    meter: new Meter(mesh.clock.read),
    sender: peer,
    endpoint: book.endpoint(org, 'out')!,
    answered: async () => ({ outcome: 'kept', results: [] }),
  });
  // A pause lasts until `later`.
  const inner = queue as unknown as { pause: (ms: number) => void; timer: unknown };
  inner.pause = (ms) => {
    pauses.push(ms);
    inner.timer = 0.5;
  };
});
afterEach(async () => {
  await queue.stop();
  await mesh.close();
});

let serial = 0;
const put = async (
  lane: string,
  more: { channel?: string; orgId?: string; state?: string; body?: Buffer } = {},
) => {
  const id = `d-${++serial}`;
  const row = {
    id,
    orgId: org,
    messageId: `m-${id}`,
    channel: 'c',
    channelVersion: 1,
    target: 'out',
    lane,
    messageType: 'ADT^A08',
    controlId: id,
    state: 'QUEUED',
    attempts: 0,
    createdAt: iso(mesh.clock.now),
    nextAt: null,
    lastAt: null,
    doneAt: null,
    roundTripMs: null,
    ackCode: '',
    faultCode: '',
    fault: null,
    reason: '',
    body: Buffer.from(hl7({ control: id })),
    reply: null,
    ...more,
  };
  await mesh.databases.main.tx((sql) => insertRows(sql, deliveryTable, [row], mesh.kit.vault));
  return id;
};
const set = (id: string, state: string) =>
  mesh.databases.main.tx((sql) => {
    const code = tableCode(deliveryTable, sql);
    return sql.execute(`UPDATE ${code.table} SET ${code.name('state')} = ? WHERE ${code.name('id')} = ?`, [
      state,
      id,
    ]);
  });
const one = async (id: string) => (await mesh.kit.find(deliveryTable, 'system', { id }))[0]!;
const states = async (...ids: string[]) => Promise.all(ids.map(async (id) => (await one(id)).state));
const sent = () => peer.sent.map((text) => text.split('|')[9]);
const rest = async (): Promise<void> => {
  queue.wake();
  await (queue as unknown as { running?: Promise<void> }).running;
};
/** The pause is over. */
const later = async (): Promise<void> => {
  queue.hurry();
  await (queue as unknown as { running?: Promise<void> }).running;
};

test('[INT-02] what waits leaves in its order, once, and is noted with its answer', async () => {
  const ids = [await put('a'), await put('b'), await put('a'), await put('')];
  await rest();
  await rest();
  expect(sent()).toEqual(ids);
  const row = await one(ids[0]!);
  expect(row).toMatchObject({
    state: 'DELIVERED',
    attempts: 1,
    ackCode: 'AA',
    roundTripMs: 3,
    faultCode: '',
  });
  expect(row.reply!.toString()).toContain(`MSA|AA|${ids[0]}`);
  expect(row.doneAt).not.toBeNull();
});

test('more than a page leaves without another word', async () => {
  const ids: string[] = [];
  for (let i = 0; i < 120; i++) ids.push(await put(`l${i % 7}`));
  await rest();
  expect(sent()).toEqual(ids);
});

test('[INT-02] while the peer is away all wait, the pauses grow to their limit, and then all leave in order', async () => {
  const ids = [await put('a'), await put('b')];
  peer.answer = () => ({ kind: 'not-sent', code: 'hub.peer.refused', reason: 'ECONNREFUSED' });
  await rest();
  for (let i = 0; i < 4; i++) await later();
  expect(pauses).toEqual([2000, 4000, 8000, 10_000, 10_000]);
  expect(sent()).toEqual(Array(5).fill(ids[0]));
  expect(await one(ids[0]!)).toMatchObject({ state: 'QUEUED', attempts: 5, faultCode: 'hub.peer.refused' });
  expect(await one(ids[1]!)).toMatchObject({ state: 'QUEUED', attempts: 0 });
  queue.wake(); // a pause is not cut short by new work
  expect(sent()).toHaveLength(5);
  peer.answer = (text) => peer.acknowledge(text, 'AA');
  await later();
  expect(sent().slice(5)).toEqual(ids);
  expect(await states(...ids)).toEqual(['DELIVERED', 'DELIVERED']);
  peer.answer = () => ({ kind: 'not-sent', code: 'hub.peer.refused', reason: 'x' });
  await put('a');
  await rest();
  expect(pauses.at(-1)).toBe(2000);
});

test('a person who asks for a try now ends the pause', async () => {
  const id = await put('a');
  peer.answer = () => ({ kind: 'unknown', code: 'hub.peer.timeout', reason: '' });
  await rest();
  peer.answer = (text) => peer.acknowledge(text, 'AA');
  queue.hurry();
  await (queue as unknown as { running?: Promise<void> }).running;
  expect(await states(id)).toEqual(['DELIVERED']);
  expect(peer.sent[0]).toBe(peer.sent[1]);
});

test('[INT-02] a refusal parks the delivery, holds its lane behind it, and nothing else', async () => {
  const ids = [await put('a'), await put('a'), await put('b'), await put('a')];
  peer.answer = (text) => peer.acknowledge(text, text.includes(`|${ids[0]}|`) ? 'AR' : 'AA');
  await rest();
  expect(await states(...ids)).toEqual(['PARKED', 'HELD', 'DELIVERED', 'HELD']);
  expect(sent()).toEqual([ids[0], ids[2]]);
  expect((await mesh.events('message.parked')).map((e) => e.payload)).toEqual([
    { messageId: `m-${ids[0]}`, channel: 'c', faultCode: 'hub.peer.negative' },
  ]);
  const behind = await put('a');
  await rest();
  expect(await states(behind)).toEqual(['HELD']);
  expect(sent()).toHaveLength(2);
});

test('[INT-02] a lane that was let go goes on in its order', async () => {
  const ids = [await put('a'), await put('a'), await put('a')];
  peer.answer = (text) => peer.acknowledge(text, text.includes(`|${ids[0]}|`) ? 'AE' : 'AA');
  await rest();
  peer.answer = (text) => peer.acknowledge(text, 'AA');
  for (const id of ids) await set(id, 'QUEUED');
  await rest();
  expect(sent()).toEqual([ids[0], ...ids]);
});

test('without a lane nothing is held behind what is parked', async () => {
  const ids = [await put(''), await put('')];
  peer.answer = (text) => peer.acknowledge(text, text.includes(`|${ids[0]}|`) ? 'AR' : 'AA');
  await rest();
  expect(await states(...ids)).toEqual(['PARKED', 'DELIVERED']);
});

test('what may have arrived is sent again, or shown to a person where the channel says so', async () => {
  peer.answer = () => ({ kind: 'unknown', code: 'hub.peer.timeout', reason: 'silent' });
  const asks = await put('a', { channel: 'ask' });
  await rest();
  expect(await one(asks)).toMatchObject({ state: 'PARKED', faultCode: 'hub.peer.timeout' });
  const again = await put('b');
  await rest();
  expect(await states(again)).toEqual(['QUEUED']);
});

test('what could not leave for as long as its channel waits is parked', async () => {
  const ids = [await put('a'), await put('a')];
  peer.answer = () => ({ kind: 'not-sent', code: 'hub.peer.refused', reason: 'x' });
  await rest();
  mesh.clock.advance(3_600_001);
  await later();
  expect(await states(...ids)).toEqual(['PARKED', 'HELD']);
});

test('what a person skipped meanwhile stays skipped', async () => {
  const ids = [await put('a'), await put('b')];
  peer.answer = async (text) => {
    await set(ids[0]!, 'SKIPPED');
    return peer.acknowledge(text, 'AR');
  };
  await rest();
  expect((await states(...ids))[0]).toBe('SKIPPED');
});

test('deliveries of another organisation to an endpoint of the same name are not ours', async () => {
  const id = await put('a', { orgId: 'org-mh' });
  await rest();
  expect(sent()).toEqual([]);
  expect(await states(id)).toEqual(['QUEUED']);
});

test('[INT-02] contents that the body names leave in its place; where they are not kept the delivery is parked', async () => {
  const bytes = Buffer.from(hl7({ control: 'image' }));
  const digest = createHash('sha256').update(bytes).digest('hex');
  await keepBlobs(mesh.kit, [{ digest, mediaType: 'application/dicom', bytes }]);
  const types: string[] = [];
  peer.answer = (text, { mediaType }) => {
    types.push(mediaType);
    return peer.acknowledge(text, 'AA');
  };
  const body = (value: unknown) => Buffer.from(JSON.stringify(value));
  const good = await put('a', { channel: 'image', body: body({ digest }) });
  const gone = await put('b', { channel: 'image', body: body({ digest: '0'.repeat(64) }) });
  const odd = await put('c', { channel: 'image', body: Buffer.from('no JSON') });
  await rest();
  expect(await states(good, gone, odd)).toEqual(['DELIVERED', 'PARKED', 'PARKED']);
  expect([peer.sent, types]).toEqual([[bytes.toString()], ['application/dicom']]);
  expect((await one(gone)).fault).toMatchObject({ data: { ack: 'contents' } });
});
