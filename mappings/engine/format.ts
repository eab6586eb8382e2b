import type { TObject } from 'typebox';
import type { InboundFrame } from '../../contracts/adapter/port.ts';
import type { EndpointDef } from '../../contracts/channel/endpoint.schema.ts';
import type { FaultCode } from '../../contracts/faults/catalogue.ts';
import type { Text } from '../../contracts/kernel/text.ts';
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

/** What keeps messages in order. */
export type LaneKind = EndpointDef['lane'];

/** Bytes as they came, with what the protocol says beside them. */
export type FrameToRead = Pick<InboundFrame, 'bytes' | 'oddities' | 'broken' | 'meta'>;

/** How an outcome is told: `AA` good, `AE` an error in it, `AR` not wanted or not readable. */
export type Outcome = 'AA' | 'AE' | 'AR';

export interface Answer {
  /** As `owed` gave it; empty where none is owed. */
  readonly code: string;
  readonly outcome: Outcome;
  /** Why not, in words for the partner; no patient data. */
  readonly reason?: string;
  /** Sound, but no channel wants it. */
  readonly unwanted?: boolean;
  /** What the channel's answer mapping wrote, for a query. */
  readonly text?: string;
}

/** One message of a frame. */
export interface ReadMessage {
  /** What the journal keeps. */
  readonly bytes: Uint8Array;
  /** As the format parses it; undefined where it cannot be read at all. */
  readonly message: unknown;
  readonly charset: string;
  /** What channels accept by: `ADT^A01`, `PatientInfoRegister`, at most 40 characters. */
  readonly type: string;
  readonly controlId: string;
  /** What makes two arrivals the same by the endpoint's policy; empty: never the same. */
  readonly identity: Uint8Array | string;
  /** A part of the identity that grows from one message of a sender to the next, as control ids do: the journal finds fast what lies together. */
  readonly series?: string;
  readonly keys: readonly { readonly kind: string; readonly value: string }[];
  /** Keys whose order it must keep, of the endpoint's lane kind; the first is its own. */
  readonly lanes: readonly string[];
  readonly warnings: readonly string[];
  /** Not sound: refused, kept raw, answered so. */
  readonly unsound?: {
    readonly code: FaultCode;
    readonly data: Readonly<Record<string, unknown>>;
    readonly answer: 'AE' | 'AR';
  };
  /** What the sender is owed for an outcome: now, and perhaps once more when the message has been handled. */
  owed(outcome: Outcome): {
    readonly code: string;
    readonly later?: { readonly success: boolean; readonly error: boolean };
  };
  /** The second answer, where `owed` promised one. */
  later?(answer: Answer, now: number): Uint8Array | undefined;
}

/** Messages of one frame and how they are answered together. */
export interface ReadFrame {
  readonly messages: readonly ReadMessage[];
  /** One answer for each message, in order; undefined where nothing is written back. */
  reply(answers: readonly Answer[], now: number): Uint8Array | undefined;
}

/** A message of ours as bytes for the wire. */
export type Written =
  | {
      readonly bytes: Uint8Array;
      readonly type: string;
      /** The format's own control id; empty where it has none. */
      readonly controlId: string;
    }
  | Bad;

/** What a peer's reply to a message of ours says. `busy` is tried again later. */
export interface Said {
  readonly verdict: 'good' | 'busy' | 'negative' | 'unclear';
  /** As the peer wrote it: `AA`, `AE`; empty where it has none. */
  readonly code: string;
  readonly reason: string;
}

/** One position of a message for the eye. */
export interface ViewField {
  readonly position: string;
  readonly value: string;
  readonly null: boolean;
}
export interface ViewPart {
  readonly name: string;
  readonly raw: string;
  readonly fields: Iterable<ViewField>;
}

/** What the mapping engine needs of a format. */
export interface Binding {
  /** Folder of the mappings room, and the `format` of endpoints and mappings. */
  readonly name: string;
  readonly source: SourceFormat;
  readonly target: TargetFormat;
  readonly dates: DateCodec;
}

/**
 * A partner's message format, both ways. Pure: no I/O, no clock. `read`, `parse` and `said` never throw, whatever the bytes.
 */
export interface Format extends Binding {
  readonly title: Text;
  /** Settings under `read` of an endpoint; unknown keys are refused. Absent: the format takes none. */
  readonly settings?: TObject;
  read(frame: FrameToRead, endpoint: EndpointDef): ReadFrame;
  /** A message of the journal read again from its bytes, in the charset it was read in; undefined where that fails. */
  parse(
    bytes: Uint8Array,
    about: { readonly charset: string; readonly meta: Readonly<Record<string, string>> },
    endpoint: EndpointDef | undefined,
  ): unknown;
  /** Decoded text of the bytes in a charset it names, for the eye; undefined where it is not text. */
  text(bytes: Uint8Array, charset: string): string | undefined;
  /**
   * An edited text as bytes, in the charset its message was read in (empty where that is not known) or, where that cannot
   * write it, one that can; gives the charset too.
   */
  edit(
    text: string,
    charset: string,
    endpoint: EndpointDef,
  ): { readonly bytes: Uint8Array; readonly charset: string } | Bad;
  /** Parts and positions for the eye, lazily: the reader stops where its room ends. */
  view?(message: unknown): Iterable<ViewPart>;
  /** Media type of what is written to an endpoint, e.g. `text/xml; charset=utf-8`. */
  mediaType(endpoint: EndpointDef): string;
  /** Text of an out mapping as bytes for an endpoint. */
  write(text: string, endpoint: EndpointDef): Written;
  /** What a reply says, where the format has acknowledgements. */
  said?(reply: Uint8Array, endpoint: EndpointDef): Said;
  /** Whether a reply belongs to the message with this control id. */
  matches?(reply: Uint8Array, controlId: string): boolean;
}

/** Every format, by its name. */
export type Formats = ReadonlyMap<string, Format>;

export interface CodeLookup {
  /** Exact match, or undefined. */
  find(table: string, code: string): string | undefined;
  /** Value the table itself gives to unknown codes; the miss is reported all the same. */
  fallback(table: string): string | undefined;
  /** Whether the table exists; a mapping that names another is refused. */
  has(table: string): boolean;
}

export type Environment = Partial<OutEnvironment>;
