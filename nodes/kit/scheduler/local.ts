import { Fault } from '../../../contracts/kernel/fault.ts';
import type { Log } from '../log.ts';
import { type Gate, IntervalJob, openGate } from './interval-job.ts';
import type { QueueHandler, QueueOptions, Scheduler } from './port.ts';
import { QueueWorker } from './queue-worker.ts';
import { systemTimers, type Timers } from './timers.ts';

/** The scheduler of one process: the embedded default, and what remains of a cluster's when its Redis is away. */
export class LocalScheduler implements Scheduler {
  protected readonly workers = new Map<string, QueueWorker>();
  protected readonly log: Log;
  protected state: 'new' | 'started' | 'stopped' = 'new';
  private readonly jobs = new Map<string, IntervalJob>();
  private readonly timers: Timers;
  private readonly gate: Gate;

  constructor(log: Log, timers: Timers = systemTimers, gate: Gate = openGate) {
    this.log = log;
    this.timers = timers;
    this.gate = gate;
  }

  async wake(queue: string, key?: string): Promise<void> {
    this.workers.get(queue)?.offer(key);
  }

  on(queue: string, handler: QueueHandler, options: QueueOptions = {}): void {
    if (this.workers.has(queue)) throw twice(`queue ${queue} has a worker already`);
    const worker = new QueueWorker(queue, handler, options, this.timers, this.log);
    this.workers.set(queue, worker);
    if (this.state === 'started') this.begin(worker);
  }

  every(job: string, ms: number, handler: () => Promise<void>): void {
    if (this.jobs.has(job)) throw twice(`job ${job} is set already`);
    const parts = { gate: this.gate, timers: this.timers, log: this.log };
    const interval = new IntervalJob(job, ms, handler, parts);
    this.jobs.set(job, interval);
    if (this.state === 'started') interval.start();
  }

  async start(): Promise<void> {
    if (this.state !== 'new') return;
    this.state = 'started';
    for (const worker of this.workers.values()) this.begin(worker);
    for (const job of this.jobs.values()) job.start();
  }

  async stop(): Promise<void> {
    this.state = 'stopped';
    await Promise.all([...this.jobs.values(), ...this.workers.values()].map((part) => part.stop()));
  }

  protected begin(worker: QueueWorker): void {
    worker.start();
  }
}

const twice = (mistake: string) => new Fault('kernel.internal.error', {}, new TypeError(mistake));
