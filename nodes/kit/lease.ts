import { leaseTable } from '../../contracts/kernel/system.tables.ts';
import type { Database } from './db/database.ts';
import { insertRows, tableCode } from './db/rows.ts';
import type { Clock } from './ids.ts';
import { find } from './store.ts';
import type { Vault } from './vault.ts';

export interface Held {
  readonly name: string;
  /** Grows with each change of holder: put it into statements that must not run late. */
  readonly epoch: number;
  /** Ms since the epoch; act only well before. */
  readonly until: number;
}

/** Leases over the main database: one holder at a time in the whole cluster, taken over when it dies. */
export class Leases {
  private readonly db: Database;
  private readonly vault: Vault;
  private readonly clock: Clock;
  readonly holder: string;

  constructor(db: Database, vault: Vault, clock: Clock, holder: string) {
    this.db = db;
    this.vault = vault;
    this.clock = clock;
    this.holder = holder;
  }

  /** Takes or renews; undefined while somebody else holds it. */
  async take(name: string, ttlMs: number): Promise<Held | undefined> {
    return (await this.takeSome([name], ttlMs, 1))[0];
  }

  /** Takes or renews those that are free or ours, in the order given and at most so many, in one transaction. */
  takeSome(names: readonly string[], ttlMs: number, most: number): Promise<Held[]> {
    return this.db.tx(async (sql) => {
      const code = tableCode(leaseTable, sql);
      const now = this.clock();
      const rows = new Map(
        (await find(sql, this.vault, leaseTable, 'system', { id: names })).map((r) => [r.id, r]),
      );
      const held: Held[] = [];
      for (const name of names) {
        if (held.length >= most) break;
        const row = rows.get(name);
        const until = now + ttlMs;
        if (!row) {
          const made = await insertRows(
            sql,
            leaseTable,
            [{ id: name, holder: this.holder, epoch: 1, until }],
            this.vault,
            'ignore',
          );
          if (made === 1) held.push({ name, epoch: 1, until });
          continue;
        }
        const mine = row.holder === this.holder && row.until > now;
        if (!mine && row.until > now) continue;
        const epoch = mine ? row.epoch : row.epoch + 1;
        const changed = await sql.execute(
          `UPDATE ${code.table} SET ${code.name('holder')} = ?, ${code.name('epoch')} = ?, ${code.name('until')} = ? WHERE ${code.name('id')} = ? AND ${code.name('epoch')} = ? AND ${code.name('holder')} = ? AND ${code.name('until')} = ?`,
          [this.holder, epoch, until, name, row.epoch, row.holder, row.until],
        );
        if (changed === 1) held.push({ name, epoch, until });
      }
      return held;
    });
  }

  /** Gives up at once, so that another node need not wait. */
  async release(names: readonly string[]): Promise<void> {
    if (names.length === 0) return;
    await this.db.tx(async (sql) => {
      const code = tableCode(leaseTable, sql);
      await sql.execute(
        `UPDATE ${code.table} SET ${code.name('until')} = 0 WHERE ${code.name('holder')} = ? AND ${code.name('id')} IN (${names.map(() => '?').join(', ')})`,
        [this.holder, ...names],
      );
    });
  }
}

/** A lease that is kept by renewing it well before its end, for work that lasts longer than one term. */
export class KeptLease {
  private readonly leases: Leases;
  private readonly name: string;
  private readonly ttlMs: number;
  private readonly clock: Clock;
  private until = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(leases: Leases, clock: Clock, name: string, ttlMs = 6000) {
    this.leases = leases;
    this.name = name;
    this.ttlMs = ttlMs;
    this.clock = clock;
  }

  get held(): boolean {
    return this.clock() < this.until - 500;
  }

  /** True where it is ours; begins to renew it then. */
  async ensure(): Promise<boolean> {
    if (!this.held) await this.renew();
    if (this.held) this.timer ??= setInterval(() => void this.renew().catch(() => undefined), this.ttlMs / 3);
    return this.held;
  }

  async release(): Promise<void> {
    clearInterval(this.timer);
    this.timer = undefined;
    if (this.until === 0) return;
    this.until = 0;
    await this.leases.release([this.name]).catch(() => undefined);
  }

  private async renew(): Promise<void> {
    const held = await this.leases.take(this.name, this.ttlMs);
    this.until = held?.until ?? 0;
  }
}
