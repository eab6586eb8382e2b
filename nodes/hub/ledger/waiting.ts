import { Fault } from '../../../contracts/kernel/fault.ts';
import { messageTable } from '../../../contracts/message/message.record.ts';
import type { Database } from '../../kit/db/database.ts';
import { tableCode } from '../../kit/db/rows.ts';
import type { Sql } from '../../kit/db/sql.ts';
import { barsOf, type OrgLane, shards as shardCount } from './journal.ts';

/** Sequences of the messages that wait for their turn in these shards, oldest first. Answered from the index. */
export async function waitingSequences(
  db: Database,
  ofShards: readonly number[],
  limit: number,
): Promise<number[]> {
  if (ofShards.length === 0) return [];
  const code = tableCode(messageTable, db.read);
  const all = ofShards.length === shardCount;
  const shard = all ? '' : ` AND ${code.name('shard')} IN (${ofShards.map(() => '?').join(', ')})`;
  const rows = await db.read.query<{ seq: number }>(
    `SELECT ${code.name('seq')} AS seq FROM ${code.table} WHERE ${code.name('state')} = 'RECEIVED'${shard} ORDER BY ${code.name('seq')} LIMIT ${limit}`,
    all ? [] : ofShards,
  );
  return rows.map((r) => Number(r.seq));
}

/**
 * Takes these messages for the rest of the transaction, if all of them still wait. On a database of our own they do; in a cluster
 * another node may have handled them while this one was held up. Throws `kernel.record.stale`.
 */
export async function claimWaiting(sql: Sql, sequences: readonly number[]): Promise<void> {
  if (sql.dialect === 'sqlite' || sequences.length === 0) return;
  const code = tableCode(messageTable, sql);
  const rows = await sql.query(
    `SELECT ${code.name('seq')} FROM ${code.table} WHERE ${code.name('seq')} IN (${sequences.map(() => '?').join(', ')}) AND ${code.name('state')} = 'RECEIVED' FOR UPDATE`,
    sequences,
  );
  if (rows.length < sequences.length) throw new Fault('kernel.record.stale', { record: messageTable.name });
}

/** Those of these lanes that a parked message bars now; nobody can set it free before the transaction ends. */
export async function barredNow(sql: Sql, lanes: readonly OrgLane[]): Promise<OrgLane[]> {
  if (lanes.length === 0) return [];
  const code = tableCode(messageTable, sql);
  const names = [...new Set(lanes.map((l) => l.lane))];
  const rows = await sql.query<{ org: string; lane: string; more: string | null }>(
    `SELECT ${code.name('orgId')} AS org, ${code.name('lane')} AS lane, ${code.name('moreLanes')} AS more FROM ${code.table} WHERE ${code.name('state')} = 'PARKED' AND ${code.name('direction')} = 'in' AND (${code.name('lane')} IN (${names.map(() => '?').join(', ')}) OR ${code.name('moreLanes')} IS NOT NULL)${sql.dialect === 'sqlite' ? '' : ' FOR UPDATE'}`,
    names,
  );
  return rows.flatMap(({ org, lane, more }) =>
    barsOf({ orgId: org, lane, moreLanes: more === null ? null : (JSON.parse(more) as string[]) }),
  );
}
