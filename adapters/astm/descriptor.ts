import { type Static, Type } from 'typebox';
import type { AdapterDescriptor } from '../../contracts/adapter/port.ts';
import { t } from '../../contracts/kernel/text.ts';

const only = { additionalProperties: false };
const count = (least: number, most: number, fallback: number, description: string) =>
  Type.Optional(Type.Integer({ minimum: least, maximum: most, default: fallback, description }));
const host = Type.String({ minLength: 1, maxLength: 255, description: '对方地址 · Host of the analyser' });
const port = (description: string) => Type.Integer({ minimum: 0, maximum: 65535, description });

/** Times of LIS1-A 8.3 and 8.5, milliseconds. */
const timers = Type.Object(
  {
    replyMs: count(50, 600_000, 15_000, '等待应答 · For a reply to ENQ or to a frame'),
    receiveMs: count(50, 600_000, 30_000, '接收方等待下一帧或 EOT · For the next frame or EOT'),
    busyMs: count(
      10,
      600_000,
      10_000,
      '对方忙（NAK）后再次请求前 · After NAK to ENQ, before it is sent again',
    ),
    contentionMs: count(
      10,
      600_000,
      20_000,
      '争用后再次请求前；仪器角色为 1 秒 · After both sent ENQ, before it is sent again',
    ),
  },
  { ...only, description: '定时（毫秒） · Timers, milliseconds' },
);

const link = {
  role: Type.Optional(
    Type.Enum(['host', 'instrument'], {
      default: 'host',
      description:
        'host: 争用时让仪器先发；instrument: 我方先发 · When both begin at once the instrument goes first',
    }),
  ),
  checksum: Type.Optional(
    Type.Enum(['required', 'ignored'], {
      default: 'required',
      description: '校验和不符：请求重发，或忽略 · A wrong checksum: asked for again, or passed over',
    }),
  ),
  textBytes: count(
    1,
    63_993,
    240,
    '我方每帧的正文字节；旧标准为 240 · Bytes of text in a frame we send; 240 in the older standard',
  ),
  maxMessageBytes: count(1000, 268_435_456, 8_388_608, '单条消息上限（字节） · Largest message in bytes'),
  keepAliveMs: count(1000, 7_200_000, 30_000, 'TCP 保活间隔（毫秒） · TCP keep-alive, milliseconds'),
  timers: Type.Optional(timers),
};

const listen = Type.Object(
  {
    host: Type.Optional(Type.String({ default: '0.0.0.0', description: '监听地址 · Address to bind' })),
    port: Type.Optional(port('监听端口；0 为任意空闲端口 · Port to bind; 0: any free one')),
    dialOut: Type.Optional(
      Type.Object(
        {
          host,
          port: port('对方端口 · Port of the analyser'),
          retryMs: count(100, 3_600_000, 5000, '重连间隔（毫秒） · Time between attempts'),
        },
        {
          ...only,
          description: '仪器为服务端时，由我方连接 · We connect, where the analyser is the server',
        },
      ),
    ),
    maxConnections: count(1, 1000, 32, '连接数上限 · Most connections at once'),
    ...link,
  },
  { ...only, description: '接收仪器 · Analysers that connect, or are connected to' },
);

const send = Type.Object(
  {
    host: Type.Optional(host),
    port: Type.Optional(port('对方端口 · Port of the analyser')),
    over: Type.Optional(
      Type.Literal('listener', {
        description:
          '经同一端点 listen 的现有连接发送（仪器只有一个连接时） · Over the connection that the listener of this endpoint has, for analysers with one connection',
      }),
    ),
    connectMs: count(100, 600_000, 10_000, '连接超时（毫秒） · Time to connect, milliseconds'),
    ...link,
  },
  { ...only, description: '下达到仪器 · To an analyser' },
);

export type ListenSettings = Static<typeof listen>;
export type SendSettings = Static<typeof send>;
export type LinkSettings = Pick<
  ListenSettings,
  'role' | 'checksum' | 'textBytes' | 'maxMessageBytes' | 'keepAliveMs' | 'timers'
>;

export const descriptor: AdapterDescriptor = {
  id: 'astm',
  title: t('ASTM E1381 / LIS1-A（分析仪）', 'ASTM E1381 / LIS1-A (analysers)'),
  listen,
  send,
  single: (settings) => 'dialOut' in settings,
};
