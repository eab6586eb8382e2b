import { type Static, Type } from 'typebox';
import { definitionKinds } from './definition.record.ts';

/** A file of definitions as one organisation exports it and another imports it: YAML, without ids, times and persons. */
const only = { additionalProperties: false };
const name = (max: number) => Type.String({ minLength: 1, maxLength: max });

export const bundleSchema = Type.Object(
  {
    bundle: Type.Literal('cytomesh/1'),
    definitions: Type.Array(
      Type.Object({ kind: Type.Enum([...definitionKinds]), code: name(60), text: name(200_000) }, only),
      { maxItems: 200 },
    ),
    samples: Type.Array(
      Type.Object(
        {
          definition: name(60),
          name: name(80),
          note: Type.String({ maxLength: 500 }),
          endpoint: Type.String({ maxLength: 60 }),
          pseudonymised: Type.Boolean(),
          charset: Type.String({ maxLength: 20 }),
          meta: Type.Record(Type.String({ maxLength: 60 }), Type.String({ maxLength: 500 })),
          bytes: Type.String({ maxLength: 1_400_000, description: 'base64' }),
          /** JSON as it is kept; null where nothing is expected. */
          expected: Type.Union([Type.String({ maxLength: 2_000_000 }), Type.Null()]),
        },
        only,
      ),
      { maxItems: 2000 },
    ),
    tables: Type.Array(
      Type.Object(
        {
          code: name(60),
          name: Type.String({ maxLength: 100 }),
          nameEn: Type.String({ maxLength: 100 }),
          source: Type.String({ maxLength: 60 }),
          target: Type.String({ maxLength: 60 }),
          entries: Type.Array(
            Type.Object(
              { from: name(100), to: Type.String({ maxLength: 100 }), note: Type.String({ maxLength: 200 }) },
              only,
            ),
            { maxItems: 20_000 },
          ),
        },
        only,
      ),
      { maxItems: 200 },
    ),
  },
  only,
);
export type Bundle = Static<typeof bundleSchema>;
