import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { Compile } from 'typebox/compile';
import { descriptor } from './descriptor.ts';

const folder = join(import.meta.dirname, 'samples');
const schemas = { listen: Compile(descriptor.listen!), send: Compile(descriptor.send!) };
const samples = readdirSync(folder).filter((f) => f.endsWith('.json'));
const read = (name: string): Record<string, unknown> =>
  JSON.parse(readFileSync(join(folder, name), 'utf8')) as Record<string, unknown>;

describe('settings', () => {
  test.each(samples)('sample %s is accepted', (name) => {
    const way = name.split('.').at(-2) as 'listen' | 'send';
    expect([...schemas[way].Errors(read(name))]).toEqual([]);
  });

  test('unknown keys, free SQL and an unknown start are refused', () => {
    const good = read('orders.listen.json');
    const { backfill: _, ...open } = good;
    const wrong = [
      { ...good, sql: 'SELECT 1' },
      { ...good, where: 'id > 5' },
      { ...good, where: { id: { gt: 5 } } },
      { ...good, key: [] },
      { ...good, page: 0 },
      open,
    ];
    expect(wrong.map((settings) => schemas.listen.Check(settings))).toEqual(wrong.map(() => false));
  });
});
