import { isFault } from '../../contracts/kernel/fault.ts';
import { serialToIso } from './serial.ts';
import type { RawRow, Table } from './table.ts';
import { readStyles, type Shown } from './xlsx-styles.ts';
import { attribute, spreadsheetText, tagsOf } from './xlsx-xml.ts';
import { notAWorkbook, openZip, type Zip } from './xlsx-zip.ts';

export interface XlsxOptions {
  readonly sheet: string | number | undefined;
  readonly skip: number;
  readonly maxRows: number;
}

const COLUMNS = 1000;
/** Cells that a merged area may fill. */
const MERGED = 100_000;

interface Cell {
  value: string;
  problem?: string;
}
type Sheet = Map<number, Cell[]>;

/**
 * The rows of one sheet of an Excel workbook (ECMA-376). Formulas give the value last calculated, dates ISO text without a
 * zone, merged cells the value of their first.
 */
export function readXlsx(bytes: Uint8Array, options: XlsxOptions): Table {
  try {
    const zip = openZip(bytes);
    const { path, from1904 } = findSheet(zip, options.sheet);
    const xml = zip.text(path);
    if (xml === undefined) throw notAWorkbook('没有工作表 · the workbook has no sheet');
    const strings = readStrings(zip.text('xl/sharedStrings.xml'));
    const styles = readStyles(zip.text('xl/styles.xml'));
    const sheet = readSheet(xml, { strings, styles, from1904, ...options });
    return { rows: rowsOf(sheet) };
  } catch (error) {
    return {
      bad: isFault(error) ? String(error.data.reason) : '不是完整的 .xlsx 文件 · not a whole .xlsx file',
    };
  }
}

function findSheet(zip: Zip, wanted: string | number | undefined): { path: string; from1904: boolean } {
  const book = zip.text('xl/workbook.xml');
  if (book === undefined) throw notAWorkbook('不是 .xlsx 工作簿 · not an .xlsx workbook');
  const sheets: { name: string; id: string }[] = [];
  let from1904 = false;
  for (const { name, kind, attributes } of tagsOf(book)) {
    if (kind === 'close') continue;
    if (name === 'workbookPr') from1904 = /^(1|true)$/.test(attribute(attributes, 'date1904') ?? '');
    if (name === 'sheet')
      sheets.push({
        name: attribute(attributes, 'name') ?? '',
        id: /(?:^|\s)\w+:id\s*=\s*["']([^"']*)/.exec(attributes)?.[1] ?? '',
      });
  }
  const found =
    typeof wanted === 'string' ? sheets.find((s) => s.name === wanted) : sheets[(wanted ?? 1) - 1];
  if (found === undefined) throw notAWorkbook(`没有工作表 ${wanted ?? 1} · no sheet ${wanted ?? 1}`);
  return { path: targetOf(zip, found.id) ?? `xl/worksheets/sheet${sheets.indexOf(found) + 1}.xml`, from1904 };
}

function targetOf(zip: Zip, id: string): string | undefined {
  for (const { name, attributes } of tagsOf(zip.text('xl/_rels/workbook.xml.rels') ?? '')) {
    if (name !== 'Relationship' || attribute(attributes, 'Id') !== id) continue;
    const target = attribute(attributes, 'Target') ?? '';
    return target.startsWith('/') ? target.slice(1) : `xl/${target}`;
  }
  return undefined;
}

/** Shared strings; the reading aids of East Asian text (rPh) are no part of them. */
function readStrings(xml: string | undefined): readonly string[] {
  const strings: string[] = [];
  let current = '';
  let aid = false;
  for (const { name, kind, text } of tagsOf(xml ?? '')) {
    if (name === 'rPh') aid = kind === 'open';
    else if (name === 't' && kind === 'close' && !aid) current += text;
    else if (name === 'si' && kind !== 'open') {
      strings.push(spreadsheetText(current));
      current = '';
    }
  }
  return strings;
}

interface Reading extends XlsxOptions {
  readonly strings: readonly string[];
  readonly styles: readonly Shown[];
  readonly from1904: boolean;
}

function readSheet(xml: string, reading: Reading): Sheet {
  const sheet: Sheet = new Map();
  let row = 0;
  let column = -1;
  let type = '';
  let style = 0;
  let value = '';
  let aid = false;
  for (const { name, kind, attributes, text } of tagsOf(xml)) {
    if (name === 'row' && kind !== 'close') {
      row = Number(attribute(attributes, 'r') ?? row + 1);
      column = -1;
    } else if (name === 'c' && kind !== 'close') {
      column = columnOf(attribute(attributes, 'r')) ?? column + 1;
      type = attribute(attributes, 't') ?? 'n';
      style = Number(attribute(attributes, 's') ?? 0);
      value = '';
    } else if (name === 'rPh') aid = kind === 'open';
    else if ((name === 'v' || (name === 't' && !aid)) && kind === 'close') value += text;
    else if (name === 'c' && kind === 'close' && value !== '' && row > reading.skip && column < COLUMNS) {
      const cells = sheet.get(row) ?? [];
      if (cells.length === 0) sheet.set(row, cells);
      if (sheet.size > reading.maxRows + 1)
        throw notAWorkbook(`超过 ${reading.maxRows} 行 · more than ${reading.maxRows} rows`);
      cells[column] = cellOf(type, value, reading.styles[style] ?? 'number', reading);
    } else if (name === 'mergeCell' && kind !== 'close') fill(sheet, attribute(attributes, 'ref') ?? '');
  }
  return sheet;
}

function cellOf(type: string, value: string, shown: Shown, { strings, from1904 }: Reading): Cell {
  if (type === 's') return { value: strings[Number(value)] ?? '' };
  if (type === 'e') return { value, problem: `单元格是错误值 ${value} · the cell holds the error ${value}` };
  if (type === 'b') return { value: value === '1' ? 'TRUE' : 'FALSE' };
  if (type !== 'n') return { value: spreadsheetText(value) };
  const number = Number(value);
  if (Number.isNaN(number)) return { value };
  if (shown === 'date') {
    const iso = serialToIso(number, from1904);
    return iso === undefined ? { value, problem: '不是有效日期 · not a date' } : { value: iso };
  }
  // Beyond 15 digits a spreadsheet has lost the rest: the exponent stays visible, and no identifier is made of it.
  const text = Math.abs(number) >= 1e15 ? number.toExponential() : String(Number(number.toPrecision(15)));
  return { value: typeof shown === 'object' ? text.padStart(shown.digits, '0') : text };
}

function columnOf(reference: string | undefined): number | undefined {
  const letters = /^[A-Z]{1,3}(?=\d)/.exec(reference ?? '')?.[0];
  if (letters === undefined) return undefined;
  let column = 0;
  for (const letter of letters) column = column * 26 + letter.charCodeAt(0) - 64;
  return column - 1;
}

function fill(sheet: Sheet, reference: string): void {
  const [from, to] = reference.split(':');
  const [left, right] = [columnOf(from), columnOf(to)];
  const [top, bottom] = [from, to].map((end) => Number(/\d+$/.exec(end ?? '')?.[0])) as [number, number];
  if (left === undefined || right === undefined || !((right - left + 1) * (bottom - top + 1) <= MERGED))
    return;
  const first = sheet.get(top)?.[left];
  if (first === undefined) return;
  for (let row = top; row <= bottom; row++) {
    const cells = sheet.get(row);
    if (cells === undefined) continue;
    for (let column = left; column <= Math.min(right, COLUMNS - 1); column++) cells[column] ??= first;
  }
}

function rowsOf(sheet: Sheet): RawRow[] {
  return [...sheet.keys()]
    .sort((a, b) => a - b)
    .map((number) => {
      const given = Array.from(sheet.get(number)!, (cell) => cell ?? { value: '' });
      const cells = given.map(({ value }) => value);
      const faults = new Map(
        given.flatMap(({ problem }, position) =>
          problem === undefined ? [] : [[position, problem] as const],
        ),
      );
      return faults.size === 0 ? { number, cells } : { number, cells, faults };
    })
    .filter(({ cells }) => cells.some((cell) => cell.trim() !== ''));
}
