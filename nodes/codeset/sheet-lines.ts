/** A line of a sheet: what stands in its cells, and where it began. */
export interface SheetLine {
  readonly line: number;
  readonly cells: readonly string[];
}

/** Words of a first line that names the columns. */
const header = /^(from|source|code|源代码|源编码|代码|编码)$/i;

/**
 * Reads text copied from a spreadsheet or from a CSV (RFC 4180): cells are separated by tabs where the first line has one, else by
 * semicolons, else by commas; quoted cells may hold separators and line ends. A line of column names and empty lines are left out.
 */
export function sheetLines(text: string): SheetLine[] {
  const source = text.replace(/^\uFEFF/, '');
  const first = source.slice(0, (source.search(/[\r\n]/) + 1 || source.length + 1) - 1);
  const separator = first.includes('\t') ? '\t' : first.includes(';') ? ';' : ',';
  const lines = cellsOf(source, separator).filter(({ cells }) => cells.some((cell) => cell.trim() !== ''));
  return header.test(lines[0]?.cells[0]?.trim() ?? '') ? lines.slice(1) : lines;
}

function cellsOf(source: string, separator: string): SheetLine[] {
  const lines: SheetLine[] = [];
  let cells: string[] = [];
  let cell = '';
  let quoted = false;
  let line = 1;
  let began = 1;
  const endLine = (): void => {
    lines.push({ line: began, cells: [...cells, cell] });
    cells = [];
    cell = '';
    began = line;
  };
  for (let i = 0; i < source.length; i++) {
    const c = source[i]!;
    if (c === '\n') line++;
    if (quoted) {
      if (c !== '"') cell += c;
      else if (source[i + 1] === '"') cell += source[++i];
      else quoted = false;
    } else if (c === '"' && cell === '') quoted = true;
    else if (c === separator) {
      cells.push(cell);
      cell = '';
    } else if (c === '\n') endLine();
    else if (c !== '\r') cell += c;
  }
  if (cell !== '' || cells.length > 0) endLine();
  return lines;
}

/** One line of a CSV; a cell that a spreadsheet would take for a formula is led by an apostrophe. */
export const csvLine = (cells: readonly string[]): string =>
  `${cells.map((cell) => quote(/^[=+@\t]|^-(?!\d)/.test(cell) ? `'${cell}` : cell)).join(',')}\r\n`;

const quote = (cell: string): string =>
  /[",\r\n;\t]|^\s|\s$/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
