import { type Static, Type } from 'typebox';
import type { Condition } from '../mapping/shape.ts';
import { bothTitles, orgCode, slug } from './endpoint.schema.ts';

/** A channel is versioned text: source, filter, mapping, calls, targets, expected traffic. Unknown keys are refused. */

const only = { additionalProperties: false };

export const retrySchema = Type.Object(
  {
    firstSeconds: Type.Number({
      minimum: 0.1,
      maximum: 3600,
      description: '首次重试前等待（秒） · Wait before the first retry',
    }),
    factor: Type.Number({
      minimum: 1,
      maximum: 10,
      description: '每次递增倍数 · Each wait is this many times the last',
    }),
    maxSeconds: Type.Number({ minimum: 0.1, maximum: 86400, description: '最长等待（秒） · Longest wait' }),
    giveUpAfterHours: Type.Number({
      minimum: 0,
      maximum: 8760,
      description:
        '超过后停放待人工处理；0 为永不放弃 · Then the delivery is parked for a person; 0 never gives up',
    }),
  },
  { ...only, description: '暂时性失败的重试 · Retry of transient failures' },
);

export const targetSchema = Type.Object(
  {
    endpoint: slug('发往的端点 · Endpoint it goes to'),
    map: Type.Optional(
      slug(
        '映射，缺省为通道的映射；入站通道缺省原样转发 · Mapping; else the channel’s, or the bytes as they came',
      ),
    ),
    key: Type.Optional(
      Type.Enum(['patient', 'order', 'specimen', 'device', 'endpoint'], {
        description: '按何者保持先后顺序，缺省 patient · What deliveries are kept in order by',
      }),
    ),
    with: Type.Optional(
      Type.Record(Type.String({ pattern: '^[a-zA-Z][a-zA-Z0-9]*$' }), Type.String({ maxLength: 500 }), {
        description:
          '交给适配器的发送参数：SOAP 动作、主题、路径、文件名… · What the adapter is told with each message: SOAP action, topic, path, file name …',
      }),
    ),
    contents: Type.Optional(
      Type.String({
        pattern: '^[a-zA-Z][a-zA-Z0-9]*$',
        maxLength: 40,
        description:
          '正文（JSON）中写有内容摘要的字段；发送该内容（如图像）而非正文 · Field of the body (JSON) that names kept contents by digest; those are sent, an image say, in place of the body',
      }),
    ),
    answers: Type.Optional(
      Type.Boolean({
        description:
          '对方的应答本身是消息：落盘并按端点的入站通道处理 · The peer’s reply is a message itself: kept, and taken by the inbound channels of the endpoint',
      }),
    ),
    filter: Type.Optional(Type.Unsafe<Condition>({ description: '条件 · Condition on the source message' })),
    retry: Type.Optional(retrySchema),
    ambiguous: Type.Optional(
      Type.Enum(['resend', 'ask'], {
        description:
          '结果不明时：resend 用同一控制号重发（对方能判重）；ask 停放待人工 · Outcome unknown: resend with the same control id (the peer deduplicates), or park for a person',
      }),
    ),
    timeoutMs: Type.Optional(
      Type.Integer({
        minimum: 100,
        maximum: 600000,
        description: '等待应答（毫秒） · How long to wait for the answer',
      }),
    ),
  },
  { ...only, description: '投递目标 · Delivery target' },
);

/** Expected traffic: within these hours at least so many messages in so many minutes, or one alert is opened. */
export const expectSchema = Type.Object(
  {
    days: Type.Array(Type.Enum(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']), {
      minItems: 1,
      maxItems: 7,
    }),
    from: Type.String({
      pattern: '^([01]\\d|2[0-3]):[0-5]\\d$',
      description: '开始时刻 · Local time, HH:MM',
    }),
    to: Type.String({ pattern: '^([01]\\d|2[0-4]):[0-5]\\d$', description: '结束时刻 · Local time, HH:MM' }),
    atLeast: Type.Integer({ minimum: 1, maximum: 1000000, description: '至少条数 · Messages at least' }),
    everyMinutes: Type.Integer({
      minimum: 1,
      maximum: 1440,
      description: '每多少分钟 · In every so many minutes',
    }),
  },
  only,
);

const common = {
  channel: slug('唯一标识，与文件名一致 · Unique id, equal to the file name'),
  note: Type.Optional(
    Type.String({ maxLength: 500, description: '本版本的改动 · What this version changes' }),
  ),
  title: bothTitles,
  org: orgCode,
  filter: Type.Optional(
    Type.Unsafe<Condition>({
      description:
        '条件；入站读源消息，出站读规范消息；不成立则列为“已过滤” · Condition on the source (in) or the canonical message (out); else filtered',
    }),
  ),
  expect: Type.Optional(
    Type.Array(expectSchema, { maxItems: 20, description: '预期流量日历 · Calendar of expected traffic' }),
  ),
};

export const channelInSchema = Type.Object(
  {
    ...common,
    source: Type.Object(
      { endpoint: slug('来源端点 · Endpoint it listens to') },
      { ...only, description: '来源 · Where messages come from' },
    ),
    accept: Type.Array(
      Type.String({
        pattern: '^(\\*|[A-Za-z][A-Za-z0-9_.-]*(\\^([A-Za-z0-9_]+|\\*))?)$',
        maxLength: 60,
        description: 'ADT^A01, ORM^*, ORM, PatientInfoRegister, *',
      }),
      {
        minItems: 1,
        maxItems: 100,
        description:
          '消息类型；同一端点上先匹配者得 · Message types; the first channel of the endpoint that matches takes it',
      },
    ),
    map: Type.Optional(slug('映射到规范消息 · Mapping to canonical messages')),
    calls: Type.Optional(
      Type.Array(Type.String({ pattern: '^[a-z][a-zA-Z]*\\.[a-z][a-zA-Z]*$' }), {
        maxItems: 10,
        description:
          '每条规范消息依次调用的领域动作 · Domain actions called in order with each canonical message',
      }),
    ),
    answer: Type.Optional(
      slug(
        '应答映射：把查询结果写成对方的格式，端点须 ack.when: handled · Mapping that writes what the calls answered in the partner’s format; the endpoint answers when handled',
      ),
    ),
    targets: Type.Optional(Type.Array(targetSchema, { maxItems: 20, description: '转发 · Forwarding' })),
  },
  { ...only, description: '入站通道 · Inbound channel' },
);

export const channelOutSchema = Type.Object(
  {
    ...common,
    source: Type.Object(
      {
        event: Type.String({
          pattern: '^[a-z][a-zA-Z]*\\.[a-z][a-zA-Z]*$',
          description: '触发的领域事件 · Domain event that drives it, e.g. order.statusChanged',
        }),
      },
      { ...only, description: '来源 · What drives it' },
    ),
    map: slug('规范消息到对方格式的映射 · Mapping from the canonical message'),
    targets: Type.Array(targetSchema, { minItems: 1, maxItems: 20, description: '投递 · Deliveries' }),
  },
  { ...only, description: '出站通道 · Outbound channel' },
);

export type ChannelInDef = Static<typeof channelInSchema>;
export type ChannelOutDef = Static<typeof channelOutSchema>;
/** Tell them apart by `'event' in def.source`. */
export type ChannelDef = ChannelInDef | ChannelOutDef;
export type RetryDef = Static<typeof retrySchema>;
export type TargetDef = Static<typeof targetSchema>;
