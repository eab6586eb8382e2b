import { afterEach, expect, test } from '@jest/globals';
import type { Scheduler } from '../../../nodes/kit/scheduler/port.ts';
import { gate, Recorder } from './recorder.ts';

/** What every driver of the scheduler port does. `make` builds a node of one and the same cluster per test. */
export function schedulerSuite(make: () => Scheduler): void {
  const made: Scheduler[] = [];
  const scheduler = () => {
    const one = make();
    made.push(one);
    return one;
  };
  afterEach(() => Promise.all(made.splice(0).map((s) => s.stop())));
  /** No look disturbs the test after the first one. */
  const seldom = { pollMs: 3_600_000 };

  test('a wake calls the handler with its key', async () => {
    const s = scheduler();
    const seen = new Recorder();
    s.on('q', async (keys) => seen.add(keys), seldom);
    await s.start();
    await seen.until((r) => r.looks() === 1);
    await s.wake('q', 'order:1');
    await seen.has('order:1');
    expect(seen.keys()).toEqual(['order:1']);
  });

  test('a wake without a key asks to look at everything', async () => {
    const s = scheduler();
    const seen = new Recorder();
    s.on('q', async (keys) => seen.add(keys), seldom);
    await s.start();
    await seen.until((r) => r.looks() === 1);
    await s.wake('q');
    await seen.until((r) => r.looks() === 2);
  });

  test('the first look comes with the start, further looks come by themselves', async () => {
    const s = scheduler();
    const seen = new Recorder();
    s.on('q', async (keys) => seen.add(keys), { pollMs: 5 });
    await s.start();
    await seen.until((r) => r.looks() >= 4);
  });

  test('nothing runs before the start', async () => {
    const s = scheduler();
    const seen = new Recorder();
    s.on('q', async (keys) => seen.add(keys), { pollMs: 1 });
    s.every('j', 1, async () => seen.add(['j']));
    await s.wake('q', 'early');
    expect(seen.calls).toEqual([]);
  });

  test('wakes of a key are folded while one waits, and a wake during the run causes another run', async () => {
    const s = scheduler();
    const seen = new Recorder();
    const hold = gate();
    s.on(
      'q',
      async (keys) => {
        seen.add(keys);
        if (keys.includes('held')) await hold.opened;
      },
      seldom,
    );
    await s.start();
    await s.wake('q', 'held');
    await seen.has('held');
    for (let i = 0; i < 50; i += 1) {
      await s.wake('q', 'again');
      await s.wake('q', 'held');
      if (i % 10 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    hold.open();
    await seen.until((r) => r.keys().filter((k) => k === 'held').length >= 2 && r.keys().includes('again'));
    await s.wake('q', 'last');
    await seen.has('last');
    // One that is on its way to the queue server while the other is taken may come on its own.
    expect(seen.keys().filter((k) => k === 'again').length).toBeLessThanOrEqual(2);
    expect(seen.keys().filter((k) => k === 'held').length).toBeLessThanOrEqual(3);
  });

  test('many keys all arrive, at most `batch` at a time', async () => {
    const s = scheduler();
    const seen = new Recorder();
    s.on('q', async (keys) => seen.add(keys), { ...seldom, batch: 7 });
    await s.start();
    const all = Array.from({ length: 200 }, (_, i) => `k${i}`);
    await Promise.all(all.map((key) => s.wake('q', key)));
    await seen.until((r) => r.keys().length >= 200);
    expect(seen.keys().sort()).toEqual([...all].sort());
    expect(Math.max(...seen.calls.map((keys) => keys.length))).toBeLessThanOrEqual(7);
  });

  test('at most `concurrency` handlers run at a time, and as many do', async () => {
    const s = scheduler();
    const seen = new Recorder();
    const hold = gate();
    let running = 0;
    let most = 0;
    s.on(
      'q',
      async (keys) => {
        running += 1;
        most = Math.max(most, running);
        seen.add(keys);
        if (keys.length > 0) await hold.opened;
        running -= 1;
      },
      { ...seldom, concurrency: 3, batch: 1 },
    );
    await s.start();
    await seen.until((r) => r.looks() === 1);
    for (const key of ['a', 'b', 'c', 'd', 'e']) await s.wake('q', key);
    await seen.until((r) => r.keys().length === 3);
    hold.open();
    await seen.until((r) => r.keys().length === 5);
    expect(most).toBe(3);
  });

  test('a handler that throws is called again', async () => {
    const s = scheduler();
    const seen = new Recorder();
    s.on(
      'q',
      (keys) => {
        seen.add(keys);
        throw new Error('handler');
      },
      { pollMs: 20 },
    );
    await s.start();
    await s.wake('q', 'one');
    await seen.has('one');
    await s.wake('q', 'two');
    await seen.has('two');
    const looks = seen.looks();
    await seen.until((r) => r.looks() > looks + 1);
  });

  test('queues do not disturb each other', async () => {
    const s = scheduler();
    const [a, b] = [new Recorder(), new Recorder()];
    const hold = gate();
    s.on(
      'a',
      async (keys) => {
        a.add(keys);
        await hold.opened;
      },
      seldom,
    );
    s.on('b', async (keys) => b.add(keys), seldom);
    await s.start();
    await s.wake('b', 'x');
    await b.has('x');
    expect(a.keys()).toEqual([]);
    hold.open();
  });

  test('a queue without a worker takes wakes in silence', async () => {
    const s = scheduler();
    await s.start();
    await s.wake('nobody', 'x');
  });

  test('a worker that is set after the start works at once', async () => {
    const s = scheduler();
    const seen = new Recorder();
    await s.start();
    s.on('q', async (keys) => seen.add(keys), seldom);
    await seen.until((r) => r.looks() === 1);
    await s.wake('q', 'x');
    await seen.has('x');
  });

  test('a second worker of a queue and a second job of a name are refused', () => {
    const s = scheduler();
    s.on('q', async () => undefined);
    s.every('j', 1000, async () => undefined);
    expect(() => s.on('q', async () => undefined)).toThrow();
    expect(() => s.every('j', 1000, async () => undefined)).toThrow();
  });

  test('a job runs at the start and again, also after it threw', async () => {
    const s = scheduler();
    const seen = new Recorder();
    s.every('j', 10, async () => {
      seen.add([]);
      throw new Error('job');
    });
    await s.start();
    await seen.until((r) => r.looks() >= 3);
  });

  test('a job never overlaps itself', async () => {
    const s = scheduler();
    const seen = new Recorder();
    let running = 0;
    s.every('j', 5, async () => {
      running += 1;
      await new Promise((resolve) => setTimeout(resolve, 15));
      seen.add([String(running)]);
      running -= 1;
    });
    await s.start();
    await seen.until((r) => r.calls.length >= 4);
    expect(new Set(seen.keys())).toEqual(new Set(['1']));
  });

  test('stop waits for what runs and begins nothing new', async () => {
    const s = scheduler();
    const seen = new Recorder();
    const hold = gate();
    let ended = 0;
    s.on(
      'q',
      async (keys) => {
        seen.add(keys);
        if (keys.length > 0) await hold.opened;
        ended += 1;
      },
      { pollMs: 5, concurrency: 2, batch: 1 },
    );
    s.every('j', 3_600_000, async () => {
      seen.add(['job']);
      await hold.opened;
      ended += 1;
    });
    await s.start();
    await s.wake('q', 'x');
    await Promise.all([seen.has('x'), seen.has('job')]);
    const stopped = s.stop();
    await s.wake('q', 'late');
    const before = ended;
    hold.open();
    await stopped;
    expect(ended).toBeGreaterThanOrEqual(before + 2);
    const calls = seen.calls.length;
    await s.wake('q', 'later');
    await new Promise((resolve) => setImmediate(resolve));
    expect(seen.calls).toHaveLength(calls);
    expect(seen.keys()).not.toContain('late');
  });

  test('stopping twice, and without a start, is harmless', async () => {
    const s = scheduler();
    await s.stop();
    await s.stop();
  });
}
