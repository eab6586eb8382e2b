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
const pageSize = 300;
/** A word with more keys that fail than this is down as a whole. */
const mostFailing = 200;

/** A key, or a word, that could not be served: tried again after a growing pause. */
interface Pause {
  until: number;
  ms: number;
}

/**
 * Carries events from the outbox to the words that take them: at least once, in order per key, one relay in the cluster at a
 * time. A word that cannot take an event now keeps only the events of that key waiting, however many they are.
 */
export class OutboxRelay {
  private readonly kit: Kit;
  private running: Promise<void> | undefined;
  private again = false;
  private stopped = false;
  private heldUntil = 0;
  /** Word to the keys it could not take. */
  private readonly failing = new Map<string, Map<string, Pause>>();
  /** Words that could not be reached at all. */
  private readonly away = new Map<string, Pause>();
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
        while (!this.stopped && (await this.mine()) && (await this.round()));
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

  /** Hands over one page to each word. True where something was taken: more may wait. */
  private async round(): Promise<boolean> {
    let progress = false;
    for (const word of new Set((await this.groups()).flatMap((g) => g.split(',')))) {
      if (this.stopped || (this.away.get(word)?.until ?? 0) > this.kit.clock()) continue;
      const groups = (await this.groups()).filter((g) => g.split(',').includes(word)); // the word before changed them
      const due = await this.due(word, groups);
      const taken = due.length === 0 ? [] : await this.handOver(word, due);
      if (taken.length === 0) continue;
      progress = true;
      await this.settle(word, taken);
    }
    return progress;
  }

  /** The different lists of words that something waits for: a few steps along the index, finished rows are never looked at. */
  private async groups(): Promise<string[]> {
    const sql = this.kit.databases.main.read;
    const code = tableCode(outboxTable, sql);
    const pending = code.name('pending');
    const groups: string[] = [];
    for (let last = ''; ; ) {
      const [row] = await sql.query<{ next: string | null }>(
        `SELECT MIN(${pending}) AS next FROM ${code.table} WHERE ${pending} > ?`,
        [last],
      );
      if (!row?.next) return groups;
      groups.push((last = row.next));
    }
  }

  /** The oldest events a word should take now, in their order, without the keys that pause. */
  private async due(word: string, groups: readonly string[]): Promise<OutboxRow[]> {
    const now = this.kit.clock();
    const pausing = [...(this.failing.get(word) ?? [])].filter(([, p]) => p.until > now).map(([key]) => key);
    if (pausing.length >= mostFailing) return [];
    const rows: OutboxRow[] = [];
    let upTo = Number.MAX_SAFE_INTEGER; // beyond a full page of one group nothing is known of its events
    for (const pending of groups) {
      const some = await find(
        this.kit.databases.main.read,
        this.kit.vault,
        outboxTable,
        'system',
        { pending },
        {
          orderBy: 'seq',
          limit: pageSize,
          ...(pausing.length
            ? { and: (name) => [`${name('key')} NOT IN (${pausing.map(() => '?').join(', ')})`, pausing] }
            : {}),
        },
      );
      if (some.length === pageSize) upTo = Math.min(upTo, some.at(-1)!.seq);
      rows.push(...some);
    }
    return rows
      .filter((r) => r.seq <= upTo)
      .sort((a, b) => a.seq - b.seq)
      .slice(0, pageSize);
  }

  private async handOver(word: string, rows: OutboxRow[]): Promise<OutboxRow[]> {
    try {
      await this.send(word, rows);
      this.away.delete(word);
      const failing = this.failing.get(word);
      if (failing) for (const r of rows) failing.delete(r.key);
      return rows;
    } catch (error) {
      const { code } = error as { code?: string };
      this.kit.log.warn('a word did not take its events', { word, count: rows.length, faultCode: code });
      if (/^kernel\.(mesh|store)\./.test(code ?? '')) {
        const before = this.away.get(word);
        this.away.set(word, this.longer(before, 5000));
        if (before === undefined || before.ms < 5000) return []; // and where it stays so, one event may be the cause
      }
      if (rows.length === 1) {
        this.fail(word, rows[0]!.key);
        return [];
      }
    }
    return this.oneByOne(word, rows);
  }

  /** One event breaks the batch: finds it, within bounds, so that other words have their turn. */
  private async oneByOne(word: string, rows: OutboxRow[]): Promise<OutboxRow[]> {
    const taken: OutboxRow[] = [];
    const blocked = new Set<string>();
    for (const row of rows) {
      if (blocked.has(row.key)) continue;
      if (taken.length >= 50 || blocked.size > 5 || this.stopped) break;
      try {
        await this.send(word, [row]);
        taken.push(row);
        this.failing.get(word)?.delete(row.key);
      } catch {
        blocked.add(row.key);
        this.fail(word, row.key);
      }
    }
    return taken;
  }

  private fail(word: string, key: string): void {
    let keys = this.failing.get(word);
    if (!keys) this.failing.set(word, (keys = new Map()));
    keys.set(key, this.longer(keys.get(key), 30_000));
  }

  private longer(before: Pause | undefined, most: number): Pause {
    const ms = Math.min(most, (before?.ms ?? 250) * 2);
    return { until: this.kit.clock() + ms, ms };
  }

  private async send(word: string, rows: OutboxRow[]): Promise<void> {
    const events = rows.map(({ seq: _seq, pending: _pending, ...envelope }): EventEnvelope => envelope);
    await this.kit.call(
      consumeAction(word),
      { events },
      { caller: systemCaller('outbox', groupOrg), requestId: this.kit.id() },
    );
  }

  /** The word is done with these. Only where nobody else said so meanwhile. */
  private async settle(word: string, rows: readonly OutboxRow[]): Promise<void> {
    const groups = new Map<string, number[]>();
    for (const { pending, seq } of rows) groups.set(pending, [...(groups.get(pending) ?? []), seq]);
    await this.kit.databases.main.tx(async (sql) => {
      const code = tableCode(outboxTable, sql);
      for (const [pending, seqs] of groups) {
        const rest = pending.split(',').filter((w) => w !== word);
        await sql.execute(
          `UPDATE ${code.table} SET ${code.name('pending')} = ? WHERE ${code.name('pending')} = ? AND ${code.name('seq')} IN (${seqs.map(() => '?').join(', ')})`,
          [rest.join(','), pending, ...seqs],
        );
      }
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
