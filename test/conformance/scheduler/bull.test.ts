import { afterEach, describe, expect, test } from '@jest/globals';
import { silentLog } from '../../../nodes/kit/log.ts';
import { BullScheduler } from '../../../nodes/kit/scheduler/bull.ts';
import { gate, Recorder } from './recorder.ts';
import { emptyRedis, redisPort, redisWanted, Wire } from './redis-for-tests.ts';
import { schedulerSuite } from './scheduler.suite.ts';

const base = `cytomesh-test-${process.pid}`;
let serial = 0;
const made: BullScheduler[] = [];
const wires: Wire[] = [];

function node(prefix: string, port = redisPort): BullScheduler {
  serial += 1;
  const options = { url: `redis://127.0.0.1:${port}`, prefix, nodeId: `n${serial}` };
  const scheduler = new BullScheduler(options, silentLog);
  made.push(scheduler);
  return scheduler;
}

afterEach(async () => {
  await Promise.all(made.splice(0).map((s) => s.stop()));
  await Promise.all(wires.splice(0).map((wire) => wire.cut()));
  await emptyRedis(base);
});

const seldom = { pollMs: 3_600_000 };

((await redisWanted()) ? describe : describe.skip)('scheduler on Bull and Redis', () => {
  schedulerSuite(() => {
    serial += 1;
    return node(`${base}-${serial}`);
  });

  test('[ARC-07] two nodes share the work: each wake is handled by exactly one of them', async () => {
    const prefix = `${base}-share`;
    const seen = [new Recorder(), new Recorder()];
    const both = new Recorder();
    const nodes = [node(prefix), node(prefix)];
    for (const [i, s] of nodes.entries()) {
      s.on(
        'q',
        async (keys) => {
          seen[i]!.add(keys);
          both.add(keys);
          // As long as a handler is busy its node takes no more.
          if (keys.length > 0) await new Promise((resolve) => setTimeout(resolve, 2));
        },
        { ...seldom, batch: 5 },
      );
    }
    await Promise.all(nodes.map((s) => s.start()));
    await both.until((r) => r.looks() === 2);
    const all = Array.from({ length: 300 }, (_, i) => `k${i}`);
    await Promise.all(all.map((key, i) => nodes[i % 2]!.wake('q', key)));
    await both.until((r) => r.keys().length >= 300);
    expect(both.keys().sort()).toEqual([...all].sort());
    expect(seen[0]!.keys().length).toBeGreaterThan(0);
    expect(seen[1]!.keys().length).toBeGreaterThan(0);
  });

  test('a wake reaches a node that only works, from one that only wakes', async () => {
    const prefix = `${base}-apart`;
    const [gateway, worker] = [node(prefix), node(prefix)];
    const seen = new Recorder();
    worker.on('q', async (keys) => seen.add(keys), seldom);
    await Promise.all([gateway.start(), worker.start()]);
    await gateway.wake('q', 'x');
    await seen.has('x');
  });

  test('a job runs on one node at a time and about once per interval in the whole cluster', async () => {
    const prefix = `${base}-job`;
    const nodes = [node(prefix), node(prefix), node(prefix)];
    const seen = new Recorder();
    let running = 0;
    let most = 0;
    const began = performance.now();
    for (const s of nodes) {
      s.every('j', 100, async () => {
        running += 1;
        most = Math.max(most, running);
        await new Promise((resolve) => setTimeout(resolve, 5));
        running -= 1;
        seen.add([]);
      });
    }
    await Promise.all(nodes.map((s) => s.start()));
    await seen.until((r) => r.looks() >= 5);
    const intervals = (performance.now() - began) / 100;
    expect(most).toBe(1);
    expect(seen.looks()).toBeLessThanOrEqual(intervals + 2);
  });

  test('a node that stops in mid-interval leaves its jobs to the others', async () => {
    const prefix = `${base}-leave`;
    const [first, second] = [node(prefix), node(prefix)];
    const [a, b] = [new Recorder(), new Recorder()];
    first.every('j', 50, async () => a.add([]));
    await first.start();
    await a.until((r) => r.looks() === 1);
    second.every('j', 50, async () => b.add([]));
    await second.start();
    await first.stop();
    await b.until((r) => r.looks() >= 2);
  });

  test('an emptied Redis heals by itself: looks, wakes and jobs go on', async () => {
    const prefix = `${base}-flush`;
    const s = node(prefix);
    const seen = new Recorder();
    const jobs = new Recorder();
    const hold = gate();
    s.on(
      'q',
      async (keys) => {
        seen.add(keys);
        if (keys.includes('held')) await hold.opened;
      },
      { pollMs: 50 },
    );
    s.every('j', 50, async () => jobs.add([]));
    await s.start();
    await s.wake('q', 'held');
    await seen.has('held');
    for (let i = 0; i < 20; i += 1) await s.wake('q', `lost${i}`);
    expect(await emptyRedis(prefix)).toBeGreaterThan(0);
    hold.open();
    const [looks, runs] = [seen.looks(), jobs.looks()];
    await seen.until((r) => r.looks() >= looks + 2);
    await jobs.until((r) => r.looks() >= runs + 2);
    for (let i = 0; i < 5; i += 1) {
      await s.wake('q', `after${i}`);
      await seen.has(`after${i}`);
    }
  });

  test('a Redis that is away at the start delays nothing; the node works by itself and joins later', async () => {
    const prefix = `${base}-late`;
    const wire = new Wire();
    wires.push(wire);
    await wire.open();
    await wire.cut();
    const s = node(prefix, wire.port);
    const seen = new Recorder();
    const jobs = new Recorder();
    s.on('q', async (keys) => seen.add(keys), seldom);
    s.every('j', 20, async () => jobs.add([]));
    await s.start();
    await seen.until((r) => r.looks() === 1);
    await s.wake('q', 'alone');
    await seen.has('alone');
    await jobs.until((r) => r.looks() >= 2);
    await wire.open();
    const other = node(prefix);
    await other.start();
    const far = (async () => {
      for (let i = 0; !seen.keys().some((k) => k.startsWith('joined')); i += 1) {
        await other.wake('q', `joined${i}`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    })();
    await far;
  });

  test('a Redis that goes away in mid-work is done without and found again', async () => {
    const prefix = `${base}-away`;
    const wire = new Wire();
    wires.push(wire);
    await wire.open();
    const s = node(prefix, wire.port);
    const seen = new Recorder();
    s.on('q', async (keys) => seen.add(keys), seldom);
    await s.start();
    await s.wake('q', 'before');
    await seen.has('before');
    await wire.cut();
    await s.wake('q', 'during');
    await seen.has('during');
    await wire.open();
    const other = node(prefix);
    await other.start();
    for (let i = 0; !seen.keys().some((k) => k.startsWith('after')); i += 1) {
      await other.wake('q', `after${i}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  });

  test('stop ends also while Redis is away', async () => {
    const wire = new Wire();
    wires.push(wire);
    await wire.open();
    const s = node(`${base}-stop`, wire.port);
    const seen = new Recorder();
    s.on('q', async (keys) => seen.add(keys), seldom);
    await s.start();
    await seen.until((r) => r.looks() === 1);
    await wire.cut();
    await s.stop();
  });
});
