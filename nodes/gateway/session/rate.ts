import type { Clock } from '../../kit/ids.ts';
import type { Rate } from '../options.ts';

interface Bucket {
  tokens: number;
  at: number;
}

/** Token buckets by key, in the memory of this node. The fullest go first when there are too many. */
export class Buckets {
  private readonly rate: Rate;
  private readonly clock: Clock;
  private readonly buckets = new Map<string, Bucket>();
  private readonly most: number;

  constructor(rate: Rate, clock: Clock, most = 50_000) {
    this.rate = rate;
    this.clock = clock;
    this.most = most;
  }

  /** True where `key` may go on; takes one token. */
  take(key: string): boolean {
    const bucket = this.filled(key);
    if (bucket.tokens < 1) return false;
    bucket.tokens -= 1;
    return true;
  }

  /** Seconds until a token is there. */
  wait(key: string): number {
    return Math.max(1, Math.ceil((1 - this.filled(key).tokens) / this.rate.perSecond));
  }

  private filled(key: string): Bucket {
    const now = this.clock();
    let bucket = this.buckets.get(key);
    if (!bucket) {
      if (this.buckets.size >= this.most) this.prune(now);
      bucket = { tokens: this.rate.burst, at: now };
      this.buckets.set(key, bucket);
    }
    const gained = (Math.max(0, now - bucket.at) / 1000) * this.rate.perSecond;
    bucket.tokens = Math.min(this.rate.burst, bucket.tokens + gained);
    bucket.at = now;
    return bucket;
  }

  /** Full buckets say nothing; should none be full, the older half goes. */
  private prune(now: number): void {
    const fillMs = (this.rate.burst / this.rate.perSecond) * 1000;
    for (const [key, b] of this.buckets) if (now - b.at > fillMs) this.buckets.delete(key);
    if (this.buckets.size < this.most) return;
    let left = this.most / 2;
    for (const key of this.buckets.keys()) {
      if (left-- <= 0) break;
      this.buckets.delete(key);
    }
  }
}
