import { deliveryTable } from '../../../contracts/message/delivery.record.ts';
import { messageReleased } from '../../../contracts/message/message.events.ts';
import { tableCode } from '../../kit/db/rows.ts';
import type { Call } from '../../kit/service.ts';
import type { Work } from '../../kit/work.ts';
import type { Delivery } from '../deliver/deliveries.ts';
import { Afterwards } from './afterwards.ts';
import { freeDeliveryLane, isLaneParked } from './delivery-lanes.ts';
import type { HubForMessages } from './hub-for-messages.ts';
import type { DeliveryHead } from './query.ts';
import { refused } from './settle.ts';

interface Decision {
  readonly id: string;
  readonly reason: string;
}

/** A try now: the delivery is queued in its old place, what was held behind it after it, and the target's pause ends. */
export function retryDelivery(
  hub: HubForMessages,
  { id, reason }: Decision,
  call: Call,
): Promise<DeliveryHead> {
  return decide(hub, call, id, async (work, row) => {
    const known = row.state === 'PARKED' || row.state === 'QUEUED' || row.state === 'HELD';
    if (!known || (row.state === 'HELD' && (await isLaneParked(work.sql, row)))) throw refused(row.state);
    return change(work, row, { state: 'QUEUED', nextAt: null, doneAt: null }, 'retry', reason);
  });
}

/** It will not be sent. One that is on the wire at this moment may still arrive; its answer changes nothing then. */
export function skipDelivery(
  hub: HubForMessages,
  { id, reason }: Decision,
  call: Call,
): Promise<DeliveryHead> {
  return decide(hub, call, id, async (work, row) => {
    if (row.state !== 'PARKED' && row.state !== 'QUEUED' && row.state !== 'HELD') throw refused(row.state);
    return change(work, row, { state: 'SKIPPED', nextAt: null, doneAt: work.now, reason }, 'skip', reason);
  });
}

async function decide(
  hub: HubForMessages,
  call: Call,
  id: string,
  decision: (work: Work, row: Delivery) => Promise<Delivery>,
): Promise<DeliveryHead> {
  const after = new Afterwards();
  const result = await call.write(async (work) => {
    after.clear();
    const row = await work.loadOne(deliveryTable, id);
    const { body: _body, reply: _reply, ...next } = await decision(work, row);
    if (row.state !== 'QUEUED') await freeDeliveryLane(work.sql, row);
    if (row.state === 'PARKED')
      work.event(messageReleased, row.orgId, row.messageId, {
        messageId: row.messageId,
        channel: row.channel,
        faultCode: row.faultCode,
      });
    after.hurry(row.orgId, row.target);
    return next;
  });
  after.tell(hub);
  const { orgId, messageId, state } = result;
  hub.kit.broadcast('live', { topic: 'message', orgId, name: 'delivery', key: messageId, data: { state } });
  return result;
}

type Changes = Partial<Pick<Delivery, 'state' | 'nextAt' | 'doneAt' | 'reason'>>;

async function change(
  work: Work,
  row: Delivery,
  changes: Changes,
  action: string,
  reason: string,
): Promise<Delivery> {
  const code = tableCode(deliveryTable, work.sql);
  const fields = Object.keys(changes) as (keyof Changes)[];
  const done = await work.sql.execute(
    `UPDATE ${code.table} SET ${fields.map((f) => `${code.name(f)} = ?`).join(', ')} WHERE ${code.name('seq')} = ? AND ${code.name('state')} = ?`,
    [...fields.map((f) => changes[f]), row.seq, row.state],
  );
  // MySQL counts a row that was like this already as unchanged.
  if (done === 0 && changes.state !== row.state) throw refused(row.state);
  const next = { ...row, ...changes };
  const before = JSON.stringify({ state: row.state, faultCode: row.faultCode, attempts: row.attempts });
  work.audit(deliveryTable, row, action, before, JSON.stringify({ state: next.state }), reason);
  return next;
}
