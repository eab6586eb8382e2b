import { type TProperties, Type } from 'typebox';
import type { FaultCode } from '../faults/catalogue.ts';
import { defineAction, idParams, listParams, listResult } from '../kernel/action.ts';
import { t } from '../kernel/text.ts';
import { deliveryTable, replayTable } from './delivery.record.ts';
import { messageTable } from './message.record.ts';

const { body: _body, reply: _reply, ...deliveryFields } = deliveryTable.schema.properties;
/** A delivery as listed: without the bytes. */
export const deliveryRow = Type.Object(deliveryFields);
export const messageRow = messageTable.schema;

/** One segment for the eye: values unescaped, positions as the standard counts them. */
export const segmentView = Type.Object({
  name: Type.String(),
  raw: Type.String(),
  fields: Type.Array(
    Type.Object({
      position: Type.String({ description: 'PID-3, PID-3.1' }),
      value: Type.String(),
      null: Type.Boolean(),
    }),
  ),
});

const contents = Type.Object({
  /** Base64 of the bytes; null once pruned. */
  raw: Type.Union([Type.String(), Type.Null()]),
  text: Type.Union([Type.String(), Type.Null()]),
  segments: Type.Array(segmentView),
  /** Something was too large to show whole; never offer a cut text for repair. */
  truncated: Type.Boolean({ description: '内容过大，未完整显示 · Too large to be shown whole' }),
});

export const messageDetail = Type.Object({
  message: messageRow,
  contents,
  canonical: Type.Array(Type.Unknown()),
  /** `his-orders@3`: the mapping that made them; version 0 is the shipped one. */
  mapping: Type.String(),
  /** What the domain calls gave: `{ donorId, orderId }`. */
  context: Type.Record(Type.String(), Type.String()),
  deliveries: Type.Array(
    Type.Object({
      delivery: deliveryRow,
      contents,
      reply: Type.Union([Type.String({ description: 'decoded text' }), Type.Null()]),
    }),
  ),
  /** Replays and repairs of this message, newest first. */
  descendants: Type.Array(messageRow),
});

const id = Type.String({ minLength: 1, maxLength: 36, description: '编号 · Id' });
const reason = Type.String({ minLength: 1, maxLength: 500, description: '原因 · Reason' });

const act = <const X extends TProperties = Record<never, never>>(
  name: string,
  zh: string,
  en: string,
  extra?: X,
  faults: FaultCode[] = [],
) =>
  defineAction({
    name: `message.${name}`,
    title: t(zh, en),
    permission: 'message.operate',
    params: Type.Object({ id, reason, ...(extra as X) }),
    result: messageRow,
    repeat: 'key',
    rest: { method: 'POST', path: `/messages/{id}/actions/${name}` },
    faults: ['kernel.record.missing', 'message.state.refused', 'message.body.pruned', ...faults],
  });

const actOnDelivery = (verb: string, zh: string, en: string) =>
  defineAction({
    name: `message.${verb}Delivery`,
    title: t(zh, en),
    permission: 'message.operate',
    params: Type.Object({ id, reason }),
    result: deliveryRow,
    repeat: 'key',
    rest: { method: 'POST', path: `/deliveries/{id}/actions/${verb}` },
    faults: ['kernel.record.missing', 'message.state.refused'],
  });

const selection = Type.Object({
  from: Type.Optional(Type.String({ format: 'date-time', description: '起始时间 · Received at or after' })),
  to: Type.Optional(Type.String({ format: 'date-time', description: '截止时间 · Received before' })),
  channel: Type.Optional(Type.String({ maxLength: 60, description: '通道 · Channel' })),
  state: Type.Optional(Type.String({ maxLength: 20, description: '状态 · State' })),
  faultCode: Type.Optional(Type.String({ maxLength: 60, description: '问题代码 · Fault code' })),
});

export const messageActions = {
  /**
   * `key` (or `q`) finds by any business key over all channels, exact and in full: patient, visit, order, specimen, control
   * id; also a message id. Newest first; `sort` is `receivedAt` either way. `filter[receivedAt]=from..to`, either end may be
   * left out. `total` counts at most 10 000 and, without a key, only as far as the search had to look: more may match.
   */
  list: defineAction({
    name: 'message.list',
    title: t('查询消息', 'Search messages'),
    permission: 'message.read',
    params: Type.Object({
      ...listParams.properties,
      key: Type.Optional(Type.String({ minLength: 1, maxLength: 64, description: '业务键 · Business key' })),
    }),
    result: listResult(messageRow),
    repeat: 'read',
    rest: { method: 'GET', path: '/messages' },
    faults: ['message.search.wide'],
  }),
  get: defineAction({
    name: 'message.get',
    title: t('查看消息', 'A message in all its forms'),
    permission: 'message.content',
    params: idParams,
    result: messageDetail,
    repeat: 'read',
    rest: { method: 'GET', path: '/messages/{id}' },
    faults: ['kernel.record.missing'],
  }),
  /**
   * A new message with the same bytes; `target` sends again to that target only, without the domain calls. A parked message
   * is tried again itself, in its own place.
   */
  replay: act(
    'replay',
    '重放',
    'Replay',
    {
      target: Type.Optional(
        Type.String({ minLength: 1, maxLength: 60, description: '只投递到该目标 · Only to this target' }),
      ),
    },
    ['message.target.missing'],
  ),
  /** An edited copy takes the place of a parked or refused message. */
  repair: act(
    'repair',
    '修复',
    'Repair',
    {
      text: Type.String({ minLength: 1, maxLength: 5_000_000, description: '修改后的消息 · Edited message' }),
    },
    ['hub.message.unsound', 'channel.endpoint.unknown'],
  ),
  skip: act('skip', '跳过', 'Skip'),
  /** As `message.list`; `q` is a business key of the message, `filter[messageId]` its id, `filter[createdAt]=from..to`. */
  deliveries: defineAction({
    name: 'message.deliveries',
    title: t('查询投递', 'List deliveries'),
    permission: 'message.read',
    params: listParams,
    result: listResult(deliveryRow),
    repeat: 'read',
    rest: { method: 'GET', path: '/deliveries' },
    faults: ['message.search.wide'],
  }),
  retryDelivery: actOnDelivery('retry', '立即重试', 'Try again now'),
  skipDelivery: actOnDelivery('skip', '跳过投递', 'Skip the delivery'),
  replayMany: defineAction({
    name: 'message.replayMany',
    title: t('批量重放', 'Replay many'),
    permission: 'message.operate',
    params: Type.Object({
      selection: Type.Object(selection.properties, { description: '选择 · Which messages' }),
      reason,
      dryRun: Type.Optional(Type.Boolean({ description: '只计数 · Count only' })),
    }),
    result: Type.Object({ total: Type.Integer(), replay: Type.Union([replayTable.schema, Type.Null()]) }),
    repeat: 'key',
    rest: { method: 'POST', path: '/message-replays' },
  }),
  replayStatus: defineAction({
    name: 'message.replayStatus',
    title: t('批量重放进度', 'Progress of a bulk replay'),
    permission: 'message.read',
    params: idParams,
    result: replayTable.schema,
    repeat: 'read',
    rest: { method: 'GET', path: '/message-replays/{id}' },
    faults: ['kernel.record.missing'],
  }),
  stopReplay: defineAction({
    name: 'message.stopReplay',
    title: t('停止批量重放', 'Stop a bulk replay'),
    permission: 'message.operate',
    params: idParams,
    result: replayTable.schema,
    repeat: 'key',
    rest: { method: 'POST', path: '/message-replays/{id}/actions/stop' },
    faults: ['kernel.record.missing', 'message.state.refused'],
  }),
};
