import type { Log } from '../log.ts';
import type { Timers } from './timers.ts';

/** Decides which node runs a job. */
export interface Gate {
  /** 0: it is ours now, `done` must follow. Else ms to wait before asking again. */
  claim(job: string): Promise<number>;
  /** The run has ended; nobody runs it again for `restMs`. */
  done(job: string, restMs: number): Promise<void>;
}

export const openGate: Gate = { claim: async () => 0, done: async () => undefined };

/** One `every`: never overlaps itself, measures from start to start, survives its errors. */
export class IntervalJob {
  private readonly name: string;
  private readonly ms: number;
  private readonly handler: () => Promise<void>;
  private readonly gate: Gate;
  private readonly timers: Timers;
  private readonly log: Log;
  private state: 'new' | 'started' | 'stopped' = 'new';
  private cancel: () => void = () => undefined;
  private current: Promise<void> | undefined;

  constructor(
    name: string,
    ms: number,
    handler: () => Promise<void>,
    parts: { gate: Gate; timers: Timers; log: Log },
  ) {
    this.name = name;
    this.ms = ms;
    this.handler = handler;
    this.gate = parts.gate;
    this.timers = parts.timers;
    this.log = parts.log;
  }

  start(): void {
    if (this.state !== 'new') return;
    this.state = 'started';
    this.tick();
  }

  async stop(): Promise<void> {
    this.state = 'stopped';
    this.cancel();
    await this.current;
  }

  private tick(): void {
    if (this.state !== 'started') return;
    this.current = this.attempt().then((wait) => {
      this.current = undefined;
      if (this.state === 'started') this.cancel = this.timers.after(wait, () => this.tick());
    });
  }

  /** Resolves with the ms until the next attempt; never rejects. */
  private async attempt(): Promise<number> {
    const wait = await this.gate.claim(this.name);
    if (wait > 0) return Math.min(wait, this.ms);
    const began = this.timers.now();
    const rest = () => Math.max(0, Math.ceil(this.ms - (this.timers.now() - began)));
    if (this.state === 'started') {
      try {
        await this.handler();
      } catch (error) {
        this.log.error('job failed', { job: this.name, error });
      }
    }
    await this.gate.done(this.name, this.state === 'started' ? rest() : 0);
    return rest();
  }
}
