import { type Delimiters, encodingCharacters } from './delimiters.ts';

/** Headers whose first field is the separator itself, so that the fields are counted from there (MSH-1, BHS-1, FHS-1). */
const HEADERS = new Set(['MSH', 'BHS', 'FHS']);

/** One segment; fields are split when first asked for, and the text is kept until a field is changed. */
export class Segment {
  /** In upper case, as paths write it. */
  readonly name: string;
  /** As sent. */
  readonly sentName: string;
  readonly isHeader: boolean;
  private source: string;
  private readonly d: Delimiters;
  private parts: string[] | undefined;
  private changed = false;

  constructor(text: string, d: Delimiters) {
    this.source = text;
    this.d = d;
    const end = text.charCodeAt(3) === d.field.charCodeAt(0) ? 3 : text.indexOf(d.field);
    this.sentName = end < 0 ? text : text.slice(0, end);
    const name = this.sentName.length === 3 ? this.sentName : this.sentName.trim();
    this.name = upper(name);
    this.isHeader = HEADERS.has(this.name);
  }

  get text(): string {
    if (this.changed) {
      this.source = this.parts!.join(this.d.field);
      this.changed = false;
    }
    return this.source;
  }

  /** Number of the last field present. */
  get size(): number {
    return this.split().length - (this.isHeader ? 0 : 1);
  }

  /** A field as it stands in the message, all repetitions; undefined where the segment ends before it. */
  field(number: number): string | undefined {
    if (!this.isHeader) return this.split()[number];
    return number === 1 ? this.d.field : this.split()[number - 1];
  }

  /** Replaces a field by text that is already escaped; the positions before it are filled. */
  put(number: number, raw: string): void {
    const parts = this.split();
    const index = this.isHeader ? number - 1 : number;
    while (parts.length <= index) parts.push('');
    parts[index] = raw;
    this.changed = true;
  }

  private split(): string[] {
    return (this.parts ??= this.text.split(this.d.field));
  }

  /** An empty segment; a header gets its encoding characters. */
  static empty(name: string, d: Delimiters): Segment {
    return new Segment(HEADERS.has(name) ? name + d.field + encodingCharacters(d) : name, d);
  }
}

function upper(name: string): string {
  for (let i = 0; i < name.length; i++) {
    const c = name.charCodeAt(i);
    if (c < 48 || (c > 57 && c < 65) || c > 90) return name.toUpperCase();
  }
  return name;
}

/** The n-th part (from 1) of a text; undefined where there are fewer. An empty separator: the text is one part. */
export function part(text: string, separator: string, n: number): string | undefined {
  if (separator === '') return n === 1 ? text : undefined;
  let from = 0;
  for (let i = 1; i < n; i++) {
    const at = text.indexOf(separator, from);
    if (at < 0) return undefined;
    from = at + 1;
  }
  const to = text.indexOf(separator, from);
  return from === 0 && to < 0 ? text : text.slice(from, to < 0 ? text.length : to);
}

/** The text with its n-th part replaced; missing parts before it are filled so that positions hold. */
export function withPart(text: string, separator: string, n: number, value: string): string {
  if (separator === '') return n === 1 ? value : text;
  const parts = text.split(separator);
  while (parts.length < n) parts.push('');
  parts[n - 1] = value;
  return parts.join(separator);
}
