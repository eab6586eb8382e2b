import { expect, test } from '@jest/globals';
import type { TSchema } from 'typebox';
import { registry } from '../../contracts/registry.generated.ts';
import { unexcepted } from './exceptions.ts';
import { files, isTest, product, read } from './files.ts';

const twice = (names: readonly string[]) => names.filter((n, i) => names.indexOf(n) !== i);

test('every event of the contracts is published by some word', () => {
  const published = new Set(
    product
      .filter((f) => f.startsWith('nodes/'))
      .flatMap((f) => [...read(f).matchAll(/\bevent\(\s*(\w+)/g)].map((m) => m[1]!)),
  );
  const names = new Map<string, string>();
  for (const f of files.filter((path) => /^contracts\/.*\.events\.ts$/.test(path)))
    for (const m of read(f).matchAll(/export const (\w+) = defineEvent\(\{\s*name: '([\w.-]+)'/g))
      names.set(m[2]!, m[1]!);
  const silent = [...registry.events.keys()].filter((name) => !published.has(names.get(name) ?? ''));
  expect(unexcepted('event has a publisher', silent)).toEqual([]);
});

test('a description of events names a mesh action', () => {
  const wrong = [...registry.events.values()].filter(
    (e) => e.describedBy !== undefined && registry.actions.get(e.describedBy)?.permission !== 'mesh',
  );
  expect(wrong.map((e) => e.name)).toEqual([]);
});

test('routes are unique, begin with a plural noun and name their path parameters', () => {
  const rest = [...registry.actions.values()].flatMap((a) => (a.rest ? [{ ...a.rest, action: a }] : []));
  expect(twice(rest.map((r) => `${r.method} ${r.path.replace(/\{\w+\}/g, '{}')}`))).toEqual([]);
  const lost = rest.flatMap(({ path, action }) =>
    [...path.matchAll(/\{(\w+)\}/g)]
      .filter((m) => !(m[1]! in action.params.properties))
      .map(() => action.name),
  );
  expect(lost).toEqual([]);
  expect(rest.filter((r) => !/^\/[a-z][a-z-]*(\/[\w{}-]+)*$/.test(r.path)).map((r) => r.path)).toEqual([]);
});

test('reads carry no idempotency key, changes do, and what is outside the mesh has a right', () => {
  const wrong = [...registry.actions.values()].filter(
    (a) =>
      (a.rest?.method === 'GET' && a.repeat !== 'read') ||
      (a.rest?.ifMatch === true && !('version' in a.params.properties)) ||
      (a.permission === 'mesh' && a.rest !== undefined),
  );
  expect(wrong.map((a) => a.name)).toEqual([]);
});

const described = (schema: TSchema): boolean => {
  const s = schema as { title?: string; description?: string };
  return Boolean(s.title || s.description);
};

test('every field of a record has titles in both languages', () => {
  const bare: string[] = [];
  for (const record of registry.records.values()) {
    if (!record.title.zh || !record.title.en) bare.push(record.name);
    for (const [name, f] of Object.entries(record.fields))
      if (!f.options.title.zh || !f.options.title.en) bare.push(`${record.name}.${name}`);
  }
  expect(bare).toEqual([]);
});

test('every parameter of the API is described', () => {
  const bare: string[] = [];
  for (const action of registry.actions.values()) {
    if (!action.title.zh || !action.title.en) bare.push(action.name);
    if (!action.rest) continue;
    for (const [name, schema] of Object.entries(action.params.properties))
      if (!described(schema as TSchema)) bare.push(`${action.name} ${name}`);
  }
  expect(unexcepted('parameter is described', bare)).toEqual([]);
});

test('every record that an action gives or takes is found by a domain folder of its name', () => {
  const words = new Set(files.flatMap((f) => f.match(/^contracts\/([\w-]+)\//)?.[1] ?? []));
  const nodes = new Set(
    files.filter((f) => !isTest(f)).flatMap((f) => f.match(/^nodes\/([\w-]+)\//)?.[1] ?? []),
  );
  const kept = ['kernel', 'faults', 'adapter', 'mapping', 'report', 'message', 'channel'];
  expect([...words].filter((w) => !nodes.has(w) && !kept.includes(w))).toEqual([]);
});
