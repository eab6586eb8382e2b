import { type Static, Type } from 'typebox';
import type { AdapterDescriptor } from '../../contracts/adapter/port.ts';
import { t } from '../../contracts/kernel/text.ts';
import { worklistSettings } from './worklist-settings.ts';

const only = { additionalProperties: false };
const port = (description: string) => Type.Integer({ minimum: 0, maximum: 65535, description });
const count = (fallback: number, max: number, description: string) =>
  Type.Integer({ minimum: 1, maximum: max, default: fallback, description });
const bytes = (fallback: number, min: number, max: number, description: string) =>
  Type.Integer({ minimum: min, maximum: max, default: fallback, description });

const ae = '[\\x21-\\x5b\\x5d-\\x7e]([\\x20-\\x5b\\x5d-\\x7e]{0,14}[\\x21-\\x5b\\x5d-\\x7e])?';
const title = (description: string) => Type.String({ pattern: `^${ae}$`, description });
const ownTitle = Type.String({
  pattern: `^${ae}$`,
  default: 'CYTOMESH',
  description: '本方 AE 标题 · Our AE title',
});
const titles = (description: string) =>
  Type.Array(Type.String({ pattern: `^${ae}$` }), { minItems: 1, maxItems: 200, description });

const file = (description: string) => Type.String({ minLength: 1, maxLength: 1000, description });

const tlsListen = Type.Object(
  {
    certificate: file('证书文件（PEM） · Certificate file, PEM'),
    key: file('私钥文件（PEM） · Private key file, PEM'),
    passphrase: Type.Optional(Type.String({ description: '私钥口令 · Passphrase of the key' })),
    clientCa: Type.Optional(
      file('客户端证书的 CA 文件；设置后即双向认证 · CA file for client certificates; set: mutual TLS'),
    ),
    minVersion: Type.Optional(
      Type.Enum(['TLSv1.2', 'TLSv1.3'], {
        default: 'TLSv1.2',
        description: '最低 TLS 版本 · Lowest TLS version',
      }),
    ),
  },
  { ...only, description: 'TLS；文件变化后自动重新加载 · TLS; reloaded when the files change' },
);

const tlsSend = Type.Object(
  {
    ca: Type.Optional(file('对方证书的 CA 文件 · CA file of the peer')),
    certificate: Type.Optional(file('本方证书文件 · Our certificate file, PEM')),
    key: Type.Optional(file('本方私钥文件 · Our private key file, PEM')),
    passphrase: Type.Optional(Type.String({ description: '私钥口令 · Passphrase of the key' })),
    serverName: Type.Optional(
      Type.String({ description: '校验用的主机名，缺省为 host · Name to verify, host by default' }),
    ),
  },
  { ...only, description: 'TLS 客户端 · TLS as a client' },
);

const shared = {
  captureBytes: Type.Optional(
    bytes(65536, 0, 16777216, '每连接每方向保留的原始字节 · Bytes kept per connection and direction'),
  ),
  keepAliveMs: Type.Optional(count(30000, 7200000, 'TCP 保活间隔（毫秒） · TCP keep-alive, milliseconds')),
  maxPdu: Type.Optional(
    bytes(131072, 4096, 1048576, 'PDU 上限（字节） · Longest P-DATA unit we take, bytes'),
  ),
};

const listen = Type.Object(
  {
    host: Type.Optional(Type.String({ default: '0.0.0.0', description: '监听地址 · Address to bind' })),
    port: Type.Optional(port('监听端口；0 为任意空闲端口 · Port to bind; 0: any free one')),
    aeTitle: Type.Optional(ownTitle),
    calledAe: Type.Optional(
      titles(
        '接受的被叫 AE，缺省仅 aeTitle；* 为任意 · Called titles that are taken; aeTitle only by default, * for any',
      ),
    ),
    callingAe: Type.Optional(
      titles('允许的主叫 AE，缺省不限 · Calling titles that may connect; any by default'),
    ),
    sopClasses: Type.Optional(
      Type.Array(Type.String({ pattern: '^[0-9.]{1,64}$' }), {
        minItems: 1,
        maxItems: 500,
        description:
          '仅接收这些 SOP 类，可含私有；缺省为全部标准存储类 · Only these SOP classes, private ones too; all standard storage classes by default',
      }),
    ),
    charset: Type.Optional(
      Type.Object(
        {
          assume: Type.Optional(
            Type.Enum(['UTF-8', 'GB18030'], {
              default: 'GB18030',
              description:
                '未声明字符集且不是 UTF-8 时采用 · For text whose charset is not named and that is no UTF-8',
            }),
          ),
          force: Type.Optional(
            Type.Enum(['UTF-8', 'GB18030'], {
              description:
                '设备声明有误时一律采用 · Always, for devices that name one charset and write another',
            }),
          ),
        },
        { ...only, description: '文字的字符集 · Charset of texts' },
      ),
    ),
    worklist: Type.Optional(worklistSettings),
    tls: Type.Optional(tlsListen),
    maxAssociations: Type.Optional(count(64, 10000, '同时关联上限 · Most associations at once')),
    maxBytes: Type.Optional(
      bytes(268435456, 1024, 1073741824, '单个影像上限（字节） · Largest instance in bytes'),
    ),
    maxBufferedBytes: Type.Optional(
      bytes(
        536870912,
        1024,
        17179869184,
        '全部关联未落盘字节上限，超过则答复资源不足 · Bytes of all associations not yet committed; beyond it: out of resources',
      ),
    ),
    associateMs: Type.Optional(
      count(30000, 600000, '连接后多久须请求关联（毫秒） · Time to ask for an association, milliseconds'),
    ),
    idleMs: Type.Optional(
      bytes(
        600000,
        0,
        604800000,
        '空闲多久后中止关联（毫秒），0 为不中止 · Idle time before an association is aborted, milliseconds; 0: never',
      ),
    ),
    ...shared,
  },
  { ...only, description: 'DICOM 监听（SCP） · DICOM listener (SCP)' },
);

const stow = Type.Object(
  {
    url: Type.String({
      pattern: '^https?://[^\\s]+$',
      description: 'STOW-RS 地址，以 /studies 结尾 · Address of STOW-RS, ends in /studies',
    }),
    basic: Type.Optional(
      Type.Object(
        {
          username: Type.String({ description: '用户名 · User name' }),
          password: Type.String({ description: '口令 · Password' }),
        },
        { ...only, description: 'HTTP 基本认证 · HTTP Basic' },
      ),
    ),
    bearer: Type.Optional(Type.String({ description: '访问令牌 · Bearer token' })),
  },
  { ...only, description: 'STOW-RS（PS3.18 §10.5） · STOW-RS' },
);

const dimse = Type.Object(
  {
    host: Type.String({ description: '对方地址 · Host of the peer' }),
    port: port('对方端口 · Port of the peer'),
    calledAe: title('对方 AE 标题 · AE title of the peer'),
    callingAe: Type.Optional(ownTitle),
    connectMs: Type.Optional(
      count(10000, 600000, '连接与关联超时（毫秒） · Time to connect and associate, milliseconds'),
    ),
    lingerMs: Type.Optional(
      bytes(
        5000,
        0,
        600000,
        '空闲多久后释放关联（毫秒） · Idle time before the association is released, milliseconds',
      ),
    ),
    echo: Type.Optional(
      Type.Boolean({
        default: true,
        description: '新关联先以 C-ECHO 验证 · A new association is verified by C-ECHO first',
      }),
    ),
    ...shared,
  },
  { ...only, description: 'C-STORE（SCU） · C-STORE as SCU' },
);

const send = Type.Object(
  {
    kind: Type.Enum(['dimse', 'stow'], {
      description: '发送方式：dimse（C-STORE）或 stow（STOW-RS） · How to send: C-STORE or STOW-RS',
    }),
    dimse: Type.Optional(dimse),
    stow: Type.Optional(stow),
    tls: Type.Optional(tlsSend),
  },
  {
    ...only,
    description: 'DICOM 发送 · DICOM sender',
    oneOf: [
      { properties: { kind: { const: 'dimse' } }, required: ['dimse'], not: { required: ['stow'] } },
      { properties: { kind: { const: 'stow' } }, required: ['stow'], not: { required: ['dimse'] } },
    ],
  },
);

export type ListenSettings = Static<typeof listen>;
export type SendSettings = Static<typeof send>;
export type DimseSettings = Static<typeof dimse>;
export type StowSettings = Static<typeof stow>;
export type TlsListenSettings = Static<typeof tlsListen>;
export type TlsSendSettings = Static<typeof tlsSend>;

export const descriptor: AdapterDescriptor = {
  id: 'dicom',
  title: t('DICOM（影像存储、工作列表）', 'DICOM (storage, modality worklist)'),
  listen,
  send,
};
