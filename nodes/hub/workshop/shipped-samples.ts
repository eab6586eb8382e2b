import type { OutEnvironment } from '../../../contracts/mapping/outcome.ts';
import type { MappingDef } from '../../../contracts/mapping/shape.ts';
import { goldenOf } from '../study/golden.ts';
import type { Expected } from './expected.ts';

/** A golden sample of the product as it is tried: what goes in, and what must come out. */
export interface ShippedSample {
  readonly mapping: string;
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly meta: Readonly<Record<string, string>>;
  readonly environment: OutEnvironment | undefined;
  readonly expected: Expected;
}

/** The samples that lie beside a shipped mapping, by name. */
export const shippedSamples = (def: MappingDef): ShippedSample[] =>
  goldenOf(def.mapping).map(({ mapping, name, bytes, meta, expected, environment }) =>
    def.direction === 'in'
      ? { mapping, name, bytes, meta, environment: undefined, expected: expectedIn(expected) }
      : {
          mapping,
          name,
          bytes: Buffer.from(JSON.stringify(expected)),
          meta: {},
          environment: environment as unknown as OutEnvironment,
          expected: { outcome: 'mapped', sends: [{ target: '', text: Buffer.from(bytes).toString('utf8') }] },
        },
  );

function expectedIn(file: unknown): Expected {
  if (Array.isArray(file)) return { outcome: 'mapped', canonical: file };
  const { problems } = file as { problems?: { path: string }[] };
  return problems
    ? { outcome: 'refused', problems: problems.map(({ path }) => path) }
    : { outcome: 'unread' };
}
