import type { EventEnvelope } from '../../contracts/kernel/event.ts';
import type { Row } from '../../contracts/kernel/record.ts';
import { outboxTable } from '../../contracts/kernel/system.tables.ts';
import { groupOrg, systemCaller } from './caller.ts';
import { tableCode } from './db/rows.ts';
import { iso } from './ids.ts';
import type { Kit } from './kit.ts';
import { consumeAction } from './service.ts';
import { find } from './store.ts';

type OutboxRow = Row<typeof outboxTable>;

const leaseMs = 5000;

/**
 * Carries events from the outbox to the words that take them: at least once, in order per key, one relay in the cluster at a
 * time. A word that cannot take an event now keeps only the events of that key waiting.
 */
export class OutboxRelay {
  private readonly kit: Kit;
  private running: Promise<void> | undefined;
  private again = false;
  private stopped = false;
  private heldUntil = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(kit: Kit) {
    this.kit = kit;
  }

  start(pollMs = 500): void {
    this.kit.onEventsWritten(() => this.wake());
    this.timer = setInterval(() => this.wake(), pollMs);
    this.wake();
  }

  /** New rows may be there. Folded while a run is on. */
  wake(): void {
    if (this.stopped) return;
    this.again = true;
    this.running ??= this.loop().finally(() => {
      this.running = undefined;
    });
  }

  async stop(): Promise<void> {
    this.stopped = true;
    clearInterval(this.timer);
    await this.running;
    await this.kit.leases.release(['outbox']).catch(() => undefined);
  }

  private async loop(): Promise<void> {
    while (this.again && !this.stopped) {
      this.again = false;
      this.kit.broadcast('outbox.written', {});
      try {
        if (!(await this.mine())) return;
        while (!this.stopped && (await this.round()));
      } catch (error) {
        this.kit.log.warn('outbox relay will try again', { faultCode: (error as { code?: string }).code });
      }
    }
  }

  private async mine(): Promise<boolean> {
    const now = this.kit.clock();
    if (now < this.heldUntil - leaseMs / 2) return true;
    const held = await this.kit.leases.take('outbox', leaseMs);
    this.heldUntil = held?.until ?? 0;
    return held !== undefined;
  }

  /** Hands over one page. True where another round may find more. */
  private async round(): Promise<boolean> {
    const page = 300;
    const rows = await find(
      this.kit.databases.main.read,
      this.kit.vault,
      outboxTable,
      'system',
      {},
      {
        and: (name) => [`${name('pending')} > ''`, []],
        orderBy: ['pending', 'seq'], // the order of the index: finished rows are never looked at
        limit: page,
      },
    );
    rows.sort((a, b) => a.seq - b.seq);
    if (rows.length === 0) return false;
    const waiting = new Map(rows.map((r) => [r.seq, r.pending.split(',')]));
    let progress = false;
    for (const word of new Set([...waiting.values()].flat())) {
      const due = rows.filter((r) => waiting.get(r.seq)!.includes(word));
      const taken = await this.handOver(word, due);
      if (taken.length === 0) continue;
      progress = true;
      for (const r of taken)
        waiting.set(
          r.seq,
          waiting.get(r.seq)!.filter((w) => w !== word),
        );
      await this.settle(taken.map((r) => [r.seq, waiting.get(r.seq)!.join(',')]));
    }
    return progress && rows.length === page;
  }

  private async handOver(word: string, rows: OutboxRow[]): Promise<OutboxRow[]> {
    try {
      await this.send(word, rows);
      return rows;
    } catch (error) {
      this.kit.log.warn('a word did not take its events', {
        word,
        count: rows.length,
        faultCode: (error as { code?: string }).code,
      });
      if (rows.length === 1) return [];
    }
    const taken: OutboxRow[] = [];
    const blocked = new Set<string>();
    for (const row of rows.slice(0, 50)) {
      if (blocked.has(row.key)) continue;
      try {
        await this.send(word, [row]);
        taken.push(row);
      } catch {
        blocked.add(row.key);
        if (blocked.size > 5) break;
      }
    }
    return taken;
  }

  private async send(word: string, rows: OutboxRow[]): Promise<void> {
    const events = rows.map(({ seq: _seq, pending: _pending, ...envelope }): EventEnvelope => envelope);
    await this.kit.call(
      consumeAction(word),
      { events },
      { caller: systemCaller('outbox', groupOrg), requestId: this.kit.id() },
    );
  }

  /** Sequence and the words still to take it. */
  private async settle(rows: (readonly [number, string])[]): Promise<void> {
    const byRest = new Map<string, number[]>();
    for (const [seq, rest] of rows) byRest.set(rest, [...(byRest.get(rest) ?? []), seq]);
    await this.kit.databases.main.tx(async (sql) => {
      const code = tableCode(outboxTable, sql);
      for (const [rest, seqs] of byRest)
        await sql.execute(
          `UPDATE ${code.table} SET ${code.name('pending')} = ? WHERE ${code.name('seq')} IN (${seqs.map(() => '?').join(', ')})`,
          [rest, ...seqs],
        );
    });
  }
}

/** Drops events that all have taken, older than the window in which a live client may resume. */
export async function pruneOutbox(kit: Kit, olderThanMs = 3 * 86_400_000): Promise<number> {
  const before = iso(kit.clock() - olderThanMs);
  return kit.databases.main.tx((sql) => {
    const code = tableCode(outboxTable, sql);
    return sql.execute(
      `DELETE FROM ${code.table} WHERE ${code.name('pending')} = '' AND ${code.name('at')} < ?`,
      [before],
    );
  });
}
