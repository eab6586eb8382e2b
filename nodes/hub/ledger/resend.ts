import { Fault } from '../../../contracts/kernel/fault.ts';
import { deliveryTable } from '../../../contracts/message/delivery.record.ts';
import type { Work } from '../../kit/work.ts';
import { type NewDelivery, untried } from '../deliver/deliveries.ts';
import type { Afterwards } from './afterwards.ts';
import { copyOf, copyOutcome, insertCopy } from './copy.ts';
import type { HubForMessages } from './hub-for-messages.ts';
import type { MessageRow } from './journal.ts';
import { audit, bodyOf, refused } from './settle.ts';

/**
 * The same bytes with the same control id to one target once more, so that a receiver that deduplicates sees one message. They
 * queue behind what waits for the target; the sender holds them where the lane is barred. A delivery that still waits is not doubled: it is retried or skipped instead.
 */
export async function resend(
  hub: HubForMessages,
  work: Work,
  row: MessageRow,
  target: string,
  reason: string,
  after: Afterwards,
): Promise<MessageRow> {
  const sent = await work.load(deliveryTable, { messageId: row.id, target }, { orderBy: 'seq' });
  if (sent.length === 0) throw new Fault('message.target.missing', { target });
  const open = sent.find((d) => d.state !== 'DELIVERED' && d.state !== 'SKIPPED');
  if (open) throw refused(open.state);
  if (sent.some((d) => d.body.byteLength === 0)) throw new Fault('message.body.pruned', { id: row.id });
  const raw = await bodyOf(work, row.id);
  const copy = copyOf(hub, row, work, { kind: 'replay', reason });
  const kept = await insertCopy(hub, work, { ...copy, state: 'DONE', doneAt: work.now }, raw);
  await copyOutcome(work, row.id, kept.id);
  const made = sent.map(
    ({ seq: _seq, ...d }): NewDelivery => ({
      ...d,
      id: hub.kit.id(),
      messageId: kept.id,
      ...untried,
      createdAt: work.now,
      reason,
    }),
  );
  await hub.deliveries.insert(work.sql, made);
  audit(work, row, row, 'resend', reason, { as: kept.id, target });
  after.send();
  return kept;
}
