import { type Static, Type } from 'typebox';
import { segmentView } from '../message/message.actions.ts';

/** What a text does with a message when it is tried: nothing is called and nothing is sent. */

const orNull = <S extends ReturnType<typeof Type.String>>(schema: S) => Type.Union([schema, Type.Null()]);

/** A mistake in a text; line and column count from 1. */
export const textProblem = Type.Object({
  line: Type.Integer(),
  column: Type.Integer(),
  path: Type.String({ description: 'messages[0].fields.patient' }),
  reason: Type.String(),
});
export type TextProblem = Static<typeof textProblem>;

/** A field that is not as it was or should be: `[0].patient.name`, `his-out PID-5`. */
export const difference = Type.Object({
  path: Type.String(),
  kind: Type.Enum(['added', 'removed', 'changed']),
  before: orNull(Type.String()),
  after: orNull(Type.String()),
});
export type Difference = Static<typeof difference>;

export const sent = Type.Object({
  /** Empty where a mapping is tried by itself. */
  target: Type.String({ description: '目标端点 · Target endpoint' }),
  mapping: Type.String(),
  text: Type.String({ description: '发出的内容 · What is sent, decoded' }),
  bytes: Type.String({ description: 'base64' }),
  segments: Type.Array(segmentView),
});
export type Sent = Static<typeof sent>;

/**
 * `mapped` it would be handled; `filtered` the filter does not want it; `refused` mapping or target refuse it; `unread` its bytes
 * are no sound message; `untried` the text has mistakes.
 */
export const trialOutcomes = ['mapped', 'filtered', 'refused', 'unread', 'untried'] as const;

export const trialResult = Type.Object({
  outcome: Type.Enum([...trialOutcomes]),
  messageType: Type.String(),
  charset: Type.String(),
  bytes: Type.String({
    description: '原始字节，base64，过长则截断 · Bytes of the first message, cut where long',
  }),
  text: orNull(Type.String({ description: '解码后的原文 · The message, decoded' })),
  segments: Type.Array(segmentView),
  canonical: Type.Array(Type.Unknown(), { description: '规范消息 · Canonical messages' }),
  calls: Type.Array(Type.String(), { description: '将调用的动作 · Domain actions it would call' }),
  sends: Type.Array(sent, { description: '将发出的内容 · What it would send' }),
  problems: Type.Array(
    Type.Object({
      path: Type.String({ description: '目标 · Target' }),
      source: Type.String({ description: '来源 · Source' }),
      reason: Type.String(),
    }),
  ),
  misses: Type.Array(Type.Object({ table: Type.String(), code: Type.String() })),
});
export type TrialResult = Static<typeof trialResult>;

/** What became of one sample under the texts tried. */
export const sampleCheck = Type.Object({
  /** Empty for a shipped one. */
  id: Type.String(),
  definition: Type.String({ description: '映射或通道 · Mapping or channel' }),
  name: Type.String(),
  shipped: Type.Boolean(),
  state: Type.Enum(['green', 'red', 'unset'], {
    description:
      'green: 与期望一致；red: 不一致；unset: 尚无期望 · As expected, not so, or nothing expected yet',
  }),
  differences: Type.Array(difference),
});
export type SampleCheck = Static<typeof sampleCheck>;
