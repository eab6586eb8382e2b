import { type Static, Type } from 'typebox';
import { isBad } from '../engine/format.ts';
import { parsePath } from './path.ts';

const only = { additionalProperties: false };
const isPath = (text: string): boolean => {
  const path = parsePath(text);
  return !isBad(path) && path.call === undefined;
};
const path = (description: string) =>
  Type.Refine(
    Type.String({ minLength: 1, maxLength: 400, description }),
    isPath,
    () => 'must be a path, a/b(2)/c@attribute',
  );
const optionalPath = (description: string) => Type.Optional(path(description));
const template = (description: string) => Type.Optional(Type.String({ maxLength: 8000, description }));

const typeDescription =
  '消息类型：root（根元素名，缺省）、meta:action 或路径 · Message type: root (name of the root element, default), meta:action, or a path';

export const keySchema = Type.Object(
  {
    kind: Type.Enum(
      ['patient', 'visit', 'order', 'filler', 'specimen', 'report', 'device', 'control', 'batch'],
      {
        description: '业务键种类 · Kind of business key',
      },
    ),
    path: path('取值路径，可重复 · Where it stands; every occurrence counts'),
  },
  only,
);

/** Settings of an endpoint under `read` for format `xml`. */
export const xmlSettings = Type.Object(
  {
    type: Type.Optional(
      Type.Refine(
        Type.String({ maxLength: 400, description: typeDescription }),
        (text) => /^meta:[A-Za-z][A-Za-z0-9]*$/.test(text) || isPath(text),
        () => 'must be root, meta:name or a path',
      ),
    ),
    control: optionalPath('消息流水号的路径 · Path of the control id'),
    keys: Type.Optional(
      Type.Array(keySchema, { maxItems: 30, description: '业务键 · Business keys by which it is found' }),
    ),
    lane: optionalPath(
      '保持先后顺序的键，缺省为与端点 lane 同种类的业务键 · What order is kept by; default the keys of the endpoint’s lane kind',
    ),
    each: optionalPath(
      '每个这样的元素是一条消息，其他路径在其内 · Each such element is a message of its own; other paths are read inside it',
    ),
    meta: Type.Optional(
      Type.Array(Type.String({ pattern: '^[A-Za-z][A-Za-z0-9]*$', maxLength: 40 }), {
        maxItems: 10,
        description:
          '判重时一并比较的协议信息，如 action · What of the protocol also tells messages apart, e.g. action',
      }),
    ),
    declaration: Type.Optional(
      Type.Boolean({
        description: '发送时写 XML 声明，缺省写 · Write the XML declaration; default yes',
      }),
    ),
    reply: Type.Optional(
      Type.Object(
        {
          good: template(
            '成功应答的模板，{control} {type} {code} {reason} {time} {count} {failed} 被替换 · What is answered where all went well; the names in braces are filled in',
          ),
          bad: template('失败应答的模板 · What is answered otherwise'),
        },
        { ...only, description: '应答模板；缺省无应答内容 · Answers; without them the answer has no body' },
      ),
    ),
    said: Type.Optional(
      Type.Object(
        {
          code: path('对方应答中结果代码的路径 · Path of the result code in a reply'),
          good: Type.Array(Type.String({ maxLength: 60 }), {
            minItems: 1,
            maxItems: 20,
            description: '表示成功的代码 · Codes that mean success',
          }),
          busy: Type.Optional(
            Type.Array(Type.String({ maxLength: 60 }), {
              maxItems: 20,
              description: '表示稍后再试的代码 · Codes that mean "not now"',
            }),
          ),
          reason: optionalPath('原因的路径 · Path of the reason'),
        },
        { ...only, description: '读懂对方的应答 · How a peer’s reply is read' },
      ),
    ),
  },
  { ...only, description: 'XML 报文的读写 · How XML messages are read and answered' },
);
export type XmlSettings = Static<typeof xmlSettings>;
