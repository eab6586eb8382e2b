import { type Static, Type } from 'typebox';
import type { AdapterDescriptor } from '../../contracts/adapter/port.ts';
import { t } from '../../contracts/kernel/text.ts';
import { clientProperties, count, headerName, only, signatureProperties, userSchema } from './settings.ts';

const pointer = (description: string) =>
  Type.String({ pattern: '^(/([^~/]|~[01])*)*$', maxLength: 200, description });

const authIn = Type.Object(
  {
    apiKeys: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: 1000 }), {
        minItems: 1,
        maxItems: 20,
        description:
          'API 密钥，更换期间可并存多个；在请求头或 Authorization: Bearer 中 · API keys, several while one is replaced; in the header or as a bearer token',
      }),
    ),
    apiKeyHeader: Type.Optional(headerName('API 密钥所在的请求头 · Header of the API key', 'x-api-key')),
    basic: Type.Optional(
      Type.Array(userSchema, {
        minItems: 1,
        maxItems: 50,
        description: 'HTTP 基本认证 · HTTP basic authentication',
      }),
    ),
    hmac: Type.Optional(
      Type.Object(
        {
          secrets: Type.Array(Type.String({ minLength: 1, maxLength: 1000 }), {
            minItems: 1,
            maxItems: 5,
            description: '共享密钥，更换期间可并存多个 · Shared secrets, several while one is replaced',
          }),
          windowSeconds: Type.Optional(
            count(
              300,
              86400,
              '时间戳的容许偏差，也是防重放时间窗（秒） · Window for the timestamp and against replay, seconds',
            ),
          ),
          ...signatureProperties,
        },
        {
          ...only,
          description:
            'HMAC 签名：时间戳、换行、随机数、换行、请求体（GET 为查询串） · Over timestamp, LF, nonce, LF, body (the query of a GET)',
        },
      ),
    ),
    clientCertificate: Type.Optional(
      Type.Boolean({
        default: false,
        description: '要求客户端证书 · Only with a client certificate of the interface port’s CA',
      }),
    ),
  },
  { ...only, description: '认证；列出的各项须同时满足 · Authentication; each kind that is given must hold' },
);

const status = (fallback: number, description: string) =>
  Type.Optional(Type.Integer({ minimum: 200, maximum: 499, default: fallback, description }));

const statuses = Type.Object(
  {
    kept: status(200, '已落盘，如 202 · Kept, e.g. 202'),
    repeated: status(200, '重复 · Repeated'),
    unwanted: status(404, '没有通道接收，如 422、200 · No channel wants it, e.g. 422, 200'),
    refused: status(
      422,
      '拒收；只看应答体的对方可设 200 · Refused; 200 for peers that look at the body only',
    ),
  },
  { ...only, description: '各结果的状态码 · Status by outcome' },
);

const cursor = Type.Object(
  {
    kind: Type.Enum(['token', 'item', 'link'], {
      description:
        'token: 应答给出的下一页标记；item: 各条目中递增的时间或编号；link: Link 头 rel="next" · A token of the response, a growing time or id of the items, or the Link header',
    }),
    at: Type.Optional(
      pointer(
        'JSON Pointer：token 在应答中、item 在条目中的位置 · Where the token, or the value of an item, stands',
      ),
    ),
    param: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 100,
        description: '查询参数名 · Query parameter it is sent in',
      }),
    ),
    initial: Type.Optional(Type.String({ maxLength: 500, description: '首次的值 · First value' })),
  },
  { ...only, description: '位置；条目须由旧到新 · Cursor; the peer gives items from old to new' },
);

const poll = Type.Object(
  {
    ...clientProperties,
    method: Type.Optional(Type.Enum(['GET', 'POST'], { default: 'GET', description: '方法 · Method' })),
    body: Type.Optional(
      Type.String({
        maxLength: 4000,
        description: 'POST 的 JSON 请求体，{cursor} 为位置 · JSON body of a POST; {cursor} is the cursor',
      }),
    ),
    everySeconds: Type.Optional(
      Type.Number({
        minimum: 0.1,
        maximum: 86400,
        default: 60,
        description: '间隔（秒） · Interval in seconds',
      }),
    ),
    timeoutMs: Type.Optional(count(30000, 600000, '等待应答（毫秒） · How long to wait for the answer')),
    items: Type.Optional(
      pointer(
        '条目数组的 JSON Pointer，每条一个报文；缺省整页为一个 · Array whose items are a message each; else the page is one',
      ),
    ),
    cursor: Type.Optional(cursor),
    name: Type.Optional(
      Type.String({
        pattern: '^[A-Za-z0-9._/-]{1,60}$',
        description: '位置的名称，缺省为地址中的路径 · Name of the mark, by default the path of the address',
      }),
    ),
    maxPages: Type.Optional(count(100, 10000, '每次最多连续取多少页 · Pages taken in a row at most')),
  },
  { ...only, description: '由我方轮询 · We ask for messages' },
);

const listen = Type.Object(
  {
    path: Type.Optional(
      Type.String({
        pattern: '^[A-Za-z0-9][A-Za-z0-9._~-]*(/[A-Za-z0-9][A-Za-z0-9._~-]*)*$',
        maxLength: 150,
        description: '接口端口上 /in/ 之后的路径 · Path below /in/ of the interface port',
      }),
    ),
    query: Type.Optional(
      Type.Boolean({
        default: false,
        description: '也接受 GET，查询串成为 JSON 报文 · GET too; its query becomes a JSON message',
      }),
    ),
    auth: Type.Optional(authIn),
    contentTypes: Type.Optional(
      Type.Array(Type.String({ pattern: '^[\\w.+-]+/([\\w.+-]+|\\*)$' }), {
        minItems: 1,
        maxItems: 20,
        description:
          '允许的内容类型，如 application/json、text/*；缺省不限 · Media types taken; any by default',
      }),
    ),
    field: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 100,
        description:
          '表单中作为报文的字段；缺省为 multipart 中唯一的文件 · Field of a form that is the message; else the one file of a multipart',
      }),
    ),
    keepHeaders: Type.Optional(
      Type.Array(headerName('请求头 · Header'), {
        maxItems: 20,
        description: '随报文保存的请求头 · Headers kept with the message',
      }),
    ),
    statuses: Type.Optional(statuses),
    replyType: Type.Optional(
      Type.String({
        pattern: '^[\\w.+-]+/[\\w.+-]+(;.*)?$',
        maxLength: 100,
        description: '应答的内容类型，缺省按内容判断 · Media type of the answer; else told by its first byte',
      }),
    ),
    maxBytes: Type.Optional(
      count(
        16777216,
        1073741824,
        '请求体上限（字节），解压后同 · Largest body in bytes, also after inflation',
      ),
    ),
    maxPending: Type.Optional(
      count(64, 10000, '同时处理的请求上限，超过答 429 · Most requests at once; more are answered 429'),
    ),
    captureBytes: clientProperties.captureBytes,
    poll: Type.Optional(poll),
  },
  {
    ...only,
    description: 'HTTP 接入：path 为对方调用，poll 为我方轮询 · HTTP in: they call a path, or we poll',
  },
);

const send = Type.Object(
  {
    ...clientProperties,
    method: Type.Optional(
      Type.Enum(['POST', 'PUT', 'PATCH'], {
        default: 'POST',
        description: '方法，通道 with.method 优先 · Method; `with.method` of the channel goes before',
      }),
    ),
    contentType: Type.Optional(
      Type.String({
        maxLength: 100,
        description: '内容类型，缺省由格式给出 · Content type; else that of the format',
      }),
    ),
    idempotencyHeader: Type.Optional(
      Type.String({
        pattern: '^[A-Za-z0-9-]{0,80}$',
        default: 'Idempotency-Key',
        description: '幂等键所在的请求头，空为不发送 · Header of the idempotency key; empty: none',
      }),
    ),
    good: Type.Optional(
      Type.Array(Type.Integer({ minimum: 200, maximum: 599 }), {
        maxItems: 10,
        description:
          '另视为成功的状态码，如重复时的 409 · Further statuses that count as good, e.g. 409 for a repetition',
      }),
    ),
  },
  { ...only, description: 'HTTP 发送 · HTTP out' },
);

export type ListenSettings = Static<typeof listen>;
export type PollSettings = Static<typeof poll>;
export type SendSettings = Static<typeof send>;
export type AuthIn = Static<typeof authIn>;

export const descriptor: AdapterDescriptor = {
  id: 'http',
  title: t('HTTP（REST）', 'HTTP (REST)'),
  listen,
  send,
  single: (settings) => settings.poll !== undefined,
};
