import type { Kit } from '../../kit/kit.ts';
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
  private owned: readonly number[] = [];
  private until = 0;
  private timer: NodeJS.Timeout | undefined;
  private turning: Promise<void> | undefined;

  constructor(kit: Kit, changed: () => Promise<void>) {
    this.kit = kit;
    this.changed = changed;
  }

  get mine(): readonly number[] {
    if (this.alone) return all;
    return this.kit.clock() < this.until - 500 ? this.owned : [];
  }

  async start(): Promise<void> {
    if (this.alone) return this.changed();
    await this.turn();
    this.timer = setInterval(() => {
      this.turning ??= this.turn().finally(() => {
        this.turning = undefined;
      });
    }, everyMs);
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.turning;
    if (!this.alone) await this.kit.leases.release(this.owned.map(nameOf)).catch(() => undefined);
    this.owned = [];
  }

  private get alone(): boolean {
    return this.kit.databases.main.dialect === 'sqlite';
  }

  private async turn(): Promise<void> {
    try {
      const nodes = Math.max(1, this.kit.nodesServing(consumeAction('message').name).length);
      const fair = Math.ceil(shardCount / nodes);
      const keep = this.owned.slice(0, fair);
      const surplus = this.owned.slice(fair);
      const others = all.filter((s) => !this.owned.includes(s));
      const wanted = [...keep, ...shuffled(others)];
      const held = await this.kit.leases.takeSome(wanted.map(nameOf), ttlMs, fair);
      if (surplus.length) await this.kit.leases.release(surplus.map(nameOf));
      const now = held.map((h) => Number(h.name.slice(5))).sort((a, b) => a - b);
      this.until = this.kit.clock() + ttlMs;
      if (now.join() !== this.owned.join()) {
        this.owned = now;
        await this.changed();
      }
    } catch (error) {
      this.kit.log.warn('shards could not be renewed', { faultCode: (error as { code?: string }).code });
    }
  }
}

const nameOf = (shard: number): string => `lane/${shard}`;

function shuffled(values: number[]): number[] {
  for (let i = values.length - 1; i > 0; i--) {
    const j = Math.floor(Math.random() * (i + 1));
    [values[i], values[j]] = [values[j]!, values[i]!];
  }
  return values;
}
