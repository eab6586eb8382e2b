import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/** `npm run bench [word …]`: the benchmarks of this folder one after another, each in a process of its own. */
const wanted = process.argv.slice(2);
const names = readdirSync(import.meta.dirname)
  .filter((f) => f.endsWith('.bench.ts') && (wanted.length === 0 || wanted.some((w) => f.includes(w))))
  .sort();
if (names.length === 0) {
  console.error(`no benchmark is named like ${wanted.join(', ')}`);
  process.exit(1);
}
for (const name of names) {
  console.log(`\n${name.replace('.bench.ts', '')}`);
  const { status } = spawnSync(process.execPath, [join(import.meta.dirname, name)], { stdio: 'inherit' });
  if (status !== 0) process.exitCode = 1;
}
