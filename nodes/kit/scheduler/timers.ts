/** Clock and timers, injected so that tests hold the time. */
export interface Timers {
  /** Ms; only differences count. */
  now(): number;
  /** Calls once after `ms`; the returned function cancels. */
  after(ms: number, call: () => void): () => void;
}

export const systemTimers: Timers = {
  now: () => performance.now(),
  after(ms, call) {
    // Node counts at most 2^31-1 ms; a longer wait is cut short and the caller looks again.
    const timer = setTimeout(call, Math.min(ms, 2_147_483_647));
    return () => clearTimeout(timer);
  },
};

/** Time that stands still until it is advanced. */
export class ManualTimers implements Timers {
  private time = 0;
  private readonly due = new Set<{ at: number; call: () => void }>();

  now(): number {
    return this.time;
  }

  after(ms: number, call: () => void): () => void {
    const entry = { at: this.time + ms, call };
    this.due.add(entry);
    return () => void this.due.delete(entry);
  }

  /** Moves on and calls what falls due, letting promises settle in between. */
  async advance(ms: number): Promise<void> {
    const end = this.time + ms;
    for (;;) {
      const next = [...this.due].filter((e) => e.at <= end).sort((a, b) => a.at - b.at)[0];
      if (next === undefined) break;
      this.due.delete(next);
      this.time = next.at;
      next.call();
      await new Promise((resolve) => setImmediate(resolve));
    }
    this.time = end;
    await new Promise((resolve) => setImmediate(resolve));
  }
}
