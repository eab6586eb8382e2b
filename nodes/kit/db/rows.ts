import type { RecordDef, Row } from '../../../contracts/kernel/record.ts';
import { mask, Sealed, type Vault } from '../vault.ts';
import { blindOf, columnOptions, primaryOf, quoter, snake, tableOf } from './dialect.ts';
import { jsonRows } from './server-sql.ts';
import type { Sql } from './sql.ts';

type Values = Record<string, unknown>;

interface ColumnCode {
  readonly field: string;
  readonly column: string;
  /** Undefined where a value is stored as it is. */
  readonly toDb: ((value: unknown, vault: Vault) => unknown) | undefined;
  readonly fromDb: ((value: unknown, vault: Vault) => unknown) | undefined;
  readonly personal: boolean;
  readonly blind: boolean;
}

/** A record's table as SQL: names quoted, values converted, personal columns sealed. Made once for each dialect. */
export interface TableCode {
  readonly record: RecordDef;
  readonly table: string;
  readonly columns: readonly ColumnCode[];
  /** `id`, `org_id`, … quoted, for a select list. */
  readonly list: string;
  /** Fields that may be null. */
  readonly nullable: readonly string[];
  /** Some columns have a blind index beside them. */
  readonly blind: boolean;
  name(field: string): string;
}

const made = new WeakMap<RecordDef, Map<string, TableCode>>();

export function tableCode(record: RecordDef, sql: Pick<Sql, 'dialect'>): TableCode {
  let byDialect = made.get(record);
  if (!byDialect) made.set(record, (byDialect = new Map()));
  let code = byDialect.get(sql.dialect);
  if (!code) byDialect.set(sql.dialect, (code = build(record, quoter(sql.dialect))));
  return code;
}

function build(record: RecordDef, quote: (name: string) => string): TableCode {
  const columns: ColumnCode[] = [];
  const names = new Map<string, string>();
  for (const [field, { column, options }] of Object.entries(record.fields)) {
    columns.push({
      field,
      column: snake(field),
      personal: options.personal ?? false,
      blind: options.blind ?? false,
      ...converters(column.kind, options.personal ?? false),
    });
  }
  return {
    record,
    table: quote(tableOf(record)),
    columns,
    list: columns.map((c) => quote(c.column)).join(', '),
    blind: columns.some((c) => c.blind),
    nullable: columns.map((c) => c.field).filter((f) => record.fields[f]!.options.nullable),
    name: (field) => {
      let name = names.get(field);
      if (name === undefined) names.set(field, (name = quote(snake(field))));
      return name;
    },
  };
}

function converters(kind: string, personal: boolean): Pick<ColumnCode, 'toDb' | 'fromDb'> {
  if (personal)
    return {
      toDb: (v, vault) =>
        v === null || v === undefined ? null : v instanceof Sealed ? v.text : vault.seal(String(v)),
      fromDb: (v, vault) => (v === null || v === undefined ? null : vault.open(v as string)),
    };
  switch (kind) {
    case 'json':
      return {
        toDb: (v) => (v === null || v === undefined ? null : JSON.stringify(v)),
        fromDb: (v) => (v === null ? null : JSON.parse(v as string)),
      };
    case 'bool':
      return {
        toDb: (v) => (v === null || v === undefined ? null : v ? 1 : 0),
        fromDb: (v) => (v === null ? null : Boolean(Number(v))),
      };
    case 'int':
    case 'seq':
    case 'real':
      return { toDb: undefined, fromDb: (v) => (v === null ? null : Number(v)) };
    case 'bytes':
      return {
        toDb: (v) =>
          v === null || v === undefined ? null : Buffer.isBuffer(v) ? v : Buffer.from(v as Uint8Array),
        // SQLite's thread gives plain bytes.
        fromDb: (v) =>
          v instanceof Uint8Array && !Buffer.isBuffer(v)
            ? Buffer.from(v.buffer, v.byteOffset, v.byteLength)
            : v,
      };
    default:
      return { toDb: undefined, fromDb: undefined };
  }
}

/** How personal data comes out of the store: as it is, in part (`masked`), or not opened at all (`sealed`). */
export type Opening = 'plain' | 'masked' | 'sealed';

/** A database row as the record's row. */
export function fromDb<R extends RecordDef>(
  code: TableCode,
  raw: Values,
  vault: Vault,
  personal: Opening = 'plain',
): Row<R> {
  const row: Values = {};
  for (const c of code.columns) {
    const stored = raw[c.column];
    if (stored === undefined) continue;
    if (!c.fromDb) row[c.field] = stored;
    else if (!c.personal || stored === null || personal === 'plain') row[c.field] = c.fromDb(stored, vault);
    else if (personal === 'sealed') row[c.field] = new Sealed(stored as string);
    else row[c.field] = mask(c.fromDb(stored, vault) as string);
  }
  return row as Row<R>;
}

/** Stored form of the given fields, blind indexes added. */
export function toDb(code: TableCode, values: Values, vault: Vault): Values {
  const out: Values = {};
  for (const c of code.columns) {
    const value = values[c.field];
    if (value === undefined && !(c.field in values)) continue;
    out[c.field] = c.toDb ? c.toDb(value, vault) : (value ?? null);
    if (c.blind && !(value instanceof Sealed))
      out[blindOf(c.field)] = value === null || value === undefined ? null : vault.blind(String(value));
  }
  return out;
}

/** Inserts stored rows; a field that a row does not carry is null. */
export function insertStored(sql: Sql, code: TableCode, rows: readonly Values[]): Promise<number> {
  const first = Object.keys(rows[0] ?? {});
  const alike = rows.every((r) => Object.keys(r).length === first.length);
  const fields = alike ? first : [...new Set(rows.flatMap(Object.keys))];
  return insertValues(
    sql,
    code,
    fields,
    rows.map((r) => fields.map((f) => r[f] ?? null)),
    'refuse',
  );
}

/** What becomes of a row whose key is there already. */
export type Existing = 'refuse' | 'ignore' | 'replace';

/**
 * Inserts plain rows of a table; what the hub's journal and the kit's own tables use. A field that a row does not carry is null.
 * Gives how many were new where existing ones are ignored.
 */
export function insertRows(
  sql: Sql,
  record: RecordDef,
  rows: readonly Values[],
  vault: Vault,
  existing: Existing = 'refuse',
  lastRow?: (rowId: number) => void,
): Promise<number> {
  const code = tableCode(record, sql);
  const columns = code.columns.filter((c) => rows.some((r) => c.field in r));
  return insertValues(
    sql,
    code,
    columns.map((c) => c.field),
    rows.map((r) => columns.map((c) => (c.toDb ? c.toDb(r[c.field], vault) : (r[c.field] ?? null)))),
    existing,
    lastRow,
  );
}

/** Chunked below every database's limits. */
async function insertValues(
  sql: Sql,
  code: TableCode,
  fields: readonly string[],
  rows: readonly (readonly unknown[])[],
  existing: Existing,
  lastRow?: (rowId: number) => void,
): Promise<number> {
  if (rows.length === 0) return 0;
  const into = `INTO ${code.table} (${fields.map((f) => code.name(f)).join(', ')})`;
  const marks = `(${fields.map(() => '?').join(', ')})`;
  const { verb, tail } = onExisting(sql, code, fields, existing);
  if (sql.dialect === 'sqlite') return sql.executeEach(`${verb} ${into} VALUES ${marks}`, rows, lastRow);
  let changed = 0;
  for (const chunk of chunks(rows, Math.max(1, Math.min(500, Math.floor(20_000 / fields.length))))) {
    if (sql.dialect === 'postgres') {
      const values = fields.map((f, i) => ofJson(code.record, f, i)).join(', ');
      const from = `SELECT ${values} FROM jsonb_array_elements(CAST(? AS jsonb)) AS v`;
      const bytes = fields.some((f) => code.record.fields[f]?.column.kind === 'bytes');
      changed += await sql.execute(`${verb} ${into} ${from}${tail}`, [jsonRows(chunk, bytes)], true);
    } else {
      const values = chunk.map(() => marks).join(', ');
      changed += await sql.execute(`${verb} ${into} VALUES ${values}${tail}`, chunk.flat());
    }
  }
  return changed;
}

/** A column of a row that came as JSON. Text is not cast, which would cut what is too long instead of refusing it. */
function ofJson(record: RecordDef, fieldName: string, i: number): string {
  const value = `v->>${i}`;
  const known = record.fields[fieldName];
  if (!known || known.options.personal) return value;
  const { kind } = known.column;
  if (kind === 'bytes') return `decode(${value}, 'base64')`;
  const { type } = columnOptions(known, 'postgres');
  return typeof type === 'string' && ['bigint', 'double precision', 'integer'].includes(type)
    ? `CAST(${value} AS ${type})`
    : value;
}

function onExisting(
  sql: Sql,
  code: TableCode,
  fields: readonly string[],
  existing: Existing,
): { verb: string; tail: string } {
  if (existing === 'refuse') return { verb: 'INSERT', tail: '' };
  if (sql.dialect === 'postgres') {
    const sets = fields.map((f) => `${code.name(f)} = EXCLUDED.${code.name(f)}`).join(', ');
    const act = existing === 'ignore' ? 'NOTHING' : `UPDATE SET ${sets}`;
    const on = existing === 'ignore' ? '' : ` (${code.name(primaryOf(code.record))})`;
    return { verb: 'INSERT', tail: ` ON CONFLICT${on} DO ${act}` };
  }
  if (existing === 'replace')
    return { verb: sql.dialect === 'sqlite' ? 'INSERT OR REPLACE' : 'REPLACE', tail: '' };
  return { verb: sql.dialect === 'sqlite' ? 'INSERT OR IGNORE' : 'INSERT IGNORE', tail: '' };
}

/** MySQL takes 4 MB in one statement unless told otherwise, and bytes travel in it as hexadecimal. */
const mostOfStatement = 2_000_000;

/** Rows in order, at most `most` and about so many characters at a time; a row that is larger goes alone. */
function* chunks(rows: readonly (readonly unknown[])[], most: number): Generator<(readonly unknown[])[]> {
  let chunk: (readonly unknown[])[] = [];
  let size = 0;
  for (const row of rows) {
    let mine = 0;
    for (const v of row)
      mine += typeof v === 'string' ? v.length : v instanceof Uint8Array ? 2 * v.length : 8;
    if (chunk.length > 0 && (chunk.length >= most || size + mine > mostOfStatement)) {
      yield chunk;
      chunk = [];
      size = 0;
    }
    chunk.push(row);
    size += mine;
  }
  if (chunk.length > 0) yield chunk;
}
