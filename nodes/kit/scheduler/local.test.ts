import { expect, test } from '@jest/globals';
import { createLog, silentLog } from '../log.ts';
import { LocalScheduler } from './local.ts';
import { ManualTimers } from './timers.ts';

test('looks come every pollMs, counted from the last look', async () => {
  const timers = new ManualTimers();
  const s = new LocalScheduler(silentLog, timers);
  const looks: number[] = [];
  s.on('q', async () => void looks.push(timers.now()), { pollMs: 1000 });
  await s.start();
  await timers.advance(2500);
  await s.wake('q');
  await timers.advance(1500);
  expect(looks).toEqual([0, 1000, 2000, 2500, 3500]);
  await s.stop();
  await timers.advance(5000);
  expect(looks).toHaveLength(5);
});

test('a look that takes longer than pollMs is followed by the next at once, never overlapped', async () => {
  const timers = new ManualTimers();
  const s = new LocalScheduler(silentLog, timers);
  const looks: number[] = [];
  s.on(
    'q',
    async () => {
      looks.push(timers.now());
      await new Promise<void>((resolve) => timers.after(1500, resolve));
    },
    { pollMs: 1000, concurrency: 4 },
  );
  await s.start();
  await timers.advance(4600);
  expect(looks).toEqual([0, 1500, 3000, 4500]);
});

test('a job is measured from start to start', async () => {
  const timers = new ManualTimers();
  const s = new LocalScheduler(silentLog, timers);
  const runs: number[] = [];
  s.every('j', 1000, async () => {
    runs.push(timers.now());
    await new Promise<void>((resolve) => timers.after(300, resolve));
  });
  await s.start();
  await timers.advance(3000);
  expect(runs).toEqual([0, 1000, 2000, 3000]);
});

test('errors of handlers and jobs are logged with their queue and job', async () => {
  const lines: string[] = [];
  const log = createLog({ level: 'info', nodeId: 'n', destination: { write: (l) => void lines.push(l) } });
  const timers = new ManualTimers();
  const s = new LocalScheduler(log, timers);
  s.on('deliver', async () => Promise.reject(new Error('x')));
  s.every('retention', 1000, async () => Promise.reject(new Error('x')));
  await s.start();
  await timers.advance(0);
  expect(lines.join('')).toMatch(/"queue":"deliver"/);
  expect(lines.join('')).toMatch(/"job":"retention"/);
  await s.stop();
});
