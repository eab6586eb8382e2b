import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { requirements, titleIds } from './requirements.ts';

/** `npm run rtm`: which tests of the last `npm test` show which requirement, and how they ended. `--all` adds those without a test. */
interface Result {
  readonly title: string;
  readonly file: string;
  readonly status: 'passed' | 'failed' | 'skipped';
}

const path = join(import.meta.dirname, '../out/results.json');
if (!existsSync(path)) {
  console.error('there are no results yet: run `npm test` first');
  process.exit(1);
}
const { at, tests } = JSON.parse(readFileSync(path, 'utf8')) as { at: string; tests: Result[] };
const byId = new Map<string, Result[]>();
for (const result of tests)
  for (const id of titleIds(result.title)) byId.set(id, [...(byId.get(id) ?? []), result]);

const all = process.argv.includes('--all');
const count = (found: readonly Result[], status: Result['status']) =>
  found.filter((r) => r.status === status).length;
const verdict = (found: readonly Result[]) =>
  count(found, 'failed') > 0 ? 'FAILED' : count(found, 'passed') > 0 ? 'passed' : 'no test';

console.log(`Traceability, from the run of ${at}\n`);
for (const { id, mark, text } of requirements) {
  const found = byId.get(id) ?? [];
  if (found.length === 0 && !all) continue;
  console.log(`${id} ${mark}`.padEnd(14), verdict(found).padEnd(8), text);
  for (const { title, file, status } of found)
    console.log(`${' '.repeat(15)}${status.padEnd(8)} ${title}  (${file})`);
}
const shown = requirements.filter((r) => verdict(byId.get(r.id) ?? []) === 'passed').length;
const failing = requirements.filter((r) => verdict(byId.get(r.id) ?? []) === 'FAILED').length;
console.log(
  `\n${shown} of ${requirements.length} requirements are shown by passing tests, ${failing} have a failing one`,
);
