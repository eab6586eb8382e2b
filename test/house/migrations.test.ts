import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { registry } from '../../contracts/registry.generated.ts';
import { isAddable, missingSteps, readMigrations } from '../../nodes/kit/db/migrate.ts';
import { root } from './files.ts';
import { digests, readLock } from './seal.ts';

const folder = join(root, 'deploy/migrations');
const names = Object.keys(digests());

test('migrations are numbered without gaps', () => {
  expect(names.map((n) => Number(n.slice(0, 4)))).toEqual(names.map((_, i) => i + 1));
});

test('a migration that has landed is never edited or taken away', () => {
  const now = digests();
  const changed = Object.entries(readLock().migrations).filter(([name, digest]) => now[name] !== digest);
  expect(changed.map(([name]) => name)).toEqual([]);
});

test('only the newest migration may be open, and none on CI: `npm run seal` puts it on record', () => {
  const open = names.filter((name) => !(name in readLock().migrations));
  const may = process.env.CI === 'true' ? [] : names.slice(-1);
  expect(open.filter((name) => !may.includes(name))).toEqual([]);
});

test('[DBR-02] the records ask for nothing beyond the migrations', () => {
  expect(missingSteps(registry.records.values(), readMigrations(folder))).toEqual([]);
});

test('a column that is added to a table with rows may be null, or has a value for them', () => {
  const steps = readMigrations(folder).flatMap((m) => m.steps);
  const wrong = steps.filter((s) => 'addColumn' in s && !isAddable(s.addColumn));
  expect(wrong).toEqual([]);
});

test('[DBR-02] no index key is longer than 767 bytes of four-byte characters', () => {
  const long: string[] = [];
  for (const record of registry.records.values())
    for (const index of record.indexes) {
      const bytes = index.fields.map((name) => {
        const f = record.fields[name];
        if (!f) return Number.POSITIVE_INFINITY;
        if (f.options.personal) return 64 * 4;
        const of = f.column;
        if (of.kind === 'string') return of.max * 4;
        if (of.kind === 'id') return 36 * 4;
        if (of.kind === 'time') return 24 * 4;
        return of.kind === 'text' || of.kind === 'json' || of.kind === 'bytes' ? Number.POSITIVE_INFINITY : 8;
      });
      if (bytes.some((b) => b > 767)) long.push(`${record.name} ${index.fields.join(',')}`);
    }
  expect(long).toEqual([]);
});
