import { type Static, type TSchema, Type } from 'typebox';

/**
 * A mapping is data: a tree of targets, each filled from a source path through named pure steps. It is compiled once to a
 * function without I/O, clock or randomness. Paths of HL7 v2: `PID-3`, `PID-3(1)`, `PID-3.1`, `PID-3.4.2`, `ORC-2`, and
 * inside `each` relative to the current segment group or repetition: `.1` is its component.
 */

/** One step; exactly one key. The value flowing through is text, a list, an object, null (cleared) or undefined (absent). */
export const stepSchema = Type.Union([
  Type.Object(
    {
      code: Type.String({ description: 'code table id; a miss is a fault unless `or` follows' }),
      or: Type.Optional(Type.String()),
    },
    { additionalProperties: false },
  ),
  Type.Object(
    {
      date: Type.Union([
        Type.Literal('day'),
        Type.Literal('time'),
        Type.Literal('hl7'),
        Type.Literal('hl7day'),
      ]),
    },
    { additionalProperties: false },
  ),
  Type.Object({ trim: Type.Literal(true) }, { additionalProperties: false }),
  Type.Object({ upper: Type.Literal(true) }, { additionalProperties: false }),
  Type.Object({ lower: Type.Literal(true) }, { additionalProperties: false }),
  Type.Object(
    { max: Type.Integer({ minimum: 1, description: 'cut to length' }) },
    { additionalProperties: false },
  ),
  Type.Object({ split: Type.String(), take: Type.Integer({ minimum: 0 }) }, { additionalProperties: false }),
  Type.Object(
    {
      match: Type.String({
        description: 'regular expression; first group or whole; absent where it does not match',
      }),
    },
    { additionalProperties: false },
  ),
  Type.Object({ number: Type.Literal(true) }, { additionalProperties: false }),
  Type.Object({ default: Type.String() }, { additionalProperties: false }),
  Type.Object(
    { join: Type.String({ description: 'joins a list, absent parts left out' }) },
    { additionalProperties: false },
  ),
  Type.Object({ prefix: Type.String() }, { additionalProperties: false }),
]);
export type Step = Static<typeof stepSchema>;

export const conditionSchema = Type.Cyclic(
  {
    Condition: Type.Union([
      Type.Object(
        {
          path: Type.String(),
          is: Type.Optional(Type.Union([Type.String(), Type.Array(Type.String())])),
          present: Type.Optional(Type.Boolean()),
        },
        { additionalProperties: false },
      ),
      Type.Object({ all: Type.Array(Type.Ref('Condition')) }, { additionalProperties: false }),
      Type.Object({ any: Type.Array(Type.Ref('Condition')) }, { additionalProperties: false }),
      Type.Object({ not: Type.Ref('Condition') }, { additionalProperties: false }),
    ]),
  },
  'Condition',
);
export type Condition =
  | { path: string; is?: string | string[]; present?: boolean }
  | { all: Condition[] }
  | { any: Condition[] }
  | { not: Condition };

/**
 * What fills a target.
 * - a string is a source path
 * - `{ from, do, require }`: a path, or the first path of a list that is present, then steps
 * - `{ value }`: a constant
 * - `{ each, where, map }`: one item for every segment group or repetition
 * - `{ when, then, else }`
 * - `{ object }`: nested targets; absent when all of them are
 * - `{ list }`: the parts as a list, for `join`
 */
export type Source =
  | string
  | { from: string | string[]; do?: Step[]; require?: string }
  | { value: string | number | boolean }
  | { each: string; where?: Condition; map: Source; unique?: boolean }
  | { when: Condition; then: Source; else?: Source }
  | { object: Record<string, Source>; require?: string }
  | { list: Source[]; do?: Step[]; require?: string }
  /** Canonical names of fields whose source is the explicit null (`""`). */
  | { cleared: Record<string, string> };

export interface MappingDef {
  /** Unique over all mappings, e.g. `his-orm-order`. */
  readonly mapping: string;
  readonly title: { readonly zh: string; readonly en: string };
  /** `hl7v2` to `canonical` (in) or `canonical` to `hl7v2` (out). */
  readonly direction: 'in' | 'out';
  /** In: each entry gives zero or more canonical messages. `each` names the segment that starts a group (`ORC`). */
  readonly messages?: readonly {
    readonly type: string;
    readonly when?: Condition;
    readonly each?: string;
    readonly fields: Record<string, Source>;
  }[];
  /** Out: segments in order; keys are positions such as `MSH-9.1`, filled from canonical paths (`patient.name`). */
  readonly segments?: readonly {
    readonly segment: string;
    readonly when?: Condition;
    readonly each?: string;
    readonly fields: Record<string, Source>;
  }[];
}

/** A mapping function's refusal: which target, which source, why. Never carries the value. */
export interface MappingProblem {
  readonly path: string;
  readonly source: string;
  readonly reason: string;
  /** A miss in a code table goes to the work list. */
  readonly miss?: { readonly table: string; readonly code: string };
}

export type Schema = TSchema;
