import { type Static, Type } from 'typebox';
import { isBad } from '../engine/format.ts';
import { parsePath } from './path.ts';

const only = { additionalProperties: false };
const isMeta = (text: string): boolean => /^meta:[A-Za-z][\w.-]*$/.test(text);
const isPath = (text: string): boolean => isMeta(text) || !isBad(parsePath(text));
const path = (description: string) =>
  Type.Refine(
    Type.String({ minLength: 1, maxLength: 400, description }),
    isPath,
    () => 'must be a path, patient.name or list(1).name, or meta:name',
  );
const optionalPath = (description: string) => Type.Optional(path(description));
const template = (description: string) => Type.Optional(Type.String({ maxLength: 8000, description }));
const codes = (description: string) =>
  Type.Array(Type.String({ maxLength: 60 }), { minItems: 1, maxItems: 20, description });

const keySchema = Type.Object(
  {
    kind: Type.Enum(
      ['patient', 'visit', 'order', 'filler', 'specimen', 'report', 'device', 'control', 'batch'],
      { description: '业务键种类 · Kind of business key' },
    ),
    path: path('取值路径；列表取全部 · Where it stands; of a list every item counts'),
  },
  only,
);

/** Settings of an endpoint under `read` for format `json`. */
export const jsonSettings = Type.Object(
  {
    type: Type.Optional(
      Type.Refine(
        Type.String({
          minLength: 1,
          maxLength: 400,
          description:
            '消息类型：路径、meta:名称、或 =固定文字；缺省 =JSON · Message type: a path, meta:name, or =fixed text; default =JSON',
        }),
        (text) => /^=[A-Za-z][\w.^-]{0,39}$/.test(text) || isPath(text),
        () => 'must be a path, meta:name or =text',
      ),
    ),
    control: optionalPath(
      '消息流水号；缺省为协议给出的幂等键 · Control id; default the idempotency key of the protocol',
    ),
    keys: Type.Optional(
      Type.Array(keySchema, { maxItems: 30, description: '业务键 · Business keys by which it is found' }),
    ),
    lane: optionalPath(
      '保持先后顺序的键，缺省为与端点 lane 同种类的业务键 · What order is kept by; default the keys of the endpoint’s lane kind',
    ),
    each: optionalPath(
      '列表的路径，每一项是一条消息，其他路径在其内；. 为整个报文 · A list whose items are a message each; other paths are read inside the item; . for a message that is a list itself',
    ),
    identity: Type.Optional(
      Type.Array(path('路径 · Path'), {
        minItems: 1,
        maxItems: 10,
        description:
          '判重：按 control-id 时以此代替流水号，按 content 时与全文一并比较 · For duplicates: by control-id these stand for the control id, by content they count beside the bytes',
      }),
    ),
    reply: Type.Optional(
      Type.Object(
        {
          good: template(
            '成功应答的 JSON 模板；{control} {type} {code} {reason} {count} {failed} 被替换 · What is answered where all went well, JSON; the names in braces are filled in',
          ),
          bad: template('失败应答的 JSON 模板 · What is answered otherwise'),
        },
        {
          ...only,
          description:
            '应答模板，缺省 {code, id, outcome, reason} · Answers; default {code, id, outcome, reason}',
        },
      ),
    ),
    said: Type.Optional(
      Type.Object(
        {
          code: path('对方应答中结果代码的路径 · Path of the result code in a reply'),
          good: codes('表示成功的代码，如 "0"、"true" · Codes that mean success, e.g. "0", "true"'),
          busy: Type.Optional(codes('表示稍后再试的代码 · Codes that mean "not now"')),
          reason: optionalPath('原因的路径 · Path of the reason'),
        },
        { ...only, description: '读懂对方的应答 · How a peer’s reply is read' },
      ),
    ),
  },
  { ...only, description: 'JSON 报文的读写 · How JSON messages are read and answered' },
);
export type JsonSettings = Static<typeof jsonSettings>;
