import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { orderRecord } from '../../contracts/order/order.record.ts';
import { Database } from '../../nodes/kit/db/database.ts';
import { tableCode } from '../../nodes/kit/db/rows.ts';
import { benchOrders } from '../peers/his/messages.ts';
import { type RunningPlatform, runPlatform } from '../platform.ts';
import { Load, shotOf } from './load.ts';

/**
 * Intake of 1 KB orders: every message is acknowledged after a durable commit, and the run ends when each has its order.
 * `node test/bench/intake.bench.ts [--db <main url>] [--seconds 8] [--warmup 4] [--connections 1,8,32,64]`
 */
const args = new Map(
  process.argv.slice(2).flatMap((a, i, all) => (a.startsWith('--') ? [[a.slice(2), all[i + 1] ?? '']] : [])),
);
const seconds = Number(args.get('seconds') ?? 8);
const warmup = Number(args.get('warmup') ?? 4);
const url = args.get('db');

async function orders(db: Database): Promise<number> {
  const [row] = await db.read.query<{ n: number }>(
    `SELECT COUNT(*) AS n FROM ${tableCode(orderRecord, db.read).table}`,
  );
  return Number(row?.n ?? 0);
}

async function round(connections: number, baseline: { rate: number }): Promise<void> {
  const dataFolder = mkdtempSync(join(tmpdir(), 'cytomesh-bench-'));
  const platform: RunningPlatform = await runPlatform({
    dataFolder,
    nodeFlags: args.has('flags')
      ? args.get('flags')!.split(' ')
      : args.has('profile')
        ? ['--cpu-prof', `--cpu-prof-dir=${args.get('profile')}`]
        : [],
    env: url ? { CYTOMESH_DB_MAIN: url, CYTOMESH_DB_LOG: url } : {},
  });
  const db = await Database.open({
    role: 'main',
    url: url ?? `sqlite:${join(dataFolder, 'main.sqlite')}`,
    records: [orderRecord],
  });
  const before = await orders(db);
  const shots = benchOrders(Math.max(4000, (seconds + warmup) * 5000), {
    patients: 2000,
    prefix: `B${process.pid.toString(36)}${connections}`,
  }).map(shotOf);
  const load = await Load.open(connections, platform.mllpPort);
  let next = 0;
  const send = (ms: number): Promise<void> => load.send(ms, () => shots[next++]);
  await send(warmup * 1000); // until the code is compiled; not counted
  const warm = load.latencies.length;
  while ((await orders(db)) - before < warm - load.negative) await sleep(20);
  const used = { cpu: platform.cpuMs(), main: platform.mainCpuMs(), bytes: platform.writtenBytes() };
  const ownBefore = process.cpuUsage();
  const began = performance.now();
  await send(seconds * 1000);
  const { latencies, negative } = load;
  const acknowledged = (performance.now() - began) / 1000;
  const own = process.cpuUsage(ownBefore);
  let seen = 0;
  let stuck = performance.now();
  const wanted = warm + latencies.length - negative;
  while ((await orders(db)) - before < wanted) {
    const now = (await orders(db)) - before;
    if (now > seen) stuck = performance.now();
    seen = now;
    if (performance.now() - stuck > 20_000)
      throw new Error(`effects stopped at ${seen} of ${wanted}\n${platform.output()}`);
    await sleep(5);
  }
  const applied = (performance.now() - began) / 1000;
  const memory = platform.memoryMb();
  const n = latencies.length;
  const cpu = Math.round(((platform.cpuMs() - used.cpu) * 1000) / n);
  const main = Math.round(((platform.mainCpuMs() - used.main) * 1000) / n);
  const kilobytes = Math.round((platform.writtenBytes() - used.bytes) / 1024 / n);
  latencies.sort((a, b) => a - b);
  const at = (q: number): string =>
    (latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * q))] ?? 0).toFixed(1);
  const rate = latencies.length / applied;
  if (baseline.rate === 0) baseline.rate = rate;
  console.log(
    `${String(connections).padStart(3)} connections  ${Math.round(rate)} msg/s applied  ${Math.round(latencies.length / acknowledged)} acked  p50 ${at(0.5)} ms  p99 ${at(0.99)} ms  ${Math.round(memory)} MB  ${cpu} µs CPU each (${main} of the event loop), ${Math.round((own.user + own.system) / n)} of the sender's  ${kilobytes} KB written  ratio ${(rate / baseline.rate).toFixed(2)}  negative ${negative}  ready ${(platform.readyMs / 1000).toFixed(2)} s`,
  );
  load.close();
  await db.close();
  await platform.kill();
  rmSync(dataFolder, { recursive: true, force: true, maxRetries: 5 });
}

const baseline = { rate: 0 };
for (const n of (args.get('connections') ?? '1,8,32,64').split(',').map(Number)) await round(n, baseline);
