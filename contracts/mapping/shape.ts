import { type Static, type TObject, Type } from 'typebox';
import { type Text, t } from '../kernel/text.ts';

/**
 * A mapping is data: a tree of targets, each filled from a source path through named pure steps. It is compiled once to
 * functions without I/O, clock or randomness.
 *
 * Paths of an HL7 v2 source: `PID-3`, `PID-3(2)` (second repetition), `PID-3.1`, `PID-3(2).4.2`. A path without a
 * component means the whole repetition, separators kept. Inside `each` of a field, `.1` and `.4.2` are components of the
 * repetition and `.` is all of it.
 * Paths of JSON: `patient.name`, `list(2).name`, `meta:topic` for what the protocol says; in `each` a last step `*` takes the members
 * of an object, each with its `.name` and `.value`.
 * Paths of a canonical source: `patient.name`, `patient.identifiers(1).number`; inside `each`, `.number` is of the item.
 * Paths with `$`: `$index` counts from 1 inside `each`; in an out mapping the rest come from the channel's environment
 * (`outcome.ts`).
 *
 * A value is text, absent (`||`), or null (`|""|`: the sender clears the field). Absent and null pass through steps; null
 * fills no target but one that takes null (a reading without value), and is what `cleared` reports.
 */

const only = { additionalProperties: false };
const step = <const P extends Parameters<typeof Type.Object>[0]>(title: Text, properties: P) => ({
  title,
  schema: Type.Object(properties, only),
});

/** Every step, by the key that names it. Steps work on text; on a list they work on each item, `join` on the whole. */
export const steps = {
  code: step(t('按代码表转换，须完全一致', 'Translate by a code table; exact match only'), {
    code: Type.String({ description: '代码表 · Id of the code table' }),
    or: Type.Optional(
      Type.String({ description: '未对照时的值，仍列入待办 · Value on a miss, which is still reported' }),
    ),
  }),
  date: step(t('日期格式转换', 'Convert a date or time'), {
    date: Type.Enum(['day', 'time', 'hl7', 'hl7zone', 'hl7day'], {
      description:
        'day: HL7 → YYYY[-MM[-DD]]; time: HL7 → ISO 8601 with offset; hl7: ISO → YYYYMMDDHHMMSS in the zone of the mapping; hl7zone: the same with offset; hl7day: ISO → YYYYMMDD',
    }),
  }),
  trim: step(t('去掉首尾空白', 'Remove white space at both ends'), { trim: Type.Literal(true) }),
  upper: step(t('转大写', 'Upper case'), { upper: Type.Literal(true) }),
  lower: step(t('转小写', 'Lower case'), { lower: Type.Literal(true) }),
  max: step(t('截到最大长度', 'Cut to a length in characters'), { max: Type.Integer({ minimum: 1 }) }),
  split: step(t('按分隔符取一段', 'Take one part, counted from 0'), {
    split: Type.String({ minLength: 1 }),
    take: Type.Integer({ minimum: 0 }),
  }),
  match: step(
    t('正则取值，不符为空', 'First group of a regular expression; absent where it does not match'),
    {
      match: Type.String({ minLength: 1 }),
    },
  ),
  number: step(t('转为数字', 'Read a decimal number'), { number: Type.Literal(true) }),
  default: step(t('缺省值', 'Value where absent'), { default: Type.String() }),
  join: step(t('拼接列表', 'Join a list, absent parts left out'), { join: Type.String() }),
  prefix: step(t('加前缀', 'Put text in front'), { prefix: Type.String() }),
} as const satisfies Record<string, { title: Text; schema: TObject }>;

export type StepName = keyof typeof steps;
export type Step = { [K in StepName]: Static<(typeof steps)[K]['schema']> }[StepName];

/** Tests on one path must all hold. `is` and `matches` never hold for absent or null. */
export type Condition =
  | { path: string; is?: string | string[]; matches?: string; present?: boolean; cleared?: boolean }
  | { all: Condition[] }
  | { any: Condition[] }
  | { not: Condition };

/** What fills a target. `require` says that it must have a value; its text is the reason given when it has none. */
export type Source =
  /** A path. */
  | string
  /** A path, or the first path of a list that has a value; then steps. */
  | { from: string | string[]; do?: Step[]; require?: string }
  /** `null` is no text where the canonical field takes null. */
  | { value: string | number | boolean }
  /**
   * One item for every segment group (`ORC`) or repetition (`PID-3`); `where` and `map` read inside it. `unique` leaves
   * out equal items, `first` gives the first item instead of the list.
   */
  | {
      each: string;
      where?: Condition;
      map: Source;
      unique?: boolean;
      first?: boolean;
      do?: Step[];
      require?: string;
    }
  | { when: Condition; use: Source; else?: Source }
  /** Nested targets; absent when all of them are. A name mapped out to HL7 is a component: `.1`, `.4.2`. */
  | { object: Record<string, Source>; require?: string }
  /** The parts as a list, for `join`. */
  | { list: Source[]; do?: Step[]; require?: string }
  /** The first of several sources that has a value. */
  | { firstOf: Source[]; require?: string }
  /** Names of the sibling targets whose source is the explicit null. */
  | { cleared: Record<string, string> };

export interface MessageEntry {
  /** Name in `contracts/message`. */
  readonly type: string;
  readonly when?: Condition;
  readonly fields: Record<string, Source>;
}

export interface SegmentEntry {
  readonly segment: string;
  readonly when?: Condition;
  /** A list of the canonical message: one segment for each item. */
  readonly each?: string;
  /** Keys are positions of the segment: `ORC-2`, `ORC-2.1`. A list fills repetitions, an object components. */
  readonly fields: Record<string, Source>;
}

const common = {
  mapping: Type.String({
    pattern: '^[a-z][a-z0-9]*(-[a-z0-9]+)*$',
    maxLength: 60,
    description: '唯一标识，与文件名一致 · Unique id, equal to the file name',
  }),
  title: Type.Object({ zh: Type.String({ minLength: 1 }), en: Type.String({ minLength: 1 }) }, only),
  note: Type.Optional(Type.String({ description: '说明 · Remark for the engineer' })),
  format: Type.String({
    pattern: '^[a-z][a-z0-9]*(-[a-z0-9]+)*$',
    maxLength: 60,
    description: '对方的消息格式：hl7v2、xml、hip、json、rows… · Format on the partner side',
  }),
  zone: Type.Optional(
    Type.String({
      pattern: '^[+-]\\d{2}:\\d{2}$',
      description: '无时区时间的时区，缺省 +08:00 · Offset of times that carry none',
    }),
  ),
};

/** The outer shape of a mapping document; sources, steps and conditions inside are checked by the mapping engine. */
export const mappingSchemas = {
  in: Type.Object(
    {
      ...common,
      direction: Type.Literal('in'),
      each: Type.Optional(
        Type.String({
          description: '每个段组一遍 · One pass for every group that this segment starts, at least one',
        }),
      ),
      unmatched: Type.Optional(
        Type.Enum(['refuse', 'ignore'], {
          description:
            '没有条目适用时：拒绝（缺省）或忽略 · Where no entry holds: refuse (default) or ignore',
        }),
      ),
      refuse: Type.Optional(
        Type.Array(Type.Unsafe<{ when: Condition; reason: string }>({}), {
          description: '成立则拒绝并说明原因 · Refused with the reason where the condition holds',
        }),
      ),
      messages: Type.Array(Type.Unsafe<MessageEntry>({}), {
        minItems: 1,
        description: '规范消息，条件成立者逐一生成 · Canonical messages, one for every entry that holds',
      }),
    },
    only,
  ),
  out: Type.Object(
    {
      ...common,
      direction: Type.Literal('out'),
      reads: Type.String({ description: '读取的规范消息 · Canonical message it reads' }),
      segments: Type.Array(Type.Unsafe<SegmentEntry>({}), {
        minItems: 1,
        description: '段，按顺序 · Segments in order',
      }),
    },
    only,
  ),
} as const;
export type InMapping = Static<(typeof mappingSchemas)['in']>;
export type OutMapping = Static<(typeof mappingSchemas)['out']>;
export type MappingDef = InMapping | OutMapping;
