import { type Static, Type } from 'typebox';
import { filterProblem, templateProblem } from './topics.ts';

/** What the settings of listeners and senders are made of. */

export const only = { additionalProperties: false };

export const count = (fallback: number, max: number, description: string, min = 1) =>
  Type.Integer({ minimum: min, maximum: max, default: fallback, description });

export const filter = (description: string) =>
  Type.Refine(
    Type.String({ minLength: 1, maxLength: 200, description }),
    (text) => filterProblem(text) === undefined,
    () => 'must be a topic filter such as lab/+/telemetry or lab/#',
  );
const filters = (description: string) => Type.Array(filter(description), { maxItems: 50, description });

export const secret = (description: string) => Type.String({ minLength: 1, maxLength: 1000, description });

export const versionSchema = (description: string) =>
  Type.Union([Type.Literal(4), Type.Literal(5)], { default: 5, description });

export const urlSchema = Type.String({
  pattern: '^mqtts?://([^\\s/?#@,]+@)?([A-Za-z0-9._-]+|\\[[0-9a-fA-F:]+\\])(:\\d{1,5})?/?$',
  maxLength: 500,
  description:
    '外部代理地址，mqtt:// 或 mqtts://；可含用户名与口令 · Address of the outside broker; may carry user and password',
});

export const rightsProperties = {
  publish: Type.Optional(
    filters(
      '可发布的主题，缺省 lab/%u/#；%u 为设备名，%c 为客户端标识 · Topics it may publish to; %u is its name, %c its client id',
    ),
  ),
  subscribe: Type.Optional(
    filters('可订阅的主题，缺省 lab/%u/# · Topics it may subscribe to, default lab/%u/#'),
  ),
};

export const deviceSchema = Type.Object(
  {
    name: Type.String({
      pattern: '^[A-Za-z0-9][A-Za-z0-9._:@-]{0,63}$',
      description: '设备名，即用户名 · Name of the device, its MQTT user name',
    }),
    password: Type.Optional(
      secret(
        '口令的 scrypt 散列 scrypt:N:r:p:盐:散列（base64url），或 $设置 · scrypt:N:r:p:salt:hash in base64url, or a $setting',
      ),
    ),
    ...rightsProperties,
  },
  {
    ...only,
    description:
      '设备；没有口令者只能凭客户端证书 · A device; one without a password needs a client certificate',
  },
);

/** Topics that are messages for us. `{name}` takes one level, and the format reads it as `meta:name`. */
export const intakeSchema = Type.Array(
  Type.Object(
    {
      topic: Type.Refine(
        Type.String({
          minLength: 1,
          maxLength: 200,
          description:
            '主题模板，如 lab/{device}/telemetry，可含 + 与 # · Template of the topic; + and # as in a filter',
        }),
        (text) => templateProblem(text) === undefined,
        () =>
          'must be a topic such as lab/{device}/telemetry; each name once, not topic, client, user, kind, packet or at',
      ),
      kind: Type.Optional(
        Type.String({
          pattern: '^[A-Za-z][A-Za-z0-9_.-]{0,39}$',
          description:
            '消息类型，格式以 meta:kind 读取 · Kind of message, which the format reads as meta:kind',
        }),
      ),
    },
    only,
  ),
  {
    minItems: 1,
    maxItems: 100,
    description:
      '作为消息接收的主题，先匹配者得；其余仅在客户端之间转发 · Topics taken as messages, the first that matches; others only pass between clients',
  },
);

export const tlsListen = Type.Object(
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
    nameFromCertificate: Type.Optional(
      Type.Boolean({
        default: false,
        description:
          '证书的 CN 即设备名，不再要求口令 · The CN of the client certificate is the device, without a password',
      }),
    ),
    minVersion: Type.Optional(
      Type.Union([Type.Literal('TLSv1.2'), Type.Literal('TLSv1.3')], {
        default: 'TLSv1.2',
        description: '最低 TLS 版本 · Lowest TLS version',
      }),
    ),
  },
  { ...only, description: 'TLS；文件变化后自动重新加载 · TLS; reloaded when the files change' },
);

export const tlsClient = Type.Object(
  {
    ca: Type.Optional(Type.String({ description: '代理证书的 CA 文件 · CA file of the broker' })),
    certificate: Type.Optional(Type.String({ description: '本方证书文件 · Our certificate file, PEM' })),
    key: Type.Optional(Type.String({ description: '本方私钥文件 · Our private key file, PEM' })),
    passphrase: Type.Optional(Type.String({ description: '私钥口令 · Passphrase of the key' })),
    serverName: Type.Optional(
      Type.String({
        description: '校验用的主机名，缺省为地址中的主机 · Name to verify, by default the host',
      }),
    ),
  },
  { ...only, description: 'TLS 客户端 · TLS as a client' },
);

/** How we sign in at an outside broker. */
export const clientProperties = {
  url: urlSchema,
  version: Type.Optional(versionSchema('协议版本：5，或 4 即 3.1.1 · Protocol version: 5, or 4 for 3.1.1')),
  username: Type.Optional(Type.String({ minLength: 1, maxLength: 200, description: '用户名 · User name' })),
  password: Type.Optional(secret('口令或 $设置 · Password or a $setting')),
  clientId: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 120,
      description:
        '客户端标识，重启后须不变，各节点不同；缺省 cytomesh-<端点> · Client id: the same after a restart, another on each node; default cytomesh-<endpoint>',
    }),
  ),
  connectMs: Type.Optional(count(10000, 600000, '连接超时（毫秒） · Time to connect, milliseconds', 100)),
  keepAliveSeconds: Type.Optional(count(30, 3600, '保活间隔（秒） · Keep-alive, seconds', 5)),
  tls: Type.Optional(tlsClient),
};

export type DeviceSettings = Static<typeof deviceSchema>;
export type TlsListenSettings = Static<typeof tlsListen>;
export type TlsClientSettings = Static<typeof tlsClient>;
export type Intake = Static<typeof intakeSchema>;
