import { Type } from 'typebox';
import { defineAction, idParams, listParams, listResult } from '../kernel/action.ts';
import { t } from '../kernel/text.ts';
import { channelRecord, channelVersionTable, incidentTable } from './channel.record.ts';

const num = (description: string) => Type.Number({ description });

/** Counters of one channel or endpoint over all nodes since they started. */
export const liveSchema = Type.Object({
  channelId: Type.String(),
  /** `listening`, `connected`, `idle`, `stopped`, `failed` */
  status: Type.String(),
  statusText: Type.String({ description: '原因或地址 · Address or reason' }),
  received: num('收到 · Received'),
  done: num('完成 · Done'),
  filtered: num('过滤 · Filtered'),
  refused: num('拒收 · Refused'),
  parked: num('挂起 · Parked now, from the journal'),
  queued: num('待投递 · Deliveries waiting, from the journal'),
  delivered: num('已投递 · Delivered'),
  perSecond: num('速率 · Messages a second, last 10 s'),
  lastAt: Type.Union([Type.String(), Type.Null()]),
  connections: num('连接数 · Open connections'),
  /** Codes of the endpoints it takes from or sends to; an endpoint names itself. */
  endpoints: Type.Array(Type.String()),
  waitingSince: Type.Union([Type.String(), Type.Null()], {
    description: '最早等待 · Since when the oldest parked message or waiting delivery waits',
  }),
});

export const connectionSchema = Type.Object({
  node: Type.String(),
  endpoint: Type.String(),
  id: Type.String(),
  peer: Type.String(),
  since: Type.String(),
  open: Type.Boolean(),
  tls: Type.Union([Type.String(), Type.Null()]),
  bytesIn: num('收字节 · Bytes in'),
  bytesOut: num('发字节 · Bytes out'),
  framesIn: num('收帧 · Frames in'),
  framesOut: num('发帧 · Frames out'),
  noiseBytes: num('噪声字节 · Noise bytes'),
  pending: num('未应答 · Unanswered'),
  buffered: num('缓冲字节 · Bytes of an unfinished frame'),
  lastByteAt: Type.Union([Type.String(), Type.Null()]),
  lastRoundTripMs: Type.Union([Type.Number(), Type.Null()]),
  lastError: Type.Union([
    Type.Object({ at: Type.String(), reason: Type.String(), hex: Type.String() }),
    Type.Null(),
  ]),
});

const captureItem = Type.Object({
  at: Type.String(),
  direction: Type.String(),
  bytes: Type.String({ description: 'base64' }),
});

const id = Type.String({ minLength: 1, maxLength: 36, description: '通道编号 · Channel id' });

const operate = (name: string, zh: string, en: string) =>
  defineAction({
    name: `channel.${name}`,
    title: t(zh, en),
    permission: 'channel.operate',
    params: Type.Object({
      id,
      reason: Type.Optional(Type.String({ maxLength: 500, description: '原因 · Reason' })),
    }),
    result: channelRecord.schema,
    repeat: 'key',
    rest: { method: 'POST', path: `/channels/{id}/actions/${name}` },
    faults: ['kernel.record.missing'],
  });

export const channelActions = {
  list: defineAction({
    name: 'channel.list',
    title: t('查询通道', 'List channels'),
    permission: 'channel.read',
    params: listParams,
    result: listResult(channelRecord.schema),
    repeat: 'read',
    rest: { method: 'GET', path: '/channels' },
  }),
  get: defineAction({
    name: 'channel.get',
    title: t('查看通道', 'Get a channel'),
    permission: 'channel.read',
    params: idParams,
    result: channelRecord.schema,
    repeat: 'read',
    rest: { method: 'GET', path: '/channels/{id}' },
    faults: ['kernel.record.missing'],
  }),
  live: defineAction({
    name: 'channel.live',
    title: t('通道实时计数', 'Live counters of all channels'),
    permission: 'channel.read',
    params: Type.Object({}),
    result: Type.Object({ items: Type.Array(liveSchema) }),
    repeat: 'read',
    rest: { method: 'GET', path: '/channel-live' },
  }),
  /** A new endpoint or channel from its text; it starts at once. */
  create: defineAction({
    name: 'channel.create',
    title: t('新建通道', 'Create a channel'),
    permission: 'channel.publish',
    params: Type.Object({
      text: Type.String({ minLength: 1, maxLength: 200_000, description: '定义 · Definition (YAML)' }),
      note: Type.Optional(Type.String({ maxLength: 500, description: '说明 · Note' })),
    }),
    result: channelRecord.schema,
    repeat: 'key',
    rest: { method: 'POST', path: '/channels', status: 201 },
    faults: ['channel.text.invalid', 'channel.endpoint.unknown', 'kernel.record.duplicate'],
  }),
  start: operate('start', '启动', 'Start'),
  stop: operate('stop', '停止', 'Stop'),
  publish: defineAction({
    name: 'channel.publish',
    title: t('发布新版本', 'Publish a new version'),
    permission: 'channel.publish',
    params: Type.Object({
      id,
      text: Type.String({ minLength: 1, maxLength: 200_000, description: '定义 · Definition (YAML)' }),
      note: Type.Optional(Type.String({ maxLength: 500, description: '说明 · Note' })),
      version: Type.Optional(
        Type.Integer({ minimum: 1, description: '版本，来自 If-Match · Version from If-Match' }),
      ),
    }),
    result: channelRecord.schema,
    repeat: 'key',
    rest: { method: 'PUT', path: '/channels/{id}/text', ifMatch: true },
    faults: [
      'kernel.record.missing',
      'kernel.record.stale',
      'channel.text.invalid',
      'channel.endpoint.unknown',
      'channel.sample.failed',
    ],
  }),
  versions: defineAction({
    name: 'channel.versions',
    title: t('版本历史', 'Version history'),
    permission: 'channel.read',
    params: idParams,
    result: Type.Object({ items: Type.Array(channelVersionTable.schema) }),
    repeat: 'read',
    rest: { method: 'GET', path: '/channels/{id}/versions' },
    faults: ['kernel.record.missing'],
  }),
  connections: defineAction({
    name: 'channel.connections',
    title: t('连接与线路统计', 'Connections and wire statistics'),
    permission: 'channel.read',
    params: idParams,
    result: Type.Object({ items: Type.Array(connectionSchema), incidents: Type.Array(incidentTable.schema) }),
    repeat: 'read',
    rest: { method: 'GET', path: '/channels/{id}/connections' },
    faults: ['kernel.record.missing'],
  }),
  capture: defineAction({
    name: 'channel.capture',
    title: t('线路抓取', 'Last bytes of a connection'),
    permission: 'message.content',
    params: Type.Object({
      id,
      connection: Type.String({ maxLength: 60, description: '连接 · Connection id' }),
    }),
    result: Type.Object({
      items: Type.Array(captureItem),
    }),
    repeat: 'read',
    rest: { method: 'GET', path: '/channels/{id}/capture' },
    faults: ['kernel.record.missing'],
  }),
  /** What one node knows of its own links; asked of every hub node. */
  local: defineAction({
    name: 'channel.local',
    title: t('节点连接', 'Links of a node'),
    permission: 'mesh',
    params: Type.Object({ endpoint: Type.Optional(Type.String()), capture: Type.Optional(Type.String()) }),
    result: Type.Object({
      live: Type.Array(liveSchema),
      connections: Type.Array(connectionSchema),
      capture: Type.Array(captureItem),
    }),
    repeat: 'read',
  }),
};
