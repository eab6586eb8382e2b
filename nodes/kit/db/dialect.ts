import type { EntitySchemaColumnOptions } from 'typeorm';
import { Fault } from '../../../contracts/kernel/fault.ts';
import type { Column, Field, RecordDef } from '../../../contracts/kernel/record.ts';

/** The databases of the common ground. MySQL 5.6 sets the limits: no JSON, CTE or window functions, keys within 767 bytes. */
export type Dialect = 'sqlite' | 'mysql' | 'mariadb' | 'postgres';

export const snake = (name: string): string =>
  name.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`).replaceAll('-', '_');
export const tableOf = (record: RecordDef): string => snake(record.plural);
export const blindOf = (fieldName: string): string => `${fieldName}Bidx`;

const types: Record<Dialect, Record<Column['kind'] | 'digest', EntitySchemaColumnOptions['type']>> = {
  sqlite: of('varchar', 'text', 'integer', 'double', 'integer', 'blob'),
  mysql: of('varchar', 'longtext', 'bigint', 'double', 'int', 'longblob'),
  mariadb: of('varchar', 'longtext', 'bigint', 'double', 'int', 'longblob'),
  postgres: of('varchar', 'text', 'bigint', 'double precision', 'integer', 'bytea'),
};

function of(...[v, text, int, real, bool, bytes]: EntitySchemaColumnOptions['type'][]) {
  return {
    id: v,
    string: v,
    time: v,
    digest: v,
    text,
    json: text,
    int,
    seq: int,
    real,
    bool,
    bytes,
  } as Record<Column['kind'] | 'digest', EntitySchemaColumnOptions['type']>;
}

/** A column as both the entity and the migration declare it. Personal text is stored encrypted and needs the room. */
export function columnOptions(f: Field, dialect: Dialect): EntitySchemaColumnOptions {
  const { column, options } = f;
  const kind = options.personal ? 'text' : column.kind;
  const made: EntitySchemaColumnOptions = {
    type: types[dialect][kind]!,
    nullable: options.nullable ?? false,
  };
  if (kind === 'id') made.length = 36;
  if (kind === 'time') made.length = 24;
  if (kind === 'string' && column.kind === 'string') made.length = column.max;
  return exact(made, kind, dialect);
}

/** MySQL compares without case and trailing blanks unless told: codes and ids must be told apart exactly. */
function exact(made: EntitySchemaColumnOptions, kind: string, dialect: Dialect): EntitySchemaColumnOptions {
  if (!['id', 'time', 'string', 'digest', 'text', 'json'].includes(kind)) return made;
  if (dialect === 'mysql') return { ...made, charset: 'utf8mb4', collation: 'utf8mb4_bin' };
  if (dialect === 'mariadb') return { ...made, charset: 'utf8mb4', collation: 'utf8mb4_nopad_bin' };
  return made;
}

export const blindColumn = (dialect: Dialect): EntitySchemaColumnOptions =>
  exact({ type: types[dialect].digest!, length: 64, nullable: true }, 'digest', dialect);

/** The columns of a record's table: field name to its column, blind indexes included. */
export function columnsOf(record: RecordDef, dialect: Dialect): Map<string, EntitySchemaColumnOptions> {
  const columns = new Map<string, EntitySchemaColumnOptions>();
  for (const [name, f] of Object.entries(record.fields)) {
    columns.set(name, columnOptions(f, dialect));
    if (f.options.blind) columns.set(blindOf(name), blindColumn(dialect));
  }
  return columns;
}

/** Primary key: the `seq` column where there is one, else `id`, else the first field. */
export function primaryOf(record: RecordDef): string {
  const names = Object.keys(record.fields);
  return (
    names.find((n) => record.fields[n]!.column.kind === 'seq') ?? (names.includes('id') ? 'id' : names[0]!)
  );
}

export const quoter = (dialect: Dialect) =>
  dialect === 'mysql' || dialect === 'mariadb'
    ? (name: string) => `\`${name}\``
    : (name: string) => `"${name}"`;

interface DriverError {
  code?: string;
  errno?: number;
  message?: string;
  driverError?: DriverError;
}

const duplicate = new Set([
  'SQLITE_CONSTRAINT_UNIQUE',
  'SQLITE_CONSTRAINT_PRIMARYKEY',
  'ER_DUP_ENTRY',
  '23505',
]);
const full = new Set(['SQLITE_FULL', 'ER_DISK_FULL', 'ER_RECORD_FILE_FULL', '53100', 'ENOSPC']);
const again = new Set([
  'ER_LOCK_DEADLOCK',
  'ER_LOCK_WAIT_TIMEOUT',
  '40P01',
  '40001',
  'SQLITE_BUSY',
  'SQLITE_BUSY_SNAPSHOT',
]);
const away =
  /^(ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EHOSTUNREACH|PROTOCOL_|08|57P|ER_SERVER_SHUTDOWN|ER_CON_COUNT|SQLITE_IOERR|SQLITE_CANTOPEN)/;

/** True where the transaction lost a race and may simply run again. */
export const isRace = (error: unknown): boolean => again.has(codeOf(error));
export const isDuplicate = (error: unknown): boolean => duplicate.has(codeOf(error));

export function codeOf(error: unknown): string {
  const e = error as DriverError | null;
  return e?.driverError?.code ?? e?.code ?? '';
}

/** A driver's error as a fault; anything else comes back as it was. SQL text and values stay out of the message. */
export function storeFault(error: unknown): unknown {
  const code = codeOf(error);
  if (duplicate.has(code)) return new Fault('kernel.record.duplicate', { field: '' }, error);
  if (full.has(code)) return new Fault('kernel.store.full', {}, error);
  const message = String((error as DriverError | null)?.message ?? '');
  if (
    again.has(code) ||
    away.test(code) ||
    /Connection terminated|connection is closed|closed state|Pool is closed|Connection lost|not connected|readonly database/i.test(
      message,
    )
  )
    return new Fault('kernel.store.unavailable', {}, error);
  return error;
}
