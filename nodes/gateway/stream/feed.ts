import type { Row } from '../../../contracts/kernel/record.ts';
import { outboxTable } from '../../../contracts/kernel/system.tables.ts';
import type { GatewayKit } from '../options.ts';
import { Gaps, patienceMs } from './gaps.ts';

export type OutboxRow = Row<typeof outboxTable>;

export interface FeedListener {
  /** Committed rows not told before. `watermark`: a client that has these may resume from there. */
  rows(rows: readonly OutboxRow[], watermark: number): void;
}

const page = 500;
const restMs = 80;

/**
 * Follows the outbox while anybody listens; with no listener nothing is read. Woken by the mesh's `outbox.written`, it
 * reads what is new and looks again for numbers it passed over, so that no committed event is left out.
 */
export class Feed {
  private readonly kit: GatewayKit;
  private readonly listeners = new Set<FeedListener>();
  private readonly gaps = new Gaps();
  /** Numbers told of late, below the top, that a merged gap would find again. */
  private readonly recent = new Set<number>();
  private top = 0;
  private started: Promise<void> | undefined;
  private running = false;
  private again = false;
  private timer: NodeJS.Timeout | undefined;

  constructor(kit: GatewayKit) {
    this.kit = kit;
  }

  /** Resolves once the feed knows where it stands. Events committed from then on are told. */
  async join(listener: FeedListener): Promise<{ watermark: number }> {
    this.listeners.add(listener);
    this.started ??= this.begin();
    try {
      await this.started;
    } catch (error) {
      this.leave(listener);
      throw error;
    }
    return { watermark: this.gaps.watermark(this.top) };
  }

  leave(listener: FeedListener): void {
    this.listeners.delete(listener);
    if (this.listeners.size > 0) return;
    this.started = undefined;
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  /** New rows may be there. Runs at once, then at most every 80 ms. */
  wake(): void {
    if (this.listeners.size === 0) return;
    this.again = true;
    if (this.running || this.timer) return;
    void this.run();
  }

  private async begin(): Promise<void> {
    const rows = await this.kit.find(
      outboxTable,
      'system',
      {},
      { orderBy: 'seq', descending: true, limit: page },
    );
    const now = this.kit.clock();
    this.gaps.clear();
    this.recent.clear();
    this.top = rows[0]?.seq ?? 0;
    // Holes among the newest may be transactions under way.
    let before = rows.at(-1)?.seq ?? 0;
    for (const row of rows.reverse()) {
      if (now - Date.parse(row.at) < patienceMs) this.gaps.passed(before + 1, row.seq - 1, now);
      this.remember(row.seq);
      before = row.seq;
    }
  }

  private async run(): Promise<void> {
    this.running = true;
    try {
      await this.started;
      let more = true;
      while (more && this.listeners.size > 0) {
        this.again = false;
        more = await this.read();
      }
    } catch (error) {
      this.again = true;
      this.kit.log.warn('the live feed will try again', { error });
    } finally {
      this.running = false;
      if (this.listeners.size > 0)
        this.timer = setTimeout(() => {
          this.timer = undefined;
          if (this.again) this.wake();
        }, restMs);
    }
  }

  /** Reads a page. True where more is waiting. */
  private async read(): Promise<boolean> {
    const now = this.kit.clock();
    this.gaps.expire(now);
    const { top } = this;
    const open = this.gaps.open.map((g) => [g.from, g.to]);
    const rows = await this.kit.find(
      outboxTable,
      'system',
      {},
      {
        and: (name) => {
          const seq = name('seq');
          const late = open.map(() => `${seq} BETWEEN ? AND ?`);
          return [[`${seq} > ?`, ...late].join(' OR '), [top, ...open.flat()]];
        },
        orderBy: 'seq',
        limit: page + 1 + open.reduce((n, [from, to]) => n + to! - from! + 1, 0),
      },
    );
    const told: OutboxRow[] = [];
    let fresh = 0;
    for (const row of rows) {
      if (row.seq > this.top) {
        this.gaps.passed(this.top + 1, row.seq - 1, now);
        this.top = row.seq;
        fresh++;
      } else if (this.recent.has(row.seq)) continue;
      else this.gaps.found(row.seq);
      this.remember(row.seq);
      told.push(row);
    }
    if (told.length > 0) {
      const watermark = this.gaps.watermark(this.top);
      for (const listener of [...this.listeners]) listener.rows(told, watermark);
    }
    return fresh > page;
  }

  private remember(seq: number): void {
    this.recent.add(seq);
    if (this.recent.size <= 6000) return;
    let drop = 1000;
    for (const old of this.recent) {
      if (drop-- === 0) break;
      this.recent.delete(old);
    }
  }
}
