import { Fault } from '../../../contracts/kernel/fault.ts';
import type { RecordDef } from '../../../contracts/kernel/record.ts';
import { messageKeyTable } from '../../../contracts/message/message.record.ts';
import { tableCode } from '../../kit/db/rows.ts';
import type { Sql } from '../../kit/db/sql.ts';

/** A condition in SQL with `?`; columns are quoted. */
export type Condition = readonly [sql: string, params: readonly unknown[]];

export interface Search {
  readonly record: RecordDef;
  readonly orgId: string;
  /** Time the list is in order of; `(orgId, at, seq)` is an index. */
  readonly at: string;
  readonly descending: boolean;
  readonly range: { readonly from?: string; readonly to?: string };
  /** Conditions beyond organisation and time; columns are `hidden` unless their index is the way. */
  readonly filters: readonly Condition[];
  /** Every match has one of these states; `(state, …)` is an index. */
  readonly states?: readonly string[];
  /** Matches belong to messages of this business key; `by` is the column that names the message. */
  readonly key?: { readonly value: string; readonly by: string };
  /** Matches are few and found by an index: a condition on an id. */
  readonly few?: boolean;
}

/** Nothing is counted, and no page is given, beyond this. */
export const mostFound = 10_000;
/** A state with more rows than this is not rare: the order of arrival is followed instead. */
const mostOfState = 20_000;
/** Rows of one step: on SQLite a query keeps the whole process waiting. */
const stepRows = (sql: Sql): number => (sql.dialect === 'sqlite' ? 2_000 : 10_000);
/** Rows looked at for the sake of the total alone. */
const rowsForTotal = 10_000;
export const mostLookedAt = 2_000_000;

/**
 * Sequence numbers of the matches in order, at least `want + 1` of them where there are so many, at most `mostFound`. The way
 * is chosen here and forced in SQL, for planners without statistics guess wrong: by key, by state, or along the order of
 * arrival in steps that let others have their turn.
 */
export async function findSequences(sql: Sql, search: Search, want: number): Promise<number[]> {
  if (search.key) return byKey(sql, search, search.key);
  if (search.few) return apart(sql, search);
  if (search.states && (await isRare(sql, search, search.states))) return apart(sql, search);
  if (search.filters.length === 0 && !search.states) return slice(sql, search, search.range);
  return inSteps(sql, search, want);
}

async function byKey(sql: Sql, search: Search, key: { value: string; by: string }): Promise<number[]> {
  const [k, m] = [tableCode(messageKeyTable, sql), tableCode(search.record, sql)];
  const [clause, params] = where(sql, search, search.range);
  const messageId = k.name('messageId');
  return sequences(
    sql,
    `SELECT m.${m.name('seq')} AS seq FROM (SELECT DISTINCT ${messageId} AS found FROM ${k.table} WHERE ${k.name('orgId')} = ? AND ${k.name('value')} = ? ORDER BY ${messageId} DESC LIMIT ${mostFound}) k CROSS JOIN ${m.table} m WHERE m.${m.name(key.by)} = k.found AND ${clause} ${order(sql, search)} LIMIT ${mostFound}`,
    [search.orgId, key.value, ...params],
  );
}

/** A column whose indexes are not to be used. */
export const hidden = (column: string): string => `COALESCE(${column}, '')`;

/** By another index than that of the organisation, which a planner may choose for the order's sake. */
function apart(sql: Sql, search: Search): Promise<number[]> {
  const code = tableCode(search.record, sql);
  const [clause, params] = where(sql, search, search.range, true);
  return sequences(
    sql,
    `SELECT ${code.name('seq')} AS seq FROM ${code.table} WHERE ${clause} ${order(sql, search)} LIMIT ${mostFound}`,
    params,
  );
}

async function isRare(sql: Sql, { record }: Search, states: readonly string[]): Promise<boolean> {
  const code = tableCode(record, sql);
  const [row] = await sql.query<{ n: number }>(
    `SELECT COUNT(*) AS n FROM (SELECT ${code.name('state')} FROM ${code.table} WHERE ${code.name('state')} IN (${marks(states)}) LIMIT ${mostOfState + 1}) t`,
    states,
  );
  return Number(row?.n ?? 0) <= mostOfState;
}

async function inSteps(sql: Sql, search: Search, want: number): Promise<number[]> {
  const found: number[] = [];
  let looked = 0;
  for await (const step of timeSteps(sql, search)) {
    if (looked >= mostLookedAt) {
      if (found.length >= want) return found;
      throw new Fault('message.search.wide', { rows: mostLookedAt });
    }
    for (const seq of await slice(sql, search, step)) if (found.length < mostFound) found.push(seq);
    looked += stepRows(sql);
    if (found.length >= mostFound || (found.length > want && looked >= rowsForTotal)) return found;
  }
  return found;
}

type Steps = Pick<Search, 'record' | 'orgId' | 'at' | 'descending' | 'range'>;

/** The range in pieces of some thousand rows, in order; between two of them others have their turn. */
export async function* timeSteps(sql: Sql, search: Steps): AsyncGenerator<Search['range']> {
  for (let rest = search.range; ; ) {
    const edge = await stepEdge(sql, search, rest);
    if (edge === undefined) return yield rest;
    yield search.descending ? { ...rest, from: edge } : { ...rest, to: edge };
    rest = search.descending ? { ...rest, to: edge } : { ...rest, from: edge };
    await new Promise(setImmediate);
  }
}

/** The time some thousand rows on; undefined where fewer are left. Rows of one time stay in one step. */
async function stepEdge(sql: Sql, search: Steps, range: Search['range']): Promise<string | undefined> {
  const code = tableCode(search.record, sql);
  const at = code.name(search.at);
  const { record, orgId, descending } = search;
  const [clause, params] = where(
    sql,
    { record, orgId, at: search.at, descending, range, filters: [] },
    range,
  );
  const [row] = await sql.query<{ at: string }>(
    `SELECT ${at} AS at FROM ${code.table} WHERE ${clause} ${order(sql, search)} LIMIT 1 OFFSET ${stepRows(sql)}`,
    params,
  );
  if (!row || search.descending) return row?.at;
  return row.at === range.from ? after(row.at) : row.at;
}

/** The next instant: an ascending step begins at its edge, so one instant of very many rows must not repeat for ever. */
const after = (at: string): string => new Date(Date.parse(at) + 1).toISOString();

function slice(sql: Sql, search: Search, range: Search['range']): Promise<number[]> {
  const code = tableCode(search.record, sql);
  const [clause, params] = where(sql, search, range);
  return sequences(
    sql,
    `SELECT ${code.name('seq')} AS seq FROM ${code.table} WHERE ${clause} ${order(sql, search)} LIMIT ${mostFound}`,
    params,
  );
}

function where(sql: Sql, search: Search, range: Search['range'], apart = false): [string, unknown[]] {
  const code = tableCode(search.record, sql);
  const org = code.name('orgId');
  const parts = [apart ? `${hidden(org)} = ?` : `${org} = ?`];
  const params: unknown[] = [search.orgId];
  if (range.from !== undefined) {
    parts.push(`${code.name(search.at)} >= ?`);
    params.push(range.from);
  }
  if (range.to !== undefined) {
    parts.push(`${code.name(search.at)} < ?`);
    params.push(range.to);
  }
  if (search.states) {
    const state = code.name('state');
    parts.push(`${apart ? state : hidden(state)} IN (${marks(search.states)})`);
    params.push(...search.states);
  }
  for (const [text, more] of search.filters) {
    parts.push(text);
    params.push(...more);
  }
  return [parts.join(' AND '), params];
}

function order(sql: Sql, { record, at, descending }: Steps): string {
  const code = tableCode(record, sql);
  const turn = descending ? ' DESC' : '';
  return `ORDER BY ${code.name(at)}${turn}, ${code.name('seq')}${turn}`;
}

async function sequences(sql: Sql, text: string, params: readonly unknown[]): Promise<number[]> {
  return (await sql.query<{ seq: number }>(text, params)).map((r) => Number(r.seq));
}

export const marks = (values: readonly unknown[]): string => values.map(() => '?').join(', ');
