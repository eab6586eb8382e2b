import type { Order } from '../api/client.generated.ts';
import {
  addDelivery,
  addDonor,
  addMessage,
  counter,
  departments,
  diagnoses,
  doctors,
  type History,
  iso,
  newId,
  orderText,
  pick,
  products,
  random,
  standard,
  world,
} from './data.ts';

const nameOf: Record<string, string> = { planner: '李敏（计划员）', HIS: 'HIS' };

export function addOrder(at: number, state = 'SUBMITTED'): Order {
  const donor = random() < 0.7 || world.donors.length < 6 ? addDonor(at - 1000) : pick(world.donors);
  const [productCode, productName] = pick(products);
  const placerNumber = `P20261123${String(++counter.order).padStart(5, '0')}`;
  const mrn = donor.identifiers[0]!.number;
  const controlId = `HIS${++counter.control}`;
  const fields = { placerNumber, productCode, productName };
  const id = newId();
  const number = `CM26-${String(counter.order).padStart(6, '0')}`;
  const keys = [
    { kind: 'patient', value: mrn },
    { kind: 'order', value: placerNumber },
    { kind: 'control', value: controlId },
  ];
  const message = addMessage({
    type: 'ORM^O01',
    text: orderText(controlId, at, mrn, 'NW', fields),
    at: at - 40,
    channel: 'his-order-in',
    endpoint: 'mllp-main',
    keys,
    controlId,
    context: { donorId: donor.id, orderId: id },
  });
  const order: Order = {
    id,
    ...standard(at, 'HIS'),
    number,
    donorId: donor.id,
    placerNumber,
    placerAuthority: 'HIS',
    productCode,
    productName,
    priority: random() < 0.12 ? 'stat' : random() < 0.25 ? 'urgent' : 'routine',
    quantity: 1 + Math.floor(random() * 3),
    requestedAt: iso(at - 60_000),
    neededAt: iso(at + 2 * 86400_000),
    orderedBy: pick(doctors),
    department: pick(departments),
    visitNumber: `V2026112${String(counter.order).padStart(4, '0')}`,
    diagnosis: pick(diagnoses),
    note: random() < 0.4 ? '对二甲基亚砜敏感，回输前预处理；请提前 24 小时通知病区。' : null,
    state: 'SUBMITTED',
    previousState: '',
    stateReason: '',
    source: 'message',
    sourceId: message.id,
  };
  world.orders.unshift(order);
  world.history.set(id, [entry('receive', '', 'SUBMITTED', at, 'HIS', message.id)]);
  const path: Record<string, string[]> = {
    ACCEPTED: ['accept'],
    IN_EXECUTION: ['accept', 'start'],
    FULFILLED: ['accept', 'start', 'fulfil'],
    ON_HOLD: ['accept', 'hold'],
    REJECTED: ['reject'],
    CANCELLED: ['accept', 'cancel'],
    CLOSED: ['accept', 'start', 'fulfil', 'close'],
  };
  let when = at;
  for (const verb of path[state] ?? []) {
    when += 20 * 60_000 * (0.3 + random());
    move(
      order,
      verb,
      Math.min(when, Date.now() - 5000),
      verb === 'hold' ? '患者发热，推迟采集' : verb === 'reject' ? '供者感染筛查未完成' : '',
    );
  }
  return order;
}

function entry(
  action: string,
  from: string,
  to: string,
  at: number,
  actor: string,
  cause = '',
  reason = '',
): History {
  return {
    at: iso(at),
    actor,
    actorName: nameOf[actor] ?? actor,
    action: `order.${action}`,
    from,
    to,
    reason,
    meaning: action === 'accept' ? 'APPROVED' : '',
    cause,
  };
}

const target: Record<string, string> = {
  submit: 'SUBMITTED',
  accept: 'ACCEPTED',
  reject: 'REJECTED',
  hold: 'ON_HOLD',
  start: 'IN_EXECUTION',
  fulfil: 'FULFILLED',
  close: 'CLOSED',
  cancel: 'CANCELLED',
};

/** Moves an order and lets the message to the HIS follow, as the platform does. */
export function move(order: Order, verb: string, at: number, reason: string, actor = 'planner'): void {
  const from = order.state;
  order.state = verb === 'resume' ? order.previousState || 'SUBMITTED' : target[verb]!;
  order.previousState = from;
  order.stateReason = reason;
  order.version += 1;
  order.updatedAt = iso(at);
  order.updatedBy = actor;
  world.history.get(order.id)?.push(entry(verb, from, order.state, at, actor, '', reason));
  const donor = world.donors.find((d) => d.id === order.donorId);
  const message = addMessage({
    type: 'order.statusChanged',
    text: JSON.stringify({ orderId: order.id, from, to: order.state }),
    charset: 'UTF-8',
    at: at + 8,
    direction: 'out',
    channel: 'order-status-out',
    endpoint: 'events',
    keys: [
      { kind: 'order', value: order.placerNumber },
      { kind: 'filler', value: order.number },
      { kind: 'patient', value: donor?.identifiers[0]?.number ?? '' },
    ],
    controlId: '',
  });
  const late = at > Date.now() - 60_000 && random() < 0.3;
  addDelivery(
    message,
    at + 15,
    late ? 'QUEUED' : 'DELIVERED',
    orderText(`CM${counter.control + 1}`, at, message.lane, 'SC', order),
  );
}
