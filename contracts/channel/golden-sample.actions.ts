import { Type } from 'typebox';
import { defineAction, idParams } from '../kernel/action.ts';
import { t } from '../kernel/text.ts';
import { definitionText } from './definition.actions.ts';
import { goldenSampleRecord } from './golden-sample.record.ts';

const { bytes: _bytes, expected: _expected, ...headFields } = goldenSampleRecord.schema.properties;

/** A sample as listed. Shipped ones have the id `shipped/<mapping>/<name>` and are read-only. */
export const sampleHead = Type.Object({
  ...headFields,
  id: Type.String({ maxLength: 200 }),
  shipped: Type.Boolean(),
  expects: Type.Boolean({ description: '有期望结果 · Something is expected' }),
});

const sampleId = Type.String({ minLength: 1, maxLength: 200, description: '样例编号 · Sample id' });
const reason = Type.String({ minLength: 1, maxLength: 500, description: '原因 · Reason' });
const name = Type.String({ minLength: 1, maxLength: 80, description: '名称 · Name' });

export const goldenSampleActions = {
  list: defineAction({
    name: 'goldenSample.list',
    title: t('查询样例', 'List the samples of a definition'),
    permission: 'channel.read',
    params: Type.Object({
      definition: Type.Optional(
        Type.String({ maxLength: 60, description: '映射或通道 · Mapping or channel; all own ones without' }),
      ),
    }),
    result: Type.Object({ items: Type.Array(sampleHead) }),
    repeat: 'read',
    rest: { method: 'GET', path: '/golden-samples' },
  }),
  /**
   * From a stored message or bytes (a capture, a file). Personal data is replaced, the same value by the same other one, unless
   * `keep` says why it stays. From a message it needs the right to see contents.
   */
  create: defineAction({
    name: 'goldenSample.create',
    title: t('新建样例', 'Make a sample'),
    permission: 'channel.publish',
    params: Type.Object({
      definition: Type.Optional(
        Type.String({
          maxLength: 60,
          description: '映射或通道，缺省取该消息的映射 · Mapping or channel; that of the message without',
        }),
      ),
      name: Type.Optional(name),
      note: Type.Optional(Type.String({ maxLength: 500, description: '说明 · Note' })),
      message: Type.Optional(
        Type.String({ minLength: 1, maxLength: 36, description: '来源消息 · Message it is made from' }),
      ),
      bytes: Type.Optional(
        Type.String({ maxLength: 1_400_000, description: '内容，base64 · Bytes instead of a message' }),
      ),
      endpoint: Type.Optional(
        Type.String({ maxLength: 60, description: '读取用的端点 · Endpoint whose settings read it' }),
      ),
      connection: Type.Optional(
        Type.String({ maxLength: 60, description: '抓取的连接 · Connection the bytes were captured from' }),
      ),
      meta: Type.Optional(
        Type.Record(Type.String({ maxLength: 60 }), Type.String({ maxLength: 500 }), {
          description: '协议信息 · What the protocol said beside the bytes',
        }),
      ),
      keep: Type.Optional(
        Type.String({
          minLength: 1,
          maxLength: 500,
          description: '保留个人信息的原因 · Why personal data stays; without it is replaced',
        }),
      ),
    }),
    result: goldenSampleRecord.schema,
    repeat: 'key',
    rest: { method: 'POST', path: '/golden-samples', status: 201 },
    faults: [
      'kernel.record.missing',
      'kernel.record.duplicate',
      'message.body.pruned',
      'channel.sample.malformed',
    ],
  }),
  get: defineAction({
    name: 'goldenSample.get',
    title: t('查看样例', 'A sample with its contents'),
    permission: 'message.content',
    params: idParams,
    result: goldenSampleRecord.schema,
    repeat: 'read',
    rest: { method: 'GET', path: '/golden-samples/{id}' },
    faults: ['kernel.record.missing'],
  }),
  /** What the texts give with it now is what it must give from now on. A shipped one becomes one of the organisation's own. */
  accept: defineAction({
    name: 'goldenSample.accept',
    title: t('接受结果为期望', 'Accept the result as expected'),
    permission: 'channel.publish',
    params: Type.Object({
      id: sampleId,
      texts: Type.Optional(
        Type.Array(definitionText, {
          maxItems: 20,
          description: '未保存的定义，缺省用生效者 · Unsaved texts; without, those in force',
        }),
      ),
      reason: Type.Optional(Type.String({ maxLength: 500, description: '原因 · Reason' })),
    }),
    result: goldenSampleRecord.schema,
    repeat: 'key',
    rest: { method: 'POST', path: '/golden-samples/{id}/actions/accept' },
    faults: ['kernel.record.missing', 'channel.text.invalid'],
  }),
  remove: defineAction({
    name: 'goldenSample.void',
    title: t('作废样例', 'Void a sample'),
    permission: 'channel.publish',
    params: Type.Object({ id: sampleId, reason }),
    result: goldenSampleRecord.schema,
    repeat: 'key',
    rest: { method: 'POST', path: '/golden-samples/{id}/actions/void' },
    faults: ['kernel.record.missing'],
  }),
};
