import { Fault } from '../../../contracts/kernel/fault.ts';
import { messageTable } from '../../../contracts/message/message.record.ts';
import { encodeText } from '../../../mappings/hl7v2/charset-encode.ts';
import { type Charset, charsetOf } from '../../../mappings/hl7v2/charset-names.ts';
import { insertRows, tableCode, toDb } from '../../kit/db/rows.ts';
import type { Work } from '../../kit/work.ts';
import type { Endpoint } from '../book.ts';
import { type Arrival, readFrame } from '../intake/read.ts';
import type { Afterwards } from './afterwards.ts';
import { copyOf, insertCopy, keysOfCopy } from './copy.ts';
import type { HubForMessages } from './hub-for-messages.ts';
import { type MessageRow, type NewMessage, shardOf } from './journal.ts';
import {
  announceRelease,
  audit,
  bodyOf,
  changeMessage,
  charsetRead,
  freeLanes,
  lanesOf,
  refused,
} from './settle.ts';

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
  const original = await bodyOf(work, row.id);
  const taken = await takePlace(hub, work, row, made);
  const { seq: _seq, ...rest } = row;
  await insertRows(work.sql, messageTable, [{ ...rest, ...change }], hub.kit.vault);
  await hub.journal.insertContents(work.sql, [{ message: made, raw: bytes }]);
  audit(work, row, change, 'repair', reason, { by: made.id });
  announceRelease(work, row);
  await freeLanes(work, hub.journal, row.orgId, lanesOf(row, original), after);
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
  // Editors turn the CR that ends a segment into LF.
  const text = edited.includes('\r') ? edited : edited.replaceAll('\n', '\r');
  const { bytes, charset } = written(text, row, endpoint);
  const frame = { bytes, connection: '', peer: '', receivedAt: now, oddities: [] };
  const { arrivals } = readFrame(readingAs(endpoint, charset), frame, hub.book);
  const arrival = arrivals[0];
  if (!arrival || arrivals.length > 1)
    throw new Fault('hub.message.unsound', { segment: 'MSH', field: '', reason: 'one message is expected' });
  if (arrival.fault) throw new Fault(arrival.fault.code, arrival.fault.data);
  return { arrival, bytes };
}

function written(text: string, row: MessageRow, endpoint: Endpoint): { bytes: Uint8Array; charset: Charset } {
  const known = charsetRead(row);
  const charsets: Charset[] = known ? [known] : ['UTF-8'];
  const configured = charsetOf(endpoint.def.decode.charset);
  // Plain ASCII was read as such; any charset that contains it says the same bytes.
  if (known === 'US-ASCII' && configured && !configured.startsWith('UTF-16')) charsets.push(configured);
  let index = 0;
  for (const charset of charsets) {
    const encoded = encodeText(text, charset);
    if (encoded.problem === undefined) return { bytes: encoded.bytes, charset };
    index = encoded.problem.index;
  }
  const message = `character ${index + 1} cannot be written in ${charsets.join(' or ')}`;
  throw new Fault('kernel.params.invalid', { issues: [{ path: 'text', message }] });
}

const readingAs = (endpoint: Endpoint, charset: Charset): Endpoint => ({
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
  const lane = arrival.lanes[0] ?? '';
  return {
    ...copy,
    messageType: arrival.messageType,
    controlId: arrival.controlId,
    charset: arrival.charset ?? '',
    size: bytes.byteLength,
    digest: arrival.digest,
    lane,
    shard: shardOf(lane || copy.id),
    channel: arrival.channel?.code ?? '',
    channelVersion: arrival.channel?.version ?? 0,
    warnings: arrival.warnings.length ? [...arrival.warnings].slice(0, 20) : null,
    keys: keysOfCopy(row.id, arrival.keys),
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
    `UPDATE ${code.table} SET ${[...stored.keys()].map((f) => `${code.name(f)} = ?`).join(', ')} WHERE ${code.name('seq')} = ? AND ${code.name('state')} = 'PARKED'`,
    [...stored.values(), row.seq],
  );
  if (done === 0) throw refused(row.state);
  return { ...made, seq: row.seq };
}
