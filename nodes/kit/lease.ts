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
    return (await this.takeAll([name], ttlMs))[0];
  }

  /** Takes or renews all that are free or ours, in one transaction. */
  takeAll(names: readonly string[], ttlMs: number): Promise<Held[]> {
    return this.db.tx(async (sql) => {
      const code = tableCode(leaseTable, sql);
      const now = this.clock();
      const rows = new Map(
        (await find(sql, this.vault, leaseTable, 'system', { id: names })).map((r) => [r.id, r]),
      );
      const held: Held[] = [];
      for (const name of names) {
        const row = rows.get(name);
        const until = now + ttlMs;
        if (!row) {
          const made = await insertRows(
            sql,
            leaseTable,
            [{ id: name, holder: this.holder, epoch: 1, until }],
            this.vault,
            true,
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
