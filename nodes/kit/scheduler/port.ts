/**
 * Wakes workers. The database holds the work; a wake may be lost (an emptied Redis, a killed node) or doubled, so a
 * worker also looks by itself every `pollMs` and what it does is safe to repeat.
 */
export interface Scheduler {
  /**
   * Says that there is work in a queue, call it after the commit. Never fails and never waits for a network. Wakes of
   * the same key are folded while one is waiting (nearly always, on a cluster); a wake that comes while the handler runs
   * causes another run.
   * @param key what the work belongs to, e.g. an order key; absent: look at everything
   */
  wake(queue: string, key?: string): Promise<void>;
  /**
   * Sets the worker of a queue; one per queue and node. It is called with the keys that were woken, or with none: look at
   * everything. A wake is handled by one node. The same key may be handled twice at a time; take a lease where that
   * matters. An error is logged and the work is left to the next look.
   */
  on(queue: string, handler: QueueHandler, options?: QueueOptions): void;
  /**
   * Runs a job about every `ms` milliseconds, beginning at the start, on one node of the cluster at a time. This paces;
   * it is no lock: after an emptied or without a reachable Redis more than one node may run it. A job that must not run
   * twice takes a lease in the database.
   */
  every(job: string, ms: number, handler: () => Promise<void>): void;
  /** Begins to call handlers. Resolves also when the queue server cannot be reached; that heals by itself. */
  start(): Promise<void>;
  /** Begins nothing new and waits for the handlers that run. Wakes not yet handled are left to other nodes and to the next look. */
  stop(): Promise<void>;
}

export type QueueHandler = (keys: string[]) => Promise<void>;

export interface QueueOptions {
  /** Handlers at a time on this node, default 1. */
  readonly concurrency?: number;
  /** The handler is called at least this often with no keys, default 1000. */
  readonly pollMs?: number;
  /** Keys per call, default 100. */
  readonly batch?: number;
}
