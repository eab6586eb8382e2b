import type { Log } from '../log.ts';
import type { QueueHandler, QueueOptions } from './port.ts';
import type { Timers } from './timers.ts';

/** The worker of one queue in this process: slots, folded keys, the regular look, draining. Both drivers stand on it. */
export class QueueWorker {
  readonly queue: string;
  readonly concurrency: number;
  readonly batch: number;
  private readonly handler: QueueHandler;
  private readonly pollMs: number;
  private readonly timers: Timers;
  private readonly log: Log;
  private readonly waiting = new Set<string>();
  /** Calls of `turn` that wait for a slot; told whether they got one. */
  private readonly turns: ((granted: boolean) => void)[] = [];
  private state: 'new' | 'started' | 'stopped' = 'new';
  private running = 0;
  private lookDue = false;
  private looking = false;
  private cancelLook: () => void = () => undefined;
  private drained: (() => void) | undefined;

  constructor(queue: string, handler: QueueHandler, options: QueueOptions, timers: Timers, log: Log) {
    this.queue = queue;
    this.handler = handler;
    this.concurrency = options.concurrency ?? 1;
    this.pollMs = options.pollMs ?? 1000;
    this.batch = options.batch ?? 100;
    this.timers = timers;
    this.log = log;
  }

  /** Wakes here; without a key: look at everything. */
  offer(key?: string): void {
    if (this.state === 'stopped') return;
    if (key === undefined) this.lookDue = true;
    else this.waiting.add(key);
    this.pump();
  }

  /** Waits for a slot, then handles what `fetch` brings; an empty text among the keys means everything. */
  async turn(fetch: () => Promise<string[]>): Promise<void> {
    if (!(await this.slot())) return;
    try {
      const keys = await fetch();
      if (keys.includes('')) this.lookDue = true;
      const named = keys.filter((key) => key !== '');
      if (named.length > 0) await this.handle(named);
    } finally {
      this.release();
    }
  }

  start(): void {
    if (this.state !== 'new') return;
    this.state = 'started';
    this.lookDue = true;
    this.pump();
  }

  async stop(): Promise<void> {
    this.state = 'stopped';
    this.cancelLook();
    this.waiting.clear();
    for (const told of this.turns.splice(0)) told(false);
    if (this.running > 0) await new Promise<void>((resolve) => (this.drained = resolve));
  }

  private slot(): Promise<boolean> {
    if (this.state === 'stopped') return Promise.resolve(false);
    return new Promise((resolve) => {
      this.turns.push(resolve);
      this.pump();
    });
  }

  private pump(): void {
    while (this.state === 'started' && this.running < this.concurrency) {
      if (this.lookDue && !this.looking) this.look();
      else if (this.turns.length > 0) {
        this.running += 1;
        this.turns.shift()!(true);
      } else if (this.waiting.size > 0) {
        const keys = [...this.waiting].slice(0, this.batch);
        for (const key of keys) this.waiting.delete(key);
        this.run(keys);
      } else return;
    }
  }

  private look(): void {
    this.lookDue = false;
    this.looking = true;
    this.cancelLook();
    this.cancelLook = this.timers.after(this.pollMs, () => this.offer());
    this.run([], () => {
      this.looking = false;
    });
  }

  private run(keys: string[], after: () => void = () => undefined): void {
    this.running += 1;
    void this.handle(keys).then(() => {
      after();
      this.release();
    });
  }

  private async handle(keys: string[]): Promise<void> {
    try {
      await this.handler(keys);
    } catch (error) {
      this.log.error('queue handler failed', { queue: this.queue, count: keys.length, error });
    }
  }

  private release(): void {
    this.running -= 1;
    this.pump();
    if (this.running === 0) this.drained?.();
  }
}
