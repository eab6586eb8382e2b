import { Fault } from '../../../contracts/kernel/fault.ts';
import { messageTable } from '../../../contracts/message/message.record.ts';
import { insertRows, tableCode, toDb } from '../../kit/db/rows.ts';
import type { Work } from '../../kit/work.ts';
import type { Endpoint } from '../book.ts';
import { warningsOf } from '../intake/intake.ts';
import { type Arrival, readFrame } from '../intake/read.ts';
import type { Afterwards } from './afterwards.ts';
import { copyOf, insertCopy, keysOfCopy } from './copy.ts';
import type { HubForMessages } from './hub-for-messages.ts';
import { lanesOf, type MessageRow, type NewMessage, shardOf } from './journal.ts';
import { announceRelease, audit, bodyOf, changeMessage, freeLanes, refused } from './settle.ts';

/**
 * The repaired message has an id of its own, so that what it does now is not taken for what the original did in part; domain
 * words recognise the patient and the order by their numbers. It takes over the sequence number of a parked original, and so
 * its place in the lane before all that is held behind it; the original moves to a new number with id, bytes, times and
 * acknowledgement as they were. A refused original never had a place: its repair queues as if it came now.
 */
export async function repairOne(
  hub: HubForMessages,
  work: Work,
  row: MessageRow,
  text: string,
  reason: string,
  after: Afterwards,
): Promise<MessageRow> {
  if (row.direction !== 'in' || (row.state !== 'PARKED' && row.state !== 'REFUSED')) throw refused(row.state);
  const { arrival, bytes } = readRepaired(hub, row, text, Date.parse(work.now));
  const made = repaired(hub, work, row, arrival, bytes, reason);
  const change = { state: 'REPAIRED', doneAt: work.now } as const;
  if (row.state === 'REFUSED') {
    await changeMessage(work, row, change, 'repair', reason, { by: made.id });
    after.rescan();
    return insertCopy(hub, work, made, bytes);
  }
  await bodyOf(work, row.id); // refuses where it is pruned
  const taken = await takePlace(hub, work, row, made);
  const { seq: _seq, ...rest } = row;
  await insertRows(work.sql, messageTable, [{ ...rest, ...change }], hub.kit.vault);
  await hub.journal.insertContents(work.sql, [{ message: made, raw: bytes }]);
  audit(work, row, change, 'repair', reason, { by: made.id });
  announceRelease(work, row);
  await freeLanes(work, hub.journal, row.orgId, lanesOf(row), after);
  after.rescan();
  return taken;
}

/** Reads the edited text like an arrival; refuses what is still not sound. Written in the charset the original came in. */
function readRepaired(
  hub: HubForMessages,
  row: MessageRow,
  edited: string,
  now: number,
): { arrival: Arrival; bytes: Uint8Array } {
  const endpoint = hub.book.endpoint(row.orgId, row.endpoint);
  if (!endpoint) throw new Fault('channel.endpoint.unknown', { endpoint: row.endpoint });
  const meta = row.meta ?? {};
  const written = endpoint.format.edit(edited, readIn(row), endpoint.def);
  if ('bad' in written)
    throw new Fault('kernel.params.invalid', { issues: [{ path: 'text', message: written.bad }] });
  const { bytes, charset } = written;
  const frame = { bytes, connection: '', peer: '', receivedAt: now, oddities: [], meta };
  const { arrivals } = readFrame(readingAs(endpoint, charset), frame, hub.book);
  const arrival = arrivals[0];
  if (!arrival || arrivals.length > 1)
    throw new Fault('hub.message.unsound', { segment: '', field: '', reason: 'one message is expected' });
  if (arrival.fault) throw new Fault(arrival.fault.code, arrival.fault.data);
  return { arrival, bytes };
}

/** The charset a message was read in; empty where it could not be, and only its header was guessed at. */
const readIn = ({ charset, faultCode }: MessageRow): string =>
  faultCode === 'hub.charset.undecodable' ? '' : charset;

const readingAs = (endpoint: Endpoint, charset: string): Endpoint => ({
  ...endpoint,
  def: {
    ...endpoint.def,
    decode: { mode: 'forced', charset: charset as Endpoint['def']['decode']['charset'] },
  },
});

function repaired(
  hub: HubForMessages,
  work: Work,
  row: MessageRow,
  arrival: Arrival,
  bytes: Uint8Array,
  reason: string,
): NewMessage {
  const copy = copyOf(hub, row, work, { kind: 'repair', reason });
  const { read } = arrival;
  const [lane = '', ...moreLanes] = read.lanes;
  return {
    ...copy,
    messageType: read.type,
    controlId: read.controlId,
    charset: read.charset,
    size: bytes.byteLength,
    digest: arrival.digest,
    lane,
    shard: shardOf(lane || copy.id),
    channel: arrival.channel?.code ?? '',
    channelVersion: arrival.channel?.version ?? 0,
    moreLanes: moreLanes.length ? moreLanes : null,
    warnings: warningsOf(read),
    keys: keysOfCopy(row.id, [...read.keys]),
    state: arrival.state,
    doneAt: arrival.state === 'RECEIVED' ? null : work.now,
  };
}

/** The parked row becomes the repaired one, number kept. */
async function takePlace(
  hub: HubForMessages,
  work: Work,
  row: MessageRow,
  made: NewMessage,
): Promise<MessageRow> {
  const code = tableCode(messageTable, work.sql);
  const stored = toDb(code, made, hub.kit.vault);
  const done = await work.sql.execute(
    `UPDATE ${code.table} SET ${Object.keys(stored)
      .map((f) => `${code.name(f)} = ?`)
      .join(', ')} WHERE ${code.name('seq')} = ? AND ${code.name('state')} = 'PARKED'`,
    [...Object.values(stored), row.seq],
  );
  if (done === 0) throw refused(row.state);
  return { ...made, seq: row.seq };
}
