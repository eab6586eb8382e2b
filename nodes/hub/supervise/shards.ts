import type { Kit } from '../../kit/kit.ts';
import type { Held } from '../../kit/lease.ts';
import { consumeAction } from '../../kit/service.ts';
import { shards as shardCount } from '../ledger/journal.ts';

const ttlMs = 6000;
const everyMs = 2000;
const all = Array.from({ length: shardCount }, (_, i) => i);

/**
 * Which lanes this node works. A node that owns its database alone (SQLite) works all; in a cluster the shards are leased, each
 * node takes its fair part and gives up what is above it when another joins.
 */
export class Shards {
  private readonly kit: Kit;
  private readonly changed: () => Promise<void>;
  private owned: readonly Held[] = [];
  private until = 0;
  private timer: NodeJS.Timeout | undefined;
  private turning: Promise<void> | undefined;
  private again = false;
  private stopped = false;

  /** `changed` resolves once nothing is worked on that is not ours any more. */
  constructor(kit: Kit, changed: () => Promise<void>) {
    this.kit = kit;
    this.changed = changed;
  }

  get mine(): readonly number[] {
    if (this.alone) return all;
    return this.kit.clock() < this.until - 500 ? this.owned.map(shardIn) : [];
  }

  async start(): Promise<void> {
    if (this.alone) return this.changed();
    await this.turn();
    this.timer = setInterval(() => this.look(), everyMs);
  }

  /** Another node came, went or gave up shards. */
  look(): void {
    if (this.alone || this.stopped || !this.timer) return;
    this.again = true;
    this.turning ??= this.turns().finally(() => {
      this.turning = undefined;
    });
  }

  async stop(): Promise<void> {
    this.stopped = true;
    clearInterval(this.timer);
    await this.turning;
    const given = this.owned;
    this.owned = [];
    await this.give(given);
  }

  private get alone(): boolean {
    return this.kit.databases.main.dialect === 'sqlite';
  }

  private async turns(): Promise<void> {
    while (this.again && !this.stopped) {
      this.again = false;
      await this.turn();
    }
  }

  private async turn(): Promise<void> {
    try {
      const nodes = Math.max(1, this.kit.nodesServing(consumeAction('message').name).length);
      const fair = Math.ceil(shardCount / nodes);
      const surplus = this.owned.slice(fair);
      if (surplus.length) {
        this.owned = this.owned.slice(0, fair);
        await this.changed(); // first stop working on them, then let another node begin
        await this.give(surplus);
      }
      const mine = this.owned.map(shardIn);
      const wanted = [...mine, ...shuffled(all.filter((s) => !mine.includes(s)))];
      const held = await this.kit.leases.takeSome(wanted.map(nameOf), ttlMs, fair);
      const before = keysOf(this.owned);
      this.owned = held.sort((a, b) => shardIn(a) - shardIn(b));
      this.until = Math.min(...held.map((h) => h.until));
      // A shard that comes back with another epoch was somebody else's in between.
      if (keysOf(this.owned) !== before) await this.changed();
    } catch (error) {
      this.kit.log.warn('shards could not be renewed', { error });
    }
  }

  private async give(shards: readonly Held[]): Promise<void> {
    if (shards.length === 0) return;
    await this.kit.leases.release(shards.map((h) => h.name)).catch(() => undefined);
    this.kit.broadcast('hub.shards', {});
  }
}

const shardIn = (held: Held): number => Number(held.name.slice(5));
const keysOf = (held: readonly Held[]): string => held.map((h) => `${h.name}:${h.epoch}`).join();
const nameOf = (shard: number): string => `lane/${shard}`;

function shuffled(values: number[]): number[] {
  for (let i = values.length - 1; i > 0; i--) {
    const j = Math.floor(Math.random() * (i + 1));
    [values[i], values[j]] = [values[j]!, values[i]!];
  }
  return values;
}
