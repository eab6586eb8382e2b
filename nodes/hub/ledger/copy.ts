import { Fault } from '../../../contracts/kernel/fault.ts';
import type { Canonical } from '../../../contracts/message/canonical.ts';
import { messageOutcomeTable } from '../../../contracts/message/message.record.ts';
import type { Work } from '../../kit/work.ts';
import type { OutChannel } from '../book.ts';
import type { NewDelivery } from '../deliver/deliveries.ts';
import type { HubForMessages } from './hub-for-messages.ts';
import type { MessageRow, NewMessage } from './journal.ts';

/** The row of a message that repeats another one: same bytes, its own id, no acknowledgement owed. */
export function copyOf(
  hub: HubForMessages,
  row: MessageRow,
  work: Pick<Work, 'now'>,
  origin: { kind: 'replay' | 'repair'; reason: string },
): NewMessage {
  const { seq: _seq, ...rest } = row;
  return {
    ...rest,
    id: hub.kit.id(),
    receivedAt: work.now,
    doneAt: null,
    connection: '',
    peer: '',
    state: 'RECEIVED',
    ack: 'NOT_OWED',
    ackCode: '',
    faultCode: '',
    fault: null,
    keys: keysOfCopy(row.id, row.keys),
    originId: row.id,
    originKind: origin.kind,
    reason: origin.reason,
  };
}

/** The key `origin` leads from a message to its replays and repairs. */
export const keysOfCopy = (originId: string, keys: MessageRow['keys']): MessageRow['keys'] => [
  ...keys.filter((k) => k.kind !== 'origin'),
  { kind: 'origin', value: originId },
];

/** Inserts a copy; the row as it is then. */
export async function insertCopy(
  hub: HubForMessages,
  work: Work,
  message: NewMessage,
  raw: Uint8Array,
): Promise<MessageRow> {
  const seqs = await hub.journal.insert(work.sql, [{ message, raw }]);
  return { ...message, seq: seqs.get(message.id)! };
}

/** What a copy that is not processed again shows as its outcome: that of the original. */
export async function copyOutcome(work: Work, from: string, to: string): Promise<void> {
  const [outcome] = await work.load(messageOutcomeTable, { id: from }, { scope: 'system' });
  if (outcome) work.add(messageOutcomeTable, { ...outcome, id: to });
}

/** The deliveries of an outbound message, mapped anew under the definitions in force. Throws what the mapping refuses. */
export function mapAgain(
  hub: HubForMessages,
  row: Pick<MessageRow, 'id' | 'orgId' | 'lane' | 'channel' | 'messageType' | 'controlId'>,
  raw: Uint8Array,
): { made: NewDelivery[]; channel: OutChannel; canonical: Canonical } {
  const channel = hub.book.channel(row.orgId, row.channel);
  if (channel?.kind !== 'out')
    throw new Fault('kernel.record.missing', { record: 'channel', id: row.channel });
  const canonical = JSON.parse(Buffer.from(raw).toString('utf8')) as Canonical;
  const made = hub.deliveries.make(channel, row, { message: canonical, bytes: raw }, [canonical]);
  return { made, channel, canonical };
}

export const controlKeys = (made: readonly NewDelivery[]): MessageRow['keys'] =>
  made.map((d) => ({ kind: 'control', value: d.controlId }));
