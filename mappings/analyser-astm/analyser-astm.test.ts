import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { AstmMessage } from '../astm/message.ts';
import { codeLookupOf } from '../engine/codes.ts';
import { compileMapping } from '../engine/compile.ts';
import type { InMappingCompiled, OutMappingCompiled } from '../engine/compiled.ts';
import { readProfile } from '../engine/profile.ts';
import { formats } from '../formats.generated.ts';
import { encodeText } from '../hl7v2/charset-encode.ts';

const here = new URL('./', import.meta.url);
const filesIn = (folder: string) =>
  readdirSync(new URL(folder, here))
    .filter((name) => name.endsWith('.yaml') && !name.endsWith('.template.yaml'))
    .map((name) => ({ name, text: readFileSync(new URL(folder + name, here), 'utf8') }));
const profile = readProfile([...filesIn('../codes/'), ...filesIn('./'), ...filesIn('./optional/')], formats);
const astm = formats.get('astm')!;
const endpoint = profile.endpoints[0]!.def;
const codes = codeLookupOf(profile.tables.map(({ def }) => def));
const compiled = (id: string) =>
  compileMapping(profile.mappings.find(({ def }) => def.mapping === id)!.def, codes, astm);
const file = (path: string): string => readFileSync(new URL(`samples/${path}`, here), 'utf8');
const stemsOf = (mapping: string) =>
  readdirSync(new URL(`samples/${mapping}/`, here)).flatMap((f) => /^(.+)\.astm$/.exec(f)?.[1] ?? []);

test('the profile is accepted as it stands, the answer to queries with it', () => {
  expect(profile.problems).toEqual([]);
  expect(profile.channels.map(({ def }) => def.channel)).toEqual([
    'analyser-astm-query-in',
    'analyser-astm-results-in',
  ]);
});

const inSamples = ['analyser-astm-results', 'analyser-astm-query'].flatMap((id) =>
  stemsOf(id).map((stem) => [id, stem] as const),
);

describe('[INT-07] golden samples in, in UTF-8 and GB18030', () => {
  test.each(inSamples)('%s %s', (id, stem) => {
    const wanted: unknown = JSON.parse(file(`${id}/${stem}.canonical.json`));
    for (const charset of ['UTF-8', 'GB18030'] as const) {
      const encoded = encodeText(file(`${id}/${stem}.astm`).replaceAll('\n', '\r'), charset);
      if (encoded.problem) throw new Error('not expressible');
      const [read] = astm.read({ bytes: encoded.bytes, oddities: [] }, endpoint).messages;
      expect(read!.unsound).toBeUndefined();
      const result = (compiled(id) as InMappingCompiled).toCanonical(read!.message);
      expect('messages' in result ? result.messages : result).toEqual(wanted);
    }
  });
});

describe('[INT-07] golden samples out', () => {
  const environment = JSON.parse(file('environment.json'));
  test.each(stemsOf('analyser-astm-orders'))('%s', (stem) => {
    const mapping = compiled('analyser-astm-orders') as OutMappingCompiled;
    const result = mapping.fromCanonical(
      JSON.parse(file(`analyser-astm-orders/${stem}.canonical.json`)),
      environment,
    );
    expect('text' in result ? result.text.replaceAll('\r', '\n') : result).toBe(
      file(`analyser-astm-orders/${stem}.astm`),
    );
    if ('text' in result) expect(new AstmMessage(result.text, 'UTF-8').problem).toBeUndefined();
  });
});

test('[INT-02] results of control material have a type of their own, which no channel takes', () => {
  const qc = 'H|\\^&|||XN-L\rP|1\rO|1|QC-L1||^^^CBC|||||||Q\rR|1|^^^WBC|5\rL|1|N\r';
  const [read] = astm.read({ bytes: Buffer.from(qc), oddities: [] }, endpoint).messages;
  expect(read!.type).toBe('QC');
  const accepted = profile.channels.flatMap(({ def }) => ('accept' in def ? def.accept : []));
  expect(accepted).not.toContain('QC');
  expect(accepted).not.toContain('*');
});
