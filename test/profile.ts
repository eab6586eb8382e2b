import { isUtf8 } from 'node:buffer';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import iconv from 'iconv-lite';
import type { OutEnvironment } from '../contracts/mapping/outcome.ts';
import type { Canonical } from '../contracts/message/canonical.ts';
import { codeLookupOf } from '../mappings/engine/codes.ts';
import { compileMapping } from '../mappings/engine/compile.ts';
import type { InMappingCompiled, OutMappingCompiled } from '../mappings/engine/compiled.ts';
import { readProfile } from '../mappings/engine/profile.ts';
import { formats } from '../mappings/formats.generated.ts';

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

/** A shipped profile with its endpoints, compiled with the shipped code tables, and its golden samples. */
export function profileOf(name: string) {
  const folder = join(import.meta.dirname, '../mappings', name);
  const filesIn = (path: string) =>
    readdirSync(path)
      .filter((file) => file.endsWith('.yaml'))
      .map((file) => ({ name: file, text: readFileSync(join(path, file), 'utf8') }));
  const own = [folder, join(folder, 'optional')].filter((path) => existsSync(path)).flatMap(filesIn);
  const profile = readProfile([...filesIn(join(folder, '../codes')), ...own], formats);
  const codes = codeLookupOf(profile.tables.map(({ def }) => def));
  const mapping = (id: string) => {
    const { def } = profile.mappings.find((one) => one.def.mapping === id)!;
    return compileMapping(def, codes, formats.get(def.format)!);
  };
  const endpoint = (id: string) => profile.endpoints.find(({ def }) => def.endpoint === id)!.def;
  const sample = (path: string): Buffer => readFileSync(join(folder, 'samples', path));
  const golden = (path: string): unknown => JSON.parse(sample(path).toString('utf8'));
  const formatOf = (id: string) => formats.get(endpoint(id).format ?? 'hl7v2')!;
  return {
    profile,
    endpoint,
    sample,
    golden,
    ids: () => [
      profile.channels.map(({ def }) => def.channel),
      profile.mappings.map(({ def }) => def.mapping),
    ],
    /** Messages of a file or frame, as the endpoint reads them; samples of text are kept in UTF-8 and come in its charset. */
    read(id: string, given: Uint8Array) {
      const { decode } = endpoint(id);
      const text = isUtf8(given) ? Buffer.from(given).toString('utf8') : undefined;
      const bytes = text === undefined ? given : iconv.encode(text, decode.charset);
      return formatOf(id).read({ bytes, oddities: [] }, endpoint(id)).messages;
    },
    /** What a message means; the problems where it cannot be mapped. */
    canonical(map: string, message: unknown): unknown {
      const result = (mapping(map) as InMappingCompiled).toCanonical(message);
      return plain('messages' in result ? result.messages : result.problems);
    },
    /** The text a canonical message is written as; the problems where it cannot be. */
    written(map: string, message: unknown): unknown {
      const environment = golden('environment.json') as OutEnvironment;
      const result = (mapping(map) as OutMappingCompiled).fromCanonical(message as Canonical, environment);
      return 'text' in result ? result.text : result.problems;
    },
    /** The bytes of such a text at an endpoint. */
    bytes: (id: string, text: unknown) => formatOf(id).write(String(text), endpoint(id)),
  };
}
