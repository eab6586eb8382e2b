import { type Static, Type } from 'typebox';
import { isBad } from '../engine/format.ts';
import { parsePath } from './path.ts';

const only = { additionalProperties: false };
const isPath = (text: string): boolean => /^meta:[A-Za-z]\w*$/.test(text) || !isBad(parsePath(text));
const path = (description: string) =>
  Type.Refine(
    Type.String({ minLength: 1, maxLength: 400, description }),
    isPath,
    () => 'must be a path, patient.name or list(1).name, or meta:name',
  );
const words = (description: string) =>
  Type.Array(Type.String({ maxLength: 60 }), { minItems: 1, maxItems: 20, description });

/** Settings of an endpoint under `read` for format `json`. */
export const jsonSettings = Type.Object(
  {
    type: Type.Optional(
      Type.String({
        maxLength: 400,
        description:
          '消息类型：固定文字写作 =Result，否则为路径或 meta:名称；缺省 JSON · Message type: a fixed text as =Result, a path, or meta:name; default JSON',
      }),
    ),
    control: Type.Optional(path('消息流水号的路径 · Path of the control id')),
    keys: Type.Optional(
      Type.Array(
        Type.Object(
          {
            kind: Type.Enum(
              ['patient', 'visit', 'order', 'filler', 'specimen', 'report', 'device', 'control', 'batch'],
              { description: '业务键种类 · Kind of business key' },
            ),
            path: path('取值路径，列表逐项计 · Where it stands; every item of a list counts'),
          },
          only,
        ),
        { maxItems: 30, description: '业务键 · Business keys by which it is found' },
      ),
    ),
    lane: Type.Optional(
      path(
        '保持先后顺序的键，缺省为与端点 lane 同种类的业务键 · What order is kept by; default the keys of the endpoint’s lane kind',
      ),
    ),
    each: Type.Optional(
      path(
        '列表的每一项是一条消息 · Each item of this list is a message of its own; other paths are read inside it',
      ),
    ),
    said: Type.Optional(
      Type.Object(
        {
          code: path('对方应答中结果代码的路径 · Path of the result code in a reply'),
          good: words('表示成功的代码 · Codes that mean success'),
          busy: Type.Optional(words('表示稍后再试的代码 · Codes that mean "not now"')),
          reason: Type.Optional(path('原因的路径 · Path of the reason')),
        },
        { ...only, description: '读懂对方的应答 · How a peer’s reply is read' },
      ),
    ),
  },
  { ...only, description: 'JSON 报文的读写 · How JSON messages are read and answered' },
);
export type JsonSettings = Static<typeof jsonSettings>;
