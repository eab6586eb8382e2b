import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import type { ChannelInDef } from '../../contracts/channel/channel.schema.ts';
import { codeLookupOf } from '../engine/codes.ts';
import { compileMapping } from '../engine/compile.ts';
import type { InMappingCompiled } from '../engine/compiled.ts';
import { compileFilter } from '../engine/filter.ts';
import { readProfile } from '../engine/profile.ts';
import { formats } from '../formats.generated.ts';
import type { Hl7Message } from '../hl7v2/message.ts';

const here = new URL('./', import.meta.url);
const filesIn = (folder: string) =>
  readdirSync(new URL(folder, here))
    .filter((name) => name.endsWith('.yaml') && !name.endsWith('.template.yaml'))
    .map((name) => ({ name, text: readFileSync(new URL(folder + name, here), 'utf8') }));
const profile = readProfile([...filesIn('../codes/'), ...filesIn('./'), ...filesIn('./optional/')], formats);
const hl7v2 = formats.get('hl7v2')!;
const endpoint = profile.endpoints[0]!.def;
const codes = codeLookupOf(profile.tables.map(({ def }) => def));
const folder = new URL('samples/analyser-hl7-results/', here);
const stems = readdirSync(folder).flatMap((f) => /^(.+)\.hl7$/.exec(f)?.[1] ?? []);
const text = (stem: string): string =>
  readFileSync(new URL(`${stem}.hl7`, folder), 'utf8').replaceAll('\n', '\r');
const read = (message: string) =>
  hl7v2.read({ bytes: Buffer.from(message), oddities: [] }, endpoint).messages[0]!;

test('the profile is accepted as it stands', () => {
  expect(profile.problems).toEqual([]);
});

describe('[INT-07] golden samples', () => {
  const mapping = compileMapping(
    profile.mappings.find(({ def }) => def.mapping === 'analyser-hl7-results')!.def,
    codes,
    hl7v2,
  ) as InMappingCompiled;
  test.each(stems)('%s', (stem) => {
    const one = read(text(stem));
    expect(one.unsound).toBeUndefined();
    const result = mapping.toCanonical(one.message);
    const wanted: unknown = JSON.parse(readFileSync(new URL(`${stem}.canonical.json`, folder), 'utf8'));
    expect('messages' in result ? result.messages : result).toEqual(wanted);
  });
});

describe('[INT-02] MSH-16 of these analysers says what was measured', () => {
  const { filter } = profile.channels[0]!.def as ChannelInDef;
  const wants = compileFilter(filter!, hl7v2.source);
  const head = (msh11: string, msh16: string) =>
    `MSH|^~\\&|Mindray|BS-240|||20261127083000||ORU^R01|1|${msh11}|2.3.1||||${msh16}||ASCII\rOBR|1|QC-1|1|Mindray^BS-240\r`;
  test.each([
    ['a patient', 'P', '0', true],
    ['a calibration', 'P', '1', false],
    ['quality control', 'P', '2', false],
    ['quality control as others say it', 'Q', '', false],
    ['not said', 'P', '', true],
  ] as const)('%s', (_, msh11, msh16, wanted) => {
    const one = read(head(msh11, msh16));
    expect(wants(one.message as Hl7Message)).toBe(wanted);
    // It is never taken for a wish about acknowledgements.
    expect(one.owed('AA')).toEqual({ code: 'AA' });
    expect(one.unsound).toBeUndefined();
  });

  test('control ids that begin anew with the analyser are no repetition; the same bytes are', () => {
    const [first, second] = [
      read(text('chemistry-one-test-each')),
      read(text('chemistry-one-test-each').replace('14.2', '14.3')),
    ];
    expect(first.controlId).toBe(second.controlId);
    expect(Buffer.from(first.identity)).not.toEqual(Buffer.from(second.identity));
    expect(read(text('chemistry-one-test-each')).identity).toEqual(first.identity);
  });
});
