import { donorActions } from '../../contracts/donor/donor.actions.ts';
import { Fault } from '../../contracts/kernel/fault.ts';
import type { ReceiveItem } from '../../contracts/kernel/receive.ts';
import type { Identifier } from '../../contracts/message/canonical.parts.ts';
import type { Canonical, CanonicalOf } from '../../contracts/message/canonical.ts';
import { orderChanged, orderPlaced } from '../../contracts/order/order.events.ts';
import { orderMachine } from '../../contracts/order/order.machine.ts';
import { orderRecord } from '../../contracts/order/order.record.ts';
import { iso } from '../kit/ids.ts';
import { applyTransition } from '../kit/machine.ts';
import type { Apply, Prepared } from '../kit/receive.ts';
import type { Call } from '../kit/service.ts';
import type { Work } from '../kit/work.ts';
import { answersTo } from './answers.ts';
import { askIdentities } from './ask-identities.ts';
import { type Order, orderEffects } from './effects.ts';
import { addFact, isTold, keepContents, ordersOf } from './facts.ts';
import type { Identities } from './same-patient.ts';

const keyOf = ({ number, authority }: Identifier): string => `${authority ?? ''}|${number}`;
const changeable = new Set(['DRAFT', 'SUBMITTED']);

/** True where two donor ids are one person by now. */
export type SameDonor = (one: string, other: string) => boolean;

/**
 * Orders follow a merged donor by an event of their own; a message about them may come sooner. Asks who is who where a message
 * and its order name different donors, which is seldom.
 */
async function askDonors(items: readonly ReceiveItem[], call: Call): Promise<SameDonor> {
  const given = new Map<string, string>();
  for (const { message, context } of items) {
    const m = message as Canonical;
    if (m.type === 'OrderPlaced' && context.donorId) given.set(keyOf(m.order.placerNumber), context.donorId);
  }
  if (given.size === 0) return () => false;
  const orders = await call.kit.find(
    orderRecord,
    call.meta.caller,
    { placerNumber: numbersOf(items) },
    { personal: 'sealed' },
  );
  const ids = new Set<string>();
  for (const o of orders) {
    const other = given.get(keyOf({ number: o.placerNumber, authority: o.placerAuthority }));
    if (other !== undefined && other !== o.donorId) ids.add(o.donorId).add(other);
  }
  const inForce = new Map<string, string>();
  const all = [...ids];
  for (let i = 0; i < all.length; i += 500) {
    const { patients } = await call.callAsSystem(donorActions.patients, { ids: all.slice(i, i + 500) });
    for (const p of patients) inForce.set(p.donorId, p.number);
  }
  return (one, other) => inForce.has(one) && inForce.get(one) === inForce.get(other);
}

const numbersOf = (items: readonly ReceiveItem[]): string[] => [
  ...new Set(
    items.flatMap(({ message }) => {
      const m = message as Canonical;
      if (m.type === 'OrderPlaced') return m.order.placerNumber.number;
      return m.type === 'OrderCancelled' ? m.placerNumber.number : [];
    }),
  ),
];

/** What a batch needs to know before its transaction. */
export interface Facts {
  readonly same: SameDonor;
  readonly answers: ReadonlyMap<string, object>;
  readonly identities: Identities;
}

export async function askBefore(items: readonly ReceiveItem[], call: Call): Promise<Facts> {
  await keepContents(call.kit, items, iso(call.kit.clock()));
  return {
    same: await askDonors(items, call),
    answers: await answersTo(items, call),
    identities: await askIdentities(items, call),
  };
}

/** Loads the orders a batch speaks of and gives the function that applies one message to them. */
export async function prepareOrders(
  items: readonly ReceiveItem[],
  work: Work,
  { same, answers, identities }: Facts,
): Promise<Prepared> {
  const messages = items.map((i) => i.message as Canonical);
  const ordersFor = await ordersOf((record, where, options) => work.load(record, where, options), messages);
  const orders = new Map<string, Order>();
  for (const o of await work.load(orderRecord, { placerNumber: numbersOf(items) }, { personal: 'sealed' }))
    orders.set(keyOf({ number: o.placerNumber, authority: o.placerAuthority }), o);

  const fresh = messages.filter(
    (m) => m.type === 'OrderPlaced' && !orders.has(keyOf(m.order.placerNumber)),
  ).length;
  const number = await orderNumbers(work, fresh);
  const apply: Apply = (item, answer) => {
    const message = item.message as Canonical;
    const found = answers.get(item.id);
    if (found) {
      answer(found);
      return {};
    }
    if (isTold(message)) return addFact(work, ordersFor(message), message, item, identities);
    if (message.type === 'OrderPlaced') return place(work, orders, number, message, item, same);
    if (message.type === 'OrderCancelled') return cancel(work, orders, message);
    return undefined;
  };
  return { apply, seen: (item) => seenBy(orders, item) };
}

/** An order remembers the message it came with. */
function seenBy(
  orders: ReadonlyMap<string, Order>,
  item: ReceiveItem,
): Record<string, string> | null | undefined {
  const message = item.message as Canonical;
  if (message.type !== 'OrderPlaced') return undefined;
  const order = orders.get(keyOf(message.order.placerNumber));
  if (!order) return null;
  return order.source === 'message' && order.sourceId === item.id ? contextOf(order) : undefined;
}

const contextOf = (order: Order): Record<string, string> => ({
  orderId: order.id,
  orderNumber: order.number,
});

/** Running order numbers `O26-000001`, for each organisation and year. */
export async function orderNumbers(work: Work, n: number): Promise<() => string> {
  const year = work.now.slice(2, 4);
  const next = await work.numbers(`order/${work.meta.caller.orgId}/${year}`, n);
  return () => `O${year}-${String(next()).padStart(6, '0')}`;
}

function place(
  work: Work,
  orders: Map<string, Order>,
  number: () => string,
  message: CanonicalOf<'OrderPlaced'>,
  item: ReceiveItem,
  same: SameDonor,
): Record<string, string> {
  const key = keyOf(message.order.placerNumber);
  const donorId = item.context.donorId;
  if (!donorId) throw new Fault('donor.identity.missing');
  const known = orders.get(key);
  const order = known
    ? change(work, known, message, donorId, same)
    : create(work, number(), message, donorId, item.id);
  orders.set(key, order);
  return contextOf(order);
}

function create(
  work: Work,
  number: string,
  message: CanonicalOf<'OrderPlaced'>,
  donorId: string,
  sourceId: string,
): Order {
  const { order, visit } = message;
  const made = work.insert(orderRecord, {
    number,
    donorId,
    placerNumber: order.placerNumber.number,
    placerAuthority: order.placerNumber.authority ?? '',
    productName: '',
    priority: 'routine',
    quantity: 1,
    requestedAt: null,
    neededAt: null,
    orderedBy: '',
    department: '',
    diagnosis: null,
    note: null,
    ...stated(message),
    visitNumber: visit?.number ?? '',
    state: 'SUBMITTED',
    previousState: '',
    stateReason: '',
    source: 'message',
    sourceId,
  });
  work.history(orderRecord, made, { action: 'place', from: '', to: 'SUBMITTED' });
  work.event(orderPlaced, made.orgId, made.donorId, {
    orderId: made.id,
    number,
    donorId,
    placerNumber: made.placerNumber,
    state: made.state,
    productCode: made.productCode,
  });
  return made;
}

/** A second `new` and a `change` alike amend an order that is still open; what is the same changes nothing. */
function change(
  work: Work,
  known: Order,
  message: CanonicalOf<'OrderPlaced'>,
  donorId: string,
  same: SameDonor,
): Order {
  if (known.donorId !== donorId && !same(known.donorId, donorId))
    throw new Fault('order.donor.mismatch', { number: known.placerNumber });
  const changes = Object.fromEntries(
    Object.entries(stated(message)).filter(
      ([f, v]) => v !== work.reveal((known as Record<string, unknown>)[f]),
    ),
  );
  if (Object.keys(changes).length === 0) return known;
  if (!changeable.has(known.state))
    throw new Fault('kernel.machine.illegal', { state: known.state, action: 'change' });
  const next = work.update(orderRecord, known, changes as Partial<Order>);
  work.event(orderChanged, next.orgId, next.donorId, {
    orderId: next.id,
    number: next.number,
    donorId,
    placerNumber: next.placerNumber,
    fields: Object.keys(changes),
  });
  return next;
}

function cancel(
  work: Work,
  orders: Map<string, Order>,
  message: CanonicalOf<'OrderCancelled'>,
): Record<string, string> {
  const key = keyOf(message.placerNumber);
  const known = orders.get(key);
  if (!known) throw new Fault('order.number.unknown', { number: message.placerNumber.number });
  if (known.state !== 'CANCELLED') {
    const reason = message.reason || '申请方取消 · Cancelled by the placer';
    orders.set(key, applyTransition(orderMachine, orderEffects, work, known, 'cancel', { reason }));
  }
  return contextOf(known);
}

/** Fields the message states; what it leaves out stays as it was. */
function stated({ order }: CanonicalOf<'OrderPlaced'>): Partial<Order> {
  const { code, name, priority, quantity, requestedAt, neededAt, orderedBy, department, diagnosis, note } =
    order;
  const given = {
    productCode: code,
    productName: name,
    priority,
    quantity,
    requestedAt,
    neededAt,
    orderedBy,
    department,
    diagnosis,
    note,
  };
  return Object.fromEntries(Object.entries(given).filter(([, v]) => v !== undefined)) as Partial<Order>;
}

/** A query changes nothing and may be asked again. */
export const isRemembered = (item: ReceiveItem): boolean =>
  !['OrderQuery', 'FactQuery'].includes((item.message as Canonical).type);
