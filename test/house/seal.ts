import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { catalogue } from '../../contracts/faults/catalogue.ts';
import { versions } from '../../deploy/views/versions.ts';
import { columnsOf, viewName } from '../../deploy/views/view.ts';

/** What has landed once: migrations by their digest, fault codes by name, views for other systems with their columns in order. */
export interface Lock {
  migrations: Record<string, string>;
  faults: string[];
  views?: Record<string, string>;
}

const root = join(import.meta.dirname, '../..');
const path = join(import.meta.dirname, 'landed.lock.json');
const folder = join(root, 'deploy/migrations');

export function readLock(): Lock {
  return JSON.parse(readFileSync(path, 'utf8')) as Lock;
}

/** SHA-256 of every migration, line ends made alike. */
export function digests(): Record<string, string> {
  const names = readdirSync(folder)
    .filter((f) => f.endsWith('.json'))
    .sort();
  return Object.fromEntries(
    names.map((name) => {
      const text = readFileSync(join(folder, name), 'utf8').replaceAll('\r\n', '\n');
      return [name, createHash('sha256').update(text).digest('hex')];
    }),
  );
}

/** Columns of every view in order, by its name. */
export const viewColumns = (): Record<string, string> =>
  Object.fromEntries(
    versions.flatMap((set) =>
      set.views.map(
        (view) =>
          [
            viewName(set, view),
            columnsOf(view)
              .map((c) => c.name)
              .join(' '),
          ] as const,
      ),
    ),
  );

/** Adds what is new to the record and changes nothing that is on it. */
export function seal(): string[] {
  const lock = readLock();
  const now = digests();
  const fresh = Object.keys(now).filter((name) => !(name in lock.migrations));
  const codes = Object.keys(catalogue).filter((c) => !lock.faults.includes(c));
  const views = viewColumns();
  const grown = Object.keys(views).filter((name) => views[name]!.length > (lock.views?.[name] ?? '').length);
  if (fresh.length + codes.length + grown.length === 0) return [];
  const next: Lock = {
    migrations: { ...lock.migrations, ...Object.fromEntries(fresh.map((name) => [name, now[name]!])) },
    faults: [...lock.faults, ...codes].sort(),
    views: { ...lock.views, ...views },
  };
  writeFileSync(path, `${JSON.stringify(next, null, 2)}\n`);
  return [...fresh, ...codes, ...grown];
}

if (import.meta.main) {
  const added = seal();
  console.log(added.length === 0 ? 'everything is on record' : `on record now: ${added.join(', ')}`);
}
