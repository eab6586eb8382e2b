import type { ListParams } from '../../contracts/kernel/action.ts';
import { Fault } from '../../contracts/kernel/fault.ts';
import type { RecordDef, Row } from '../../contracts/kernel/record.ts';
import type { Caller } from './caller.ts';
import { groupOrg } from './caller.ts';
import { blindOf } from './db/dialect.ts';
import { fromDb, type Opening, tableCode } from './db/rows.ts';
import { inList, type Sql } from './db/sql.ts';
import type { Vault } from './vault.ts';

/** `{ state: 'SUBMITTED', id: [...] }`: equality, or any of a list; null is IS NULL. */
export type Where = Record<string, string | number | boolean | null | readonly (string | number)[]>;

/** Who asks; `system` is the kit or the hub on its own behalf and must be said. */
export type Scope = Pick<Caller, 'orgId'> | 'system';

export interface FindOptions {
  readonly orderBy?: string | readonly string[];
  readonly descending?: boolean;
  readonly limit?: number;
  readonly offset?: number;
  /** Rows stay ours until the transaction ends (no effect on SQLite, which has one writer). */
  readonly lock?: boolean;
  /** Personal data as it is unless said otherwise. */
  readonly personal?: Opening;
  /** Further condition in SQL with `?`, e.g. a range; names come from `name(field)`. */
  readonly and?: (name: (field: string) => string) => readonly [sql: string, params: readonly unknown[]];
}

/** Condition and parameters of a where, the organisation's scope always first. Fails closed. */
function condition(
  record: RecordDef,
  sql: Sql,
  scope: Scope,
  where: Where,
  options: FindOptions,
): [string, unknown[]] {
  const code = tableCode(record, sql);
  const parts: string[] = [];
  const params: unknown[] = [];
  if ('orgId' in record.fields && scope !== 'system') {
    if (!scope?.orgId) throw new Fault('kernel.scope.missing');
    parts.push(`${code.name('orgId')} = ?`);
    params.push(record.scope === 'group' ? groupOrg : scope.orgId);
  }
  for (const [field, value] of Object.entries(where)) {
    if (value === null) parts.push(`${code.name(field)} IS NULL`);
    else if (Array.isArray(value)) {
      if (value.length === 0) parts.push('1 = 0');
      else {
        const { marks, values } = inList(value);
        parts.push(`${code.name(field)} IN (${marks})`);
        params.push(...values);
      }
    } else {
      parts.push(`${code.name(field)} = ?`);
      params.push(typeof value === 'boolean' ? Number(value) : value);
    }
  }
  if (options.and) {
    const [text, more] = options.and(code.name);
    parts.push(`(${text})`);
    params.push(...more);
  }
  return [parts.length ? ` WHERE ${parts.join(' AND ')}` : '', params];
}

/** Rows of a record by equality. Unbounded only where the caller knows the set is small (ids of a batch). */
export async function find<R extends RecordDef>(
  sql: Sql,
  vault: Vault,
  record: R,
  scope: Scope,
  where: Where,
  options: FindOptions = {},
): Promise<Row<R>[]> {
  const code = tableCode(record, sql);
  const [clause, params] = condition(record, sql, scope, where, options);
  let text = `SELECT ${code.list} FROM ${code.table}${clause}`;
  const order = [options.orderBy ?? []].flat().map((f) => code.name(f) + (options.descending ? ' DESC' : ''));
  if (order.length) text += ` ORDER BY ${order.join(', ')}`;
  if (options.limit !== undefined)
    text += ` LIMIT ${options.limit}${options.offset ? ` OFFSET ${options.offset}` : ''}`;
  if (options.lock && sql.dialect !== 'sqlite') text += ' FOR UPDATE';
  const rows = await sql.query(text, params);
  return rows.map((raw) => fromDb<R>(code, raw, vault, options.personal));
}

/** Matching rows; with `limit` nothing is counted beyond it. */
export async function count(
  sql: Sql,
  record: RecordDef,
  scope: Scope,
  where: Where,
  options: FindOptions = {},
): Promise<number> {
  const [clause, params] = condition(record, sql, scope, where, options);
  const { table } = tableCode(record, sql);
  const [row] = await sql.query<{ n: number }>(
    options.limit === undefined
      ? `SELECT COUNT(*) AS n FROM ${table}${clause}`
      : `SELECT COUNT(*) AS n FROM (SELECT 1 AS one FROM ${table}${clause} LIMIT ${options.limit}) t`,
    params,
  );
  return Number(row?.n ?? 0);
}

/** A list as the API gives it: `q` over the searchable fields, filters by name, sort, page. Personal data masked. */
export async function list<R extends RecordDef>(
  sql: Sql,
  vault: Vault,
  record: R,
  scope: Scope,
  params: ListParams,
  extra: { where?: Where; ids?: readonly string[] } = {},
): Promise<{ items: Row<R>[]; total: number; page: number; pageSize: number }> {
  const page = params.page ?? 1;
  const pageSize = params.pageSize ?? 50;
  const where: Where = { ...extra.where };
  const issues: { path: string; message: string }[] = [];
  for (const [name, value] of Object.entries(params.filter ?? {})) {
    const known = Object.hasOwn(record.fields, name) && record.fields[name];
    if (!known || (!known.options.filter && name !== 'id')) {
      issues.push({ path: `filter[${name}]`, message: 'not a filter of this list' });
      continue;
    }
    const { kind } = known.column;
    const values = value.split(',').slice(0, 50);
    const wrong = values.find((v) => !readable(kind, v));
    if (wrong !== undefined) issues.push({ path: `filter[${name}]`, message: `not a value of ${name}` });
    const given = kind === 'bool' ? values.map((v) => Number(v === 'true')) : values;
    where[name] = given.length > 1 ? given : given[0]!;
  }
  const sort = params.sort ?? (record.fields.createdAt ? '-createdAt' : '-id');
  const descending = sort.startsWith('-');
  const orderBy = descending ? sort.slice(1) : sort;
  const sortable = Object.hasOwn(record.fields, orderBy) ? record.fields[orderBy] : undefined;
  if (!sortable || sortable.options.personal || ['json', 'text', 'bytes'].includes(sortable.column.kind))
    issues.push({ path: 'sort', message: `cannot sort by ${orderBy}` });
  if (issues.length) throw new Fault('kernel.params.invalid', { issues });

  const q = params.q?.trim();
  const options: FindOptions = q ? { and: (name) => searchCondition(record, name, vault, q, extra.ids) } : {};
  const total = await count(sql, record, scope, where, options);
  const items =
    total === 0
      ? []
      : await find<R>(sql, vault, record, scope, where, {
          ...options,
          orderBy: 'id' in record.fields && orderBy !== 'id' ? [orderBy, 'id'] : orderBy, // pages do not overlap
          descending,
          limit: pageSize,
          offset: (page - 1) * pageSize,
          personal: 'masked',
        });
  return { items, total, page, pageSize };
}

/** PostgreSQL refuses to compare a number with a word. */
function readable(kind: string, value: string): boolean {
  if (kind === 'bool') return value === 'true' || value === 'false';
  if (kind === 'int' || kind === 'seq') return /^-?\d{1,15}$/.test(value);
  return kind !== 'real' || /^-?\d+(\.\d+)?$/.test(value);
}

function searchCondition(
  record: RecordDef,
  name: (field: string) => string,
  vault: Vault,
  q: string,
  ids: readonly string[] | undefined,
): [string, unknown[]] {
  const parts: string[] = [];
  const params: unknown[] = [];
  const like = `${q.replace(/[!%_]/g, (c) => `!${c}`)}%`;
  for (const [field, { options }] of Object.entries(record.fields)) {
    if (!options.search) continue;
    if (options.blind) {
      parts.push(`${name(blindOf(field))} = ?`);
      params.push(vault.blind(q));
    } else if (!options.personal) {
      parts.push(`${name(field)} LIKE ? ESCAPE '!'`);
      params.push(like);
    }
  }
  if (ids?.length) {
    parts.push(`${name('id')} IN (${ids.map(() => '?').join(', ')})`);
    params.push(...ids);
  }
  return [parts.length ? parts.join(' OR ') : '1 = 0', params];
}
