import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { incidentTable } from '../../../contracts/channel/channel.record.ts';
import { messageActions } from '../../../contracts/message/message.actions.ts';
import { messageBodyTable, messageKeyTable } from '../../../contracts/message/message.record.ts';
import { insertRows } from '../../kit/db/rows.ts';
import { iso } from '../../kit/ids.ts';
import { pruneMessages } from './retention.ts';
import { ledgerForTests, orderMessage, type TestLedger } from './testing.ts';

let ledger: TestLedger;
/** Ids of a process never go back in time, so the clock of one test begins where that of the last ended. */
let now = 0;
beforeEach(async () => {
  ledger = await ledgerForTests();
  ledger.clock.now = Math.max(now, ledger.clock.now);
});
afterEach(async () => {
  now = ledger.clock.now;
  await ledger.close();
});

const day = 86_400_000;
const after = (days: number) => {
  ledger.clock.advance(days * day);
  return pruneMessages(ledger.hub, ledger.clock.now);
};
const get = (id: string) => ledger.mesh.call(messageActions.get, { id });
const visit = (placer: string): string => orderMessage('P5', placer).replace('ORM^O01^ORM_O01', 'SIU^S12');

test('[ARC-11] contents go after the days of their endpoint, the journal and its keys half a year later', async () => {
  const row = await ledger.arrive(orderMessage('P1', 'A1'));
  expect(await after(179)).toEqual({ bodies: 0, messages: 0, incidents: 0 });
  expect(await after(2)).toMatchObject({ bodies: 1, messages: 0 });
  const { message, contents, canonical } = await get(row.id);
  expect(message.state).toBe('DONE');
  expect([contents.raw, contents.text, canonical]).toEqual([null, null, []]);
  expect((await ledger.mesh.call(messageActions.list, { key: 'A1' })).total).toBe(1);
  await expect(ledger.mesh.call(messageActions.replay, { id: row.id, reason: 'x' })).rejects.toMatchObject({
    code: 'message.body.pruned',
  });
  expect(await after(180)).toMatchObject({ bodies: 0, messages: 1 });
  await expect(get(row.id)).rejects.toMatchObject({ code: 'kernel.record.missing' });
  expect(await ledger.hub.kit.find(messageKeyTable, 'system', {})).toEqual([]);
});

test('[ARC-11] what is not settled keeps everything, however old', async () => {
  const parked = await ledger.arrive(orderMessage('P1', 'A1', 'NEW-1'));
  const held = await ledger.arrive(orderMessage('P1', 'A2'));
  const undelivered = await ledger.arrive(visit('V1'));
  expect(await after(4000)).toMatchObject({ bodies: 0, messages: 0 });
  for (const { id } of [parked, held, undelivered]) expect((await get(id)).contents.raw).not.toBeNull();
  const [delivery] = await ledger.deliveriesOf(undelivered.id);
  expect(delivery!.body.byteLength).toBeGreaterThan(0);

  await ledger.mark(delivery!.id, { state: 'DELIVERED' });
  await ledger.mesh.call(messageActions.skip, { id: parked.id, reason: '过期' });
  await ledger.idle();
  expect(await after(1)).toMatchObject({ messages: 3 });
  expect(await ledger.deliveriesOf(undelivered.id)).toEqual([]);
});

test('bytes of deliveries go with the contents of their message; the delivery stays listed', async () => {
  const row = await ledger.arrive(visit('V1'));
  const [delivery] = await ledger.deliveriesOf(row.id);
  await ledger.mark(delivery!.id, { state: 'DELIVERED', reply: Buffer.from('MSA') });
  expect(await after(181)).toMatchObject({ bodies: 1 });
  const { deliveries } = await get(row.id);
  expect(deliveries).toMatchObject([
    { delivery: { state: 'DELIVERED' }, contents: { raw: null }, reply: null },
  ]);
  await expect(
    ledger.mesh.call(messageActions.replay, { id: row.id, reason: 'x', target: 'archive' }),
  ).rejects.toMatchObject({ code: 'message.body.pruned' });
});

test('what comes of age within the day goes too, and what was settled late on the next day', async () => {
  await ledger.arrive(orderMessage('P1', 'A1'));
  ledger.clock.advance(10 * day);
  await ledger.arrive(orderMessage('P2', 'A2'));
  const late = await ledger.arrive(orderMessage('P3', 'A3', 'NEW-1'));
  expect(await after(170.5)).toMatchObject({ bodies: 1 });
  expect(await after(9.4)).toMatchObject({ bodies: 0 });
  expect(await after(0.2)).toMatchObject({ bodies: 1 });
  await ledger.mesh.call(messageActions.skip, { id: late.id, reason: 'x' });
  expect(await after(1.1)).toMatchObject({ bodies: 1 });
  expect(await ledger.hub.kit.find(messageBodyTable, 'system', {})).toEqual([]);
});

test('incidents go after thirty days', async () => {
  const { kit } = ledger.hub;
  const at = iso(ledger.clock.now);
  const incident = {
    orgId: 'org-hy',
    endpoint: 'his',
    at,
    connection: '',
    peer: '',
    kind: 'noise',
    reason: '',
    hex: '',
    count: 1,
  };
  await kit.databases.main.tx((sql) => insertRows(sql, incidentTable, [incident], kit.vault));
  expect((await after(29)).incidents).toBe(0);
  expect((await after(2)).incidents).toBe(1);
});
