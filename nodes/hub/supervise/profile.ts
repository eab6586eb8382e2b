import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ChannelDef } from '../../../contracts/channel/channel.schema.ts';
import type { EndpointDef } from '../../../contracts/channel/endpoint.schema.ts';
import { Fault } from '../../../contracts/kernel/fault.ts';
import type { CodeTableDef } from '../../../contracts/mapping/code-table.ts';
import type { MappingDef } from '../../../contracts/mapping/shape.ts';
import { type Read, readProfile } from '../../../mappings/engine/profile.ts';
import { formats } from '../../../mappings/formats.generated.ts';

/** What is shipped: mappings and code tables of all profiles, and the texts of their endpoints and channels. */
export interface Shipped {
  readonly mappings: ReadonlyMap<string, MappingDef>;
  readonly mappingTexts: ReadonlyMap<string, string>;
  readonly tables: readonly CodeTableDef[];
  readonly endpoints: readonly Read<EndpointDef>[];
  readonly channels: readonly Read<ChannelDef>[];
}

const folder = join(import.meta.dirname, '../../../mappings');

/** Reads the profiles from their folders; a file that is not valid stops the start with its name and line. */
export function readShipped(): Shipped {
  const files = readdirSync(folder, { withFileTypes: true })
    .filter((e) => e.isDirectory())
    .flatMap((e) =>
      readdirSync(join(folder, e.name))
        .sort()
        .filter((name) => name.endsWith('.yaml'))
        .map((name) => ({ name, text: readFileSync(join(folder, e.name, name), 'utf8') })),
    );
  const { mappings, tables, endpoints, channels, problems } = readProfile(files, formats);
  const [p] = problems;
  if (p)
    throw new Fault('channel.text.invalid', {
      problem: `${p.file} ${p.line}:${p.column} ${p.path} ${p.reason}`,
    });
  return {
    mappings: new Map(mappings.map(({ def }) => [def.mapping, def])),
    mappingTexts: new Map(mappings.map(({ def, text }) => [def.mapping, text])),
    tables: tables.map(({ def }) => def),
    endpoints,
    channels,
  };
}
