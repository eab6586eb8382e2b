import { encodeText } from '../hl7v2/charset-encode.ts';
import type { Charset } from '../hl7v2/charset-names.ts';
import type { Column } from './settings.ts';
import type { RawRow, Table } from './table.ts';

export interface FixedOptions {
  readonly columns: readonly Column[];
  readonly unit: 'bytes' | 'characters';
  /** In which bytes are counted. */
  readonly charset: Charset;
  readonly header: boolean;
  readonly skip: number;
  readonly maxRows: number;
}

/** Lines cut at the places of the settings; the cells are in the order of the columns. A header line is left out. */
export function readFixed(text: string, options: FixedOptions): Table {
  const homeless = options.columns.find(({ start, length }) => start === undefined || length === undefined);
  if (homeless)
    return {
      bad: `列 ${homeless.name} 未设 start、length · column ${homeless.name} has no start and length`,
    };
  const rows: RawRow[] = [];
  const lines = text.split(/\r\n|\r|\n/);
  for (const [i, line] of lines.entries()) {
    if (i < options.skip + (options.header ? 1 : 0) || line.trim() === '' || line === '\u001a') continue;
    if (rows.length >= options.maxRows)
      return { bad: `超过 ${options.maxRows} 行 · more than ${options.maxRows} rows` };
    rows.push(cut(line, i + 1, options));
  }
  return { rows };
}

function cut(line: string, number: number, { columns, unit, charset }: FixedOptions): RawRow {
  const pieces = unit === 'characters' ? characters(line) : bytesOf(line, charset);
  const cells: string[] = [];
  for (const { name, start, length } of columns) {
    const cell = pieces(start! - 1, start! - 1 + length!);
    if (cell === undefined) {
      const reason = `${name}：列边界切断了一个字 · its place cuts a character in two`;
      return { number, cells: [], problem: { reason, text: line } };
    }
    cells.push(cell);
  }
  return { number, cells };
}

type Pieces = (from: number, to: number) => string | undefined;

function characters(line: string): Pieces {
  const points = [...line];
  return (from, to) => points.slice(from, to).join('');
}

/** Places are checked against the borders of characters: half of one may well be another. */
function bytesOf(line: string, charset: Charset): Pieces {
  const points = [...line];
  const index = new Map<number, number>([[0, 0]]);
  let total = 0;
  for (const [i, point] of points.entries()) {
    total += bytesIn(point, charset);
    index.set(total, i + 1);
  }
  return (from, to) => {
    const first = index.get(Math.min(from, total));
    const last = index.get(Math.min(to, total));
    return first === undefined || last === undefined ? undefined : points.slice(first, last).join('');
  };
}

function bytesIn(point: string, charset: Charset): number {
  if (point.charCodeAt(0) < 0x80 && !charset.startsWith('UTF-16')) return 1;
  const encoded = encodeText(point, charset);
  return encoded.problem === undefined ? encoded.bytes.length : 1;
}
