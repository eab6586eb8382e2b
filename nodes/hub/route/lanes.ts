import { keyOf } from '../book.ts';
import type { Kept } from '../intake/intake.ts';
import { barsOf, lanesOf, type OrgLane } from '../ledger/journal.ts';

interface Entry {
  readonly kept: Kept;
  readonly lanes: readonly string[];
  /** In the hands of the processor: its lanes have nothing to give until it is settled. */
  taken: boolean;
}

/**
 * The order of work: strict per lane, free across lanes. A message with several lanes (a merge) waits until it is first in
 * all of them. A barred lane keeps its messages out until a person has settled the one that was parked.
 */
export class Lanes {
  private readonly queues = new Map<string, Entry[]>();
  private readonly barred = new Set<string>();
  private readonly known = new Set<number>();
  /** Lanes whose first message has not been looked at since it became first. */
  private readonly ready = new Set<string>();
  private heldBytes = 0;

  /** Bytes of the messages in the lanes, as they came. */
  get bytes(): number {
    return this.heldBytes;
  }

  get size(): number {
    return this.known.size;
  }

  /** About how many a wave would take. */
  get ripe(): number {
    return this.ready.size;
  }

  hasRoom(messages: number, bytes: number): boolean {
    return this.size < messages && this.bytes < bytes;
  }

  has(seq: number): boolean {
    return this.known.has(seq);
  }

  isBarred(orgId: string, lane: string): boolean {
    return this.barred.has(keyOf(orgId, lane));
  }

  bar(orgId: string, lane: string): void {
    if (lane) this.barred.add(keyOf(orgId, lane));
  }

  unbar(orgId: string, lane: string): void {
    this.barred.delete(keyOf(orgId, lane));
  }

  add(kept: Kept): void {
    const { row } = kept;
    if (this.known.has(row.seq)) return;
    this.known.add(row.seq);
    this.heldBytes += row.size;
    const own = lanesOf(row);
    const lanes = own.length ? own.map((l) => keyOf(row.orgId, l)) : [`#${row.seq}`];
    const entry: Entry = { kept, lanes, taken: false };
    for (const lane of lanes) {
      const queue = this.queues.get(lane);
      if (queue) queue.push(entry);
      else {
        this.queues.set(lane, [entry]);
        this.ready.add(lane);
      }
    }
  }

  /**
   * The next messages that may be handled together: at most one of each lane, the first in all of its lanes. Those behind a
   * bar come back in `held`. Taken messages stay at the head of their lanes until `done`.
   */
  wave(limit: number): { take: Kept[]; held: Kept[] } {
    const take: Kept[] = [];
    const held: Kept[] = [];
    for (const lane of this.ready) {
      if (take.length >= limit) break;
      this.ready.delete(lane);
      const entry = this.queues.get(lane)?.[0];
      if (!entry || entry.taken) continue;
      if (entry.lanes.some((l) => this.barred.has(l))) {
        this.removeEntry(entry);
        held.push(entry.kept);
      } else if (entry.lanes.every((l) => this.queues.get(l)?.[0] === entry)) {
        for (const l of entry.lanes) this.ready.delete(l);
        entry.taken = true;
        take.push(entry.kept);
      }
    }
    return { take, held };
  }

  /** The message is settled and leaves its lanes. */
  done(kept: Kept): void {
    const entry = this.entryOf(kept);
    if (entry) this.removeEntry(entry);
  }

  /** The message was taken and could not be handled now: it is first again. */
  again(kept: Kept): void {
    const entry = this.entryOf(kept);
    if (!entry) return;
    entry.taken = false;
    for (const lane of entry.lanes) this.ready.add(lane);
  }

  /** All that are in the lanes. */
  all(): Kept[] {
    return [...new Set([...this.queues.values()].flat())].map((e) => e.kept);
  }

  /** Lanes that bar these messages. */
  barsOf(held: readonly Kept[]): OrgLane[] {
    return held.flatMap((k) => barsOf(k.row)).filter((b) => this.isBarred(b.orgId, b.lane));
  }

  clear(): void {
    this.queues.clear();
    this.known.clear();
    this.heldBytes = 0;
    this.ready.clear();
    this.barred.clear();
  }

  private entryOf(kept: Kept): Entry | undefined {
    const { row } = kept;
    const lane = row.lane === '' ? `#${row.seq}` : keyOf(row.orgId, row.lane);
    return this.queues.get(lane)?.find((e) => e.kept.row.seq === kept.row.seq);
  }

  private removeEntry(entry: Entry): void {
    if (this.known.delete(entry.kept.row.seq)) this.heldBytes -= entry.kept.row.size;
    for (const lane of entry.lanes) {
      const queue = this.queues.get(lane);
      if (!queue) continue;
      const i = queue.indexOf(entry);
      if (i >= 0) queue.splice(i, 1);
      if (queue.length === 0) this.queues.delete(lane);
      if (queue.length > 0) this.ready.add(lane);
      else this.ready.delete(lane);
    }
  }
}
