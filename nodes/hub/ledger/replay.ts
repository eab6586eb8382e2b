import {
  messageKeyTable,
  messageOutcomeTable,
  messageTable,
} from '../../../contracts/message/message.record.ts';
import { insertRows, tableCode } from '../../kit/db/rows.ts';
import type { Work } from '../../kit/work.ts';
import type { Afterwards } from './afterwards.ts';
import { controlKeys, copyOf, insertCopy, mapAgain } from './copy.ts';
import type { HubForMessages } from './hub-for-messages.ts';
import { lanesOf, type MessageRow } from './journal.ts';
import { announceRelease, audit, bodyOf, changeMessage, freeLanes, isParked, refused } from './settle.ts';

/** States of a message that was handled, so that a copy of it may be handled again. */
export const repeatable: ReadonlySet<string> = new Set(['DONE', 'FILTERED', 'DUPLICATE', 'SKIPPED']);

export async function replayOne(
  hub: HubForMessages,
  work: Work,
  row: MessageRow,
  reason: string,
  after: Afterwards,
): Promise<MessageRow> {
  if (row.state === 'PARKED') return retry(hub, work, row, reason, after);
  if (row.state === 'HELD') return letGo(hub, work, row, reason, after);
  if (!repeatable.has(row.state)) throw refused(row.state);
  return row.direction === 'in'
    ? again(hub, work, row, reason, after)
    : sendAgain(hub, work, row, reason, after);
}

/** A parked message in its own place: an inbound one waits for its turn, an outbound one is mapped at once. */
export async function retry(
  hub: HubForMessages,
  work: Work,
  row: MessageRow,
  reason: string,
  after: Afterwards,
): Promise<MessageRow> {
  const raw = await bodyOf(work, row.id);
  const clean = { faultCode: '', fault: null };
  if (row.direction === 'out') return mapParked(hub, work, row, raw, reason, after);
  const next = await changeMessage(work, row, { ...clean, state: 'RECEIVED', doneAt: null }, 'retry', reason);
  announceRelease(work, row);
  await freeLanes(work, hub.journal, row.orgId, lanesOf(row), after);
  after.rescan();
  return next;
}

async function mapParked(
  hub: HubForMessages,
  work: Work,
  row: MessageRow,
  raw: Uint8Array,
  reason: string,
  after: Afterwards,
): Promise<MessageRow> {
  const { made, channel } = mapAgain(hub, row, raw);
  const changes = {
    state: 'DONE',
    doneAt: work.now,
    faultCode: '',
    fault: null,
    channelVersion: channel.version,
  };
  const next = await changeMessage(work, row, changes, 'retry', reason);
  const added = controlKeys(made);
  const keys = [...row.keys, ...added];
  const code = tableCode(messageTable, work.sql);
  await work.sql.execute(`UPDATE ${code.table} SET ${code.name('keys')} = ? WHERE ${code.name('seq')} = ?`, [
    JSON.stringify(keys),
    row.seq,
  ]);
  await insertRows(
    work.sql,
    messageKeyTable,
    added.map((k) => ({ ...k, messageId: row.id, orgId: row.orgId })),
    hub.kit.vault,
  );
  await hub.deliveries.insert(work.sql, made);
  announceRelease(work, row);
  await freeLanes(work, hub.journal, row.orgId, lanesOf(row), after);
  after.send();
  return { ...next, keys };
}

async function letGo(
  hub: HubForMessages,
  work: Work,
  row: MessageRow,
  reason: string,
  after: Afterwards,
): Promise<MessageRow> {
  const lanes = lanesOf(row);
  for (const lane of lanes) if (await isParked(work.sql, row.orgId, lane)) throw refused(row.state);
  const next = await changeMessage(work, row, { state: 'RECEIVED' }, 'retry', reason);
  await freeLanes(work, hub.journal, row.orgId, lanes, after);
  after.rescan();
  return next;
}

async function again(
  hub: HubForMessages,
  work: Work,
  row: MessageRow,
  reason: string,
  after: Afterwards,
): Promise<MessageRow> {
  const raw = await bodyOf(work, row.id);
  const made = await insertCopy(hub, work, copyOf(hub, row, work, { kind: 'replay', reason }), raw);
  audit(work, row, row, 'replay', reason, { as: made.id });
  after.rescan();
  return made;
}

async function sendAgain(
  hub: HubForMessages,
  work: Work,
  row: MessageRow,
  reason: string,
  after: Afterwards,
): Promise<MessageRow> {
  const raw = await bodyOf(work, row.id);
  const copy = copyOf(hub, row, work, { kind: 'replay', reason });
  const { made, channel, canonical } = mapAgain(hub, copy, raw);
  const keys = [...copy.keys.filter((k) => k.kind !== 'control'), ...controlKeys(made)];
  const done = { ...copy, state: 'DONE' as const, doneAt: work.now, channelVersion: channel.version, keys };
  const kept = await insertCopy(hub, work, done, raw);
  work.add(messageOutcomeTable, {
    id: kept.id,
    canonical: JSON.stringify([canonical]),
    mapping: channel.mapping,
    context: {},
  });
  await hub.deliveries.insert(work.sql, made);
  audit(work, row, row, 'replay', reason, { as: kept.id });
  after.send();
  return kept;
}
