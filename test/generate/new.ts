import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { newMigration } from './migration.ts';
import { adapterFiles, elementFiles, wordFiles } from './skeletons.ts';

/**
 * `npm run new adapter|word|element|migration <name>`: writes a skeleton that passes the checks, or for a migration what the
 * records ask for. Refuses to write over a file that is there.
 */
const root = join(import.meta.dirname, '../..');
const usage = 'npm run new adapter|word|element|migration <name in kebab-case>';
const kinds: Record<string, (name: string) => Record<string, string>> = {
  adapter: adapterFiles,
  word: wordFiles,
  element: elementFiles,
};

/** Writes the files of a skeleton below a folder and gives their paths. */
export function writeSkeleton(kind: string, name: string, into = root): string[] {
  const files = Object.entries(kinds[kind]!(name));
  const taken = files.find(([path]) => existsSync(join(into, path)));
  if (taken) throw new Error(`${taken[0]} is there already`);
  for (const [path, text] of files) {
    mkdirSync(dirname(join(into, path)), { recursive: true });
    writeFileSync(join(into, path), text);
  }
  return files.map(([path]) => path);
}

function main(kind = '', name = ''): void {
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name) || !(kind in kinds || kind === 'migration')) {
    console.error(usage);
    process.exitCode = 1;
    return;
  }
  if (kind === 'migration') {
    console.log(newMigration(name) ?? 'the migrations give all that the records ask for');
    return;
  }
  for (const path of writeSkeleton(kind, name)) console.log(`wrote ${path}`);
  if (kind !== 'element') console.log('now: npm run gen');
}

if (import.meta.main) main(process.argv[2], process.argv[3]);
