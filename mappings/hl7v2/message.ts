import { Fault } from '../../contracts/kernel/fault.ts';
import type { Charset } from './charset-names.ts';
import { type Delimiters, defaultDelimiters, readDelimiters } from './delimiters.ts';
import { type EscapeOptions, escapeText, unescapeText } from './escape.ts';
import { splitLines, type Terminator } from './lines.ts';
import type { PathRef } from './path.ts';
import { part, Segment, withPart } from './segment.ts';

/** What was odd about a message, without any of its content. */
export interface MessageWarning {
  readonly code: string;
  /** Position in the message, from 1. */
  readonly segment?: number;
  readonly field?: number;
}

/** A run of segments, from a start segment up to the next of its name; `outer` is where it was looked for. */
export class Group {
  readonly from: number;
  readonly to: number;
  /** Segments before the first group of the kind are common to all of them. */
  readonly commonFrom: number;
  readonly commonTo: number;
  readonly outer: Group | undefined;

  constructor(from: number, to: number, commonFrom: number, commonTo: number, outer: Group | undefined) {
    this.from = from;
    this.to = to;
    this.commonFrom = commonFrom;
    this.commonTo = commonTo;
    this.outer = outer;
  }
}

/** One repetition of a field, on which `.1` and `.4.2` are read. */
export class Part {
  readonly raw: string;

  constructor(raw: string) {
    this.raw = raw;
  }
}

/** Where a reference is looked up: a group (then what is common to its kind), one segment, or one repetition. */
export type Scope = Group | Segment | Part;

/** Text, `null` where the sender wrote the explicit null (`""`), undefined where there is nothing. */
export type Value = string | null | undefined;

const NULL = '""';

/**
 * An HL7 v2 message (v2.2 to v2.9, ER7). Segments are split at once, everything below only when it is read. Any text can be parsed;
 * `checkSoundness` says whether it may be believed. An untouched message is written back as it came.
 */
export class Hl7Message {
  readonly segments: Segment[];
  readonly delimiters: Delimiters;
  /** Why the delimiters cannot be used; undefined where they can. */
  readonly delimiterProblem: string | undefined;
  readonly terminator: Terminator;
  /** Charset of hexadecimal escapes. */
  readonly charset: Charset;
  readonly warnings: MessageWarning[] = [];
  private readonly source: string | undefined;
  private touched = false;

  private constructor(text: string | undefined, delimiters: Delimiters, charset: Charset) {
    this.source = text;
    this.charset = charset;
    this.segments = [];
    if (text === undefined) {
      this.delimiters = delimiters;
      this.delimiterProblem = undefined;
      this.terminator = 'CR';
      return;
    }
    const { lines, terminator, leading, mixed } = splitLines(text);
    const head = lines[0] === undefined || !/^[MBF][SH][HS]/.test(lines[0]) ? undefined : lines[0];
    const found = head === undefined ? undefined : readDelimiters(head);
    this.delimiters = found?.delimiters ?? delimiters;
    this.delimiterProblem = found === undefined ? 'no-header' : found.problem;
    this.terminator = terminator;
    for (const line of lines) this.segments.push(new Segment(line, this.delimiters));
    if (leading) this.warnings.push({ code: 'leading-bytes' });
    if (mixed) this.warnings.push({ code: 'mixed-terminators' });
  }

  /** Parses a decoded text. `charset` is the one it was decoded in (for hexadecimal escapes), UTF-8 by default. */
  static parse(text: string, options: { readonly charset?: Charset } = {}): Hl7Message {
    return new Hl7Message(text, defaultDelimiters, options.charset ?? 'UTF-8');
  }

  /** An empty message for writing; add `MSH` first. */
  static create(
    options: { readonly delimiters?: Partial<Delimiters>; readonly charset?: Charset } = {},
  ): Hl7Message {
    return new Hl7Message(
      undefined,
      { ...defaultDelimiters, ...options.delimiters },
      options.charset ?? 'UTF-8',
    );
  }

  /** MSH, where the message starts with it. */
  get header(): Segment | undefined {
    const first = this.segments[0];
    return first?.name === 'MSH' ? first : undefined;
  }

  /** Decoded value of the first (or given) repetition at the level of the reference; separators below it are kept. */
  read(ref: PathRef, scope?: Scope): Value {
    const raw = this.rawAt(ref, scope, true);
    if (raw === undefined || raw === '') return undefined;
    if (raw === NULL) return null;
    if (this.delimiters.escape === '' || raw.indexOf(this.delimiters.escape) < 0) return raw;
    return this.decode(raw, ref);
  }

  /** The text as sent at the level of the reference: a whole field with its repetitions where none is given. */
  raw(ref: PathRef, scope?: Scope): string | undefined {
    return this.rawAt(ref, scope, false);
  }

  /** All repetitions of a field, empty ones in their places; none where the field is absent or empty. */
  repetitions(ref: PathRef, scope?: Scope): Part[] {
    const whole = this.rawAt(ref.repetition === 0 ? ref : { ...ref, repetition: 0 }, scope, false);
    if (whole === undefined || whole === '') return [];
    const separator = this.delimiters.repetition;
    if (separator === '' || whole.indexOf(separator) < 0) return [new Part(whole)];
    return whole.split(separator).map((raw) => new Part(raw));
  }

  /** Decodes the escapes of a text taken from this message. */
  decoded(raw: string): string {
    return unescapeText(raw, this.delimiters, this.charset);
  }

  /** Groups that begin at each segment of the name (within `inside`), up to the next one. */
  groups(start: string, inside?: Group): Group[] {
    const from = inside?.from ?? 0;
    const to = inside?.to ?? this.segments.length;
    const starts: number[] = [];
    for (let i = from; i < to; i++) if (this.segments[i]!.name === start) starts.push(i);
    return starts.map((at, i) => new Group(at, starts[i + 1] ?? to, from, starts[0]!, inside));
  }

  /** Segments of a group, or all. */
  segmentsOf(group?: Group): readonly Segment[] {
    return group === undefined ? this.segments : this.segments.slice(group.from, group.to);
  }

  /** The segment a reference points at. */
  find(name: string, occurrence = 1, scope?: Group | Segment): Segment | undefined {
    if (scope === undefined) return this.between(name, occurrence, 0, this.segments.length);
    if (scope instanceof Segment) return scope.name === name && occurrence === 1 ? scope : undefined;
    const own = this.between(name, occurrence, scope.from, scope.to);
    if (own !== undefined) return own;
    for (let g: Group | undefined = scope; g !== undefined; g = g.outer) {
      const common = this.between(name, occurrence, g.commonFrom, g.commonTo);
      if (common !== undefined) return common;
    }
    return undefined;
  }

  /** Adds an empty segment at the end. */
  append(name: string): Segment {
    const segment = Segment.empty(name, this.delimiters);
    this.segments.push(segment);
    this.touched = true;
    return segment;
  }

  /** Writes a value, escaped; null becomes `""`, undefined empties the position. A missing segment is appended. */
  set(ref: PathRef, value: Value, scope?: Group | Segment, options?: EscapeOptions): void {
    this.setRaw(
      ref,
      value === null ? NULL : value === undefined ? '' : escapeText(value, this.delimiters, options),
      scope,
    );
  }

  /** Writes text that is already escaped, as `raw` of another message with the same delimiters gives it. */
  setRaw(ref: PathRef, raw: string, scope?: Group | Segment): void {
    if (ref.segment === '' || ref.field === 0)
      throw new Fault('hub.mapping.failed', { path: ref.path, reason: 'not a position to write to' });
    let segment = this.find(ref.segment, ref.occurrence, scope);
    if (segment === undefined) {
      if (scope !== undefined || ref.occurrence > 1)
        throw new Fault('hub.mapping.failed', { path: ref.path, reason: 'no such segment' });
      if (raw === '') return;
      segment = this.append(ref.segment);
    }
    if (segment.isHeader && ref.field <= 2)
      throw new Fault('hub.mapping.failed', { path: ref.path, reason: 'delimiters cannot be changed' });
    const d = this.delimiters;
    const old = segment.field(ref.field) ?? '';
    let next = raw;
    if (ref.component > 0 || ref.repetition > 0) {
      const n = ref.repetition || 1;
      const repetition = part(old, d.repetition, n) ?? '';
      if (ref.component > 0) {
        const component = part(repetition, d.component, ref.component) ?? '';
        if (ref.subcomponent > 0) next = withPart(component, d.subcomponent, ref.subcomponent, next);
        next = withPart(repetition, d.component, ref.component, next);
      }
      next = withPart(old, d.repetition, n, next);
    }
    if (next === old) return;
    segment.put(ref.field, next);
    this.touched = true;
  }

  /** As it came where nothing was changed; else every segment, untouched ones verbatim, ended by CR. */
  toString(): string {
    if (!this.touched && this.source !== undefined) return this.source;
    let out = '';
    for (const segment of this.segments) out += `${segment.text}\r`;
    return out;
  }

  private between(name: string, occurrence: number, from: number, to: number): Segment | undefined {
    for (let i = from; i < to; i++) {
      const segment = this.segments[i]!;
      if (segment.name === name && --occurrence === 0) return segment;
    }
    return undefined;
  }

  private rawAt(ref: PathRef, scope: Scope | undefined, one: boolean): string | undefined {
    let text: string | undefined;
    if (ref.segment === '') text = scope instanceof Part ? scope.raw : undefined;
    else {
      if (scope instanceof Part) scope = undefined;
      const segment = this.find(ref.segment, ref.occurrence, scope);
      if (segment === undefined || ref.field === 0) return segment?.name;
      text = segment.field(ref.field);
      if (segment.isHeader && ref.field <= 2) return text;
      if (text !== undefined && (one || ref.repetition > 0 || ref.component > 0))
        text = part(text, this.delimiters.repetition, ref.repetition || 1);
    }
    if (text === undefined || ref.component === 0 || text === NULL) return text;
    text = part(text, this.delimiters.component, ref.component);
    if (text === undefined || ref.subcomponent === 0 || text === NULL) return text;
    return part(text, this.delimiters.subcomponent, ref.subcomponent);
  }

  private decode(raw: string, ref: PathRef): string {
    return unescapeText(raw, this.delimiters, this.charset, (code) => {
      const segment = this.segments.findIndex((s) => s.name === ref.segment) + 1;
      const known = this.warnings.some(
        (w) => w.code === code && w.field === ref.field && w.segment === segment,
      );
      if (!known && this.warnings.length < 50) this.warnings.push({ code, segment, field: ref.field });
    });
  }
}
