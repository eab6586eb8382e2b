import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import type { EndpointDef } from '../../contracts/channel/endpoint.schema.ts';
import type { InMapping, Source } from '../../contracts/mapping/shape.ts';
import { codeLookupOf } from '../engine/codes.ts';
import { compileMapping } from '../engine/compile.ts';
import type { InMappingCompiled, OutMappingCompiled } from '../engine/compiled.ts';
import { readProfile } from '../engine/profile.ts';
import { readXml } from '../xml/reader.ts';
import { serialized } from '../xml/serialize.ts';
import { format as hip } from './format.ts';
import { services } from './services.ts';

const here = new URL('.', import.meta.url);
const samplesFolder = new URL('samples/', here);
const yamlIn = (folder: URL) =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => ({ name, text: readFileSync(new URL(name, folder), 'utf8') }));
const folders = [new URL('../codes/', here), here, new URL('optional/', here)];
const profile = readProfile(folders.flatMap(yamlIn), new Map([[hip.name, hip]]));
const codes = codeLookupOf(profile.tables.map(({ def }) => def));
const compiled = new Map(profile.mappings.map(({ def }) => [def.mapping, compileMapping(def, codes, hip)]));
const endpointOf = (code: string) => profile.endpoints.find(({ def }) => def.endpoint === code)!.def;
const endpoint = endpointOf('hip');
const read = (path: string) => readFileSync(new URL(path, samplesFolder), 'utf8');
const json = (path: string) => JSON.parse(read(path));

const samples = readdirSync(samplesFolder, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .flatMap(({ name: mapping }) =>
    readdirSync(new URL(`${mapping}/`, samplesFolder))
      .filter((file) => file.endsWith('.canonical.json'))
      .map((file) => [mapping, file.slice(0, -'.canonical.json'.length)] as const),
  );
const directed = (way: 'in' | 'out') =>
  samples.filter(([mapping]) => compiled.get(mapping)?.direction === way);
const actionOf = (sample: string): string => sample.split('-')[0]!;

function taken(text: string, action: string, def: EndpointDef, bytes: Uint8Array = Buffer.from(text)) {
  const [message] = hip.read({ bytes, oddities: [], meta: { action } }, def).messages;
  return message!;
}

/** What a sample becomes: canonical messages, why it is refused, or why it cannot be mapped. */
function outcome(
  mapping: string,
  text: string,
  action: string,
  def: EndpointDef = endpoint,
  bytes?: Uint8Array,
) {
  const message = taken(text, action, def, bytes);
  if (message.unsound) return { refused: message.unsound.data };
  const result = (compiled.get(mapping) as InMappingCompiled).toCanonical(message.message);
  return 'messages' in result ? result.messages : result;
}

describe('every file of the profile', () => {
  test('is sound: ids are file names, targets exist, required fields are covered, names resolve', () => {
    expect(profile.problems).toEqual([]);
    expect(profile.mappings.length).toBe(26);
    expect(profile.channels.length).toBe(20);
    expect(profile.endpoints.map(({ def }) => def.endpoint)).toEqual(['hip', 'hip-out']);
  });

  test('takes actions of the standard only, each in one channel, and every inbound service of a cell laboratory', () => {
    const accepted = profile.channels.flatMap(({ def }) => ('accept' in def ? def.accept : []));
    expect(new Set(accepted).size).toBe(accepted.length);
    const known = services.map(({ action }) => action);
    expect(accepted.filter((a) => !known.includes(a))).toEqual(['PatientInfoQueryResponse']);
    expect(accepted.length).toBe(32);
  });

  test('has golden samples of every mapping, in and out as pairs', () => {
    for (const { def } of profile.mappings) {
      const own = samples.filter(([mapping]) => mapping === def.mapping);
      expect([def.mapping, own.length > 0]).toEqual([def.mapping, true]);
    }
    for (const [mapping, sample] of samples) {
      expect(compiled.has(mapping)).toBe(true);
      expect(readdirSync(new URL(`${mapping}/`, samplesFolder))).toContain(`${sample}.xml`);
    }
  });

  test('every inbound service has a sound and a faulty sample in both editions', () => {
    const accepted = profile.channels.flatMap(({ def }) =>
      'accept' in def && def.source.endpoint === 'hip' ? def.accept : [],
    );
    for (const action of accepted)
      for (const kind of ['t01-r2', 't01-r1', 'f01-r2', 'f01-r1'])
        expect(samples.map(([, sample]) => sample)).toContain(`${action}-${kind}`);
  });

  test('reads a patient the same way in every inbound mapping', () => {
    const patients = profile.mappings.flatMap(({ def }) =>
      def.direction === 'in' ? (def as InMapping).messages.map(({ fields }) => fields.patient) : [],
    );
    const blocks = patients.filter(
      (p): p is { each: string; map: Source } => typeof p === 'object' && 'each' in p,
    );
    expect(blocks.length).toBe(14);
    for (const { map } of blocks) expect(map).toEqual(blocks[0]!.map);
  });
});

describe('[EVA-01] golden samples in', () => {
  test.each(directed('in'))('%s %s', (mapping, sample) => {
    const text = read(`${mapping}/${sample}.xml`);
    const expected = json(`${mapping}/${sample}.canonical.json`);
    expect(outcome(mapping, text, actionOf(sample))).toEqual(expected);
    const gb: EndpointDef = { ...endpoint, decode: { mode: 'forced', charset: 'GB18030' } };
    const edited = hip.edit(text, 'GB18030', gb);
    if ('bad' in edited) throw new Error(edited.bad);
    expect(outcome(mapping, text, actionOf(sample), gb, edited.bytes)).toEqual(expected);
  });

  test('both editions of a message mean the same', () => {
    const r2 = samples.filter(([, sample]) => /-[tf]01-r2$/.test(sample));
    expect(r2.length).toBe(62);
    for (const [mapping, sample] of r2)
      expect(json(`${mapping}/${sample.replace(/r2$/, 'r1')}.canonical.json`)).toEqual(
        json(`${mapping}/${sample}.canonical.json`),
      );
  });

  test('every T01 becomes messages, every F01 is refused; only queries are refused by their mapping', () => {
    for (const [mapping, sample] of directed('in').filter(([, s]) => /-[tf]01-/.test(s))) {
      const expected = json(`${mapping}/${sample}.canonical.json`);
      expect([sample, Array.isArray(expected)]).toEqual([sample, sample.includes('-t01-')]);
      if (!('refused' in expected) && !Array.isArray(expected))
        expect(sample).toMatch(/^(PatientInfoQuery|DocumentAccess)-/);
    }
  });

  test('a message of the journal is read again as it was', () => {
    for (const [mapping, sample] of directed('in').filter(([, s]) => s.endsWith('t01-r2'))) {
      const text = read(`${mapping}/${sample}.xml`);
      const about = { charset: 'UTF-8', meta: { action: actionOf(sample) } };
      const again = hip.parse(Buffer.from(text), about, endpoint);
      const result = (compiled.get(mapping) as InMappingCompiled).toCanonical(again);
      expect('messages' in result && result.messages).toEqual(json(`${mapping}/${sample}.canonical.json`));
    }
  });
});

const pretty = (text: string): string => {
  const document = readXml(text);
  if (!('root' in document)) throw new Error(document.reason);
  return `${serialized(document.root, true)}\n`;
};

describe('[EVA-01] golden samples out', () => {
  const environment = json('environment.json');
  test.each(directed('out'))('%s %s', (mapping, sample) => {
    const message = json(`${mapping}/${sample}.canonical.json`);
    const from = compiled.get(mapping) as OutMappingCompiled;
    const result = from.fromCanonical(message, environment);
    if (!('text' in result)) throw new Error(JSON.stringify(result.problems));
    expect(pretty(result.text)).toBe(read(`${mapping}/${sample}.xml`));
    expect(from.fromCanonical(message, environment)).toEqual(result);
    const inner = /originalText value="([A-Za-z0-9+/=]{200,})"/.exec(result.text)?.[1];
    if (inner)
      expect(pretty(Buffer.from(inner, 'base64').toString('utf8'))).toBe(
        read(`${mapping}/${sample}.inner.xml`),
      );
    expect(result.text).not.toMatch(/<\w+:/);
  });

  test('what goes to the platform carries its control id, and the root that its action has in the standard', () => {
    const actions: Record<string, string> = {
      'hip-patient-register': 'PatientInfoRegister',
      'hip-patient-update': 'PatientInfoUpdate',
      'hip-patient-ask': 'PatientInfoQuery',
      'hip-filler-status': 'OrderFillerStatusInfoUpdate',
      'hip-exam-status': 'ExamStatusInfoUpdate',
      'hip-test-report': 'DocumentRegister',
      'hip-treatment-record': 'DocumentRegister',
      'hip-administration': 'DocumentRegister',
      'hip-document-register': 'DocumentRegister',
    };
    for (const [mapping, sample] of directed('out').filter(([m]) => actions[m])) {
      const text = read(`${mapping}/${sample}.xml`);
      const message = taken(text, actions[mapping]!, endpoint);
      expect([mapping, message.unsound]).toEqual([mapping, undefined]);
      const written = hip.write(text, endpointOf('hip-out'));
      expect(written).toMatchObject({ controlId: environment.controlId });
    }
    for (const { def } of profile.channels)
      if (!('accept' in def)) expect(actions[def.map]).toBe(def.targets[0]!.with?.action);
  });
});
