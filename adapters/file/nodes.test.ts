import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from '@jest/globals';
import { seeded } from '../../test/peers/his/random.ts';
import { Bench, drop, filesIn, moved } from './testing.ts';

const bench = new Bench();
afterEach(() => bench.clear());

async function node(folder: string, journal: string): Promise<ChildProcess> {
  const child = fork(join(import.meta.dirname, 'testing-node.ts'), [folder, journal], { execArgv: [] });
  bench.onEnd(() => child.kill('SIGKILL'));
  await once(child, 'message');
  return child;
}

async function setup(files: number) {
  const folder = bench.folder();
  const journal = join(bench.folder(), 'journal');
  writeFileSync(journal, '');
  const lines = (): string[] => readFileSync(journal, 'utf8').split('\n').filter(Boolean);
  const put = (from: number, to: number): void => {
    for (let i = from; i < to; i++) drop(join(folder, `结果 ${i}.csv`), `row${i}`);
  };
  const wanted = Array.from({ length: files }, (_, i) => `结果 ${i}.csv row${i}`).sort();
  return { folder, journal, lines, put, wanted };
}

test('[INT-01] [INT-03] two processes on one folder take each of three hundred files once', async () => {
  const { folder, journal, lines, put, wanted } = await setup(300);
  await Promise.all([node(folder, journal), node(folder, journal)]);
  put(0, 300);
  await moved(folder, 600);
  expect(lines().sort()).toEqual(wanted);
}, 60_000);

test('[INT-01] [INT-03] processes killed at any moment: no file is lost, and one kill repeats at most the file in hand', async () => {
  const { folder, journal, lines, put, wanted } = await setup(240);
  const chance = seeded(20_261_127);
  const nodes = await Promise.all([node(folder, journal), node(folder, journal)]);
  let killed = 0;
  for (let from = 0; from < 240; from += 20) {
    put(from, from + 20);
    await new Promise((resolve) => setTimeout(resolve, chance.int(0, 60)));
    const at = chance.int(0, 1);
    nodes[at]!.kill('SIGKILL');
    killed++;
    nodes[at] = await node(folder, journal);
  }
  await moved(folder, 480);
  const all = lines();
  expect([...new Set(all)].sort()).toEqual(wanted);
  expect(all.length - wanted.length).toBeLessThanOrEqual(killed);
  const left = filesIn(folder).filter((f) => f.endsWith('.csv') && !f.endsWith('.result.csv'));
  expect(left).toHaveLength(240);
}, 60_000);
