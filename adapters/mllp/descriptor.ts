import { type Static, Type } from 'typebox';
import type { AdapterDescriptor } from '../../contracts/adapter/port.ts';
import { t } from '../../contracts/kernel/text.ts';

const port = (description: string) => Type.Integer({ minimum: 0, maximum: 65535, description });

const count = (fallback: number, max: number, description: string) =>
  Type.Integer({ minimum: 1, maximum: max, default: fallback, description });

const bytesHex = (fallback: string, description: string) =>
  Type.String({ pattern: '^([0-9a-fA-F]{2}){1,4}$', default: fallback, description });

/** Frame bytes and tolerance, the same on both sides. */
const framing = {
  startBytes: Type.Optional(bytesHex('0b', '起始字节（十六进制） · Start bytes, hexadecimal')),
  endBytes: Type.Optional(
    bytesHex('1c0d', '结束字节（十六进制），如 1c0d、1c00 · End bytes, hexadecimal, e.g. 1c0d or 1c00'),
  ),
  requireFinalCr: Type.Optional(
    Type.Boolean({
      default: true,
      description:
        '必须以完整结束字节收尾；关闭后仅有 FS 也可 · The whole end sequence is required; off: its first byte alone ends a frame',
    }),
  ),
  maxFrameBytes: Type.Optional(count(67108864, 1073741824, '单条报文上限（字节） · Largest frame in bytes')),
  captureBytes: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: 16777216,
      default: 65536,
      description: '每连接每方向保留的原始字节 · Bytes kept per connection and direction',
    }),
  ),
  keepAliveMs: Type.Optional(count(30000, 7200000, 'TCP 保活间隔（毫秒） · TCP keep-alive, milliseconds')),
};

const tlsListen = Type.Object(
  {
    certificate: Type.String({ description: '证书文件（PEM） · Certificate file, PEM' }),
    key: Type.String({ description: '私钥文件（PEM） · Private key file, PEM' }),
    passphrase: Type.Optional(Type.String({ description: '私钥口令 · Passphrase of the key' })),
    clientCa: Type.Optional(
      Type.String({
        description:
          '客户端证书的 CA 文件；设置后即双向认证 · CA file for client certificates; set: mutual TLS',
      }),
    ),
    minVersion: Type.Optional(
      Type.Union([Type.Literal('TLSv1.2'), Type.Literal('TLSv1.3')], {
        default: 'TLSv1.2',
        description: '最低 TLS 版本 · Lowest TLS version',
      }),
    ),
  },
  {
    additionalProperties: false,
    description: 'TLS；文件变化后自动重新加载 · TLS; reloaded when the files change',
  },
);

const tlsSend = Type.Object(
  {
    ca: Type.Optional(Type.String({ description: '对方证书的 CA 文件 · CA file of the peer' })),
    certificate: Type.Optional(Type.String({ description: '本方证书文件 · Our certificate file, PEM' })),
    key: Type.Optional(Type.String({ description: '本方私钥文件 · Our private key file, PEM' })),
    passphrase: Type.Optional(Type.String({ description: '私钥口令 · Passphrase of the key' })),
    serverName: Type.Optional(
      Type.String({ description: '校验用的主机名，缺省为 host · Name to verify, host by default' }),
    ),
  },
  { additionalProperties: false, description: 'TLS 客户端 · TLS as a client' },
);

const listen = Type.Object(
  {
    host: Type.Optional(Type.String({ default: '0.0.0.0', description: '监听地址 · Address to bind' })),
    port: Type.Optional(port('监听端口；0 为任意空闲端口 · Port to bind; 0: any free one')),
    dialOut: Type.Optional(
      Type.Object(
        {
          host: Type.String({ description: '对方地址 · Host of the peer' }),
          port: port('对方端口 · Port of the peer'),
          retryMs: Type.Optional(
            count(5000, 3600000, '重连间隔（毫秒） · Time between attempts, milliseconds'),
          ),
        },
        {
          additionalProperties: false,
          description: '由我方连接对方再收报文 · We connect to the peer and receive over that connection',
        },
      ),
    ),
    tls: Type.Optional(tlsListen),
    maxConnections: Type.Optional(count(256, 100000, '连接数上限 · Most connections at once')),
    maxPending: Type.Optional(
      count(
        64,
        10000,
        '每连接未应答报文上限，超过则暂停读取 · Unanswered frames per connection before reading pauses',
      ),
    ),
    maxPendingBytes: Type.Optional(
      count(
        134217728,
        4294967296,
        '全部连接未应答字节上限，超过则暂停读取 · Unanswered bytes of all connections before reading pauses',
      ),
    ),
    idleMs: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 604800000,
        default: 3600000,
        description:
          '空闲多久后关闭连接（毫秒），0 为不关 · Idle time before a connection is closed, milliseconds; 0: never',
      }),
    ),
    rawUntilIdleMs: Type.Optional(
      Type.Integer({
        minimum: 10,
        maximum: 60000,
        description:
          '无帧模式：静默多久算一条（毫秒） · Frames without start bytes: what came before this much silence is one',
      }),
    ),
    ...framing,
  },
  { additionalProperties: false, description: 'MLLP 监听 · MLLP listener' },
);

const send = Type.Object(
  {
    host: Type.String({ description: '对方地址 · Host of the peer' }),
    port: port('对方端口 · Port of the peer'),
    connectMs: Type.Optional(count(10000, 600000, '连接超时（毫秒） · Time to connect, milliseconds')),
    tls: Type.Optional(tlsSend),
    tolerateUnframedReply: Type.Optional(
      Type.Boolean({
        default: false,
        description: '接受没有 VT、FS 的应答 · Take a reply that has no frame bytes',
      }),
    ),
    unframedIdleMs: Type.Optional(
      count(300, 60000, '无帧应答静默多久算完整（毫秒） · Silence that ends an unframed reply, milliseconds'),
    ),
    replyPort: Type.Optional(
      port('对方把应答发到我方这个端口 · Our port to which the peer sends its replies'),
    ),
    ...framing,
  },
  { additionalProperties: false, description: 'MLLP 发送 · MLLP sender' },
);

export type ListenSettings = Static<typeof listen>;
export type SendSettings = Static<typeof send>;
export type TlsListenSettings = Static<typeof tlsListen>;
export type TlsSendSettings = Static<typeof tlsSend>;

export const descriptor: AdapterDescriptor = {
  id: 'mllp',
  title: t('MLLP（HL7 最小底层协议）', 'MLLP (HL7 minimal lower layer protocol)'),
  listen,
  send,
};
