import { type Static, type TArray, type TObject, type TSchema, Type } from 'typebox';

/** What listener and sender have in common: the contract of a SOAP service as partners of the field write it. */

const only = { additionalProperties: false };

/** A name of an element, Chinese ones too. */
export const elementName = (description: string) =>
  Type.String({
    pattern: '^[A-Za-z_\\u4e00-\\u9fff][A-Za-z0-9_.\\u4e00-\\u9fff-]*$',
    maxLength: 100,
    description,
  });

export const count = (fallback: number, max: number, description: string) =>
  Type.Integer({ minimum: 1, maximum: max, default: fallback, description });

/** How an XML document stands in a parameter or result. */
const contentStyle = (description: string) =>
  Type.Enum(['string', 'cdata', 'nested'], { default: 'string', description });

const fieldProperties = {
  name: elementName('元素名 · Element name'),
  type: Type.Optional(
    Type.Enum(['string', 'integer', 'decimal', 'boolean', 'date', 'dateTime', 'base64Binary', 'any'], {
      default: 'string',
      description: '数据类型（XML Schema） · Type of XML Schema; any: any element',
    }),
  ),
  optional: Type.Optional(Type.Boolean({ default: false, description: '可缺省 · May be left out' })),
  many: Type.Optional(Type.Boolean({ default: false, description: '可重复 · May be repeated' })),
  values: Type.Optional(
    Type.Array(Type.String({ maxLength: 200 }), { maxItems: 500, description: '取值 · Permitted values' }),
  ),
  maxLength: Type.Optional(count(4000, 100000000, '最大长度 · Longest text')),
  description: Type.Optional(Type.String({ maxLength: 1000, description: '说明 · What it means' })),
};

/** A field of a typed message; `fields` makes it a group. Settings are finite, so groups are nested at most so deep. */
export interface Field {
  readonly name: string;
  readonly type?: 'string' | 'integer' | 'decimal' | 'boolean' | 'date' | 'dateTime' | 'base64Binary' | 'any';
  readonly optional?: boolean;
  readonly many?: boolean;
  readonly values?: readonly string[];
  readonly maxLength?: number;
  readonly description?: string;
  readonly fields?: readonly Field[];
}

const GROUPS = 5;

function fieldList(levels: number, description: string): TArray<TObject> {
  const inner: Record<string, TSchema> =
    levels === 1 ? {} : { fields: Type.Optional(fieldList(levels - 1, '下级元素 · Elements inside')) };
  return Type.Array(Type.Object({ ...fieldProperties, ...inner }, only) as TObject, {
    maxItems: 500,
    description,
  });
}

const typedFields = (description: string) => Type.Unsafe<readonly Field[]>(fieldList(GROUPS, description));

export const operationSchema = Type.Object(
  {
    name: elementName('操作名，即请求元素名 · Operation, and name of the request element'),
    parameters: Type.Optional(
      Type.Array(elementName('参数元素名 · Element of a parameter'), {
        minItems: 1,
        maxItems: 20,
        description:
          '参数，按 WSDL 中的次序；缺省 action、message · Parameters in the order of the WSDL; default action, message',
      }),
    ),
    action: Type.Optional(
      Type.Union(
        [
          Type.Object({ parameter: elementName('取自该参数 · Taken from this parameter') }, only),
          Type.Object({ fixed: Type.String({ minLength: 1, maxLength: 200 }) }, only),
        ],
        {
          description:
            '动作取自参数，或固定；缺省取自 action 参数，没有则为操作名 · The action comes from a parameter or is fixed; default: the parameter “action”, else the operation’s name',
        },
      ),
    ),
    message: Type.Optional(
      elementName(
        '报文所在参数，缺省 message，没有则为最后一个 · Parameter with the message; default “message”, else the last one',
      ),
    ),
    response: Type.Optional(elementName('应答元素名，缺省 <操作>Response · Response element')),
    result: Type.Optional(elementName('结果元素名，缺省 <操作>Result · Result element inside the response')),
    messageStyle: Type.Optional(
      contentStyle('报文参数的写法；收时三种都认 · How the message stands in its parameter; all are read'),
    ),
    resultStyle: Type.Optional(
      contentStyle('结果的写法；收时三种都认 · How the result is written; all are read'),
    ),
    soapAction: Type.Optional(Type.String({ maxLength: 500, description: '该操作的 SOAPAction' })),
    typed: Type.Optional(
      Type.Boolean({
        default: false,
        description: '请求元素本身就是报文 · The request element itself is the message (own, typed services)',
      }),
    ),
    schema: Type.Optional(
      Type.Object(
        {
          request: typedFields('请求的元素 · Elements of the request'),
          response: Type.Optional(typedFields('应答的元素 · Elements of the response')),
        },
        {
          ...only,
          description: 'WSDL 中的类型；给出即为 typed · Types of the WSDL; given: the operation is typed',
        },
      ),
    ),
  },
  { ...only, description: '操作 · Operation' },
);
export type OperationSettings = Static<typeof operationSchema>;

export const contractProperties = {
  namespace: Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 300,
      default: 'urn:hl7-org:v3',
      description: '服务的命名空间 · Namespace of the service',
    }),
  ),
  service: Type.Optional(elementName('WSDL 服务名，缺省 HIPService · Service of the WSDL')),
  port: Type.Optional(elementName('WSDL 端口名，缺省 <服务>Soap · Port of the WSDL')),
  soapAction: Type.Optional(
    Type.String({
      maxLength: 500,
      description:
        'SOAPAction，{operation} 代表操作名；缺省为命名空间/操作名 · SOAPAction, {operation} stands for its name; default: namespace/operation',
    }),
  ),
  operations: Type.Optional(
    Type.Array(operationSchema, {
      minItems: 1,
      maxItems: 100,
      description:
        '操作，缺省 HIPMessageServer(action, message) · Operations; default HIPMessageServer(action, message)',
    }),
  ),
  messageStyle: Type.Optional(
    contentStyle('报文参数的写法：转义、CDATA、嵌套 · How messages stand in their parameter'),
  ),
  resultStyle: Type.Optional(contentStyle('结果的写法：转义、CDATA、嵌套 · How results are written')),
  actions: Type.Optional(
    Type.Record(Type.String({ maxLength: 200 }), Type.String({ minLength: 1, maxLength: 200 }), {
      description:
        '动作对照：对方写法 → 我方名称，如 MES0084 → PatientInfoRegister · Actions: what the partner writes → our name',
    }),
  ),
  maxDepth: Type.Optional(count(256, 5000, 'XML 嵌套层数上限 · Deepest nesting of elements')),
  maxElements: Type.Optional(count(1000000, 50000000, 'XML 元素个数上限 · Most elements of a message')),
  maxAttributes: Type.Optional(count(256, 10000, '单个元素的属性个数上限 · Most attributes of an element')),
  maxAttributeChars: Type.Optional(
    count(67108864, 1073741824, '单个属性值的长度上限（字符） · Longest attribute value in characters'),
  ),
  captureBytes: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: 16777216,
      default: 65536,
      description: '每连接每方向保留的原始字节 · Bytes kept per connection and direction',
    }),
  ),
};
