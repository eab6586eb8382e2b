import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import type { InMapping } from '../../contracts/mapping/shape.ts';
import { codeLookupOf } from '../engine/codes.ts';
import { compileMapping } from '../engine/compile.ts';
import { readProfile } from '../engine/profile.ts';
import { formats } from '../formats.generated.ts';

const here = new URL('./', import.meta.url);
const filesIn = (folder: string) =>
  readdirSync(new URL(folder, here))
    .filter((name) => name.endsWith('.yaml') && !name.endsWith('.template.yaml'))
    .map((name) => ({ name, text: readFileSync(new URL(folder + name, here), 'utf8') }));
const profile = readProfile([...filesIn('../codes/'), ...filesIn('./'), ...filesIn('./optional/')], formats);
const json = formats.get('json')!;
const lookup = codeLookupOf(profile.tables.map(({ def }) => def));
const endpoint = (id: string) => profile.endpoints.find(({ def }) => def.endpoint === id)!.def;
const canonical = (id: string, bytes: Uint8Array) => {
  const [read] = json.read({ bytes, oddities: [], meta: { user: 'gw' } }, endpoint(id)).messages;
  const mapping = compileMapping(
    profile.mappings.find(({ def }) => def.mapping === id)!.def as InMapping,
    lookup,
    json,
  );
  return { read: read!, result: mapping.toCanonical(read!.message) };
};

test('the profile is accepted as it stands', () => {
  expect(profile.problems).toEqual([]);
  expect(profile.channels.map(({ def }) => def.channel)).toEqual(['iot-modbus-in', 'iot-push-in']);
});

describe.each(['iot-modbus', 'iot-push'])('[INT-07] [DEV-04] samples of %s', (id) => {
  const folder = new URL(`samples/${id}/`, here);
  const stems = readdirSync(folder).flatMap((f) => /^([\w-]+)\.json$/.exec(f)?.[1] ?? []);
  test.each(stems)('%s', (stem) => {
    const { read, result } = canonical(id, readFileSync(new URL(`${stem}.json`, folder)));
    const made: unknown = 'messages' in result ? result.messages : result;
    const wanted: unknown = JSON.parse(readFileSync(new URL(`${stem}.canonical.json`, folder), 'utf8'));
    expect(JSON.parse(JSON.stringify(made))).toEqual(wanted);
    const [{ device }] = wanted as [{ device: string }];
    expect(read).toMatchObject({
      type: 'reading',
      lanes: [device],
      keys: expect.arrayContaining([{ kind: 'device', value: device }]),
    });
  });
});

test('[INT-02] what cannot be read as readings is refused with its reason', () => {
  const refusal = (text: string) => {
    const { result } = canonical('iot-push', Buffer.from(text));
    return 'problems' in result ? result.problems.map((p) => p.reason).join() : 'taken';
  };
  expect(refusal('{"time":"2026-11-27 08:00","readings":[{"point":"t","value":1}]}')).toContain('no device');
  expect(refusal('{"device":"a","readings":[{"point":"t","value":1}]}')).toContain('no time');
  expect(refusal('{"device":"a","time":"2026-11-27 08:00","readings":[{"value":1}]}')).toContain(
    'without a point',
  );
  expect(refusal('{"device":"a","time":"2026-11-27 08:00","readings":[]}')).not.toBe('taken');
  expect(
    refusal('{"device":"a","time":"2026-11-27 08:00","readings":[{"point":"t","value":1,"unit":"ell"}]}'),
  ).toContain('unit-ucum');
});
