import { type Static, Type } from 'typebox';
import { bothTitles, slug } from './endpoint.schema.ts';

/**
 * A template makes the endpoints and channels of a new partner out of those shipped with a profile: it copies a shipped text under the
 * partner's name, and sets what the engineer was asked for. `{name}` in a value is what he gave; a value that is nothing but `{name}`
 * keeps its type. `{partner}`, `{title}` and `{titleEn}` are always asked.
 */

const only = { additionalProperties: false };
const text = (max: number) =>
  Type.Object(
    {
      zh: Type.String({ minLength: 1, maxLength: max }),
      en: Type.String({ minLength: 1, maxLength: max }),
    },
    only,
  );

/** Who the partner is; the wizard shows templates in these groups. */
export const templateGroups = ['his', 'platform', 'lis', 'esign', 'queue', 'line', 'iot', 'other'] as const;

export const templateFieldSchema = Type.Object(
  {
    name: Type.String({ pattern: '^[a-z][a-zA-Z0-9]*$', maxLength: 40 }),
    title: bothTitles,
    help: Type.Optional(text(500)),
    /** `secret` is stored sealed; the text names it as `$secret:<partner>-<name>`. */
    kind: Type.Enum(['text', 'number', 'yesno', 'choice', 'secret']),
    required: Type.Optional(Type.Boolean()),
    default: Type.Optional(Type.Union([Type.String(), Type.Number(), Type.Boolean()])),
    pattern: Type.Optional(Type.String({ maxLength: 300 })),
    minimum: Type.Optional(Type.Number()),
    maximum: Type.Optional(Type.Number()),
    choices: Type.Optional(
      Type.Array(Type.Object({ value: Type.String(), title: bothTitles }, only), { minItems: 2 }),
    ),
    example: Type.Optional(Type.String({ maxLength: 200 })),
  },
  only,
);
export type TemplateField = Static<typeof templateFieldSchema>;

export const templateSchema = Type.Object(
  {
    template: slug('唯一标识，与文件名一致 · Unique id, equal to the file name'),
    group: Type.Enum([...templateGroups]),
    title: bothTitles,
    about: text(1000),
    /** What is agreed with the partner first. */
    before: Type.Optional(Type.Array(text(500), { maxItems: 10 })),
    fields: Type.Array(templateFieldSchema, { maxItems: 30 }),
    make: Type.Array(
      Type.Object(
        {
          from: slug('随产品提供的端点或通道 · Shipped endpoint or channel it is made from'),
          as: Type.String({ pattern: '^\\{partner\\}[a-z0-9-]*$', maxLength: 60 }),
          title: Type.Optional(bothTitles),
          /** Only where this yes-or-no field is yes. */
          when: Type.Optional(Type.String()),
          /** Path with dots to its value; numbers are places in a list. */
          set: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
          drop: Type.Optional(Type.Array(Type.String(), { maxItems: 20 })),
        },
        only,
      ),
      { minItems: 1, maxItems: 40 },
    ),
  },
  only,
);
export type TemplateDef = Static<typeof templateSchema>;
