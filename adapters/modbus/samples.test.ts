import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { Compile } from 'typebox/compile';
import { descriptor, type ListenSettings } from './descriptor.ts';
import { pointsOf } from './drivers.ts';

const folder = new URL('samples/', import.meta.url);
const samples = readdirSync(folder).filter((name) => name.endsWith('.json'));

test.each(samples)('%s holds, and its devices have points', (name) => {
  const way = name.includes('.listen.') ? 'listen' : 'send';
  const settings: unknown = JSON.parse(readFileSync(new URL(name, folder), 'utf8'));
  expect([...Compile(descriptor[way]!).Errors(settings)]).toEqual([]);
  if (way === 'send') return;
  for (const device of (settings as ListenSettings).devices)
    expect(pointsOf(device).points.length).toBeGreaterThan(0);
});
