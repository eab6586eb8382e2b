import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { codeLookupOf } from '../engine/codes.ts';
import { compileMapping } from '../engine/compile.ts';
import type { InMappingCompiled } from '../engine/compiled.ts';
import { readProfile } from '../engine/profile.ts';
import { formats } from '../formats.generated.ts';

const here = new URL('./', import.meta.url);
const filesIn = (folder: string) =>
  readdirSync(new URL(folder, here))
    .filter((name) => name.endsWith('.yaml') && !name.endsWith('.template.yaml'))
    .map((name) => ({ name, text: readFileSync(new URL(folder + name, here), 'utf8') }));
const profile = readProfile([...filesIn('./'), ...filesIn('./optional/')], formats);
const hl7v2 = formats.get('hl7v2')!;
const endpoint = profile.endpoints[0]!.def;
const mapping = compileMapping(profile.mappings[0]!.def, codeLookupOf([]), hl7v2) as InMappingCompiled;
const folder = new URL('samples/lis-hl7-results/', here);
const stems = readdirSync(folder).flatMap((f) => /^(.+)\.hl7$/.exec(f)?.[1] ?? []);
const result = (stem: string) => {
  const text = readFileSync(new URL(`${stem}.hl7`, folder), 'utf8').replaceAll('\n', '\r');
  const [one] = hl7v2.read({ bytes: Buffer.from(text), oddities: [] }, endpoint).messages;
  expect(one!.unsound).toBeUndefined();
  const made = mapping.toCanonical(one!.message);
  return 'messages' in made ? made.messages : made;
};

test('the profile is accepted as it stands', () => {
  expect(profile.problems).toEqual([]);
});

describe('[INT-02] results of a LIS', () => {
  test.each(stems)('%s', (stem) => {
    const wanted: unknown = JSON.parse(readFileSync(new URL(`${stem}.canonical.json`, folder), 'utf8'));
    expect(JSON.parse(JSON.stringify(result(stem)))).toEqual(wanted);
  });

  test('every OBR is a result of its own order, as sure as its least sure value', () => {
    expect(result('two-orders-one-preliminary')).toMatchObject([
      {
        placerNumber: { number: 'R0004' },
        status: 'preliminary',
        observations: [{ value: '1.8', kind: 'number' }],
      },
      {
        placerNumber: { number: 'R0005' },
        status: 'corrected',
        observations: [{ value: '阴性', kind: 'text' }],
      },
    ]);
  });

  test('one without an order number is refused with the place and why', () => {
    expect(result('without-order-number')).toMatchObject({
      problems: [{ path: 'placerNumber.number', reason: expect.stringContaining('没有申请单号') }],
    });
  });
});
