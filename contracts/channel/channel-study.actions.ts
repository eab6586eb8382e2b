import { Type } from 'typebox';
import { defineAction } from '../kernel/action.ts';
import { t } from '../kernel/text.ts';
import { expectSchema } from './channel.schema.ts';
import { reachItem } from './channel-template.actions.ts';

const id = Type.String({ minLength: 1, maxLength: 36, description: '通道编号 · Channel id' });

const oneOf = <const V extends readonly string[]>(values: V, description: string) =>
  Type.Unsafe<V[number]>(
    Type.Union(
      values.map((v) => Type.Literal(v)),
      { description },
    ),
  );

const selfTestRow = Type.Object({
  /** File of the golden sample, e.g. `hip-order/OrderInfoAdd-t01-r2`. */
  sample: Type.String(),
  mapping: Type.String(),
  /** `wire` through the port of the running platform, `definition` through the definition alone. */
  way: Type.Enum(['wire', 'definition']),
  passed: Type.Boolean(),
  /** As it was answered: `AA`, `200`; empty where nothing was. */
  code: Type.String(),
  reason: Type.String(),
  ms: Type.Integer(),
});

/** What an engineer finds out about a channel: does it answer as it should, and what the partner must know of it. */
export const channelStudyActions = {
  /**
   * Sends the channel's golden samples through the real port of this node. They are kept as self-test, answered as any other message,
   * and have no effect: no domain call, no delivery, no work item.
   */
  selfTest: defineAction({
    name: 'channel.selfTest',
    title: t('通道自检', 'Self-test of a channel'),
    permission: 'channel.operate',
    params: Type.Object({ id }),
    result: Type.Object({
      at: Type.String(),
      passed: Type.Integer(),
      failed: Type.Integer(),
      /** Why no sample went over the wire; empty where some did. */
      note: Type.String(),
      rows: Type.Array(selfTestRow),
    }),
    repeat: 'key',
    rest: { method: 'POST', path: '/channels/{id}/actions/self-test' },
    faults: ['kernel.record.missing'],
  }),
  /** Tries the address of an endpoint, or of the endpoints of a channel, without a message. */
  reach: defineAction({
    name: 'channel.reach',
    title: t('测试连接', 'Try the address'),
    permission: 'channel.operate',
    params: Type.Object({ id }),
    result: Type.Object({ items: Type.Array(reachItem) }),
    repeat: 'read',
    rest: { method: 'GET', path: '/channels/{id}/reach' },
    faults: ['kernel.record.missing'],
  }),
  /** The document for the other vendor, written from the compiled definition. */
  specification: defineAction({
    name: 'channel.specification',
    title: t('接口规范', 'Interface specification'),
    permission: 'channel.read',
    params: Type.Object({
      id,
      form: oneOf(['html', 'docx', 'openapi', 'wsdl', 'asyncapi'], '形式 · Form of the document'),
      language: oneOf(['zh', 'en'], '语言 · Language'),
    }),
    result: Type.Object({
      name: Type.String({ description: '文件名 · File name' }),
      mediaType: Type.String(),
      encoding: Type.Enum(['text', 'base64']),
      content: Type.String(),
    }),
    repeat: 'read',
    rest: { method: 'GET', path: '/channels/{id}/specification' },
    faults: ['kernel.record.missing', 'channel.form.missing'],
  }),
  /** What there is to study: forms of the specification, samples, the calendar of expected traffic in local time. */
  about: defineAction({
    name: 'channel.about',
    title: t('通道的规范、样例与日历', 'Forms, samples and calendar of a channel'),
    permission: 'channel.read',
    params: Type.Object({ id }),
    result: Type.Object({
      forms: Type.Array(Type.String()),
      samples: Type.Integer(),
      expect: Type.Array(Type.Object({ channel: Type.String(), ...expectSchema.properties })),
    }),
    repeat: 'read',
    rest: { method: 'GET', path: '/channels/{id}/about' },
    faults: ['kernel.record.missing'],
  }),
};
