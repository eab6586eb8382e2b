import { type Static, Type } from 'typebox';

/** A shipped code table: the first content of a governed one. Codes are text and match exactly, case included. */
const only = { additionalProperties: false };

export const codeTableSchema = Type.Object(
  {
    table: Type.String({
      pattern: '^[a-z][a-z0-9]*(-[a-z0-9]+)*$',
      maxLength: 60,
      description: '唯一标识，与文件名一致 · Unique id, equal to the file name',
    }),
    title: Type.Object(
      {
        zh: Type.String({ minLength: 1, maxLength: 100 }),
        en: Type.String({ minLength: 1, maxLength: 100 }),
      },
      { ...only, description: '名称，中英文 · Name in Chinese and English' },
    ),
    source: Type.String({ minLength: 1, maxLength: 60, description: '源体系 · Source system' }),
    target: Type.String({ minLength: 1, maxLength: 60, description: '目标体系 · Target system' }),
    or: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 100,
        description: '未对照代码的值，仍列入待办 · Value for unknown codes, which are still reported',
      }),
    ),
    entries: Type.Array(
      Type.Object(
        {
          from: Type.String({ minLength: 1, maxLength: 100, description: '源代码 · Source code' }),
          to: Type.String({ minLength: 1, maxLength: 100, description: '目标代码 · Target code' }),
          note: Type.Optional(Type.String({ maxLength: 200, description: '说明 · Note' })),
        },
        only,
      ),
      { minItems: 1, maxItems: 20000, description: '对照 · Pairs' },
    ),
  },
  { ...only, description: '代码表 · Code table' },
);
export type CodeTableDef = Static<typeof codeTableSchema>;
