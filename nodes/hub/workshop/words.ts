import type { TSchema } from 'typebox';
import { channelInSchema, channelOutSchema } from '../../../contracts/channel/channel.schema.ts';
import type { definitionActions } from '../../../contracts/channel/definition.actions.ts';
import { endpointSchema } from '../../../contracts/channel/endpoint.schema.ts';
import type { Result } from '../../../contracts/kernel/action.ts';
import { mappingSchemas, steps } from '../../../contracts/mapping/shape.ts';
import { canonical } from '../../../contracts/message/canonical.ts';
import { formats } from '../../../mappings/formats.generated.ts';
import type { Call } from '../../kit/service.ts';
import type { WorkshopHub } from './workshop-hub.ts';

/** What an editor offers: the schemas of the texts, steps, canonical paths, and the names there are. */
export function wordsOf(hub: WorkshopHub, { kit, meta }: Call): Result<typeof definitionActions.words> {
  const { orgId } = meta.caller;
  const { inForce, shipped } = hub;
  const mine = <T extends { orgId: string }>(list: readonly T[]) => list.filter((x) => x.orgId === orgId);
  return {
    schemas: {
      endpoint: plain(endpointSchema),
      in: plain(channelInSchema),
      out: plain(channelOutSchema),
      mappingIn: plain(mappingSchemas.in),
      mappingOut: plain(mappingSchemas.out),
      ...Object.fromEntries(
        Object.entries(steps).map(([name, { schema }]) => [`step.${name}`, plain(schema)]),
      ),
      ...Object.fromEntries(
        [...formats.values()].flatMap(({ name, settings }) =>
          settings ? [[`read.${name}`, plain(settings)]] : [],
        ),
      ),
    },
    adapters: Object.fromEntries(
      [...hub.options.adapters].map(([id, { descriptor }]) => [
        id,
        {
          title: descriptor.title,
          listen: descriptor.listen && plain(descriptor.listen),
          send: descriptor.send && plain(descriptor.send),
        },
      ]),
    ),
    steps: Object.entries(steps).map(([name, { title }]) => ({ name, zh: title.zh, en: title.en })),
    canonical: Object.fromEntries(
      Object.entries(canonical).map(([type, schema]) => [type, pathsOf(schema as unknown as Shape)]),
    ),
    endpoints: mine(inForce.definitions.endpoints).map((e) => e.code),
    mappings: [
      ...new Set([...shipped.mappings.keys(), ...mine(inForce.own).map((m) => m.def.mapping)]),
    ].sort(),
    tables: Object.keys(inForce.codes.get(orgId) ?? {}).sort(),
    formats: [...formats.keys()],
    calls: [...kit.registry.actions.values()]
      .filter((a) => a.permission === 'mesh' && a.name.endsWith('.receive'))
      .map((a) => a.name),
    events: [...kit.registry.events.keys()],
  };
}

/** A schema without what only code sees. */
const plain = (schema: TSchema): unknown => JSON.parse(JSON.stringify(schema));

interface Shape {
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly items?: Shape;
}

/** `patient.identifiers.number`: names through objects and lists. */
function pathsOf(shape: Shape, before = ''): string[] {
  return Object.entries(shape.properties ?? {}).flatMap(([name, inner]) => {
    const path = before === '' ? name : `${before}.${name}`;
    return [path, ...pathsOf(inner.items ?? inner, path)];
  });
}
