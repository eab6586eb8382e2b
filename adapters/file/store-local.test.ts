import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { LocalStore } from './store-local.ts';
import { Bench, filesIn } from './testing.ts';

const bench = new Bench();
afterEach(() => bench.clear());

test('a move never overwrites, and of several only one succeeds', async () => {
  const folder = bench.folder();
  const store = new LocalStore(folder);
  for (const name of ['a', 'b']) writeFileSync(join(folder, name), name);
  await expect(store.moveNew('a', 'b')).rejects.toMatchObject({ code: 'EEXIST' });
  const moves = await Promise.allSettled(['a', 'b'].map((name) => store.moveNew(name, 'c')));
  expect(moves.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  expect(filesIn(folder)).toHaveLength(2);
});

test('where there are no hard links a name is looked at and taken by the move itself', async () => {
  const folder = bench.folder();
  const store = new LocalStore(folder);
  // No system links folders: what a file system without links says of files, every one says of these.
  mkdirSync(join(folder, 'from/x'), { recursive: true });
  writeFileSync(join(folder, 'taken'), 'theirs');
  await expect(store.moveNew('from', 'taken', true)).rejects.toMatchObject({ code: 'EEXIST' });
  await store.moveNew('from', 'to', true);
  expect(await store.stat('to/x')).toMatchObject({ kind: 'folder' });
  expect(readFileSync(join(folder, 'taken'), 'utf8')).toBe('theirs');
});

test('no path leads out of the folder, and no link is read', async () => {
  const store = new LocalStore(bench.folder());
  for (const path of ['../x', '/etc/passwd', 'a/../../x'])
    await expect(store.read(path, 10)).rejects.toMatchObject({ code: 'EACCES' });
});

test('a folder inside one that is gone is not made', async () => {
  const store = new LocalStore(join(bench.folder(), 'gone'));
  await expect(store.makeFolder('processed')).rejects.toMatchObject({ code: 'ENOENT' });
  await store.makeFolder('');
  await store.makeFolder('processed/day');
  expect(await store.stat('processed/day')).toMatchObject({ kind: 'folder' });
});
