import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from '../../../contracts/kernel/fault.ts';
import type { CodeTableDef } from '../../../contracts/mapping/code-table.ts';
import type { MappingDef } from '../../../contracts/mapping/shape.ts';
import { parseCodeTable, parseMapping } from '../../../mappings/engine/documents.ts';
import { hl7v2 } from '../../../mappings/engine/hl7v2.binding.ts';
import type { Parsed } from '../../../mappings/engine/yaml-text.ts';

/** What is shipped: mappings and code tables of all profiles, and the texts of their endpoints and channels. */
export interface Shipped {
  readonly mappings: ReadonlyMap<string, MappingDef>;
  readonly tables: readonly CodeTableDef[];
  readonly endpoints: readonly string[];
  readonly channels: readonly string[];
}

const folder = join(import.meta.dirname, '../../../mappings');

/** Reads the profiles from their folders; a file that is not valid stops the start with its name and line. */
export function readShipped(): Shipped {
  const mappings = new Map<string, MappingDef>();
  const tables: CodeTableDef[] = [];
  const endpoints: string[] = [];
  const channels: string[] = [];
  for (const profile of readdirSync(folder, { withFileTypes: true }).filter((e) => e.isDirectory())) {
    for (const file of readdirSync(join(folder, profile.name)).sort()) {
      if (!file.endsWith('.yaml')) continue;
      const text = readFileSync(join(folder, profile.name, file), 'utf8');
      if (file.endsWith('.map.yaml')) {
        const def = taken(file, parseMapping(text, hl7v2));
        mappings.set(def.mapping, def);
      } else if (file.endsWith('.endpoint.yaml')) endpoints.push(text);
      else if (file.endsWith('.channel.yaml')) channels.push(text);
      else tables.push(taken(file, parseCodeTable(text)));
    }
  }
  return { mappings, tables, endpoints, channels };
}

function taken<T>(file: string, parsed: Parsed<T>): T {
  if ('def' in parsed) return parsed.def;
  const [p] = parsed.problems;
  throw new Fault('channel.text.invalid', {
    problem: `${file} ${p ? `${p.line}:${p.column} ${p.path} ${p.reason}` : ''}`,
  });
}
