import { Buffer } from 'node:buffer';
import type { EndpointDef } from '../../contracts/channel/endpoint.schema.ts';
import type { Bad, TargetFormat, Writer, Written } from '../engine/format.ts';
import { encodeText } from '../hl7v2/charset-encode.ts';
import type { Charset } from '../hl7v2/charset-names.ts';
import { type Column, columnsOf, listOf, type RowsSettings } from './settings.ts';

type Cells = Record<string, string>;

/** Rows of an out mapping: each entry `segment: row` is a row, its fields are cells by column name. */
export const rowsTarget: TargetFormat = {
  segment: (name) => (name === 'row' ? undefined : { bad: 'must be row' }),
  position(_segment, path, component) {
    if (component !== undefined) return { bad: `"${path}${component}": a cell has no parts` };
    return /^[^\s$@.][^$@]*$/.test(path) ? { position: path } : { bad: `"${path}" is not a column name` };
  },
  writer: () => new RowsWriter(),
};

class RowsWriter implements Writer {
  private readonly rows: Cells[] = [];

  segment(): void {
    this.rows.push(Object.create(null));
  }

  /** A list in one cell is written with `;` between its items; null and absent are both an empty cell. */
  set(position: unknown, repetition: number, value: string | null): void {
    const row = this.rows.at(-1)!;
    const name = position as string;
    const before = repetition > 1 ? row[name] : undefined;
    row[name] = before === undefined ? (value ?? '') : `${before};${value ?? ''}`;
  }

  text(): string {
    return JSON.stringify({ rows: this.rows });
  }
}

/** The rows as a file of the endpoint: its columns in their order, its header, separator, charset. */
export function writeRows(text: string, endpoint: EndpointDef): Written {
  const settings = (endpoint.read ?? {}) as RowsSettings;
  const rows = rowsOf(text);
  if (rows === undefined) return { bad: 'no rows' };
  const columns = columnsOf(settings) ?? namesIn(rows);
  const known = new Set(columns.map(({ name }) => name));
  const stray = rows.flatMap((row) => Object.keys(row)).find((name) => !known.has(name));
  if (stray !== undefined) return { bad: `the endpoint has no column "${stray}"` };
  const lines =
    settings.kind === 'fixed'
      ? fixedLines(rows, columns, settings, endpoint)
      : csvLines(rows, columns, settings);
  if ('bad' in lines) return lines;
  const end = settings.lineEnd === 'lf' ? '\n' : '\r\n';
  const bytes = encoded(lines.map((line) => line + end).join(''), settings, endpoint);
  if ('bad' in bytes) return bytes;
  const controlId = listOf(settings.control)
    .map((name) => rows[0]?.[name] ?? '')
    .filter(Boolean)
    .join('-');
  return { bytes, type: settings.type ?? 'Row', controlId: controlId.slice(0, 191) };
}

function rowsOf(text: string): Cells[] | undefined {
  try {
    const { rows } = JSON.parse(text) as { rows?: Cells[] };
    return Array.isArray(rows) && rows.length > 0 ? rows : undefined;
  } catch {
    return undefined;
  }
}

const namesIn = (rows: readonly Cells[]): readonly Column[] =>
  [...new Set(rows.flatMap((row) => Object.keys(row)))].map((name) => ({
    name,
    headers: [name],
    optional: true,
    align: 'left',
    pad: ' ',
  }));

function csvLines(
  rows: readonly Cells[],
  columns: readonly Column[],
  settings: RowsSettings,
): string[] | Bad {
  if (settings.kind === 'xlsx') return { bad: 'workbooks are read, not written; use kind: csv' };
  const { separator = ',', quote = '"' } = settings;
  const special = new RegExp(`[\\r\\n${escaped(separator)}${escaped(quote)}]|^\\s|\\s$`);
  const placed = inPlaces(columns);
  const all = rows.map((row) =>
    placed.map((column) => (column === undefined ? '' : (row[column.name] ?? ''))),
  );
  if (settings.header ?? true) all.unshift(placed.map((column) => column?.headers[0] ?? column?.name ?? ''));
  if (quote === '' && all.flat().some((cell) => special.test(cell)))
    return { bad: 'a cell holds the separator or a line end, and the endpoint has no quotes' };
  const cell = (value: string) =>
    special.test(value) ? quote + value.replaceAll(quote, quote + quote) + quote : value;
  return all.map((cells) => cells.map(cell).join(separator));
}

const escaped = (text: string): string => text.replace(/[\\\]^-]/g, '\\$&');

/** By their positions where the settings give them; gaps are empty cells. */
function inPlaces(columns: readonly Column[]): readonly (Column | undefined)[] {
  if (columns.every(({ position }) => position === undefined)) return columns;
  const placed: (Column | undefined)[] = [];
  for (const [i, column] of columns.entries()) placed[(column.position ?? i + 1) - 1] = column;
  return Array.from(placed);
}

function fixedLines(
  rows: readonly Cells[],
  columns: readonly Column[],
  { unit = 'bytes', header = false }: RowsSettings,
  { decode }: EndpointDef,
): string[] | Bad {
  const charset = decode.charset as Charset;
  const width = (text: string): number => {
    if (unit === 'characters') return [...text].length;
    const result = encodeText(text, charset);
    return result.problem === undefined ? result.bytes.length : text.length;
  };
  const sorted = columns.toSorted((a, b) => (a.start ?? 0) - (b.start ?? 0));
  const all = header
    ? [Object.fromEntries(columns.map((c) => [c.name, c.headers[0] ?? c.name])), ...rows]
    : rows;
  const lines: string[] = [];
  for (const row of all) {
    let line = '';
    let at = 0;
    for (const { name, start, length, align, pad } of sorted) {
      if (start === undefined || length === undefined)
        return { bad: `column "${name}" has no start and length` };
      if (start - 1 < at) return { bad: `column "${name}" begins inside the one before` };
      const value = row[name] ?? '';
      const free = length - width(value);
      if (free < 0) return { bad: `column "${name}" takes ${length} and the value is longer` };
      if (/[\r\n]/.test(value)) return { bad: `column "${name}" holds a line end` };
      const fill = pad.repeat(free);
      line += ' '.repeat(start - 1 - at) + (align === 'right' ? fill + value : value + fill);
      at = start - 1 + length;
    }
    lines.push(line);
  }
  return lines;
}

function encoded(text: string, { bom }: RowsSettings, { decode }: EndpointDef): Uint8Array | Bad {
  const charset = decode.charset as Charset;
  const marked = bom && charset.startsWith('UTF') ? `\ufeff${text}` : text;
  const result = encodeText(marked, charset);
  if (result.problem !== undefined) return { bad: `a character cannot be written in ${charset}` };
  return Buffer.from(result.bytes);
}

/** `text/csv; charset=GB18030` */
export function mediaTypeOf(endpoint: EndpointDef): string {
  const { kind } = (endpoint.read ?? {}) as RowsSettings;
  return `text/${kind === 'fixed' ? 'plain' : 'csv'}; charset=${endpoint.decode.charset}`;
}
