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
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => ({ name, text: readFileSync(new URL(folder + name, here), 'utf8') }));
const codes = filesIn('../codes/');
const profile = readProfile([...codes, ...filesIn('./'), ...filesIn('./optional/')], formats);
const json = formats.get('json')!;
const endpoint = profile.endpoints.find(({ def }) => def.endpoint === 'iot')!.def;
const lookup = codeLookupOf(profile.tables.map(({ def }) => def));
const mappingOf = (id: string) =>
  compileMapping(profile.mappings.find(({ def }) => def.mapping === id)!.def as InMapping, lookup, json);

/** A payload as the broker hands it on. */
function canonical(id: string, bytes: Uint8Array, meta: Record<string, string>) {
  const [one] = json.read({ bytes, oddities: [], meta }, endpoint).messages;
  return {
    read: one!,
    result: one!.message === undefined ? undefined : mappingOf(id).toCanonical(one!.message),
  };
}

test('the profile is accepted as it stands', () => {
  expect(profile.problems).toEqual([]);
  expect(profile.channels).toHaveLength(4);
});

describe.each(['iot-telemetry', 'iot-gateway'])('[INT-07] [DEV-04] samples of %s', (id) => {
  const folder = new URL(`samples/${id}/`, here);
  const stems = readdirSync(folder).flatMap((f) => /^([\w-]+)\.json$/.exec(f)?.[1] ?? []);
  test.each(stems)('%s', (stem) => {
    const meta = JSON.parse(readFileSync(new URL(`${stem}.meta.json`, folder), 'utf8')) as Record<
      string,
      string
    >;
    const { read, result } = canonical(id, readFileSync(new URL(`${stem}.json`, folder)), meta);
    const made: unknown = JSON.parse(
      JSON.stringify(result && 'messages' in result ? result.messages : result),
    );
    const file = new URL(`${stem}.canonical.json`, folder);
    expect(made).toEqual(JSON.parse(readFileSync(file, 'utf8')));
    expect(read).toMatchObject({ type: meta.kind, lanes: [meta.device] });
  });
});

const meta = { topic: 'lab/f1/telemetry', kind: 'telemetry', device: 'f1', at: '2026-11-25T01:30:00.000Z' };
const refusal = (text: string, more: object = {}) => {
  const { result, read } = canonical('iot-telemetry', Buffer.from(text), { ...meta, ...more });
  if (read.unsound) return read.unsound.data.reason;
  return result && 'problems' in result ? result.problems.map((p) => p.reason).join() : 'taken';
};

test('[INT-02] what cannot be read as readings is refused with its reason, never half of it taken', () => {
  expect(refusal('{"points":[{"value":1}]}')).toContain('a reading without a point');
  expect(refusal('{"points":[{"point":"t","value":1,"unit":"furlong"}]}')).toContain('unit-ucum');
  expect(refusal('{"ts":"yesterday","t":1}')).toContain('is not a date and time');
  expect(refusal('{"model":"only text"}')).toBe('is required and missing');
  expect(refusal('{"t":1')).toContain('unexpected-end');
  expect(refusal('21.5 degrees')).not.toBe('taken');
});

test('[INT-07] a repetition is told by topic, client, packet and bytes together', () => {
  const identity = (more: object) =>
    Buffer.from(
      canonical('iot-telemetry', Buffer.from('{"t":1}'), { ...meta, client: 'c', packet: '7', ...more }).read
        .identity,
    ).toString();
  expect(identity({ at: 'another time' })).toBe(identity({}));
  for (const other of [{ packet: '8' }, { client: 'd' }, { topic: 'lab/f2/telemetry' }])
    expect(identity(other)).not.toBe(identity({}));
});
