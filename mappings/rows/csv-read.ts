import type { RawRow, Table } from './table.ts';

export interface CsvOptions {
  readonly separator: string;
  /** Empty: none. */
  readonly quote: string;
  readonly skip: number;
  readonly maxRows: number;
}

/** Longest quoted cell, as in a spreadsheet: a quote that is never closed must not swallow the rest of the file. */
const LONGEST = 32_767;

const SEP = /^"?sep=([^\r\n])"?(?:\r\n|\r|\n|$)/i;

/**
 * Separated text (RFC 4180) with what the field does to it: CR, LF or both end a row; a quote inside a cell stands for itself
 * unless a separator or line end follows; a quote that is not closed spoils its own line only.
 */
export function readCsv(text: string, options: CsvOptions): Table {
  const told = SEP.exec(text);
  const separator = told?.[1] ?? options.separator;
  const reader = new CsvReader(text, told?.[0].length ?? 0, told ? 2 : 1, separator, options.quote);
  for (let i = 0; i < options.skip; i++) reader.skipLine();
  const rows: RawRow[] = [];
  while (!reader.done) {
    const row = reader.record();
    if (row.problem === undefined && row.cells.every((cell) => cell.trim() === '')) continue;
    if (rows.length > options.maxRows)
      return { bad: `超过 ${options.maxRows} 行 · more than ${options.maxRows} rows` };
    rows.push(row);
  }
  return { rows };
}

class CsvReader {
  private readonly text: string;
  private readonly separator: number;
  private readonly quote: string;
  private at: number;
  private line: number;

  constructor(text: string, at: number, line: number, separator: string, quote: string) {
    this.text = text;
    this.at = at;
    this.line = line;
    this.separator = separator.charCodeAt(0);
    this.quote = quote;
  }

  get done(): boolean {
    return this.at >= this.text.length;
  }

  skipLine(): void {
    this.at = this.endOfLine(this.at);
    this.lineBreak();
  }

  record(): RawRow {
    const start = this.at;
    const number = this.line;
    const cells: string[] = [];
    for (;;) {
      const cell = this.cell();
      if (cell === undefined) return this.spoiled(start, number);
      cells.push(cell);
      if (this.text.charCodeAt(this.at) !== this.separator) break;
      this.at++;
    }
    this.lineBreak();
    return { number, cells };
  }

  /** The line alone is given up; what follows it is read on its own. */
  private spoiled(start: number, number: number): RawRow {
    const end = this.endOfLine(start);
    this.at = end;
    this.line = number;
    this.lineBreak();
    const reason = '引号没有结束 · a quote is not closed';
    return { number, cells: [], problem: { reason, text: this.text.slice(start, end) } };
  }

  /** One cell; stops at the separator or line end after it. Undefined: its quote is not closed. */
  private cell(): string | undefined {
    const { text, quote } = this;
    let open = this.at;
    while (text[open] === ' ') open++;
    if (quote !== '' && text[open] === quote) return this.quoted(open);
    const start = this.at;
    let end = start;
    for (; end < text.length; end++) {
      const c = text.charCodeAt(end);
      if (c === this.separator || c === 10 || c === 13) break;
    }
    this.at = end;
    return text.slice(start, end);
  }

  private quoted(open: number): string | undefined {
    const { text, quote } = this;
    let value = '';
    let from = open + 1;
    for (;;) {
      const next = text.indexOf(quote, from);
      if (next < 0 || next - open > LONGEST) return undefined;
      value += text.slice(from, next);
      if (text[next + 1] === quote) {
        value += quote;
        from = next + 2;
        continue;
      }
      let after = next + 1;
      while (text[after] === ' ') after++;
      if (this.ends(after)) {
        this.at = after;
        this.line += breaksIn(value);
        return value;
      }
      if (/[\r\n]/.test(value)) return undefined;
      value += quote;
      from = next + 1;
    }
  }

  private ends(at: number): boolean {
    const c = this.text.charCodeAt(at);
    return at >= this.text.length || c === this.separator || c === 10 || c === 13;
  }

  private endOfLine(from: number): number {
    let at = from;
    for (; at < this.text.length; at++) {
      const c = this.text.charCodeAt(at);
      if (c === 10 || c === 13) break;
    }
    return at;
  }

  private lineBreak(): void {
    if (this.text.charCodeAt(this.at) === 13 && this.text.charCodeAt(this.at + 1) === 10) this.at++;
    this.at++;
    this.line++;
  }
}

function breaksIn(value: string): number {
  return value.match(/\r\n|\r|\n/g)?.length ?? 0;
}
