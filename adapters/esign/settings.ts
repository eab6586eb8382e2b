import { type Static, Type } from 'typebox';

/** What settings of both sides are made of. */

export const only = { additionalProperties: false };

export const count = (fallback: number, max: number, description: string) =>
  Type.Integer({ minimum: 1, maximum: max, default: fallback, description });

const secret = (description: string) => Type.String({ minLength: 1, maxLength: 1000, description });
/** A path, or the PEM itself, which a secret may hold. */
const file = (description: string) => Type.String({ minLength: 1, maxLength: 20_000, description });
const fieldPath = (description: string) =>
  Type.String({ pattern: '^[\\w:-]+(\\.[\\w:-]+)*$', maxLength: 200, description });
const codes = (description: string) =>
  Type.Array(Type.String({ maxLength: 60 }), { minItems: 1, maxItems: 20, description });

/** What we can fill a field of a request with. */
export const ours = [
  'document',
  'title',
  'hash',
  'algorithm',
  'signer',
  'reference',
  'callback',
  'app',
  'time',
  'nonce',
  'sign',
  'signature',
  'certificate',
  'timestamp',
] as const;
export type Ours = (typeof ours)[number];

/** What we can read in an answer or a callback. */
const readable = [
  'document',
  'hash',
  'reference',
  'transaction',
  'signature',
  'certificate',
  'timestamp',
  'valid',
] as const;
export type Readable = (typeof readable)[number];

export const answerSchema = Type.Object(
  {
    code: fieldPath('结果代码的位置 · Where the result code stands'),
    reason: Type.Optional(fieldPath('原因的位置 · Where the reason stands')),
    good: codes('表示成功的代码 · Codes that mean success'),
    pending: Type.Optional(
      codes('已受理，结果随后回调 · Codes that mean "taken, the result comes by callback"'),
    ),
    busy: Type.Optional(codes('稍后再试的代码 · Codes that mean "not now"')),
    inner: Type.Optional(
      fieldPath(
        '应答中以文本承载另一份 JSON 或 XML 的位置，其余位置在其内 · A text that is JSON or XML itself; the other places are inside',
      ),
    ),
    read: Type.Partial(
      Type.Object(
        Object.fromEntries(
          readable.map((name) => [name, fieldPath(`${name} 的位置 · Where ${name} stands`)]),
        ) as Record<Readable, ReturnType<typeof fieldPath>>,
      ),
      { ...only, description: '各项内容的位置 · Where things stand' },
    ),
  },
  { ...only, description: '读懂对方的应答或回调 · How an answer or a callback is read' },
);
export type AnswerSettings = Static<typeof answerSchema>;

export const proofProperties = {
  kind: Type.Enum(['hmac-sha256', 'hmac-sm3', 'rsa-sha256', 'sm2-sm3'], {
    description: '算法 · HMAC with a shared secret, or a signature with a key',
  }),
  over: Type.Optional(
    Type.Enum(['body', 'fields'], {
      default: 'body',
      description:
        'body: 时间戳、换行、随机数、换行、请求体，签名在请求头；fields: 顶层字段按名称排序后以 k=v& 连接（空值与签名除外），签名是其中一个字段 · Over timestamp, LF, nonce, LF, body, in headers; or over the sorted k=v& of the top fields but empty ones and itself, in a field',
    }),
  ),
  encoding: Type.Optional(
    Type.Enum(['hex', 'base64'], { default: 'hex', description: '签名的写法 · How it is written' }),
  ),
  signature: Type.Optional(
    Type.String({
      pattern: '^[A-Za-z][\\w-]*$',
      maxLength: 80,
      description: '签名的请求头或字段，缺省 x-signature、sign · Its header or field',
    }),
  ),
  timestamp: Type.Optional(
    Type.String({
      pattern: '^[A-Za-z][\\w-]*$',
      maxLength: 80,
      description: '时间戳的请求头或字段，缺省 x-timestamp、timestamp · Header or field of the timestamp',
    }),
  ),
  nonce: Type.Optional(
    Type.String({
      pattern: '^[A-Za-z][\\w-]*$',
      maxLength: 80,
      description: '随机数的请求头或字段，缺省 x-nonce、nonce · Header or field of the nonce',
    }),
  ),
};

export const proofOut = Type.Object(
  {
    ...proofProperties,
    secret: Type.Optional(secret('HMAC 的共享密钥，用 $设置 引用 · Shared secret, by reference')),
    key: Type.Optional(file('签名私钥文件（PEM） · File of the private key, PEM')),
  },
  { ...only, description: '请求如何证明来自本方 · Proof that a request is ours' },
);
export type ProofOut = Static<typeof proofOut>;

export const trustSchema = Type.Object(
  {
    ca: Type.Array(file('PEM 或 DER 文件，或 PEM 文本 · File of PEM or DER, or the PEM itself'), {
      minItems: 1,
      maxItems: 20,
      description: '受信 CA 证书，SM2 或 RSA · Authorities we believe, SM2 or RSA',
    }),
    crl: Type.Optional(
      Type.Array(file('PEM 或 DER 文件，或 PEM 文本 · File of PEM or DER, or the PEM itself'), {
        maxItems: 20,
        description:
          '吊销列表；过期的列表使签名无效 · Lists of revocations; one out of date voids signatures',
      }),
    ),
    digest: Type.Optional(
      Type.Enum(['SM3', 'SHA-256'], { default: 'SM3', description: '文档摘要 · Digest of documents' }),
    ),
    signedAs: Type.Optional(
      Type.Enum(['bytes', 'hex', 'base64', 'document'], {
        default: 'bytes',
        description:
          'CA 实际签的内容：摘要的字节、其十六进制或 base64 文本，或摘要所属的原文 · What the CA signs: the bytes of the digest, its text, or the document it is the digest of',
      }),
    ),
    userId: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 100,
        default: '1234567812345678',
        description: 'SM2 用户标识 · User id of SM2',
      }),
    ),
    signer: Type.Optional(
      Type.Enum(['name', 'any'], {
        default: 'any',
        description: 'name: 证书姓名须为签名人 · The certificate must be in the name of the signer',
      }),
    ),
    timestamp: Type.Optional(
      Type.Enum(['required', 'optional'], {
        default: 'optional',
        description: '是否必须有时间戳 · Whether a timestamp must be there',
      }),
    ),
  },
  { ...only, description: '自行验证所用的依据 · What our own verification goes by' },
);
export type TrustSettings = Static<typeof trustSchema>;

export const referenceSchema = Type.Object(
  {
    secret: secret(
      '本方密钥，收发两侧相同：回调须带回由它签发的凭据 · A secret of ours, the same on both sides: callbacks carry back what it signed',
    ),
    hours: Type.Optional(count(72, 8760, '等待回调的最长小时数 · Hours in which a callback counts')),
  },
  { ...only, description: '回调凭据 · What binds a callback to a request of ours' },
);

const operationSchema = Type.Object(
  {
    path: Type.Optional(
      Type.String({
        pattern: '^/(?!/)[^\\s\\\\]*$',
        maxLength: 300,
        description: 'REST: 接在地址之后 · Appended to the address',
      }),
    ),
    element: Type.Optional(
      Type.String({
        pattern: '^[A-Za-z_][\\w.-]*$',
        maxLength: 80,
        description: 'SOAP: 请求元素 · Element of the request',
      }),
    ),
    action: Type.Optional(Type.String({ maxLength: 300, description: 'SOAPAction' })),
    send: Type.Record(
      Type.String({ pattern: '^[A-Za-z_][\\w-]*(\\.[A-Za-z_][\\w-]*)*$', maxLength: 200 }),
      Type.String({ pattern: `^(=.*|${ours.join('|')})$`, maxLength: 300 }),
      {
        description: `对方字段: 本方内容，或 =固定文字 · Their field: what of ours (${ours.join(', ')}), or =fixed text`,
      },
    ),
    answer: Type.Optional(answerSchema),
  },
  { ...only, description: '一种操作 · One operation' },
);
export type OperationSettings = Static<typeof operationSchema>;

export const operationsSchema = Type.Object(
  {
    sign: Type.Optional(operationSchema),
    verify: Type.Optional(operationSchema),
    timestamp: Type.Optional(operationSchema),
  },
  { ...only, description: '签名、验签、时间戳 · Sign, verify, timestamp' },
);

export const soapSchema = Type.Object(
  {
    version: Type.Optional(Type.Enum(['1.1', '1.2'], { default: '1.1', description: '版本 · Version' })),
    namespace: Type.String({ minLength: 1, maxLength: 300, description: '命名空间 · Namespace' }),
    qualified: Type.Optional(
      Type.Boolean({
        default: false,
        description: '字段带命名空间 · Fields are in the namespace too',
      }),
    ),
  },
  { ...only, description: 'SOAP 信封；缺省为 REST（JSON） · SOAP envelopes; else REST with JSON' },
);
export type SoapSettings = Static<typeof soapSchema>;

export const tlsSchema = Type.Object(
  {
    ca: Type.Optional(file('对方服务器证书的 CA 文件 · CA file of the peer’s server')),
    certificate: Type.Optional(file('本方证书文件（PEM） · Our certificate file, PEM')),
    key: Type.Optional(file('本方私钥文件（PEM） · Our private key file, PEM')),
    serverName: Type.Optional(
      Type.String({ maxLength: 200, description: '校验用的主机名 · Name to verify' }),
    ),
  },
  { ...only, description: 'TLS 客户端 · TLS as a client' },
);
export type TlsSettings = Static<typeof tlsSchema>;
