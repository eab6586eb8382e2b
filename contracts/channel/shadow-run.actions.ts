import { Type } from 'typebox';
import { defineAction, idParams } from '../kernel/action.ts';
import { t } from '../kernel/text.ts';
import { definitionText } from './definition.actions.ts';
import { shadowResultTable, shadowRunTable } from './shadow-run.record.ts';
import { difference, trialResult } from './trial.schema.ts';

const { messages: _messages, text: _text, ...runFields } = shadowRunTable.schema.properties;
/** A run as listed: without its text and its messages. */
export const shadowRunHead = Type.Object(runFields);

export const shadowRunActions = {
  list: defineAction({
    name: 'shadowRun.list',
    title: t('查询影子运行', 'List shadow runs of a definition'),
    permission: 'channel.read',
    params: Type.Object({
      definition: Type.Optional(Type.String({ maxLength: 60, description: '定义 · Definition' })),
    }),
    result: Type.Object({ items: Type.Array(shadowRunHead) }),
    repeat: 'read',
    rest: { method: 'GET', path: '/shadow-runs' },
  }),
  /** Goes on by itself; `shadowRun.get` tells how far it is. */
  start: defineAction({
    name: 'shadowRun.start',
    title: t('开始影子运行', 'Try a text over stored messages'),
    permission: 'channel.publish',
    params: Type.Object({
      text: definitionText,
      last: Type.Integer({
        minimum: 1,
        maximum: 1000,
        description: '最近多少条消息 · How many messages, newest first',
      }),
    }),
    result: shadowRunHead,
    repeat: 'key',
    rest: { method: 'POST', path: '/shadow-runs', status: 201 },
    faults: ['channel.text.invalid'],
  }),
  get: defineAction({
    name: 'shadowRun.get',
    title: t('影子运行进度', 'Progress and result of a shadow run'),
    permission: 'channel.read',
    params: idParams,
    result: shadowRunHead,
    repeat: 'read',
    rest: { method: 'GET', path: '/shadow-runs/{id}' },
    faults: ['kernel.record.missing'],
  }),
  stop: defineAction({
    name: 'shadowRun.stop',
    title: t('停止影子运行', 'Stop a shadow run'),
    permission: 'channel.publish',
    params: idParams,
    result: shadowRunHead,
    repeat: 'key',
    rest: { method: 'POST', path: '/shadow-runs/{id}/actions/stop' },
    faults: ['kernel.record.missing'],
  }),
  results: defineAction({
    name: 'shadowRun.results',
    title: t('影子运行逐条结果', 'Messages of a shadow run'),
    permission: 'channel.read',
    params: Type.Object({
      ...idParams.properties,
      outcome: Type.Optional(
        Type.String({ maxLength: 20, description: '结果 · Outcome: same, different …' }),
      ),
      path: Type.Optional(Type.String({ maxLength: 200, description: '字段 · Field that differs' })),
    }),
    result: Type.Object({ items: Type.Array(shadowResultTable.schema) }),
    repeat: 'read',
    rest: { method: 'GET', path: '/shadow-runs/{id}/results' },
    faults: ['kernel.record.missing'],
  }),
  /** One message under both texts, made again; the view is audited as that of the message. */
  compare: defineAction({
    name: 'shadowRun.compare',
    title: t('影子运行对比', 'One message under both texts'),
    permission: 'message.content',
    params: Type.Object({
      ...idParams.properties,
      message: Type.String({ minLength: 1, maxLength: 36, description: '消息 · Message' }),
    }),
    result: Type.Object({ before: trialResult, after: trialResult, differences: Type.Array(difference) }),
    repeat: 'read',
    rest: { method: 'GET', path: '/shadow-runs/{id}/comparison' },
    faults: ['kernel.record.missing', 'message.body.pruned'],
  }),
};
