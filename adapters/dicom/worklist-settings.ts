import { type Static, Type } from 'typebox';

const only = { additionalProperties: false };
const modality = Type.String({
  pattern: '^[A-Z0-9_ ]{1,16}$',
  description: '设备类型 (0008,0060) · Modality',
});
const station = Type.String({
  pattern: '^[\\x21-\\x5b\\x5d-\\x7e]{1,16}$',
  description: '设备 AE 标题 (0040,0001) · AE title of the station',
});

/** Present: the modality worklist is served (PS3.4 Annex K). */
export const worklistSettings = Type.Object(
  {
    charset: Type.Optional(
      Type.Enum(['UTF-8', 'GB18030'], {
        default: 'UTF-8',
        description: '应答的字符集 · Charset of the answers',
      }),
    ),
    zone: Type.Optional(
      Type.String({
        pattern: '^[+-]\\d{2}:\\d{2}$',
        default: '+08:00',
        description: '日期时间所用时区 · Offset in which dates and times are told',
      }),
    ),
    limit: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 499,
        default: 200,
        description:
          '一次最多条数，超过则要求缩小范围 · Most items of one query; beyond it a narrower one is asked for',
      }),
    ),
    modality: Type.Optional(modality),
    station: Type.Optional(station),
    codeScheme: Type.Optional(
      Type.String({
        pattern: '^[\\x21-\\x5b\\x5d-\\x7e]{1,16}$',
        default: '99LAB',
        description: '项目代码体系 (0008,0102) · Coding scheme of service codes',
      }),
    ),
    procedures: Type.Optional(
      Type.Array(
        Type.Object(
          {
            code: Type.String({ minLength: 1, maxLength: 64, description: '项目代码 · Service code' }),
            modality: Type.Optional(modality),
            station: Type.Optional(station),
          },
          only,
        ),
        {
          maxItems: 1000,
          description:
            '哪些项目在哪类、哪台设备上做；设置后只列出这些 · Which services are done on which device; set: only these are listed',
        },
      ),
    ),
  },
  { ...only, description: '设备工作列表（C-FIND） · Modality worklist (C-FIND)' },
);
export type WorklistSettings = Static<typeof worklistSettings>;
