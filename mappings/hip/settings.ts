import { type Static, Type } from 'typebox';

const only = { additionalProperties: false };
const oid = '^[0-9]+(\\.[0-9]+)*$';

/** Settings of an endpoint under `read` for format `hip`. */
export const hipSettings = Type.Object(
  {
    actions: Type.Optional(
      Type.Record(Type.String(), Type.String({ minLength: 1, maxLength: 60 }), {
        description:
          '对方自己的动作代码 → 标准动作，如 MES0084: OrderInfoAdd · The partner’s own names of actions, to those of the standard',
      }),
    ),
    typeCode: Type.Optional(
      Type.Enum(['attribute', 'child'], {
        description:
          '应答结果写法：attribute <acknowledgement typeCode="AA">（缺省）；child <typeCode code="AA"/> · How the result stands in an acknowledgement',
      }),
    ),
    keys: Type.Optional(
      Type.Record(
        Type.String({ pattern: oid }),
        Type.Enum(['patient', 'visit', 'order', 'specimen', 'report', 'none']),
        {
          description:
            '院内 OID → 业务键种类，补充或替代标准 OID · OIDs of this hospital to the kind of number they stand for; none: no key',
        },
      ),
    ),
    declaration: Type.Optional(
      Type.Boolean({
        description:
          '发送时写 XML 声明，缺省仅在非 UTF-8 时写 · Write the XML declaration; default only where it is not UTF-8',
      }),
    ),
  },
  { ...only, description: '互联互通消息（WS/T 846） · Messages of the national platform (WS/T 846)' },
);
export type HipSettings = Static<typeof hipSettings>;
