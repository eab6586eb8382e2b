import type { OutEnvironment } from '../../contracts/mapping/outcome.ts';

/** Text, null (cleared by the sender) or undefined (absent). */
export type Value = string | number | boolean | null | undefined;

export interface Bad {
  readonly bad: string;
}
export const isBad = (x: object): x is Bad => 'bad' in x;

/** Where paths are read: a message, a segment group, a repetition, an item. Only its format knows what it is. */
export type Scope = unknown;

/** What the engine needs of a source; paths are compiled once. */
export interface SourceFormat {
  /** The scope of a whole message. */
  open(message: unknown): Scope;
  /** With `test` the path may also name a segment, which then is present or not. */
  value(path: string, test?: boolean): { readonly get: (scope: Scope) => Value } | Bad;
  each(path: string):
    | {
        readonly items: (scope: Scope) => readonly Scope[];
        /** Reads paths inside an item. */
        readonly inner: SourceFormat;
        /** Name of an item for problems, e.g. `ORC`. */
        readonly label: string;
      }
    | Bad;
  /** The offset of times without one, where the message itself says so (MSH-7). */
  zone?(scope: Scope): string | undefined;
}

/** Writes a partner's message; `position` is what the target format compiled. */
export interface Writer {
  segment(name: string): void;
  /** Repetitions count from 1. Null is written as the format's explicit null. */
  set(position: unknown, repetition: number, value: string | null): void;
  text(): string;
}

export interface TargetFormat {
  /** A segment name as the format knows it. */
  segment(name: string): Bad | undefined;
  /** `ORC-2.1`; `component` is `.1` or `.4.2` below it. */
  position(segment: string, path: string, component?: string): { readonly position: unknown } | Bad;
  writer(): Writer;
}

/** Each gives undefined for text that is not a date of that kind. Zones are written `+08:00`. */
export interface DateCodec {
  /** `19800203` → `1980-02-03`; shorter precision is kept. */
  day(text: string): string | undefined;
  /** `202611230830` → `2026-11-23T08:30:00+08:00`; a day alone is its midnight; less than a day is no time. */
  time(text: string, zone: string): string | undefined;
  /** ISO 8601 with offset → `20261123083000` in the zone. */
  hl7(iso: string, zone: string): string | undefined;
  /** ISO 8601 with offset → `20261123083000+0800` in the zone. */
  hl7zone(iso: string, zone: string): string | undefined;
  /** A day of any precision → `19800203`; of a time, its day in the zone. */
  hl7day(iso: string, zone: string): string | undefined;
}

/** A partner's message format, both ways. */
export interface Format {
  readonly name: string;
  readonly source: SourceFormat;
  readonly target: TargetFormat;
  readonly dates: DateCodec;
}

export interface CodeLookup {
  /** Exact match, or undefined. */
  find(table: string, code: string): string | undefined;
  /** Value the table itself gives to unknown codes; the miss is reported all the same. */
  fallback(table: string): string | undefined;
  /** Whether the table exists; a mapping that names another is refused. */
  has(table: string): boolean;
}

export type Environment = Partial<OutEnvironment>;
