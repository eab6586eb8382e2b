import { afterEach, expect, test } from '@jest/globals';
import { orderPlaced } from '../../../contracts/order/order.events.ts';
import { registry } from '../../../contracts/registry.generated.ts';
import { userActions } from '../../../contracts/user/user.actions.ts';
import { defineService, handle } from '../../kit/service.ts';
import { kitForTests } from '../../kit/testing/kit-for-tests.ts';
import { fakeSession } from '../fake-kit.ts';
import { type Started, startForTests } from '../start-for-tests.ts';
import { StreamReader } from './read-stream.ts';

let started: Started;
const readers: StreamReader[] = [];
const open = async (query = '', headers = {}): Promise<StreamReader> => {
  const reader = await StreamReader.open(started.base, query, headers);
  readers.push(reader);
  return reader;
};
afterEach(async () => {
  for (const reader of readers.splice(0)) reader.close();
  await started.gateway.close();
});

const names = async (reader: StreamReader, count: number): Promise<unknown[]> => {
  const out: unknown[] = [];
  while (out.length < count) {
    const event = await reader.next();
    if (!event) break;
    out.push([event.event, event.id, event.data.name ?? event.data.topics ?? event.data.reason]);
  }
  return out;
};

test('a committed change arrives with its number, of the own organisation and the readable topics only', async () => {
  started = await startForTests();
  const { fake, gateway } = started;
  fake.sessions.set('token-all', fakeSession('all', 'org-a', ['order.read', 'message.*']));
  fake.commit('order.placed');
  const reader = await open('?topics=order,donor,message,channel');
  expect(await reader.next()).toMatchObject({
    event: 'ready',
    id: '1',
    data: { topics: ['order', 'message'] },
  });
  fake.commit('order.statusChanged', { orgId: 'org-b' });
  fake.commit('donor.registered');
  fake.commit('order.statusChanged', { key: 'order-1' });
  fake.commit('message.parked');
  gateway.written();
  expect(await reader.next()).toEqual({
    event: 'change',
    id: '4',
    data: {
      id: 'event-4',
      name: 'order.statusChanged',
      topic: 'order',
      key: 'order-1',
      orgId: 'org-a',
      at: '2026-03-02T09:00:00.000Z',
      payload: { n: 4 },
    },
  });
  expect((await reader.next())?.data.name).toBe('message.parked');
});

test('a client that comes back gets what it missed and nothing twice', async () => {
  started = await startForTests();
  const { fake, gateway } = started;
  for (let i = 0; i < 5; i++) fake.commit('order.placed');
  const reader = await open('', { 'Last-Event-ID': '3' });
  expect((await reader.next())?.event).toBe('ready');
  fake.commit('order.changed');
  gateway.written();
  expect(await names(reader, 3)).toEqual([
    ['change', '4', 'order.placed'],
    ['change', '5', 'order.placed'],
    ['change', '6', 'order.changed'],
  ]);
  const byQuery = await open('?lastEventId=5');
  await byQuery.next();
  expect(await names(byQuery, 1)).toEqual([['change', '6', 'order.changed']]);
});

test('a client that was away too long, or knows a number never given, is told to begin anew', async () => {
  started = await startForTests();
  const { fake } = started;
  fake.commit('order.placed', { seq: 900 });
  for (const last of ['17', '5000']) {
    const reader = await open('', { 'Last-Event-ID': last });
    await reader.next();
    expect(await reader.next()).toMatchObject({ event: 'reset', id: '900', data: { reason: 'gone' } });
  }
});

test('a change committed after one with a higher number is not left out, and resuming goes back to before it', async () => {
  started = await startForTests();
  const { fake, gateway } = started;
  fake.commit('order.placed', { seq: 10 });
  const reader = await open();
  await reader.next();
  fake.commit('order.changed', { seq: 12 });
  gateway.written();
  expect(await names(reader, 1)).toEqual([['change', '10', 'order.changed']]);
  fake.commit('order.statusChanged', { seq: 11 });
  fake.commit('order.placed', { seq: 13 });
  gateway.written();
  expect(await names(reader, 2)).toEqual([
    ['change', '11', 'order.statusChanged'],
    ['change', '13', 'order.placed'],
  ]);
});

test('more than 200 changes a second become one word that names topics and numbers', async () => {
  started = await startForTests();
  const { fake, gateway } = started;
  const reader = await open();
  await reader.next();
  for (let i = 0; i < 700; i++) fake.commit(i % 2 ? 'order.placed' : 'donor.changed');
  gateway.written();
  const events = [];
  for (;;) {
    const event = await reader.next();
    events.push(event!.event);
    if (event!.event !== 'many') continue;
    expect(event).toMatchObject({
      id: '700',
      data: { topics: expect.arrayContaining(['order', 'donor']), from: 201, to: 700 },
    });
    break;
  }
  expect(events).toHaveLength(201);
});

test('notices of the hub pass without a number, to who may read them', async () => {
  started = await startForTests();
  const { gateway } = started;
  const reader = await open('?topics=channel');
  await reader.next();
  const notice = { topic: 'channel', name: 'channel.counted', key: 'c1', data: { perSecond: 4 } };
  gateway.live({ ...notice, orgId: 'org-b' });
  gateway.live({ ...notice, orgId: 'org-a', key: 'c2' });
  expect(await reader.next()).toMatchObject({
    event: 'live',
    id: undefined,
    data: { key: 'c2', data: { perSecond: 4 } },
  });
});

test('signing out ends the streams of that session, and stopping ends all', async () => {
  started = await startForTests();
  const mine = await open();
  const other = await open('', { Authorization: 'Bearer token-other' });
  await mine.next();
  await other.next();
  await fetch(`${started.base}/api/v1/auth/logout`, {
    method: 'POST',
    headers: { Authorization: 'Bearer token-all' },
  });
  expect(await mine.next()).toMatchObject({ event: 'end', data: { reason: 'session' } });
  await mine.ended;
  const closed = started.gateway.close();
  expect(await other.next()).toBeUndefined();
  await closed;
});

test('nothing is read while nobody listens', async () => {
  started = await startForTests();
  const { fake, gateway } = started;
  fake.commit('order.placed');
  gateway.written();
  expect(fake.finds).toBe(0);
  const reader = await open();
  await reader.next();
  reader.close();
  await reader.ended;
});

test('topics that do not exist, nonsense to resume from and a reader without rights are refused', async () => {
  started = await startForTests();
  expect((await open('?topics=order,weather')).status).toBe(422);
  expect((await open('', { 'Last-Event-ID': 'x' })).status).toBe(422);
  expect((await open('', { Authorization: 'Bearer token-none' })).status).toBe(403);
  expect((await open('', { Authorization: '' })).status).toBe(401);
});

test('over the real outbox a committed event reaches the listener', async () => {
  const session = fakeSession('all', 'org-hy', ['order.read']);
  const user = defineService('user', () => ({
    handlers: [handle(userActions.resolve, async () => session)],
  }));
  const mesh = await kitForTests([user]);
  started = await startForTests({}, mesh.kit);
  const reader = await open();
  expect((await reader.next())?.data).toEqual({ topics: ['order'] });
  const meta = {
    caller: { userId: 'u', name: 'u', orgId: 'org-hy', permissions: ['*'] },
    requestId: 'request-1',
  };
  expect(registry.events.get('order.placed')).toBe(orderPlaced);
  const payload = {
    orderId: 'o1',
    number: 'N',
    donorId: 'd',
    placerNumber: 'P',
    state: 'SUBMITTED',
    productCode: 'C',
  };
  await mesh.kit.work(meta, async (work) => {
    for (let i = 0; i < 3; i++) work.event(orderPlaced, 'org-hy', `o${i}`, payload);
    work.event(orderPlaced, 'org-mh', 'foreign', payload);
  });
  started.gateway.written();
  expect([(await reader.next())?.data.key, (await reader.next())?.data.key]).toEqual(['o0', 'o1']);
  expect(await reader.next()).toMatchObject({ id: '3', data: { key: 'o2', payload: { orderId: 'o1' } } });
  reader.close();
  await reader.ended;
  const back = await open('', { 'Last-Event-ID': '2' });
  await back.next();
  expect((await back.next())?.data.key).toBe('o2');
  back.close();
  await back.ended;
  await mesh.close();
});
