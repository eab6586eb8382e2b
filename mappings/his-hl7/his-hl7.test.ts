import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { codeLookupOf } from '../engine/codes.ts';
import { compileMapping } from '../engine/compile.ts';
import type { InMappingCompiled, OutMappingCompiled } from '../engine/compiled.ts';
import { hl7v2 } from '../engine/hl7v2.binding.ts';
import { readProfile } from '../engine/profile.ts';
import { formats } from '../formats.generated.ts';
import { decodeBytes } from '../hl7v2/charset.ts';
import { encodeText } from '../hl7v2/charset-encode.ts';
import { Hl7Message } from '../hl7v2/message.ts';

const here = new URL('.', import.meta.url);
const codesFolder = new URL('../codes/', here);
const samplesFolder = new URL('samples/', here);
const yamlIn = (folder: URL) =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => ({ name, text: readFileSync(new URL(name, folder), 'utf8') }));
const read = (path: string) => readFileSync(new URL(path, samplesFolder), 'utf8');

const profile = readProfile([...yamlIn(codesFolder), ...yamlIn(here)], formats);
const codes = codeLookupOf(profile.tables.map(({ def }) => def));
const compiled = new Map(profile.mappings.map(({ def }) => [def.mapping, compileMapping(def, codes, hl7v2)]));

const samples = readdirSync(samplesFolder, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .flatMap(({ name: mapping }) =>
    readdirSync(new URL(`${mapping}/`, samplesFolder))
      .filter((file) => file.endsWith('.hl7'))
      .map((file) => [mapping, file.slice(0, -'.hl7'.length)] as const),
  );
const inSamples = samples.filter(([mapping]) => compiled.get(mapping)?.direction === 'in');
const outSamples = samples.filter(([mapping]) => compiled.get(mapping)?.direction === 'out');

describe('every file of the profile', () => {
  test('is sound: ids are file names, targets exist, required fields are covered, names resolve', () => {
    expect(profile.problems).toEqual([]);
    expect(profile.mappings.map(({ def }) => def.mapping)).toEqual([
      'his-adt',
      'his-order-status',
      'his-orders',
      'his-results',
    ]);
    expect(profile.channels.map(({ def }) => def.channel)).toEqual([
      'his-adt-in',
      'his-order-status-out',
      'his-orders-in',
      'his-results-out',
    ]);
  });

  test('has golden samples, each as a pair', () => {
    for (const { def } of profile.mappings) {
      expect(samples.filter(([mapping]) => mapping === def.mapping).length).toBeGreaterThanOrEqual(3);
    }
    for (const mapping of readdirSync(samplesFolder).filter((name) => !name.includes('.'))) {
      expect(compiled.has(mapping)).toBe(true);
      const files = readdirSync(new URL(`${mapping}/`, samplesFolder));
      const names = (suffix: string) =>
        files.filter((file) => file.endsWith(suffix)).map((file) => file.slice(0, -suffix.length));
      expect(names('.hl7')).toEqual(names('.canonical.json'));
    }
  });

  test('reads a patient the same way in both inbound mappings', () => {
    const patients = ['his-adt', 'his-orders'].flatMap((id) => {
      const def = profile.mappings.find((one) => one.def.mapping === id)?.def;
      return def?.direction === 'in' ? def.messages.map((entry) => entry.fields.patient) : [];
    });
    expect(patients).toHaveLength(4);
    for (const patient of patients) expect(patient).toEqual(patients[0]);
  });
});

describe('[INT-02] golden samples in', () => {
  test.each(inSamples)('%s %s', (mapping, sample) => {
    const message = Hl7Message.parse(read(`${mapping}/${sample}.hl7`));
    const result = (compiled.get(mapping) as InMappingCompiled).toCanonical(message);
    expect('messages' in result ? result.messages : result).toEqual(
      JSON.parse(read(`${mapping}/${sample}.canonical.json`)),
    );
  });

  test.each(inSamples)(
    '%s %s gives the same after a way through GB18030 bytes, and every time',
    (mapping, sample) => {
      const text = read(`${mapping}/${sample}.hl7`).replaceAll('\n', '\r');
      const sent = encodeText(text, 'GB18030');
      if (sent.problem) throw new Error('not expressible in GB18030');
      const got = decodeBytes(sent.bytes, { mode: 'forced', charset: 'GB18030' });
      if (got.problem) throw new Error('not decodable');
      const to = compiled.get(mapping) as InMappingCompiled;
      const first = to.toCanonical(Hl7Message.parse(text));
      const parsed = Hl7Message.parse(got.text);
      expect(to.toCanonical(parsed)).toEqual(first);
      expect(to.toCanonical(parsed)).toEqual(first);
      expect(parsed.toString()).toBe(text);
    },
  );
});

describe('[INT-02] golden samples out', () => {
  const environment = JSON.parse(read('environment.json'));
  test.each(outSamples)('%s %s', (mapping, sample) => {
    const message = JSON.parse(read(`${mapping}/${sample}.canonical.json`));
    const from = compiled.get(mapping) as OutMappingCompiled;
    const result = from.fromCanonical(message, environment);
    expect('text' in result ? result.text.replaceAll('\r', '\n') : result).toBe(
      read(`${mapping}/${sample}.hl7`),
    );
    expect(from.fromCanonical(message, environment)).toEqual(result);
  });
});
