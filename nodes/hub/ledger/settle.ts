import { Fault } from '../../../contracts/kernel/fault.ts';
import { messageReleased } from '../../../contracts/message/message.events.ts';
import {
  messageBodyTable,
  messageKeyTable,
  messageTable,
} from '../../../contracts/message/message.record.ts';
import { tableCode } from '../../kit/db/rows.ts';
import type { Sql } from '../../kit/db/sql.ts';
import type { Work } from '../../kit/work.ts';
import type { Afterwards } from './afterwards.ts';
import type { Journal, MessageRow } from './journal.ts';
import { barredNow } from './waiting.ts';

export const refused = (state: string): Fault => new Fault('message.state.refused', { state });

export async function bodyOf(work: Work, id: string): Promise<Uint8Array> {
  const [body] = await work.load(messageBodyTable, { id }, { scope: 'system' });
  if (!body) throw new Fault('message.body.pruned', { id });
  return body.raw;
}

type Changes = Partial<
  Pick<MessageRow, 'state' | 'doneAt' | 'reason' | 'faultCode' | 'fault' | 'channelVersion'>
>;

/** Changes a message that is still in the state it was read in, audited with the reason of the person. */
export async function changeMessage(
  work: Work,
  row: MessageRow,
  changes: Changes,
  action: string,
  reason: string,
  after: Record<string, unknown> = {},
): Promise<MessageRow> {
  const code = tableCode(messageTable, work.sql);
  const stored = { ...changes, ...('fault' in changes ? { fault: textOf(changes.fault) } : {}) };
  const fields = Object.keys(stored) as (keyof Changes)[];
  const done = await work.sql.execute(
    `UPDATE ${code.table} SET ${fields.map((f) => `${code.name(f)} = ?`).join(', ')} WHERE ${code.name('seq')} = ? AND ${code.name('state')} = ?`,
    [...fields.map((f) => stored[f]), row.seq, row.state],
  );
  if (done === 0) throw refused(row.state);
  const next = { ...row, ...changes };
  audit(work, row, next, action, reason, after);
  return next;
}

const textOf = (fault: unknown): string | null => (fault ? JSON.stringify(fault) : null);

export function audit(
  work: Work,
  row: MessageRow,
  next: Pick<MessageRow, 'state'>,
  action: string,
  reason: string,
  more: Record<string, unknown> = {},
): void {
  work.audit(
    messageTable,
    row,
    action,
    JSON.stringify({ state: row.state, faultCode: row.faultCode }),
    JSON.stringify({ state: next.state, ...more }),
    reason,
  );
}

/** Somebody decided about a parked message. */
export function announceRelease(
  work: Work,
  row: Pick<MessageRow, 'id' | 'orgId' | 'channel' | 'faultCode'>,
): void {
  work.event(messageReleased, row.orgId, row.id, {
    messageId: row.id,
    channel: row.channel,
    faultCode: row.faultCode,
  });
}

/**
 * Sets free what is held in these lanes, unless another parked message still bars them. Rows keep their numbers, so the order of
 * arrival is the order of their turn. Messages held for another lane than their own (merges) are found by their keys.
 */
export async function freeLanes(
  work: Work,
  journal: Journal,
  orgId: string,
  lanes: readonly string[],
  after: Afterwards,
): Promise<void> {
  for (const lane of lanes) {
    if (await isParked(work.sql, orgId, lane)) continue;
    await journal.releaseLane(work.sql, orgId, lane);
    await releaseByKey(work.sql, orgId, lane);
    after.free(orgId, lane);
  }
}

/** A parked inbound message bars the lane. */
export async function isParked(sql: Sql, orgId: string, lane: string): Promise<boolean> {
  const bars = await barredNow(sql, [{ orgId, lane }]);
  return bars.some((b) => b.orgId === orgId && b.lane === lane);
}

async function releaseByKey(sql: Sql, orgId: string, lane: string): Promise<void> {
  const [code, keys] = [tableCode(messageTable, sql), tableCode(messageKeyTable, sql)];
  await sql.execute(
    `UPDATE ${code.table} SET ${code.name('state')} = 'RECEIVED' WHERE ${code.name('state')} = 'HELD' AND ${code.name('orgId')} = ? AND ${code.name('id')} IN (SELECT ${keys.name('messageId')} FROM ${keys.table} WHERE ${keys.name('orgId')} = ? AND ${keys.name('value')} = ?)`,
    [orgId, orgId, lane],
  );
}
