import { type Json, JsonNumber } from './value.ts';

/** Where a text is no JSON; line and column count from 1, in characters. */
export interface JsonProblem {
  readonly reason: string;
  readonly line: number;
  readonly column: number;
}

export type JsonRead = { readonly root: Json; readonly warnings: readonly string[] } | JsonProblem;

const limits = { depth: 100, values: 1_000_000, name: 1000, warnings: 10 };

/** Thrown and caught within this file. */
class Stop {
  readonly reason: string;
  readonly at: number;

  constructor(reason: string, at: number) {
    this.reason = reason;
    this.at = at;
  }
}

/** Reads JSON strictly (RFC 8259). A name that comes twice is a warning; its last value counts. */
export function readJson(text: string): JsonRead {
  const reader = new Reader(text);
  try {
    return { root: reader.whole(), warnings: reader.warnings };
  } catch (error) {
    const { reason, at } = error as Stop;
    if (typeof at !== 'number') throw error;
    const before = text.slice(0, at).split(/\r\n|\r|\n/);
    return { reason, line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
  }
}

const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const plain = /[^"\\\u0000-\u001f]*/y;
const words: readonly (readonly [string, boolean | null])[] = [
  ['true', true],
  ['false', false],
  ['null', null],
];
const escapes: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};

class Reader {
  readonly warnings: string[] = [];
  private readonly text: string;
  private at = 0;
  private values = 0;

  constructor(text: string) {
    this.text = text;
  }

  whole(): Json {
    this.blanks();
    if (this.at === this.text.length) this.stop('empty');
    const root = this.value(0);
    this.blanks();
    if (this.at < this.text.length) this.stop('trailing-content');
    return root;
  }

  private value(depth: number): Json {
    if (depth > limits.depth) this.stop('too-deep');
    if (++this.values > limits.values) this.stop('too-many-values');
    const c = this.text[this.at];
    if (c === '"') return this.string();
    if (c === '{') return this.object(depth);
    if (c === '[') return this.list(depth);
    if (c === '-' || (c !== undefined && c >= '0' && c <= '9')) return this.number();
    for (const [word, value] of words) {
      if (!this.text.startsWith(word, this.at)) continue;
      this.at += word.length;
      return value;
    }
    return this.unexpected();
  }

  private object(depth: number): Json {
    const found = new Map<string, Json>();
    this.at++;
    this.blanks();
    if (this.taken('}')) return found;
    for (;;) {
      if (this.text[this.at] !== '"') this.unexpected();
      const name = this.string();
      if (name.length > limits.name) this.stop('name-too-long');
      if (found.has(name) && this.warnings.length < limits.warnings)
        this.warnings.push(`duplicate-name ${/^[\w.-]{1,40}$/.test(name) ? name : '?'}`);
      this.blanks();
      if (!this.taken(':')) this.unexpected();
      this.blanks();
      found.set(name, this.value(depth + 1));
      this.blanks();
      if (this.taken('}')) return found;
      if (!this.taken(',')) this.unexpected();
      this.blanks();
    }
  }

  private list(depth: number): Json {
    const found: Json[] = [];
    this.at++;
    this.blanks();
    if (this.taken(']')) return found;
    for (;;) {
      found.push(this.value(depth + 1));
      this.blanks();
      if (this.taken(']')) return found;
      if (!this.taken(',')) this.unexpected();
      this.blanks();
    }
  }

  private number(): JsonNumber {
    number.lastIndex = this.at;
    const found = number.exec(this.text)?.[0];
    if (found === undefined) return this.unexpected();
    this.at += found.length;
    const next = this.text[this.at];
    if (next !== undefined && /[\w.+-]/.test(next)) this.stop('number-malformed');
    return new JsonNumber(found);
  }

  private string(): string {
    const from = this.at++;
    let out = '';
    for (;;) {
      plain.lastIndex = this.at;
      const run = plain.exec(this.text)![0];
      out += run;
      this.at += run.length;
      const c = this.text[this.at];
      if (c === '"') break;
      if (c === undefined) this.stop('unexpected-end');
      if (c !== '\\') this.stop('control-character');
      out += this.escape();
    }
    this.at++;
    if (!out.isWellFormed()) this.stop('lone-surrogate', from);
    return out;
  }

  private escape(): string {
    const c = this.text[this.at + 1];
    if (c === 'u') {
      const hex = this.text.slice(this.at + 2, this.at + 6);
      if (!/^[0-9a-fA-F]{4}$/.test(hex)) this.stop('escape-malformed');
      this.at += 6;
      return String.fromCharCode(Number.parseInt(hex, 16));
    }
    const found = c === undefined ? undefined : escapes[c];
    if (found === undefined) return this.stop('escape-malformed');
    this.at += 2;
    return found;
  }

  private blanks(): void {
    for (;;) {
      const c = this.text.charCodeAt(this.at);
      if (c !== 32 && c !== 10 && c !== 13 && c !== 9) return;
      this.at++;
    }
  }

  private taken(c: string): boolean {
    if (this.text[this.at] !== c) return false;
    this.at++;
    return true;
  }

  private unexpected(): never {
    return this.stop(this.at >= this.text.length ? 'unexpected-end' : 'unexpected-character');
  }

  private stop(reason: string, at = this.at): never {
    throw new Stop(reason, at);
  }
}
