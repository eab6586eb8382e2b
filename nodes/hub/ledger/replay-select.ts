import type { Params } from '../../../contracts/kernel/action.ts';
import type { Row } from '../../../contracts/kernel/record.ts';
import type { replayTable } from '../../../contracts/message/delivery.record.ts';
import type { messageActions } from '../../../contracts/message/message.actions.ts';
import { messageTable } from '../../../contracts/message/message.record.ts';
import { tableCode } from '../../kit/db/rows.ts';
import type { Sql } from '../../kit/db/sql.ts';
import { iso } from '../../kit/ids.ts';
import { hidden, marks, timeSteps } from './find-page.ts';
import { repeatable } from './replay.ts';

export type Replay = Row<typeof replayTable>;
type Given = Params<typeof messageActions.replayMany>['selection'];

/** What was selected, with the limits that keep it what it was at the start. */
export interface Selection extends Given {
  /** Sequence numbers of the first and the last selected. */
  readonly first: number;
  readonly last: number;
}

/** Without a state: what a person would want again. Duplicates and skipped ones only where they are asked for. */
const usual = ['DONE', 'FILTERED', 'PARKED'];
const windowRows = 5000;

/**
 * Condition of a selection. Handled at the start and not since: what a worker finishes meanwhile is not taken for selected.
 * Copies made by a replay are left out (their originals are in), but a parked one may be tried again.
 */
function condition(sql: Sql, given: Given, startedAt: string): [string, unknown[]] {
  const { name } = tableCode(messageTable, sql);
  const known =
    given.state === undefined ? usual : [given.state].filter((s) => repeatable.has(s) || s === 'PARKED');
  const parts = [
    `${name('doneAt')} <= ?`,
    `(${name('originKind')} <> 'replay' OR ${name('state')} = 'PARKED')`,
    known.length ? `${hidden(name('state'))} IN (${marks(known)})` : '1 = 0',
  ];
  const params: unknown[] = [startedAt, ...known];
  for (const field of ['channel', 'faultCode'] as const) {
    if (given[field] === undefined) continue;
    parts.push(`${name(field)} = ?`);
    params.push(given[field]);
  }
  return [parts.join(' AND '), params];
}

const instant = (text: string | undefined): string | undefined =>
  text === undefined ? undefined : iso(Date.parse(text));

/** How many a selection has and between which numbers. Counted along the time, so that nothing else has to wait for it. */
export async function measure(
  sql: Sql,
  orgId: string,
  given: Given,
  startedAt: string,
): Promise<{ total: number; first: number; last: number }> {
  const code = tableCode(messageTable, sql);
  const { name } = code;
  const seq = name('seq');
  const [clause, params] = condition(sql, given, startedAt);
  const from = instant(given.from);
  const to = instant(given.to);
  const range = { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
  const found = { total: 0, first: 0, last: 0 };
  const steps = { record: messageTable, orgId, at: 'receivedAt', descending: false, range };
  for await (const step of timeSteps(sql, steps)) {
    const parts = [`${name('orgId')} = ?`, clause];
    const more = [orgId, ...params];
    if (step.from) parts.push(`${name('receivedAt')} >= ?`) && more.push(step.from);
    if (step.to) parts.push(`${name('receivedAt')} < ?`) && more.push(step.to);
    const [row] = await sql.query<{ n: number; low: number; high: number }>(
      `SELECT COUNT(*) AS n, MIN(${seq}) AS low, MAX(${seq}) AS high FROM ${code.table} WHERE ${parts.join(' AND ')}`,
      more,
    );
    if (!row || Number(row.n) === 0) continue;
    found.total += Number(row.n);
    found.first = found.first === 0 ? Number(row.low) : Math.min(found.first, Number(row.low));
    found.last = Math.max(found.last, Number(row.high));
  }
  return found;
}

/** The next numbers of a replay after its cursor, oldest first, looked for in one window of the journal. */
export async function nextOf(
  sql: Sql,
  replay: Replay,
  most: number,
): Promise<{ seqs: number[]; cursor: number; end: boolean }> {
  const code = tableCode(messageTable, sql);
  const seq = code.name('seq');
  const selection = replay.selection as Selection;
  const [clause, params] = condition(sql, selection, replay.createdAt);
  const edge = Math.min(replay.cursor + windowRows, selection.last);
  const at = hidden(code.name('receivedAt'));
  const rows = await sql.query<{ seq: number }>(
    `SELECT ${seq} AS seq FROM ${code.table} WHERE ${seq} > ? AND ${seq} <= ? AND ${hidden(code.name('orgId'))} = ? AND ${at} >= ? AND ${at} < ? AND ${clause} ORDER BY ${seq} LIMIT ${most}`,
    [
      replay.cursor,
      edge,
      replay.orgId,
      instant(selection.from) ?? '',
      instant(selection.to) ?? '9',
      ...params,
    ],
  );
  const seqs = rows.map((r) => Number(r.seq));
  const cursor = seqs.length === most ? seqs.at(-1)! : edge;
  return { seqs, cursor, end: cursor >= selection.last };
}
