import { Type } from 'typebox';
import { defineAction } from '../kernel/action.ts';
import { t } from '../kernel/text.ts';
import { definitionKinds, draftRecord } from './definition.record.ts';
import { difference, sampleCheck, textProblem, trialResult } from './trial.schema.ts';

export const code = Type.String({
  pattern: '^[a-z][a-z0-9]*(-[a-z0-9]+)*$',
  maxLength: 60,
  description: '定义的代码 · Code of the definition',
});
export const definitionText = Type.String({
  minLength: 1,
  maxLength: 200_000,
  description: '定义 · Definition (YAML)',
});
export const note = Type.Optional(Type.String({ maxLength: 500, description: '说明 · What it changes' }));

const kind = Type.Enum([...definitionKinds]);
export const orNull = <S extends Parameters<typeof Type.Union>[0][number]>(schema: S) =>
  Type.Union([schema, Type.Null()]);

export const definitionHead = Type.Object({
  /** The code: a name within the organisation. */
  id: Type.String(),
  kind,
  name: Type.String(),
  nameEn: Type.String(),
  /** Row of the channel record; null for a shipped mapping that the organisation has not changed. */
  channelId: orNull(Type.String()),
  /** Version in force; 0: as shipped. */
  published: Type.Integer(),
  shipped: Type.Boolean({ description: '随产品提供 · There is a shipped text of it' }),
  enabled: Type.Boolean(),
  draftBy: Type.String({ description: '有草稿者 · Who has a draft; empty where nobody' }),
  samples: Type.Integer(),
  pending: Type.Boolean({ description: '待批准 · Waits for a second person' }),
  problem: Type.String({ description: '未能生效的原因 · Why it is not in force' }),
});

/** Texts that are tried together in place of those in force, and what is tried with them. */
const trial = {
  texts: Type.Array(definitionText, {
    minItems: 1,
    maxItems: 20,
    description: '未保存的定义 · Unsaved texts, tried together; the first is the one shown',
  }),
};

export const definitionActions = {
  list: defineAction({
    name: 'definition.list',
    title: t('查询接口定义', 'List endpoints, channels and mappings'),
    permission: 'channel.read',
    params: Type.Object({}),
    result: Type.Object({ items: Type.Array(definitionHead) }),
    repeat: 'read',
    rest: { method: 'GET', path: '/definitions' },
  }),
  get: defineAction({
    name: 'definition.get',
    title: t('查看接口定义', 'A definition with its draft'),
    permission: 'channel.read',
    params: Type.Object({ id: code }),
    result: Type.Object({
      definition: definitionHead,
      text: Type.String({ description: '生效的定义 · Text in force' }),
      shippedText: orNull(Type.String()),
      draft: orNull(draftRecord.schema),
      /** Channels that use the mapping or endpoint. */
      usedBy: Type.Array(Type.String()),
      /** Mappings and endpoints that the text names. */
      uses: Type.Array(Type.String()),
    }),
    repeat: 'read',
    rest: { method: 'GET', path: '/definitions/{id}' },
    faults: ['kernel.record.missing'],
  }),
  /** What may be written where, for an editor: JSON schemas of the texts, and the names that exist. */
  words: defineAction({
    name: 'definition.words',
    title: t('定义的词汇', 'Keys, steps, paths and names for an editor'),
    permission: 'channel.read',
    params: Type.Object({}),
    result: Type.Object({
      schemas: Type.Record(Type.String(), Type.Unknown()),
      adapters: Type.Record(Type.String(), Type.Unknown()),
      steps: Type.Array(Type.Object({ name: Type.String(), zh: Type.String(), en: Type.String() })),
      canonical: Type.Record(Type.String(), Type.Array(Type.String()), {
        description: 'paths by canonical message',
      }),
      endpoints: Type.Array(Type.String()),
      mappings: Type.Array(Type.String()),
      tables: Type.Array(Type.String()),
      formats: Type.Array(Type.String()),
      calls: Type.Array(Type.String()),
      events: Type.Array(Type.String()),
    }),
    repeat: 'read',
    rest: { method: 'GET', path: '/definition-words' },
  }),
  /** Tries texts with one sample, stored or given as bytes. Nothing is called, sent or kept. */
  preview: defineAction({
    name: 'definition.preview',
    title: t('预览定义', 'Try texts with a sample'),
    permission: 'message.content',
    params: Type.Object({
      ...trial,
      sample: Type.Optional(
        Type.String({
          maxLength: 200,
          description: '样例 · Sample id; `shipped/<mapping>/<name>` for a shipped one',
        }),
      ),
      bytes: Type.Optional(
        Type.String({ maxLength: 1_400_000, description: '样例内容，base64 · Bytes instead of a sample' }),
      ),
      meta: Type.Optional(
        Type.Record(Type.String({ maxLength: 60 }), Type.String({ maxLength: 500 }), {
          description: '协议信息 · What the protocol said beside the bytes',
        }),
      ),
      baseVersion: Type.Optional(
        Type.Integer({ minimum: 0, description: '草稿基于的版本 · Version the text began from' }),
      ),
    }),
    result: Type.Object({
      /** Of the first text, then of the others. */
      problems: Type.Array(textProblem),
      result: orNull(trialResult),
      /** To what the sample expects; empty where it expects nothing. */
      differences: Type.Array(difference),
      expected: Type.Boolean(),
      /** A version published since the one it began from, or 0. */
      newerVersion: Type.Integer(),
    }),
    repeat: 'read',
    rest: { method: 'POST', path: '/definition-previews' },
    faults: ['kernel.record.missing', 'channel.sample.malformed'],
  }),
  /** Runs all samples of what the texts change, channels that use a mapping included: the gate, without publishing. */
  check: defineAction({
    name: 'definition.check',
    title: t('运行全部样例', 'Run all samples with texts'),
    permission: 'message.content',
    params: Type.Object(trial),
    result: Type.Object({ problems: Type.Array(textProblem), checks: Type.Array(sampleCheck) }),
    repeat: 'read',
    rest: { method: 'POST', path: '/definition-checks' },
  }),
  /**
   * An earlier text comes into force again as a new version; 0 is the shipped mapping. Red samples, and a second person, may be
   * passed over with a reason: what ran before may have to run again at once.
   */
  rollback: defineAction({
    name: 'definition.rollback',
    title: t('回退到版本', 'Roll back to a version'),
    permission: 'channel.publish',
    params: Type.Object({
      id: code,
      to: Type.Integer({ minimum: 0, description: '版本，0 为随产品提供者 · Version; 0 as shipped' }),
      reason: Type.Optional(
        Type.String({
          maxLength: 500,
          description: '原因；样例不通过时必填 · Reason; needed where samples are red',
        }),
      ),
      despite: Type.Optional(
        Type.Boolean({ description: '样例不通过也回退 · Roll back although samples are red' }),
      ),
    }),
    result: definitionHead,
    repeat: 'key',
    rest: { method: 'POST', path: '/definitions/{id}/actions/rollback' },
    faults: [
      'kernel.record.missing',
      'kernel.machine.reason',
      'channel.text.invalid',
      'channel.sample.failed',
      'channel.publication.approval',
    ],
  }),
};
