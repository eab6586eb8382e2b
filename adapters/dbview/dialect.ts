import type { Kind } from './descriptor.ts';
import type { Bound, Column } from './driver.ts';
import type { Plain } from './values.ts';

/** What differs between databases in the few statements that are made here. Names are always quoted, values always bound. */
export interface Dialect {
  quote(name: string): string;
  /** Placeholder of a value as `plain` gave it; compared with `column` it means the same again. */
  bind(value: Plain, values: Bound[], column?: Column): string;
  /** At most `limit` rows of `select … order by …`; both begin without their keyword. */
  page(columns: string, rest: string, order: string, limit: number): string;
  /** Expression that gives a column as text where the driver's own form would lose digits. */
  show(quoted: string, column: Column): string;
  /** Their time as `YYYY-MM-DD HH:MM:SS`. */
  clock(utc: boolean): string;
}

const doubled = (name: string): string => `"${name.replaceAll('"', '""')}"`;
const numeric = /^-?\d{1,40}(\.\d{1,40})?$/;
const isNumber = (column: Column | undefined): boolean =>
  column !== undefined && ['integer', 'bigint', 'decimal', 'float'].includes(column.family);
/** A number is written into the statement: bound as text, databases would compare it as text or lose digits. */
const asNumber = (value: Plain, column: Column | undefined): string | undefined =>
  isNumber(column) && numeric.test(String(value)) ? String(value) : undefined;

const limited = (columns: string, rest: string, order: string, limit: number): string =>
  `SELECT ${columns} FROM ${rest} ORDER BY ${order} LIMIT ${limit}`;

const isTime = (column: Column | undefined): boolean =>
  column?.family === 'time' || column?.family === 'instant';

/** Text as the hexadecimal of its UTF-8: no setting of a session can take a byte of it for a quote or an escape. */
const literal = (value: Plain): string =>
  typeof value === 'string'
    ? `_utf8mb4 x'${Buffer.from(value, 'utf8').toString('hex')}'`
    : String(value ?? 'NULL').toUpperCase();

const mysql: Dialect = {
  quote: (name) => `\`${name.replaceAll('`', '``')}\``,
  bind(value, _values, column) {
    const text = asNumber(value, column) ?? literal(value);
    return isTime(column) && value !== null ? `CAST(${text} AS DATETIME(6))` : text;
  },
  page: limited,
  show: (quoted) => quoted,
  clock: (utc) => (utc ? 'SELECT CAST(UTC_TIMESTAMP() AS CHAR)' : 'SELECT CAST(NOW() AS CHAR)'),
};

const postgres: Dialect = {
  quote: doubled,
  bind(value, values) {
    values.push(value === null ? null : String(value));
    return `$${values.length}`;
  },
  page: limited,
  show: (quoted) => quoted,
  clock: (utc) =>
    `SELECT to_char(${utc ? "now() AT TIME ZONE 'UTC'" : 'localtimestamp'}, 'YYYY-MM-DD HH24:MI:SS')`,
};

const sqlite: Dialect = {
  // Backticks: in double quotes SQLite may take a name that is not there for a text.
  quote: (name) => `\`${name.replaceAll('`', '``')}\``,
  bind(value, values, column) {
    const number = asNumber(value, column);
    if (number !== undefined) return number;
    values.push(typeof value === 'boolean' ? Number(value) : value);
    return '?';
  },
  page: limited,
  show: (quoted) => quoted,
  clock: (utc) => (utc ? "SELECT datetime('now')" : "SELECT datetime('now', 'localtime')"),
};

/** Styles of CONVERT: 126 is ISO 8601, 127 the same in UTC with `Z`, 23 the day. */
const sqlserver: Dialect = {
  quote: (name) => `[${name.replaceAll(']', ']]')}]`,
  bind(value, values, column) {
    if (typeof value === 'boolean') return value ? '1' : '0';
    const number = asNumber(value, column);
    if (number !== undefined) return number;
    values.push(value);
    const mark = `@p${values.length}`;
    if (value === null || column === undefined) return mark;
    if (column.family === 'date') return `CONVERT(date, ${mark}, 23)`;
    if (column.family === 'instant') return `CONVERT(datetimeoffset, ${mark}, 127)`;
    if (column.family === 'time')
      return `CONVERT(${column.type === 'DateTime2' ? 'datetime2' : 'datetime'}, ${mark}, 126)`;
    // An nvarchar compared with a varchar column would pass over its index.
    return /^(VarChar|Char|Text)$/.test(column.type) ? `CAST(${mark} AS varchar(8000))` : mark;
  },
  page: (columns, rest, order, limit) => `SELECT TOP (${limit}) ${columns} FROM ${rest} ORDER BY ${order}`,
  show(quoted, { family, type }) {
    if (family === 'decimal')
      return /^(Small)?Money/.test(type)
        ? `CONVERT(varchar(60), ${quoted}, 2)`
        : `CONVERT(varchar(60), ${quoted})`;
    if (family === 'date') return `CONVERT(varchar(10), ${quoted}, 23)`;
    if (family === 'time') return `CONVERT(varchar(33), ${quoted}, 126)`;
    if (family === 'instant') return `CONVERT(varchar(40), ${quoted}, 127)`;
    return type === 'Time' ? `CONVERT(varchar(20), ${quoted}, 114)` : quoted;
  },
  clock: (utc) => `SELECT CONVERT(varchar(19), ${utc ? 'SYSUTCDATETIME()' : 'SYSDATETIME()'}, 120)`,
};

const oracle: Dialect = {
  // Names that are written in lower case mean those of a schema made without quotes, which are in upper case.
  quote: (name) => doubled(/[A-Z]/.test(name) ? name : name.toUpperCase()),
  bind(value, values, column) {
    if (typeof value === 'boolean') return value ? '1' : '0';
    const number = asNumber(value, column);
    if (number !== undefined) return number;
    values.push(value);
    const mark = `:${values.length}`;
    if (value === null || column === undefined) return mark;
    if (column.family === 'instant') return `TO_TIMESTAMP_TZ(${mark}, 'YYYY-MM-DD"T"HH24:MI:SS.FFTZR')`;
    if (column.family !== 'time') return mark;
    return column.type === 'DATE'
      ? `TO_DATE(SUBSTR(${mark}, 1, 19), 'YYYY-MM-DD"T"HH24:MI:SS')`
      : `TO_TIMESTAMP(${mark}, 'YYYY-MM-DD"T"HH24:MI:SS.FF')`;
  },
  page: (columns, rest, order, limit) =>
    `SELECT * FROM (SELECT ${columns} FROM ${rest} ORDER BY ${order}) WHERE ROWNUM <= ${limit}`,
  show(quoted, { family, type }) {
    if (family === 'decimal') return `TO_CHAR(${quoted}, 'TM9', 'NLS_NUMERIC_CHARACTERS=''.,''')`;
    if (family === 'instant') return `TO_CHAR(SYS_EXTRACT_UTC(${quoted}), 'YYYY-MM-DD"T"HH24:MI:SS.FF6"Z"')`;
    if (family !== 'time') return quoted;
    return `TO_CHAR(${quoted}, 'YYYY-MM-DD"T"HH24:MI:SS${type === 'DATE' ? '' : '.FF6'}')`;
  },
  clock: (utc) =>
    `SELECT TO_CHAR(${utc ? 'SYS_EXTRACT_UTC(SYSTIMESTAMP)' : 'SYSDATE'}, 'YYYY-MM-DD HH24:MI:SS') FROM dual`,
};

export const dialects: Readonly<Record<Kind, Dialect>> = {
  mysql,
  mariadb: mysql,
  postgres,
  sqlite,
  sqlserver,
  oracle,
};
