import type { Clock } from '../../kit/ids.ts';
import { keyOf } from '../book.ts';
import type { Delivery } from '../deliver/deliveries.ts';
import type { MessageRow } from '../ledger/journal.ts';

export interface Counters {
  received: number;
  done: number;
  filtered: number;
  refused: number;
  delivered: number;
  lastAt: number;
  /** Messages by second, the last ten. */
  readonly seconds: Float64Array;
  second: number;
}

/** Counts of this node since it started, by channel and endpoint. */
export class Meter {
  private readonly clock: Clock;
  private readonly counters = new Map<string, Counters>();

  constructor(clock: Clock) {
    this.clock = clock;
  }

  received(row: Pick<MessageRow, 'orgId' | 'endpoint' | 'channel' | 'state'>): void {
    for (const code of [row.endpoint, row.channel]) {
      if (!code) continue;
      const c = this.of(row.orgId, code);
      c.received++;
      this.tick(c);
      if (row.state === 'FILTERED') c.filtered++;
      if (row.state === 'REFUSED') c.refused++;
    }
  }

  outgoing(row: Pick<MessageRow, 'orgId' | 'channel'>): void {
    const c = this.of(row.orgId, row.channel);
    c.received++;
    this.tick(c);
  }

  settled(row: Pick<MessageRow, 'orgId' | 'endpoint' | 'channel'>, state: string): void {
    for (const code of [row.endpoint, row.channel]) {
      if (!code) continue;
      if (state === 'DONE') this.of(row.orgId, code).done++;
      if (state === 'FILTERED') this.of(row.orgId, code).filtered++;
    }
  }

  tried(row: Pick<Delivery, 'orgId' | 'target' | 'channel'>, state: string): void {
    if (state !== 'DELIVERED') return;
    for (const code of [row.target, row.channel]) this.of(row.orgId, code).delivered++;
    this.tick(this.of(row.orgId, row.target));
  }

  read(orgId: string, code: string): Counters & { perSecond: number } {
    const c = this.of(orgId, code);
    this.turn(c);
    return { ...c, perSecond: c.seconds.reduce((a, b) => a + b, 0) / c.seconds.length };
  }

  private of(orgId: string, code: string): Counters {
    const key = keyOf(orgId, code);
    let c = this.counters.get(key);
    if (!c) {
      c = {
        received: 0,
        done: 0,
        filtered: 0,
        refused: 0,
        delivered: 0,
        lastAt: 0,
        seconds: new Float64Array(10),
        second: 0,
      };
      this.counters.set(key, c);
    }
    return c;
  }

  private tick(c: Counters): void {
    this.turn(c);
    c.lastAt = this.clock();
    c.seconds[c.second % 10]!++;
  }

  private turn(c: Counters): void {
    const now = Math.floor(this.clock() / 1000);
    for (let s = Math.max(c.second + 1, now - 9); s <= now; s++) c.seconds[s % 10] = 0;
    c.second = now;
  }
}
