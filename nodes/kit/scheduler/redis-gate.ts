import type { Redis } from 'ioredis';
import type { Gate } from './interval-job.ts';

/** How long a job stays ours without a word from us; another node takes over a crashed one after this. */
const leaseMs = 30_000;

/**
 * Two keys per job: `run`, held and renewed while it runs, and `rest`, which keeps everybody quiet until the interval is
 * over. Both expire by themselves, and an emptied Redis costs at most one early run.
 */
const claimScript = `
local rest = redis.call('pttl', KEYS[1])
if rest > 0 then return rest end
if redis.call('set', KEYS[2], ARGV[1], 'PX', ARGV[2], 'NX') then return 0 end
return math.max(1, redis.call('pttl', KEYS[2]))`;

const keepScript = `
local holder = redis.call('get', KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
redis.call('set', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1`;

const doneScript = `
if redis.call('get', KEYS[2]) == ARGV[1] then redis.call('del', KEYS[2]) end
if tonumber(ARGV[2]) > 0 then redis.call('set', KEYS[1], ARGV[1], 'PX', ARGV[2]) end
return 1`;

/** Gate over Redis. Without Redis every node runs its jobs: time-driven work must not depend on it. */
export function redisGate(
  redis: Redis,
  prefix: string,
  holder: string,
  failed: (error: unknown) => void,
): Gate {
  const keeping = new Map<string, NodeJS.Timeout>();
  const rest = (job: string) => `${prefix}:every:${job}:rest`;
  const run = (job: string) => `${prefix}:every:${job}:run`;
  const keep = (job: string) => void redis.eval(keepScript, 1, run(job), holder, leaseMs).catch(failed);
  return {
    async claim(job) {
      try {
        const wait = Number(await redis.eval(claimScript, 2, rest(job), run(job), holder, leaseMs));
        if (wait > 0) return wait;
      } catch (error) {
        failed(error);
      }
      keeping.set(
        job,
        setInterval(() => keep(job), leaseMs / 3),
      );
      return 0;
    },
    async done(job, restMs) {
      clearInterval(keeping.get(job));
      keeping.delete(job);
      await redis.eval(doneScript, 2, rest(job), run(job), holder, restMs).catch(failed);
    },
  };
}
