import Bull from 'bull';
import { Redis, type RedisOptions } from 'ioredis';
import type { Log } from '../log.ts';
import { LocalScheduler } from './local.ts';
import type { QueueWorker } from './queue-worker.ts';
import { redisGate } from './redis-gate.ts';
import { systemTimers, type Timers } from './timers.ts';

export interface BullOptions {
  readonly url: string;
  /** Before every key of ours; one per installation. */
  readonly prefix: string;
  /** Unique in the cluster. */
  readonly nodeId: string;
  readonly timers?: Timers;
}

/** A command that takes longer is given up. */
const commandMs = 1_000;
/** Keys nobody took are forgotten; the regular look finds the work. */
const keysTtlMs = 600_000;
/** More waiting jobs than this wake nobody who is not awake. */
const enoughJobs = 1_000;
const perFlush = 500;

/**
 * The scheduler of a cluster. The woken keys of a queue wait in a Redis set, which folds them exactly; a Bull job beside
 * it says "come and take some" to whichever node has a free slot. The keys of many wakes travel together, so a wake costs
 * its caller nothing. While Redis is away each node wakes its own workers and runs the jobs itself.
 */
export class BullScheduler extends LocalScheduler {
  private readonly options: BullOptions;
  private readonly redis: Redis;
  private readonly queues = new Map<string, Bull.Queue>();
  private readonly blocking: Redis[] = [];
  private readonly outgoing = new Map<string, Set<string>>();
  private readonly flushing = new Set<Promise<void>>();

  constructor(options: BullOptions, log: Log) {
    const outage = { told: false };
    const failed = (error: unknown) => {
      if (outage.told) return;
      outage.told = true;
      log.warn('queue server cannot be reached, this node works by itself', { error });
    };
    const redis = connection(options.url, {
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      commandTimeout: commandMs,
    });
    redis.setMaxListeners(0);
    redis.on('error', failed);
    redis.on('ready', () => {
      if (outage.told) log.info('queue server reached again');
      outage.told = false;
    });
    super(log, options.timers ?? systemTimers, redisGate(redis, options.prefix, options.nodeId, failed));
    this.options = options;
    this.redis = redis;
  }

  override async start(): Promise<void> {
    if (this.state !== 'new') return;
    this.redis.connect().catch(() => undefined);
    await within(new Promise<void>((resolve) => this.redis.once('ready', resolve)), commandMs);
    await super.start();
  }

  override async wake(queue: string, key = ''): Promise<void> {
    if (this.state === 'stopped') return;
    const waiting = this.outgoing.get(queue);
    if (waiting) {
      waiting.add(key);
      return;
    }
    const keys = new Set([key]);
    this.outgoing.set(queue, keys);
    const flush = this.flush(queue, keys).finally(() => this.flushing.delete(flush));
    this.flushing.add(flush);
  }

  override async stop(): Promise<void> {
    if (this.state === 'stopped') return;
    await super.stop();
    await Promise.all(this.flushing);
    // Handlers are done. Cutting the blocking connections first spares half a second each; Bull opens them once more.
    const closing = [...this.queues.values()].map((queue) => queue.close(true));
    for (const client of this.blocking) client.disconnect();
    await within(Promise.allSettled(closing), 2 * commandMs);
    for (const client of [...this.blocking, this.redis]) {
      client.disconnect();
      // ioredis leaves this timer behind, which would hold the process for its whole length.
      clearTimeout((client as unknown as { socketTimeoutTimer?: NodeJS.Timeout }).socketTimeoutTimer);
    }
  }

  protected override begin(worker: QueueWorker): void {
    super.begin(worker);
    const queue = this.queue(worker.queue);
    const keys = this.keysOf(worker.queue);
    const fetch = async () => {
      const found = await this.redis.multi().spop(keys, worker.batch).scard(keys).exec();
      const left = Number(found?.[1]?.[1] ?? 0);
      // What is popped is handled in any case; what is left waits for the next look.
      if (left > 0) await this.addJob(queue).catch(() => undefined);
      return (found?.[0]?.[1] as string[] | null) ?? [];
    };
    queue
      .process(worker.concurrency, () => worker.turn(fetch))
      .catch((error) => {
        if (this.state !== 'stopped')
          this.log.error('queue cannot be worked', { queue: worker.queue, error });
      });
  }

  /** Sends what was woken meanwhile, again and again, until nothing is left. */
  private async flush(queue: string, keys: Set<string>): Promise<void> {
    // The wakes of one turn of the event loop go together.
    await new Promise((resolve) => setImmediate(resolve));
    while (keys.size > 0) {
      const some = [...keys].slice(0, perFlush);
      for (const key of some) keys.delete(key);
      try {
        await this.send(queue, some);
      } catch {
        for (const key of some) this.workers.get(queue)?.offer(key === '' ? undefined : key);
      }
    }
    this.outgoing.delete(queue);
  }

  private async send(name: string, some: string[]): Promise<void> {
    const queue = this.queue(name);
    const keys = this.keysOf(name);
    const done = await this.redis
      .multi()
      .sadd(keys, ...some)
      .pexpire(keys, keysTtlMs)
      .llen(queue.toKey('wait'))
      .exec();
    const [added, , jobs] = (done ?? []).map(([error, value]) => {
      if (error) throw error;
      return Number(value);
    });
    if (added! > 0 ? jobs! < enoughJobs : jobs === 0) await this.addJob(queue);
  }

  private async addJob(queue: Bull.Queue): Promise<void> {
    const job = queue.add({}, { removeOnComplete: true, removeOnFail: true });
    if ((await within(job, commandMs)) === undefined) throw new Error('the queue server did not answer');
  }

  private keysOf(queue: string): string {
    return `${this.options.prefix}:keys:${queue}`;
  }

  private queue(name: string): Bull.Queue {
    const known = this.queues.get(name);
    if (known) return known;
    const queue = new Bull(name, {
      prefix: `${this.options.prefix}:bull`,
      settings: { retryProcessDelay: 500 },
      createClient: (type) => (type === 'client' ? this.redis : this.blockingClient()) as never,
    });
    // Bull names its connection without waiting for the answer: cut in that moment, it would end the process.
    Object.assign(queue, { setWorkerName: () => Promise.resolve() });
    queue.on('error', (error) => {
      if (this.redis.status === 'ready' && this.state === 'started') {
        this.log.warn('queue server refused', { queue: name, error });
      }
    });
    this.queues.set(name, queue);
    return queue;
  }

  private blockingClient(): Redis {
    const client = connection(this.options.url, {
      enableReadyCheck: false,
      maxRetriesPerRequest: null,
      socketTimeout: 15_000,
    });
    client.on('error', () => undefined);
    client.connect().catch(() => undefined);
    this.blocking.push(client);
    return client;
  }
}

function connection(url: string, options: RedisOptions): Redis {
  const retryStrategy = (times: number) => Math.min(times * 50, 1_000);
  return new Redis(url, {
    lazyConnect: true,
    connectTimeout: 5_000,
    disconnectTimeout: 200,
    retryStrategy,
    ...options,
  });
}

/** The promise's value, or undefined after `ms`; rejects as it does. */
async function within<T>(promise: Promise<T>, ms: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
