import { expect, test } from '@jest/globals';
import { generated as client } from '../generate/client.ts';
import { generated as readme } from '../generate/readme.ts';
import { generated as registry } from '../generate/registry.ts';
import { files, read } from './files.ts';

const all = { ...registry, ...client, ...readme };

test.each(Object.keys(all))('%s is what `npm run gen` writes', (path) => {
  expect(all[path]!() === read(path)).toBe(true);
});

test('every generated file has a generator', () => {
  expect(files.filter((f) => /\.generated\.\w+$/.test(f) && !(f in all))).toEqual([]);
});
