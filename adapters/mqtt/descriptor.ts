import { type Static, Type } from 'typebox';
import type { AdapterDescriptor } from '../../contracts/adapter/port.ts';
import { t } from '../../contracts/kernel/text.ts';
import {
  clientProperties,
  count,
  deviceSchema,
  intakeSchema,
  only,
  rightsProperties,
  tlsListen,
} from './settings.ts';

const broker = Type.Object(
  {
    host: Type.Optional(Type.String({ default: '0.0.0.0', description: '监听地址 · Address to bind' })),
    port: Type.Integer({
      minimum: 0,
      maximum: 65535,
      description: '监听端口；0 为任意空闲端口 · Port to bind; 0: any free one',
    }),
    tls: Type.Optional(tlsListen),
    devices: Type.Optional(
      Type.Array(deviceSchema, { maxItems: 5000, description: '设备及其权限 · Devices and their rights' }),
    ),
    anonymous: Type.Optional(
      Type.Object(rightsProperties, {
        ...only,
        description:
          '不出示用户名者的权限；缺省拒绝 · Rights of clients that give no user name; by default they are refused',
      }),
    ),
    maxConnections: Type.Optional(count(1000, 100000, '连接数上限 · Most connections at once')),
    maxPacketBytes: Type.Optional(
      count(1048576, 67108864, '单个报文上限（字节） · Largest packet in bytes', 1024),
    ),
    maxPending: Type.Optional(
      count(
        256,
        10000,
        '每连接未确认消息上限，超过则暂停读取 · Unacknowledged messages per connection before reading pauses',
      ),
    ),
    maxPendingBytes: Type.Optional(
      count(
        67108864,
        4294967296,
        '全部连接未确认字节上限，超过则暂停读取 · Unacknowledged bytes of all connections before reading pauses',
        1024,
      ),
    ),
    maxPerSecond: Type.Optional(
      count(
        20000,
        1000000,
        '每连接每秒消息上限，超过则减速 · Messages a second per connection; more are slowed down',
      ),
    ),
    maxKeepAliveSeconds: Type.Optional(
      count(
        3600,
        65535,
        '最长保活间隔（秒），也用于不设保活者 · Longest keep-alive, seconds; also for those that ask for none',
      ),
    ),
    connectMs: Type.Optional(
      count(
        10000,
        600000,
        '须在此时间内完成 CONNECT；半个报文至多等六倍（毫秒） · Time for CONNECT; six times as long for the rest of half a packet, milliseconds',
        100,
      ),
    ),
    sessionHours: Type.Optional(
      count(24, 720, '离线会话最长保留（小时） · Longest life of an offline session, hours'),
    ),
    maxSessions: Type.Optional(count(10000, 100000, '会话数上限 · Most sessions kept')),
    maxQueued: Type.Optional(
      count(1000, 100000, '每会话待发消息上限 · Messages waiting for one subscriber, at most'),
    ),
    maxQueuedBytes: Type.Optional(
      count(4194304, 1073741824, '每会话待发字节上限 · Bytes waiting for one subscriber, at most', 1024),
    ),
    maxRetained: Type.Optional(count(1000, 100000, '保留消息条数上限 · Retained messages, at most', 0)),
    maxRetainedBytes: Type.Optional(
      count(8388608, 1073741824, '保留消息字节上限 · Bytes of retained messages, at most', 0),
    ),
  },
  { ...only, description: '内嵌代理：设备连接我方 · Embedded broker: devices connect to us' },
);

const client = Type.Object(
  {
    ...clientProperties,
    share: Type.Optional(
      Type.String({
        pattern: '^[A-Za-z0-9_.-]{1,60}$',
        description:
          '共享订阅组：集群各节点分担，clientId 须各不相同（$nodeId） · Shared subscription: nodes share the messages, each with a clientId of its own ($nodeId)',
      }),
    ),
    qos: Type.Optional(
      Type.Union([Type.Literal(0), Type.Literal(1)], {
        default: 1,
        description: '订阅的 QoS · QoS of the subscriptions',
      }),
    ),
    takeRetained: Type.Optional(
      Type.Boolean({
        default: false,
        description: '首次订阅时也接收保留消息 · Take retained messages when first subscribed',
      }),
    ),
    sessionHours: Type.Optional(
      count(
        168,
        8760,
        '我方离线时代理保留消息的时长（小时，MQTT 5） · How long the broker keeps messages while we are down, hours (MQTT 5)',
      ),
    ),
    retryMs: Type.Optional(
      count(
        1000,
        600000,
        '首次重连间隔（毫秒），逐次加倍至 30 秒 · First wait before a new attempt; doubled up to 30 s',
        10,
      ),
    ),
    maxPacketBytes: Type.Optional(
      count(1048576, 67108864, '单个报文上限（字节） · Largest packet in bytes', 1024),
    ),
    maxPending: Type.Optional(
      count(1000, 65535, '未确认消息上限 · Unacknowledged messages at once, at most'),
    ),
  },
  { ...only, description: '外部代理：我方连接并订阅 · Outside broker: we connect and subscribe' },
);

const listen = Type.Object(
  {
    broker: Type.Optional(broker),
    client: Type.Optional(client),
    intake: Type.Optional(intakeSchema),
    captureBytes: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 16777216,
        default: 16384,
        description: '每连接每方向保留的原始字节 · Bytes kept per connection and direction',
      }),
    ),
  },
  {
    ...only,
    description: 'MQTT 接收；broker 与 client 二选一 · MQTT receiver; either broker or client',
  },
);

const send = Type.Object(
  {
    ...clientProperties,
    topic: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 200,
        description:
          '发布的主题，目标的 with.topic 优先 · Topic to publish to; `with.topic` of the target goes first',
      }),
    ),
    qos: Type.Optional(
      Type.Union([Type.Literal(0), Type.Literal(1), Type.Literal(2)], {
        default: 1,
        description: 'QoS；0 只知已写出，不知是否收到 · QoS; with 0 only the writing is known',
      }),
    ),
    retain: Type.Optional(
      Type.Boolean({ default: false, description: '保留消息 · Publish as the retained message' }),
    ),
    needSubscriber: Type.Optional(
      Type.Boolean({
        default: false,
        description:
          '无人订阅时视为未送达并重试（MQTT 5） · Where nobody subscribes it is tried again (MQTT 5)',
      }),
    ),
  },
  { ...only, description: 'MQTT 发布 · MQTT publisher' },
);

export type ListenSettings = Static<typeof listen>;
export type BrokerSettings = Static<typeof broker>;
export type ClientSettings = Static<typeof client>;
export type SendSettings = Static<typeof send>;

export const descriptor: AdapterDescriptor = {
  id: 'mqtt',
  title: t('MQTT 3.1.1 与 5（物联网）', 'MQTT 3.1.1 and 5 (internet of things)'),
  listen,
  send,
  // Every node may serve devices on a port of its own; a subscription that is not shared would bring each message to each node.
  single: ({ client: outside }) =>
    outside !== undefined && (outside as Partial<ClientSettings>).share === undefined,
};
