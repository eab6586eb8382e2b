import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { catalogue } from '../../contracts/faults/catalogue.ts';

/** What has landed once: migrations by their digest, fault codes by name. */
export interface Lock {
  migrations: Record<string, string>;
  faults: string[];
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

/** Adds what is new to the record and changes nothing that is on it. */
export function seal(): string[] {
  const lock = readLock();
  const now = digests();
  const fresh = Object.keys(now).filter((name) => !(name in lock.migrations));
  const codes = Object.keys(catalogue).filter((c) => !lock.faults.includes(c));
  if (fresh.length + codes.length === 0) return [];
  const next: Lock = {
    migrations: { ...lock.migrations, ...Object.fromEntries(fresh.map((name) => [name, now[name]!])) },
    faults: [...lock.faults, ...codes].sort(),
  };
  writeFileSync(path, `${JSON.stringify(next, null, 2)}\n`);
  return [...fresh, ...codes];
}

if (import.meta.main) {
  const added = seal();
  console.log(added.length === 0 ? 'everything is on record' : `on record now: ${added.join(', ')}`);
}
