interface Gap {
  from: number;
  to: number;
  readonly since: number;
}

export const patienceMs = 15_000;
const mostRanges = 40;
const widest = 2000;

/**
 * Sequence numbers that were passed over. On MySQL and PostgreSQL a lower number may be committed after a higher one, so a
 * hole is either a transaction still under way or one rolled back; after `patienceMs` it counts as rolled back.
 */
export class Gaps {
  private ranges: Gap[] = [];

  get open(): readonly { readonly from: number; readonly to: number }[] {
    return this.ranges;
  }

  /** Everything up to and including this number has been seen or given up. */
  watermark(top: number): number {
    return this.ranges.length === 0 ? top : this.ranges[0]!.from - 1;
  }

  /** The numbers from `from` to `to` were not there. */
  passed(from: number, to: number, now: number): void {
    if (to < from) return;
    this.ranges.push({ from, to, since: now });
    if (this.ranges.length <= mostRanges) return;
    // Servers that count in steps leave holes everywhere: one wide range is cheaper to ask for than many narrow ones.
    const last = this.ranges.at(-1)!.to;
    const first = Math.max(this.ranges[0]!.from, last - widest);
    this.ranges = [{ from: first, to: last, since: now }];
  }

  /** A number that was missing has come. */
  found(seq: number): void {
    const at = this.ranges.findIndex((r) => seq >= r.from && seq <= r.to);
    if (at < 0) return;
    const { from, to, since } = this.ranges[at]!;
    const parts = [
      { from, to: seq - 1, since },
      { from: seq + 1, to, since },
    ].filter((r) => r.from <= r.to);
    this.ranges.splice(at, 1, ...parts);
  }

  clear(): void {
    this.ranges = [];
  }

  expire(now: number): void {
    this.ranges = this.ranges.filter((r) => now - r.since < patienceMs);
  }
}
