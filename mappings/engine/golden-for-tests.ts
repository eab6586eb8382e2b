import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { codeLookupOf } from './codes.ts';
import { compileMapping } from './compile.ts';
import type { InMappingCompiled, OutMappingCompiled } from './compiled.ts';
import type { Formats } from './format.ts';
import { readProfile } from './profile.ts';

/** A profile with what is optional, compiled, and its golden samples. `here` is the folder, as `import.meta.url` of a test in it. */
export function openProfile(here: string, formats: Formats) {
  const yamlIn = (folder: URL) =>
    readdirSync(folder)
      .filter((name) => name.endsWith('.yaml') && !name.endsWith('.template.yaml'))
      .map((name) => ({ name, text: readFileSync(new URL(name, folder), 'utf8') }));
  const folders = ['../codes/', './', 'optional/'].map((folder) => new URL(folder, here));
  const profile = readProfile(folders.filter((folder) => existsSync(folder)).flatMap(yamlIn), formats);
  const codes = codeLookupOf(profile.tables.map(({ def }) => def));
  const compiled = new Map(
    profile.mappings.map(({ def }) => [def.mapping, compileMapping(def, codes, formats.get(def.format)!)]),
  );
  const samples = new URL('samples/', here);
  const json = (path: string): unknown => JSON.parse(readFileSync(new URL(path, samples), 'utf8'));
  const pairs = profile.mappings.flatMap(({ def: { mapping } }) => {
    const files = readdirSync(new URL(`${mapping}/`, samples));
    return files
      .filter((file) => !/\.(canonical|meta)\.json$/.test(file))
      .map((file) => [mapping, file, file.replace(/\.[^.]+$/, '')] as const);
  });
  return {
    profile,
    /** `[mapping, file, name]` of every sample. */
    pairs,
    /** What the product makes of a sample, and what it should. */
    golden(mapping: string, file: string, name: string): { made: unknown; wanted: unknown } {
      const canonical = json(`${mapping}/${name}.canonical.json`);
      const bytes = readFileSync(new URL(`${mapping}/${file}`, samples));
      const { format: id } = profile.mappings.find(({ def }) => def.mapping === mapping)!.def;
      const to = compiled.get(mapping)!;
      if (to.direction === 'out') {
        const result = (to as OutMappingCompiled).fromCanonical(
          canonical as never,
          json('environment.json') as never,
        );
        const text = (from: string): string => from.replaceAll('\r', '\n').trim();
        return { made: 'text' in result ? text(result.text) : result, wanted: text(bytes.toString()) };
      }
      const format = formats.get(id)!;
      const about = { charset: 'UTF-8', meta: {} };
      const sent = id === 'hl7v2' ? Buffer.from(bytes.toString().replaceAll('\n', '\r')) : bytes;
      const result = (to as InMappingCompiled).toCanonical(format.parse(sent, about, undefined));
      const made = 'messages' in result ? JSON.parse(JSON.stringify(result.messages)) : result;
      return { made, wanted: canonical };
    },
  };
}
