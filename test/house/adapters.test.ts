import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { adapters } from '../../nodes/hub/adapters.generated.ts';
import { files, root } from './files.ts';

const folders = readdirSync(join(root, 'adapters'), { withFileTypes: true })
  .filter((e) => e.isDirectory())
  .map((e) => e.name);

test('adapters are exactly the folders of their room', () => {
  expect([...adapters.keys()].sort()).toEqual(folders.sort());
});

test.each(folders)('adapter %s has descriptor, README, samples, tests and hostile input', (name) => {
  const own = files.filter((f) => f.startsWith(`adapters/${name}/`));
  for (const wanted of ['descriptor.ts', 'index.ts', 'README.md', 'fuzz.test.ts'])
    expect([wanted, own.includes(`adapters/${name}/${wanted}`)]).toEqual([wanted, true]);
  expect(own.some((f) => f.startsWith(`adapters/${name}/samples/`))).toBe(true);
  expect(own.some((f) => f.endsWith('.test.ts'))).toBe(true);
});

test.each([...adapters])(
  'adapter %s says what it can do, and can do it',
  (_name, { descriptor, listen, connect }) => {
    expect(Boolean(descriptor.title.zh && descriptor.title.en)).toBe(true);
    expect([descriptor.listen !== undefined, descriptor.send !== undefined]).toEqual([
      listen !== undefined,
      connect !== undefined,
    ]);
    const settings = [descriptor.listen, descriptor.send].flatMap((s) => Object.entries(s?.properties ?? {}));
    const bare = settings.filter(([, s]) => !(s as { description?: string }).description).map(([key]) => key);
    expect(bare).toEqual([]);
  },
);
