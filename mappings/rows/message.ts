import { Buffer } from 'node:buffer';
import type { Bad, SourceFormat, Value, ViewPart } from '../engine/format.ts';

/** A row of a message; a cell is null where the sender cleared it, empty ones are left out. */
export interface Row {
  readonly row: number;
  readonly cells: Readonly<Record<string, string | null>>;
  /** The row as it stands in the file, where it cannot be read as it should. */
  readonly line?: string;
}

/** One row, or consecutive rows of one group. */
export interface RowsMessage {
  readonly file: string;
  readonly rows: readonly Row[];
}

/** What the journal keeps of a message: its rows as they were read, UTF-8 JSON. */
export const rowsBytes = (rows: readonly Row[]): Buffer => Buffer.from(JSON.stringify({ rows }), 'utf8');

/** The message of kept or edited bytes; undefined where they are none. */
export function parseRows(bytes: Uint8Array, file: string): RowsMessage | undefined {
  let found: unknown;
  try {
    found = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'));
  } catch {
    return undefined;
  }
  const rows = (found as { rows?: unknown } | null)?.rows;
  return Array.isArray(rows) && rows.length > 0 && rows.every(isRow) ? { file, rows } : undefined;
}

function isRow(x: unknown): x is Row {
  const { row, cells } = (x ?? {}) as Partial<Row>;
  return (
    typeof row === 'number' &&
    typeof cells === 'object' &&
    cells !== null &&
    Object.values(cells).every((cell) => cell === null || typeof cell === 'string')
  );
}

interface Place {
  readonly message: RowsMessage;
  readonly row: Row;
}

const notAPath = (path: string): Bad => ({
  bad: `"${path}" is not a path; write the name of a column, @row or @file`,
});

const own = new Map<string, (place: Place) => Value>([
  ['@row', ({ row }) => String(row.row)],
  ['@file', ({ message }) => message.file || undefined],
]);

function sourceFormat(inRow: boolean): SourceFormat {
  return {
    open: (message) => placeOf(message as RowsMessage, (message as RowsMessage).rows[0]!),
    value(path) {
      const special = own.get(path);
      if (special) return { get: (scope) => special(scope as Place) };
      if (!/^[^\s$@.][^$@]*$/.test(path)) return notAPath(path);
      return { get: (scope) => cellOf((scope as Place).row, path) };
    },
    each(path) {
      if (path !== 'rows') return { bad: `"${path}" cannot be repeated; only rows can` };
      if (inRow) return { bad: 'rows have no rows of their own' };
      return {
        items: (scope) => (scope as Place).message.rows.map((row) => placeOf((scope as Place).message, row)),
        inner: sourceFormat(true),
        label: 'rows',
      };
    },
  };
}

const placeOf = (message: RowsMessage, row: Row): Place => ({ message, row });

/** The name may be any text, `constructor` too. */
export const cellOf = ({ cells }: Row, name: string): string | null | undefined =>
  Object.hasOwn(cells, name) ? cells[name] : undefined;

/** Paths are names of columns: of the first row, or of each inside `each: rows`. `@row` is its number, `@file` the file. */
export const rowsSource: SourceFormat = sourceFormat(false);

export function* viewOf(message: RowsMessage): Iterable<ViewPart> {
  for (const { row, cells } of message.rows)
    yield {
      name: `row ${row}`,
      raw: JSON.stringify(cells),
      fields: Object.entries(cells).map(([position, value]) => ({
        position,
        value: value ?? '',
        null: value === null,
      })),
    };
}
