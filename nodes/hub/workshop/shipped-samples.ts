import type { EndpointDef } from '../../../contracts/channel/endpoint.schema.ts';
import type { OutEnvironment } from '../../../contracts/mapping/outcome.ts';
import type { MappingDef } from '../../../contracts/mapping/shape.ts';
import { library } from '../partner/library.ts';
import { goldenOf } from '../study/golden.ts';
import { parseDefinition } from '../supervise/definitions.ts';
import type { Expected } from './expected.ts';

/** A golden sample of the product as it is tried: what goes in, and what must come out. */
export interface ShippedSample {
  readonly mapping: string;
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly meta: Readonly<Record<string, string>>;
  readonly environment: OutEnvironment | undefined;
  /** Whose settings read it: the endpoint that is shipped with the mapping. */
  readonly settings: EndpointDef | undefined;
  readonly expected: Expected;
}

/** The samples that lie beside a shipped mapping, by name. */
export function shippedSamples(def: MappingDef): ShippedSample[] {
  const settings = shippedEndpoint(def.mapping);
  return goldenOf(def.mapping).map(({ mapping, name, bytes, meta, expected, environment }) =>
    def.direction === 'in'
      ? { mapping, name, bytes, meta, settings, environment: undefined, expected: expectedIn(expected) }
      : {
          settings,
          mapping,
          name,
          bytes: Buffer.from(JSON.stringify(expected)),
          meta: {},
          environment: environment as unknown as OutEnvironment,
          expected: { outcome: 'mapped', sends: [{ target: '', text: Buffer.from(bytes).toString('utf8') }] },
        },
  );
}

/** The shipped endpoint that a shipped channel with this mapping listens to. */
function shippedEndpoint(mapping: string): EndpointDef | undefined {
  const { all, text } = library();
  const channel = all().find((one) => new RegExp(`^map:\\s*${mapping}\\s*$`, 'm').test(one));
  const code = channel && /^source:\s*\{?\s*endpoint:\s*([\w-]+)/m.exec(channel)?.[1];
  const read = code === undefined ? undefined : parseDefinition(text(code) ?? '', []);
  return read && !('problems' in read) && read.kind === 'endpoint' ? read.def : undefined;
}

function expectedIn(file: unknown): Expected {
  if (Array.isArray(file)) return { outcome: 'mapped', canonical: file };
  const { problems } = file as { problems?: { path: string }[] };
  return problems
    ? { outcome: 'refused', problems: problems.map(({ path }) => path) }
    : { outcome: 'unread' };
}
