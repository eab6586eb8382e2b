import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { messageActions } from '../../../contracts/message/message.actions.ts';
import { iso } from '../../kit/ids.ts';
import { kitForTests, type TestKit } from '../../kit/testing/kit-for-tests.ts';
import { Journal, type NewMessage, shardOf } from './journal.ts';
import { listMessages } from './query.ts';
import { ledgerForTests, orderMessage, type TestLedger } from './testing.ts';

type List = Parameters<typeof listMessages>[2];
let mesh: TestKit;
const list = (params: List, orgId = 'org-hy') => listMessages(mesh.kit, orgId, params);
const start = Date.UTC(2026, 2, 1);

/** 9 000 messages of org-hy one minute apart, each tenth also of org-mh: enough for the search to go in steps. */
beforeAll(async () => {
  mesh = await kitForTests([]);
  const journal = new Journal(mesh.kit.databases.main, mesh.kit.vault);
  const rows = Array.from({ length: 9000 }, (_, i) => row(i));
  await mesh.kit.databases.main.tx((sql) =>
    journal.insert(
      sql,
      rows.map((message) => ({ message, raw: Buffer.from('x') })),
    ),
  );
});
afterAll(() => mesh.close());

function row(i: number): NewMessage {
  const id = mesh.kit.id();
  const state = i % 1000 === 0 ? 'PARKED' : 'DONE';
  const at = iso(start + i * 60_000);
  return {
    id,
    orgId: i % 10 === 0 ? 'org-mh' : 'org-hy',
    receivedAt: at,
    doneAt: at,
    direction: 'in',
    endpoint: 'his',
    connection: '',
    peer: '',
    channel: i % 2 ? 'his-orders-in' : 'his-adt-in',
    channelVersion: 1,
    messageType: i === 37 ? 'ADT^A40' : 'ADT^A08',
    controlId: `C${i}`,
    charset: 'UTF-8',
    size: 1,
    digest: '',
    lane: `P${i % 7}`,
    shard: shardOf(`P${i % 7}`),
    moreLanes: null,
    meta: null,
    state,
    ack: 'SENT',
    ackCode: 'AA',
    faultCode: state === 'PARKED' ? 'hub.mapping.failed' : '',
    fault: null,
    warnings: null,
    keys: [
      { kind: 'patient', value: `P${i % 300}` },
      { kind: 'visit', value: `P${i % 300}` },
      { kind: 'control', value: `C${i}` },
    ],
    originId: null,
    originKind: '',
    reason: '',
  };
}

describe('search', () => {
  test('[INT-02] by a business key finds the messages of all channels, each once, newest first', async () => {
    const { items, total } = await list({ key: ' P7 ' });
    expect(total).toBe(30);
    expect(items).toHaveLength(30);
    expect(items[0]!.controlId).toBe('C8707');
    expect(items.map((i) => i.receivedAt)).toEqual(
      items
        .map((i) => i.receivedAt)
        .toSorted()
        .reverse(),
    );
    expect(await list({ q: 'P7', pageSize: 5, page: 2 })).toMatchObject({
      total: 30,
      page: 2,
      items: items.slice(5, 10),
    });
  });

  test('[EVA-05] never finds a message of another organisation, by key or by id', async () => {
    const { items } = await list({ key: 'C10' }, 'org-mh');
    expect(items).toHaveLength(1);
    expect(await list({ key: 'C10' })).toMatchObject({ items: [], total: 0 });
    expect(await list({ key: items[0]!.id })).toMatchObject({ items: [], total: 0 });
    expect(await list({ filter: { id: items[0]!.id } })).toMatchObject({ items: [], total: 0 });
    expect(await list({ key: items[0]!.id.toUpperCase() }, 'org-mh')).toMatchObject({ total: 1 });
    await expect(list({}, '')).rejects.toMatchObject({ code: 'kernel.scope.missing' });
  });

  test('a key is matched whole and exactly', async () => {
    expect((await list({ key: 'P' })).total).toBe(0);
    expect((await list({ key: 'p7' })).total).toBe(0);
    expect((await list({ key: 'P7%' })).total).toBe(0);
  });

  test('a key goes together with filters', async () => {
    expect((await list({ key: 'P7', filter: { channel: 'his-adt-in' } })).total).toBe(0);
    expect((await list({ key: 'P7', filter: { channel: 'his-orders-in', state: 'DONE' } })).total).toBe(30);
    const day = '2026-03-02T00:00:00+08:00..2026-03-03T00:00:00+08:00';
    const { items } = await list({ key: 'P7', filter: { receivedAt: day } });
    expect(items.map((i) => i.controlId)).toEqual(
      ['C2107', 'C1807', 'C1507', 'C1207', 'C1007'].slice(0, items.length),
    );
  });
});

describe('list', () => {
  test('is in order of arrival either way, page after page, without gap or repetition', async () => {
    const newest = await list({ pageSize: 200 });
    expect(newest.items[0]!.controlId).toBe('C8999');
    const pages = await Promise.all(
      [1, 2, 3].map((page) =>
        list({ page, pageSize: 50, filter: { state: 'DONE', channel: 'his-orders-in' } }),
      ),
    );
    const ids = pages.flatMap((p) => p.items.map((i) => Number(i.controlId.slice(1))));
    expect(ids).toEqual(Array.from({ length: 150 }, (_, i) => 8999 - 2 * i));
    const oldest = await list({ sort: 'receivedAt', pageSize: 3 });
    expect(oldest.items.map((i) => i.controlId)).toEqual(['C1', 'C2', 'C3']);
  });

  test('finds what is rare wherever it stands', async () => {
    expect((await list({ filter: { messageType: 'ADT^A40' } })).items.map((i) => i.controlId)).toEqual([
      'C37',
    ]);
    expect((await list({ filter: { messageType: 'ADT^A40' }, sort: 'receivedAt' })).total).toBe(1);
    expect((await list({ filter: { messageType: 'ADT^A99' } })).total).toBe(0);
    expect((await list({ filter: { state: 'PARKED' } }, 'org-mh')).total).toBe(9);
    expect(
      (await list({ filter: { state: 'PARKED,REFUSED', faultCode: 'hub.mapping.failed' } }, 'org-mh')).total,
    ).toBe(9);
    expect((await list({ filter: { faultCode: 'hub.mapping.failed' } })).total).toBe(0);
  });

  test('a range of time has its start in it and not its end', async () => {
    const { items, total } = await list({
      sort: '-receivedAt',
      filter: { receivedAt: '2026-03-01T00:01:00Z..2026-03-01T00:05:00Z' },
    });
    expect(total).toBe(4);
    expect(items.map((i) => i.controlId)).toEqual(['C4', 'C3', 'C2', 'C1']);
    expect((await list({ filter: { receivedAt: '..2026-03-01T00:02:00Z' } })).total).toBe(1);
  });

  test('refuses filters, orders, times and pages that it does not have', async () => {
    const issues = (params: List) =>
      list(params).catch((e: { data: { issues: { path: string }[] } }) => e.data.issues.map((i) => i.path));
    expect(await issues({ filter: { lane: 'P1' } })).toEqual(['filter[lane]']);
    expect(await issues({ sort: 'peer' })).toEqual(['sort']);
    expect(await issues({ filter: { receivedAt: 'yesterday..' } })).toEqual(['filter[receivedAt]']);
    expect(await issues({ page: 1000, pageSize: 200 })).toEqual(['page']);
  });
});

describe('deliveries', () => {
  let ledger: TestLedger;
  beforeAll(async () => {
    ledger = await ledgerForTests();
  });
  afterAll(() => ledger.close());

  test('are listed without their bytes, by state, target and the business key of their message', async () => {
    const row = await ledger.arrive(orderMessage('P1', 'A1').replace('ORM^O01^ORM_O01', 'SIU^S12'));
    const call = (params: object) => ledger.mesh.call(messageActions.deliveries, params);
    const { items, total } = await call({ filter: { state: 'QUEUED', target: 'archive' } });
    expect(total).toBe(1);
    expect(items[0]).toMatchObject({ messageId: row.id, lane: 'P1' });
    expect(items[0]).not.toHaveProperty('body');
    expect((await call({ q: 'A1', filter: { messageId: row.id } })).total).toBe(1);
    expect((await call({ q: 'A2' })).total).toBe(0);
    expect((await call({ filter: { faultCode: 'hub.peer.negative' } })).total).toBe(0);
    expect((await ledger.mesh.call(messageActions.deliveries, {}, ledger.as('org-mh'))).total).toBe(0);
  });
});
