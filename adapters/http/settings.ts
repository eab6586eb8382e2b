import { type Static, Type } from 'typebox';

/** What settings of both sides are made of. */

export const only = { additionalProperties: false };

export const count = (fallback: number, max: number, description: string) =>
  Type.Integer({ minimum: 1, maximum: max, default: fallback, description });

export const headerName = (description: string, fallback?: string) =>
  Type.String({
    pattern: "^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,80}$",
    description,
    ...(fallback === undefined ? {} : { default: fallback }),
  });

const secret = (description: string) => Type.String({ minLength: 1, maxLength: 1000, description });

export const userSchema = Type.Object(
  {
    username: Type.String({ minLength: 1, maxLength: 200, description: '用户名 · User name' }),
    password: secret('口令 · Password'),
  },
  { ...only, description: '用户名与口令 · User name and password' },
);

/** Signed are timestamp, LF, nonce, LF, then the body (of a request without one: its query, form-encoded). */
export const signatureProperties = {
  algorithm: Type.Optional(
    Type.Enum(['sha256', 'sm3'], { default: 'sha256', description: 'HMAC 摘要算法 · Digest of the HMAC' }),
  ),
  header: Type.Optional(headerName('签名所在的请求头 · Header of the signature', 'x-signature')),
  timestampHeader: Type.Optional(
    headerName(
      '时间戳所在的请求头（秒或毫秒） · Header of the timestamp, seconds or milliseconds',
      'x-timestamp',
    ),
  ),
  nonceHeader: Type.Optional(headerName('随机数所在的请求头 · Header of the nonce', 'x-nonce')),
};

export const tlsSchema = Type.Object(
  {
    ca: Type.Optional(Type.String({ description: '对方证书的 CA 文件 · CA file of the peer' })),
    certificate: Type.Optional(
      Type.String({ description: '本方证书文件（PEM） · Our certificate file, PEM' }),
    ),
    key: Type.Optional(Type.String({ description: '本方私钥文件（PEM） · Our private key file, PEM' })),
    passphrase: Type.Optional(Type.String({ description: '私钥口令 · Passphrase of the key' })),
    serverName: Type.Optional(
      Type.String({
        description: '校验用的主机名，缺省为地址中的主机 · Name to verify, that of the address by default',
      }),
    ),
  },
  {
    ...only,
    description: 'TLS 客户端；文件变化后重新加载 · TLS as a client; files are read again when they change',
  },
);

const oauthSchema = Type.Object(
  {
    tokenUrl: Type.String({
      pattern: '^https?://',
      maxLength: 500,
      description: '令牌地址 · Token endpoint',
    }),
    clientId: secret('客户端标识 · Client id'),
    clientSecret: secret('客户端密钥 · Client secret'),
    scope: Type.Optional(Type.String({ maxLength: 500, description: '范围 · Scope' })),
    audience: Type.Optional(Type.String({ maxLength: 500, description: '受众 · Audience' })),
    style: Type.Optional(
      Type.Enum(['basic', 'body'], {
        default: 'basic',
        description: '客户端凭据放在 Authorization 头或请求体 · Where the client’s credentials go',
      }),
    ),
  },
  {
    ...only,
    description: 'OAuth 2.0 客户端凭据（RFC 6749 第 4.4 节） · OAuth 2.0 client credentials, section 4.4',
  },
);

const authOutSchema = Type.Object(
  {
    basic: Type.Optional(userSchema),
    bearer: Type.Optional(secret('固定令牌 · A fixed bearer token')),
    apiKey: Type.Optional(
      Type.Object(
        {
          header: Type.Optional(headerName('请求头 · Header', 'x-api-key')),
          key: secret('密钥 · Key'),
        },
        { ...only, description: 'API 密钥 · API key' },
      ),
    ),
    hmac: Type.Optional(
      Type.Object(
        {
          secret: secret('共享密钥 · Shared secret'),
          encoding: Type.Optional(
            Type.Enum(['hex', 'base64'], { default: 'hex', description: '签名的写法 · How it is written' }),
          ),
          keyId: Type.Optional(secret('密钥编号 · Id of the key')),
          keyIdHeader: Type.Optional(headerName('密钥编号所在的请求头 · Header of the key id', 'x-key-id')),
          ...signatureProperties,
        },
        {
          ...only,
          description: 'HMAC 签名：时间戳、换行、随机数、换行、请求体 · Over timestamp, LF, nonce, LF, body',
        },
      ),
    ),
    oauth2: Type.Optional(oauthSchema),
  },
  { ...only, description: '认证；密钥用 $设置 引用 · Authentication; secrets by reference to a $setting' },
);

/** Of whoever calls: the sender and the poll. */
export const clientProperties = {
  url: Type.String({
    pattern: '^https?://[^\\s]+$',
    maxLength: 1000,
    description:
      '地址；{名称} 取自通道 with、{id}、{controlId} · Address; {name} is filled from `with` of the channel, {id}, {controlId}',
  }),
  headers: Type.Optional(
    Type.Record(
      Type.String({ pattern: "^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,80}$" }),
      Type.String({ maxLength: 1000 }),
      {
        description: '固定或带 {名称} 的请求头 · Headers, fixed or with {name}',
      },
    ),
  ),
  auth: Type.Optional(authOutSchema),
  tls: Type.Optional(tlsSchema),
  connectMs: Type.Optional(count(10000, 600000, '连接超时（毫秒） · Time to connect, milliseconds')),
  keepAliveMs: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: 600000,
      default: 4000,
      description:
        '空闲连接保留多久（毫秒），须短于对方；0 为每次新建 · How long an idle connection is kept, shorter than the peer does; 0: a new one each time',
    }),
  ),
  maxReplyBytes: Type.Optional(count(8388608, 1073741824, '应答上限（字节） · Largest reply in bytes')),
  captureBytes: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: 16777216,
      default: 65536,
      description: '每方向保留的原始字节 · Bytes kept per direction',
    }),
  ),
};

const clientSchema = Type.Object(clientProperties);
export type ClientSettings = Static<typeof clientSchema>;
export type AuthOut = NonNullable<ClientSettings['auth']>;
export type OauthSettings = Static<typeof oauthSchema>;
export type TlsSettings = Static<typeof tlsSchema>;
