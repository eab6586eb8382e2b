import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import type { InMapping } from '../../contracts/mapping/shape.ts';
import { codeLookupOf } from '../engine/codes.ts';
import { compileMapping } from '../engine/compile.ts';
import { readProfile } from '../engine/profile.ts';
import { formats } from '../formats.generated.ts';

const here = new URL('./', import.meta.url);
const filesIn = (folder: string) =>
  readdirSync(new URL(folder, here))
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => ({ name, text: readFileSync(new URL(folder + name, here), 'utf8') }));
const profile = readProfile([...filesIn('./'), ...filesIn('./optional/')], formats);

test('the profile is accepted as it stands', () => {
  expect(profile.problems).toEqual([]);
  expect(profile.channels.map(({ def }) => def.channel)).toEqual(['lab-results-in']);
});

test.each(['result', 'document'])('[INT-02] a %s in JSON becomes the canonical one', (name) => {
  const endpoint = profile.endpoints[0]!.def;
  const mapping = compileMapping(
    profile.mappings[0]!.def as InMapping,
    codeLookupOf([]),
    formats.get('json')!,
  );
  const bytes = readFileSync(new URL(`samples/lab-results/${name}.json`, here));
  const [one] = formats.get('json')!.read({ bytes, oddities: [] }, endpoint).messages;
  const wanted = JSON.parse(
    readFileSync(new URL(`samples/lab-results/${name}.canonical.json`, here), 'utf8'),
  );
  const result = mapping.toCanonical(one!.message);
  expect('messages' in result ? JSON.parse(JSON.stringify(result.messages)) : result.problems).toEqual(
    wanted,
  );
  expect(one).toMatchObject({ type: name, lanes: ['A-100'] });
});
