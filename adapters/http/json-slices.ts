import { isUtf8 } from 'node:buffer';

/** From and up to which byte. */
interface Span {
  readonly from: number;
  readonly to: number;
}

const code = (character: string): number => character.charCodeAt(0);
const QUOTE = code('"');
const BACKSLASH = code('\\');
const OPEN = [code('{'), code('[')];
const CLOSE = [code('}'), code(']')];
const blank = (byte: number | undefined): boolean => byte === 32 || byte === 9 || byte === 10 || byte === 13;

/**
 * A page of JSON that is cut into its items byte by byte, so that numbers, spelling and charset of an item stay as they came.
 * UTF-8, or else GB18030, whose second bytes may look like braces.
 */
export class JsonPage {
  private readonly bytes: Uint8Array;
  private readonly decoder: TextDecoder;
  private readonly pairs: boolean;

  /** Throws where the bytes are not JSON. */
  constructor(bytes: Uint8Array) {
    this.bytes = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;
    this.pairs = !isUtf8(this.bytes);
    this.decoder = new TextDecoder(this.pairs ? 'gb18030' : 'utf-8', { fatal: true });
    JSON.parse(this.decoder.decode(this.bytes));
  }

  /** Bytes of the items of the array a JSON Pointer (RFC 6901) names; undefined where there is none. */
  items(pointer: string): Uint8Array[] | undefined {
    const span = this.find(pointer);
    if (span === undefined || this.bytes[span.from] !== OPEN[1]) return undefined;
    return this.elements(span).map(({ from, to }) => this.bytes.subarray(from, to));
  }

  /** The value a JSON Pointer names as text, a number as it is written; undefined where it is null, absent, or no single value. */
  text(pointer: string): string | undefined {
    const span = this.find(pointer);
    if (span === undefined) return undefined;
    const text = this.decoder.decode(this.bytes.subarray(span.from, span.to));
    if (text.startsWith('"')) return JSON.parse(text) as string;
    return /^[-\d]/.test(text) || text === 'true' || text === 'false' ? text : undefined;
  }

  private find(pointer: string): Span | undefined {
    let span = this.trimmed({ from: 0, to: this.bytes.length });
    for (const part of pointer.split('/').slice(1)) {
      const name = part.replaceAll('~1', '/').replaceAll('~0', '~');
      const found = this.child(span, name);
      if (found === undefined) return undefined;
      span = found;
    }
    return span;
  }

  private child(span: Span, name: string): Span | undefined {
    const first = this.bytes[span.from];
    if (first === OPEN[1]) return /^(0|[1-9]\d*)$/.test(name) ? this.elements(span)[Number(name)] : undefined;
    if (first !== OPEN[0]) return undefined;
    let found: Span | undefined;
    for (const member of this.elements(span)) {
      const end = this.skipString(member.from);
      const key: unknown = JSON.parse(this.decoder.decode(this.bytes.subarray(member.from, end)));
      const colon = this.bytes.indexOf(code(':'), end);
      if (key === name) found = this.trimmed({ from: colon + 1, to: member.to });
    }
    return found;
  }

  /** What stands between the commas of an array or object. */
  private elements({ from, to }: Span): Span[] {
    const found: Span[] = [];
    let start = from + 1;
    let depth = 0;
    for (let at = from + 1; at < to - 1; at++) {
      const byte = this.bytes[at]!;
      if (byte === QUOTE) at = this.skipString(at) - 1;
      else if (OPEN.includes(byte)) depth++;
      else if (CLOSE.includes(byte)) depth--;
      else if (byte === code(',') && depth === 0) {
        found.push(this.trimmed({ from: start, to: at }));
        start = at + 1;
      }
    }
    const last = this.trimmed({ from: start, to: to - 1 });
    return last.from < last.to ? [...found, last] : found;
  }

  /** Position after the string that begins here. */
  private skipString(from: number): number {
    for (let at = from + 1; at < this.bytes.length; at++) {
      const byte = this.bytes[at]!;
      if (byte === QUOTE) return at + 1;
      if (byte === BACKSLASH || (this.pairs && byte >= 0x81)) at++;
    }
    return this.bytes.length;
  }

  private trimmed({ from, to }: Span): Span {
    let [first, end] = [from, to];
    while (first < end && blank(this.bytes[first])) first++;
    while (end > first && blank(this.bytes[end - 1])) end--;
    return { from: first, to: end };
  }
}
