import { type Static, Type } from 'typebox';

/** An endpoint is one address: a port we listen on or a partner we send to. Unknown keys are refused. */

const only = { additionalProperties: false };
export const slug = (description: string) =>
  Type.String({ pattern: '^[a-z][a-z0-9]*(-[a-z0-9]+)*$', maxLength: 60, description });
export const orgCode = Type.String({
  pattern: '^[A-Z][A-Z0-9]{0,19}$',
  description: '机构代码 · Code of the organisation it belongs to',
});
export const bothTitles = Type.Object(
  { zh: Type.String({ minLength: 1, maxLength: 100 }), en: Type.String({ minLength: 1, maxLength: 100 }) },
  { ...only, description: '名称，中英文 · Name in Chinese and English' },
);

export const decodeSchema = Type.Object(
  {
    mode: Type.Enum(['auto', 'forced'], {
      description:
        'auto: 依次看 BOM、MSH-18、字节，最后用 charset；forced: 一律按 charset · BOM, MSH-18 where the bytes agree, the bytes, then charset; or always charset',
    }),
    charset: Type.Enum(
      ['UTF-8', 'GB18030', 'GBK', 'UTF-16LE', 'UTF-16BE', 'Big5', 'US-ASCII', 'ISO-8859-1', 'windows-1252'],
      {
        description:
          '强制或最后采用的字符集；发送时按此编码 · Forced or last resort; messages we send are encoded in it',
      },
    ),
  },
  { ...only, description: '字符集 · How bytes become text, and text bytes' },
);

export const ackSchema = Type.Object(
  {
    mode: Type.Enum(['auto', 'original', 'enhanced', 'none'], {
      description:
        'auto: 按 MSH-15/16；original: AA/AE/AR；enhanced: 先 CA/CE/CR；none: 不应答 · As MSH-15/16 ask; always original; always enhanced; no answer',
    }),
    trigger: Type.Optional(
      Type.Boolean({
        description:
          'MSH-9 写 ACK^触发事件^ACK（v2.4 起的规定），部分旧系统不接受 · Write the trigger event into MSH-9 of the answer',
      }),
    ),
    profile: Type.Optional(
      Type.Enum(['standard', 'mindray'], {
        description:
          'standard: 标准；mindray: MSH-16 是样本类型而非应答条件 · In `mindray` MSH-16 is not an acknowledgement type',
      }),
    ),
    when: Type.Optional(
      Type.Enum(['kept', 'handled'], {
        description:
          'kept: 落盘即应答（缺省）；handled: 处理完再应答，最长等 waitSeconds · Answer as soon as it is kept (default), or when it has been handled, for queries and partners that want the outcome',
      }),
    ),
    waitSeconds: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 300,
        description:
          'handled 的最长等待（秒），缺省 20；过时按已落盘应答 · Longest wait for `handled`, default 20; then answered as kept',
      }),
    ),
    unrouted: Type.Enum(['accept', 'reject'], {
      description:
        '没有通道接收的消息：accept 应答 AA 并列为“已过滤”；reject 应答 AR · A message that no channel takes: AA and listed as filtered, or AR',
    }),
  },
  { ...only, description: '应答 · Acknowledgement' },
);

export const duplicateSchema = Type.Object(
  {
    match: Type.Enum(['content', 'control-id', 'never'], {
      description:
        'content: MSH-7、MSH-10 与全文一致；control-id: MSH-7、MSH-10 一致；never: 不判重 · Same MSH-7, MSH-10 and bytes; same MSH-7 and MSH-10; never a duplicate',
    }),
    withinHours: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 8760,
        description: '判重时间窗，缺省 72 · Window in hours, default 72',
      }),
    ),
  },
  {
    ...only,
    description:
      '重复消息只应答、不再处理 · A duplicate is kept and acknowledged as the first one was, and not processed again',
  },
);

const settings = (description: string) => Type.Record(Type.String(), Type.Unknown(), { description });

export const endpointSchema = Type.Object(
  {
    endpoint: slug('唯一标识，与文件名一致 · Unique id, equal to the file name'),
    title: bothTitles,
    org: orgCode,
    adapter: slug('协议适配器 · Protocol adapter, e.g. mllp'),
    listen: Type.Optional(
      settings(
        '被动：监听设置与限制，由适配器校验 · Passive: the settings and limits the adapter declares for a listener',
      ),
    ),
    also: Type.Optional(
      Type.Array(settings('同一端点的其他监听，如 TLS · Settings of one more listener'), {
        maxItems: 8,
        description:
          '其他监听；所用 $设置 未配置者略过 · More listeners of this endpoint; one whose $setting is not set is left out',
      }),
    ),
    send: Type.Optional(
      settings('主动：发送设置，由适配器校验 · Active: the settings the adapter declares for a sender'),
    ),
    names: Type.Optional(
      Type.Object(
        {
          sendingApplication: Type.Optional(Type.String({ maxLength: 60, description: 'MSH-3' })),
          sendingFacility: Type.Optional(Type.String({ maxLength: 60, description: 'MSH-4' })),
          receivingApplication: Type.Optional(Type.String({ maxLength: 60, description: 'MSH-5' })),
          receivingFacility: Type.Optional(Type.String({ maxLength: 60, description: 'MSH-6' })),
          processingId: Type.Optional(Type.String({ maxLength: 3, description: 'MSH-11, P / T / D' })),
          version: Type.Optional(Type.String({ maxLength: 10, description: 'MSH-12, e.g. 2.4' })),
          charset: Type.Optional(Type.String({ maxLength: 30, description: 'MSH-18, table 0211' })),
        },
        { ...only, description: '发出消息的首段内容 · What messages to this endpoint carry in MSH' },
      ),
    ),
    format: Type.Optional(
      slug('消息格式，缺省 hl7v2 · Message format; a folder of mappings with a format.ts. Default hl7v2'),
    ),
    read: Type.Optional(
      settings('格式的设置：列、路径、业务键…，由格式校验 · Settings of the format, checked by it'),
    ),
    decode: decodeSchema,
    ack: Type.Optional(ackSchema),
    duplicate: Type.Optional(duplicateSchema),
    lane: Type.Enum(['patient', 'order', 'specimen', 'device', 'endpoint'], {
      description: '按何者保持先后顺序 · What messages are kept in order by',
    }),
    retainDays: Type.Integer({
      minimum: 1,
      maximum: 36500,
      description:
        '原文保留天数；未处理完的不清理 · Days the content is kept; unfinished work is never pruned',
    }),
  },
  { ...only, description: '端点 · Endpoint' },
);
export type EndpointDef = Static<typeof endpointSchema>;
