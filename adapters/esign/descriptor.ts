import { type Static, Type } from 'typebox';
import type { AdapterDescriptor } from '../../contracts/adapter/port.ts';
import { t } from '../../contracts/kernel/text.ts';
import {
  answerSchema,
  count,
  only,
  operationsSchema,
  proofOut,
  proofProperties,
  referenceSchema,
  soapSchema,
  tlsSchema,
  trustSchema,
} from './settings.ts';

const captureBytes = Type.Optional(
  Type.Integer({
    minimum: 0,
    maximum: 16777216,
    default: 65536,
    description: '每方向保留的原始字节 · Bytes kept per direction',
  }),
);

const path = Type.String({
  pattern: '^[A-Za-z0-9][A-Za-z0-9._~-]*(/[A-Za-z0-9][A-Za-z0-9._~-]*)*$',
  maxLength: 150,
  description: '接口端口上 /esign/ 之后的路径 · Path below /esign/ of the interface port',
});

const send = Type.Object(
  {
    url: Type.String({ pattern: '^https?://[^\\s]+$', maxLength: 1000, description: '地址 · Address' }),
    app: Type.Optional(
      Type.String({ maxLength: 200, description: '应用编号，用于字段 app · Our id at the CA' }),
    ),
    soap: Type.Optional(soapSchema),
    operations: operationsSchema,
    answer: answerSchema,
    names: Type.Optional(
      Type.Record(Type.String({ maxLength: 20 }), Type.String({ maxLength: 60 }), {
        description: '算法在对方的名称，如 SM3: SM3_DIGEST · What the CA calls an algorithm',
      }),
    ),
    hash: Type.Optional(
      Type.Enum(['hex', 'HEX', 'base64'], {
        default: 'hex',
        description: '摘要的写法 · How a digest is written',
      }),
    ),
    headers: Type.Optional(
      Type.Record(Type.String({ pattern: '^[A-Za-z0-9-]{1,80}$' }), Type.String({ maxLength: 1000 }), {
        description: '固定请求头 · Fixed headers',
      }),
    ),
    proof: Type.Optional(proofOut),
    check: Type.Optional(
      Type.Boolean({
        default: false,
        description:
          '签名后再请 CA 验签（含其吊销状态） · After signing the CA is asked to verify as well, so that it tells of a revocation',
      }),
    ),
    trust: trustSchema,
    reference: Type.Optional(referenceSchema),
    callback: Type.Optional(path),
    tls: Type.Optional(tlsSchema),
    connectMs: Type.Optional(count(10000, 600000, '连接超时（毫秒） · Time to connect, milliseconds')),
    maxReplyBytes: Type.Optional(count(1048576, 67108864, '应答上限（字节） · Largest reply in bytes')),
    captureBytes,
  },
  { ...only, description: '请 CA 签名、验签、加时间戳 · Asks a CA to sign, verify, stamp' },
);

const listen = Type.Object(
  {
    path,
    soap: Type.Optional(soapSchema),
    answer: answerSchema,
    proof: Type.Object(
      {
        ...proofProperties,
        secrets: Type.Optional(
          Type.Array(Type.String({ minLength: 1, maxLength: 1000 }), {
            minItems: 1,
            maxItems: 5,
            description:
              'HMAC 的共享密钥，更换期间可并存多个 · Shared secrets, several while one is replaced',
          }),
        ),
        certificate: Type.Optional(
          Type.String({ maxLength: 500, description: '对方证书文件（PEM） · Certificate file of the peer' }),
        ),
        windowSeconds: Type.Optional(
          count(
            300,
            86400,
            '时间戳容许偏差与防重放时间窗（秒） · Window for the timestamp and against replay',
          ),
        ),
      },
      { ...only, description: '回调如何证明来自 CA · Proof that a callback is the CA’s' },
    ),
    reference: referenceSchema,
    trust: trustSchema,
    reply: Type.Optional(
      Type.Object(
        {
          good: Type.Optional(Type.String({ maxLength: 4000, description: '成功应答 · Where it was taken' })),
          bad: Type.Optional(
            Type.String({ maxLength: 4000, description: '失败应答，{reason} 为原因 · Where not' }),
          ),
        },
        {
          ...only,
          description:
            '应答体（SOAP 为 Body 的内容），缺省 {"code":"0"} 与 {"code":"1"} · Bodies of the answer; of SOAP what is in the Body',
        },
      ),
    ),
    maxBytes: Type.Optional(count(262144, 16777216, '请求体上限（字节） · Largest body in bytes')),
    maxPending: Type.Optional(count(32, 10000, '同时处理的请求上限 · Most requests at once')),
    captureBytes,
  },
  { ...only, description: '接收 CA 的签名结果回调 · Takes the results that the CA calls back with' },
);

export type SendSettings = Static<typeof send>;
export type ListenSettings = Static<typeof listen>;
export type ProofIn = ListenSettings['proof'];

export const descriptor: AdapterDescriptor = {
  id: 'esign',
  title: t('电子签名（CA）', 'Electronic signature (CA)'),
  listen,
  send,
};
