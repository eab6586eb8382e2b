import type { ChannelDef } from '../../contracts/channel/channel.schema.ts';
import type { EndpointDef } from '../../contracts/channel/endpoint.schema.ts';
import type { CodeTableDef } from '../../contracts/mapping/code-table.ts';
import type { MappingDef } from '../../contracts/mapping/shape.ts';
import { codeLookupOf } from './codes.ts';
import { parseChannel, parseCodeTable, parseEndpoint, parseMapping, sourcesOf } from './documents.ts';
import type { Formats } from './format.ts';
import { linkProblems } from './link.ts';
import type { Parsed, TextProblem } from './yaml-text.ts';

/** A text and its file name, e.g. `his-adt.map.yaml`; folders are left out of account. */
export interface ProfileFile {
  readonly name: string;
  readonly text: string;
}
export interface FileProblem extends TextProblem {
  readonly file: string;
}

/** A definition with the text it was read from. */
export interface Read<T> {
  readonly def: T;
  readonly text: string;
}

export interface Profile {
  readonly endpoints: readonly Read<EndpointDef>[];
  readonly channels: readonly Read<ChannelDef>[];
  readonly mappings: readonly Read<MappingDef>[];
  readonly tables: readonly Read<CodeTableDef>[];
  /** Whatever is wrong in any file; a file with problems is left out above. */
  readonly problems: readonly FileProblem[];
}

/**
 * Reads the files of profiles together: `<id>.endpoint.yaml`, `<id>.channel.yaml`, `<id>.map.yaml`, and code tables
 * `<id>.yaml`. Ids must equal file names, and what a channel names must be among the files. Pure: the caller reads.
 */
export function readProfile(files: readonly ProfileFile[], formats: Formats): Profile {
  const problems: FileProblem[] = [];
  const read = <T extends object>(
    suffix: string,
    key: keyof T & string,
    parse: (text: string) => Parsed<T>,
  ) =>
    files.filter(({ name }) => isA(name, suffix)).flatMap((file) => one(file, suffix, key, parse, problems));

  const tables = read<CodeTableDef>('.yaml', 'table', parseCodeTable);
  const codes = codeLookupOf(tables.map(({ def }) => def));
  const mappings = read<MappingDef>('.map.yaml', 'mapping', (text) => parseMapping(text, formats, codes));
  const endpoints = read<EndpointDef>('.endpoint.yaml', 'endpoint', (text) => parseEndpoint(text, formats));
  const sources = sourcesOf(
    endpoints.map(({ def }) => def),
    formats,
  );
  const channels = read<ChannelDef>('.channel.yaml', 'channel', (text) => parseChannel(text, sources));
  const known = { endpoints: endpoints.map(({ def }) => def), mappings: mappings.map(({ def }) => def) };
  const linked = channels.filter(({ def }) => {
    const found = linkProblems(def, known);
    for (const { path, reason } of found) {
      problems.push({ file: `${def.channel}.channel.yaml`, path, line: 1, column: 1, reason });
    }
    return found.length === 0;
  });
  return { endpoints, channels: linked, mappings, tables, problems };
}

const roles = ['.endpoint.yaml', '.channel.yaml', '.map.yaml', '.template.yaml'];

/** A plain `.yaml` is a code table; the others have their role before it. */
const isA = (name: string, suffix: string): boolean =>
  name.endsWith(suffix) && (suffix !== '.yaml' || !roles.some((role) => name.endsWith(role)));

function one<T extends object>(
  { name, text }: ProfileFile,
  suffix: string,
  key: keyof T & string,
  parse: (text: string) => Parsed<T>,
  problems: FileProblem[],
): Read<T>[] {
  const result = parse(text);
  if ('problems' in result) {
    problems.push(...result.problems.map((problem) => ({ file: name, ...problem })));
    return [];
  }
  const id = name.slice(name.lastIndexOf('/') + 1, -suffix.length);
  if (result.def[key] === id) return [{ def: result.def, text }];
  problems.push({
    file: name,
    path: key,
    line: 1,
    column: 1,
    reason: `must be "${id}", as the file is named`,
  });
  return [];
}
