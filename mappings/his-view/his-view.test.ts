import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { codeLookupOf } from '../engine/codes.ts';
import { compileMapping } from '../engine/compile.ts';
import type { InMappingCompiled, OutMappingCompiled } from '../engine/compiled.ts';
import { readProfile } from '../engine/profile.ts';
import { formats } from '../formats.generated.ts';

const here = new URL('./', import.meta.url);
const filesIn = (folder: string) =>
  readdirSync(new URL(folder, here))
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => ({ name, text: readFileSync(new URL(folder + name, here), 'utf8') }));
const profile = readProfile(['../codes/', './', './optional/'].flatMap(filesIn), formats);
const json = formats.get('json')!;
const codes = codeLookupOf(profile.tables.map(({ def }) => def));
const mapping = (id: string) =>
  compileMapping(profile.mappings.find(({ def }) => def.mapping === id)!.def, codes, json);
const endpoint = profile.endpoints.find(({ def }) => def.endpoint === 'his-view')!.def;
const sample = (path: string) => readFileSync(new URL(`samples/${path}`, here));
const golden = (path: string) => JSON.parse(sample(path).toString('utf8')) as unknown;

function canonical(bytes: Uint8Array) {
  const [one] = json.read({ bytes, oddities: [] }, endpoint).messages;
  const result = (mapping('his-view-orders') as InMappingCompiled).toCanonical(one!.message);
  return { one: one!, result: 'messages' in result ? JSON.parse(JSON.stringify(result.messages)) : result };
}

test('the profile is accepted as it stands', () => {
  expect(profile.problems).toEqual([]);
  expect(profile.channels.map(({ def }) => def.channel).sort()).toEqual([
    'his-view-orders-in',
    'his-view-status-out',
  ]);
});

test.each(['placed', 'cancelled'])('[INT-03] a row of the view becomes the canonical message: %s', (name) => {
  const { one, result } = canonical(sample(`his-view-orders/${name}.json`));
  expect(result).toEqual(golden(`his-view-orders/${name}.canonical.json`));
  expect(one).toMatchObject({ type: 'CellOrder', lanes: ['0001234567'] });
});

test('a row without what an order needs is not mapped, and says what is missing', () => {
  const row = golden('his-view-orders/placed.json') as Record<string, unknown>;
  for (const [column, reason] of [
    ['patient_id', 'no patient number'],
    ['apply_no', 'no request number'],
    ['item_code', 'no item code'],
  ] as const) {
    const { result } = canonical(Buffer.from(JSON.stringify({ ...row, [column]: null })));
    expect(JSON.stringify(result)).toContain(reason);
  }
});

test('[INT-03] a change of state becomes a row of their table', () => {
  const result = (mapping('his-view-status') as OutMappingCompiled).fromCanonical(
    golden('his-view-status/accepted.canonical.json') as never,
    {
      controlId: 'C1',
      time: '2026-03-02T08:30:05+08:00',
      sendingApplication: 'CYTOMESH',
      sendingFacility: 'CELLLAB',
    },
  );
  expect('text' in result ? JSON.parse(result.text) : result).toEqual(
    golden('his-view-status/accepted.json'),
  );
});
