import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Puts back into the lock file what npm drops when it writes it: packages that come prebuilt say `gypfile: false`, and npm must
 * not compile them. Without the field in the lock, npm 10 runs node-gyp for whatever has a binding.gyp, and a machine with
 * nothing but Node fails to install. Runs at the end of every `npm install` (script `prepare`).
 */
const path = join(import.meta.dirname, '../../package-lock.json');
export const prebuilt = ['better-sqlite3'] as const;

interface Lock {
  readonly packages: Record<string, Record<string, unknown>>;
}

export function lockText(text: string): string {
  const lock = JSON.parse(text) as Lock;
  for (const name of prebuilt) {
    const entry = lock.packages[`node_modules/${name}`];
    if (!entry) continue;
    delete entry.hasInstallScript;
    entry.gypfile = false;
  }
  return `${JSON.stringify(lock, null, 2)}\n`;
}

if (import.meta.main) {
  const before = readFileSync(path, 'utf8');
  const now = lockText(before);
  if (now !== before) writeFileSync(path, now);
}
