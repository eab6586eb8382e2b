import { type Static, Type } from 'typebox';
import type { AdapterDescriptor } from '../../contracts/adapter/port.ts';
import { t } from '../../contracts/kernel/text.ts';
import { contractProperties, count, elementName } from './contract-settings.ts';

const only = { additionalProperties: false };

const user = Type.Object(
  {
    username: Type.String({ minLength: 1, maxLength: 200, description: '用户名 · User name' }),
    password: Type.String({ minLength: 1, maxLength: 500, description: '口令 · Password' }),
  },
  { ...only, description: 'HTTP 基本认证 · HTTP basic authentication' },
);

const listen = Type.Object(
  {
    path: Type.Optional(
      Type.String({
        pattern: '^/[\\w./~-]*$',
        maxLength: 200,
        default: '/soap/hip',
        description:
          '接口端口上的路径；WSDL 在 <路径>?wsdl · Path on the interface port; the WSDL is <path>?wsdl',
      }),
    ),
    address: Type.Optional(
      Type.String({
        pattern: '^https?://',
        maxLength: 500,
        description:
          'WSDL 中写的地址，缺省为接口端口的地址 · Address written into the WSDL; default that of the interface port',
      }),
    ),
    versions: Type.Optional(
      Type.Enum(['1.1', '1.2', 'both'], { default: 'both', description: 'SOAP 版本 · Versions of SOAP' }),
    ),
    anyNamespace: Type.Optional(
      Type.Boolean({
        default: false,
        description: '不校验请求元素的命名空间 · Take the request element in any namespace',
      }),
    ),
    checkSoapAction: Type.Optional(
      Type.Boolean({
        default: false,
        description: 'SOAPAction 必须与操作一致 · SOAPAction has to be that of the operation',
      }),
    ),
    charset: Type.Optional(
      Type.Enum(['UTF-8', 'GB18030', 'GBK', 'UTF-16LE', 'UTF-16BE'], {
        default: 'UTF-8',
        description:
          'HTTP 头、BOM 与 XML 声明都未写明时的字符集 · Charset where neither header nor BOM nor declaration names one',
      }),
    ),
    usernameToken: Type.Optional(
      Type.Object(
        {
          users: Type.Array(user, { minItems: 1, maxItems: 50, description: '用户 · Users' }),
          password: Type.Optional(
            Type.Enum(['text', 'digest', 'either'], {
              default: 'either',
              description: 'PasswordText 或 PasswordDigest · PasswordText, PasswordDigest or either',
            }),
          ),
          windowSeconds: Type.Optional(
            count(
              300,
              86400,
              'Created 的容许偏差，也是防重放时间窗（秒） · Window for Created and against replay',
            ),
          ),
        },
        { ...only, description: 'WS-Security UsernameToken' },
      ),
    ),
    basic: Type.Optional(
      Type.Array(user, {
        minItems: 1,
        maxItems: 50,
        description: 'HTTP 基本认证 · HTTP basic authentication',
      }),
    ),
    clientCertificate: Type.Optional(
      Type.Boolean({
        default: false,
        description: '要求客户端证书 · Only with a client certificate of the interface port’s CA',
      }),
    ),
    maxBytes: Type.Optional(count(67108864, 1073741824, '请求上限（字节） · Largest request in bytes')),
    maxPending: Type.Optional(
      count(
        100,
        10000,
        '同时处理的请求上限，超过则请对方稍后重试 · Most requests at once; more are told to retry',
      ),
    ),
    ...contractProperties,
  },
  { ...only, description: 'SOAP 服务 · SOAP service' },
);

const tls = Type.Object(
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

const send = Type.Object(
  {
    url: Type.Optional(
      Type.String({
        pattern: '^https?://',
        maxLength: 500,
        description:
          '服务地址；与 wsdl 同时给出时以此为准 · Address of the service; goes before that of the WSDL',
      }),
    ),
    wsdl: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 500,
        description:
          'WSDL 的地址或文件；命名空间、操作、参数、SOAPAction 取自它 · WSDL, URL or file: namespace, operation, parameters, SOAPAction come from it',
      }),
    ),
    version: Type.Optional(
      Type.Enum(['1.1', '1.2'], { default: '1.1', description: 'SOAP 版本 · Version of SOAP' }),
    ),
    style: Type.Optional(
      Type.Enum(['document', 'rpc'], {
        default: 'document',
        description: '绑定风格：document/literal wrapped 或 rpc/literal · Style of the binding',
      }),
    ),
    qualified: Type.Optional(
      Type.Boolean({
        default: true,
        description: '参数元素属于命名空间（elementFormDefault） · Parameters are in the namespace',
      }),
    ),
    operation: Type.Optional(
      elementName('缺省调用的操作，缺省为第一个 · Operation called unless the target says otherwise'),
    ),
    usernameToken: Type.Optional(
      Type.Object(
        {
          ...user.properties,
          type: Type.Optional(
            Type.Enum(['text', 'digest'], {
              default: 'text',
              description: 'PasswordText 或 PasswordDigest · PasswordText or PasswordDigest',
            }),
          ),
        },
        { ...only, description: 'WS-Security UsernameToken' },
      ),
    ),
    basic: Type.Optional(user),
    tls: Type.Optional(tls),
    addressing: Type.Optional(
      Type.Boolean({ default: false, description: '带 WS-Addressing 头 · Write WS-Addressing headers' }),
    ),
    chunked: Type.Optional(
      Type.Boolean({
        default: false,
        description: '分块传输；缺省写 Content-Length · Chunked; default: Content-Length',
      }),
    ),
    connectMs: Type.Optional(count(10000, 600000, '连接超时（毫秒） · Time to connect, milliseconds')),
    keepAliveMs: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 600000,
        default: 0,
        description:
          '连接空闲多久内复用（毫秒），须短于对方的空闲时限；0 为每次新建 · Reuse a connection idle for less than this, shorter than the peer’s own limit; 0: a new one each time, so that a refusal is always provable',
      }),
    ),
    maxReplyBytes: Type.Optional(count(67108864, 1073741824, '应答上限（字节） · Largest answer in bytes')),
    anyReply: Type.Optional(
      Type.Boolean({
        default: false,
        description: '不核对应答中的原消息号 · Take an answer whose message id is not that of the request',
      }),
    ),
    faultsOnly: Type.Optional(
      Type.Boolean({
        default: false,
        description:
          '对方只用 SOAP Fault 报错：没有 Fault 的应答即成功，内容可空 · The partner tells failures by faults only: any other answer is good, an empty one too',
      }),
    ),
    serverFaults: Type.Optional(
      Type.Enum(['busy', 'negative'], {
        default: 'busy',
        description:
          '对方返回 Server/Receiver 错误：稍后重试，或停放待人工 · A Server or Receiver fault: try again later, or park for a person',
      }),
    ),
    ...contractProperties,
  },
  { ...only, description: 'SOAP 调用 · SOAP client' },
);

export type ListenSettings = Static<typeof listen>;
export type SendSettings = Static<typeof send>;

export const descriptor: AdapterDescriptor = {
  id: 'soap',
  title: t('SOAP（Web Service）', 'SOAP (web service)'),
  listen,
  send,
};
