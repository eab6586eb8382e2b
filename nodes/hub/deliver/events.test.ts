import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { EventEnvelope } from '../../../contracts/kernel/event.ts';
import type { CanonicalOf } from '../../../contracts/message/canonical.ts';
import { deliveryTable } from '../../../contracts/message/delivery.record.ts';
import { messageKeyTable, messageTable } from '../../../contracts/message/message.record.ts';
import { orderActions } from '../../../contracts/order/order.actions.ts';
import { orderStatusChanged } from '../../../contracts/order/order.events.ts';
import { defineService, handle } from '../../kit/service.ts';
import { kitForTests, type TestKit } from '../../kit/testing/kit-for-tests.ts';
import { Journal } from '../ledger/journal.ts';
import { Meter } from '../supervise/meter.ts';
import { bookOf, org, shippedText } from '../testing.ts';
import { Deliveries } from './deliveries.ts';
import { carryEvents } from './events.ts';

type Status = CanonicalOf<'StatusChanged'>;
const book = bookOf(shippedText('his'), shippedText('his-out'), shippedText('his-order-status-out'));
const message = (placer: string, more: Partial<Status> = {}): Status => ({
  type: 'StatusChanged',
  patient: { identifiers: [{ number: `P-${placer}`, authority: 'HIS', type: 'MR' }], name: '测试一' },
  placerNumber: { number: placer, authority: 'HIS' },
  fillerNumber: { number: `F-${placer}`, authority: 'CYTOMESH' },
  code: 'NK',
  name: 'NK 细胞',
  status: 'ACCEPTED',
  previous: 'SUBMITTED',
  changedBy: '计划员',
  occurredAt: '2026-03-02T01:00:00.000Z',
  ...more,
});

let mesh: TestKit;
let told: number;
/** Event id to what the word says of it. */
let described: Map<string, Status>;
beforeEach(async () => {
  described = new Map();
  told = 0;
  const order = defineService('order', () => ({
    handlers: [
      handle(orderActions.statusMessages, async ({ events }) => ({
        messages: events.flatMap(({ id }) => (described.has(id) ? [{ id, message: described.get(id) }] : [])),
      })),
    ],
  }));
  mesh = await kitForTests([order]);
});
afterEach(() => mesh.close());

const carry = (events: EventEnvelope[], at = book) =>
  carryEvents(
    {
      kit: mesh.kit,
      journal: new Journal(mesh.databases.main, mesh.kit.vault),
      deliveries: new Deliveries(
        mesh.kit,
        () => at,
        () => void told++,
      ),
      meter: new Meter(mesh.clock.read),
      book: () => at,
    },
    events,
  );
const event = (more: Partial<EventEnvelope> = {}, says?: Status): EventEnvelope => {
  const id = mesh.kit.id();
  if (says) described.set(id, says);
  const { name } = orderStatusChanged;
  return { id, name, orgId: org, key: 'd', at: '', actor: '', requestId: '', payload: {}, ...more };
};
const messages = () => mesh.kit.find(messageTable, 'system', {}, { orderBy: 'seq' });
const deliveries = () => mesh.kit.find(deliveryTable, 'system', {}, { orderBy: 'seq' });

test('[INT-02] an event becomes an outbound message with its keys, and a delivery, in one transaction', async () => {
  await carry([event({}, message('1')), event({}, message('2'))]);
  expect(await messages()).toMatchObject([
    { direction: 'out', state: 'DONE', ack: 'NOT_OWED', channel: 'his-order-status-out', lane: 'P-1' },
    { direction: 'out', state: 'DONE', lane: 'P-2' },
  ]);
  const made = await deliveries();
  expect(made).toMatchObject([
    { state: 'QUEUED', target: 'his-out', lane: 'P-1', attempts: 0 },
    { state: 'QUEUED', target: 'his-out', lane: 'P-2' },
  ]);
  expect(made[0]!.messageId).toBe((await messages())[0]!.id);
  const keys = await mesh.kit.find(messageKeyTable, 'system', { messageId: made[0]!.messageId });
  expect(keys.map((k) => `${k.kind} ${k.value}`).sort()).toEqual(
    [`control ${made[0]!.controlId}`, 'filler F-1', 'order 1', 'patient P-1'].sort(),
  );
  expect(made[0]!.controlId).toMatch(/^[0-9A-Z]{10,20}$/);
  expect(made[0]!.controlId).not.toBe(made[1]!.controlId);
  expect(told).toBeGreaterThan(0);
});

test('[INT-02] events that come again, alone or with new ones, make nothing twice', async () => {
  const first = [event({}, message('1')), event({}, message('2'))];
  await carry(first);
  await carry(first);
  await carry([...first, event({}, message('3'))]);
  expect((await messages()).map((m) => m.lane)).toEqual(['P-1', 'P-2', 'P-3']);
  expect(await deliveries()).toHaveLength(3);
});

test('[INT-01] two channels take the same event, whatever its id ends in', async () => {
  const twice = bookOf(
    shippedText('his'),
    shippedText('his-out'),
    shippedText('his-order-status-out'),
    shippedText('his-order-status-out').replace('channel: his-order-status-out', 'channel: another-out'),
  );
  const id = `${mesh.kit.id().slice(0, 34)}01`;
  described.set(id, message('1'));
  await carry([event({ id })], twice);
  expect((await messages()).map((m) => m.channel)).toEqual(['his-order-status-out', 'another-out']);
  await carry([event({ id })], twice);
  expect(await deliveries()).toHaveLength(2);
});

test('what the word says nothing of, and what no channel of the organisation carries, is passed over', async () => {
  await carry([
    event(),
    event({ orgId: 'org-mh' }, message('9')),
    event({ name: 'order.placed' }, message('9')),
  ]);
  expect(await messages()).toEqual([]);
});

test('what cannot be mapped is kept and parked with its reason; the others leave', async () => {
  const ascii = shippedText('his-out').replace('charset: GB 18030-2000', 'charset: ASCII');
  const narrow = bookOf(shippedText('his'), ascii, shippedText('his-order-status-out'));
  const plain = { name: 'NK', changedBy: 'Li', patient: { identifiers: [{ number: 'P-2' }], name: 'Li' } };
  await carry([event({}, message('1')), event({}, message('2', plain))], narrow);
  expect(await messages()).toMatchObject([
    { state: 'PARKED', faultCode: 'hub.mapping.failed', lane: 'P-1' },
    { state: 'DONE' },
  ]);
  expect((await deliveries()).map((d) => d.lane)).toEqual(['P-2']);
});

test('deliveries leave in the charset of their endpoint', async () => {
  await carry([event({}, message('1'))]);
  const [made] = await deliveries();
  expect(new TextDecoder('gb18030').decode(made!.body)).toContain('测试一');
});
