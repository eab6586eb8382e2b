import { messageTable } from '../../../contracts/message/message.record.ts';
import type { Kit } from '../../kit/kit.ts';
import { find } from '../../kit/store.ts';
import type { Book } from '../book.ts';
import type { Kept } from '../intake/intake.ts';
import type { Journal, MessageRow } from '../ledger/journal.ts';
import { waitingSequences } from '../ledger/waiting.ts';
import type { Lanes } from './lanes.ts';

const page = 500;
/** Of one page; a single message may be larger. */
const mostBytes = 8 * 1024 * 1024;

/**
 * Brings what waits in the journal into the lanes, oldest first. The journal decides what waits and in which order; a message
 * that is still at hand is only spared the reading.
 */
export class Backlog {
  private readonly kit: Kit;
  private readonly journal: Journal;
  private readonly book: () => Book;
  private atHand = new Map<number, Kept>();
  private heldBytes = 0;

  constructor(kit: Kit, journal: Journal, book: () => Book) {
    this.kit = kit;
    this.book = book;
    this.journal = journal;
  }

  get size(): number {
    return this.atHand.size;
  }

  get bytes(): number {
    return this.heldBytes;
  }

  /** A committed message that will be found when its turn comes. */
  remember(kept: Kept): void {
    if (!this.atHand.has(kept.row.seq)) this.heldBytes += kept.row.size;
    this.atHand.set(kept.row.seq, kept);
  }

  /**
   * One page. One statement says what waits, so a message is never seen without those committed before it. True where more
   * may wait.
   */
  async load(lanes: Lanes, shards: readonly number[]): Promise<boolean> {
    const atHand = this.atHand;
    this.atHand = new Map();
    this.heldBytes = 0;
    try {
      const limit = lanes.size + page;
      const waiting = await waitingSequences(this.journal.db, shards, limit);
      const fresh = waiting.filter((seq) => !lanes.has(seq));
      const now = fresh.slice(0, page);
      const { read, before } = await this.read(now.filter((seq) => !atHand.has(seq)));
      const keepAtHand = (seq: number): void => {
        const kept = atHand.get(seq);
        if (kept) this.remember(kept);
      };
      for (const seq of now) {
        const kept = atHand.get(seq) ?? read.get(seq);
        if (seq >= before) keepAtHand(seq);
        else if (kept) lanes.add(kept);
      }
      for (const seq of fresh.slice(page)) keepAtHand(seq);
      const full = waiting.length === limit;
      const last = waiting.at(-1) ?? 0;
      if (full) for (const [seq, kept] of atHand) if (seq > last) this.remember(kept);
      return full || fresh.length > page || before !== Number.POSITIVE_INFINITY;
    } catch (error) {
      for (const kept of atHand.values()) this.remember(kept);
      throw error;
    }
  }

  /** As many as there is room for, oldest first; `before` is the first that had none. */
  private async read(sequences: readonly number[]): Promise<{ read: Map<number, Kept>; before: number }> {
    const none = Number.POSITIVE_INFINITY;
    if (sequences.length === 0) return { read: new Map(), before: none };
    const { read } = this.kit.databases.main;
    const found = await find(
      read,
      this.kit.vault,
      messageTable,
      'system',
      { seq: sequences, state: 'RECEIVED' },
      { orderBy: 'seq' },
    );
    let bytes = 0;
    const over = found.findIndex(({ size }, i) => (bytes += size) > mostBytes && i > 0);
    const rows = over < 0 ? found : found.slice(0, over);
    const bodies = await this.journal.bodies(rows.map((r) => r.id));
    const book = this.book();
    return {
      read: new Map(rows.map((row) => [row.seq, recall(row, bodies.get(row.id), book)])),
      before: over < 0 ? none : found[over]!.seq,
    };
  }
}

/** A message read again from its bytes, as intake read it. */
const recall = (row: MessageRow, bytes: Uint8Array | undefined, book: Book): Kept => ({
  row,
  bytes,
  message: bytes && parseStored(row, bytes, book),
});

/** The message of a journal row, in the charset it was read in; undefined where its endpoint is gone or the bytes say nothing. */
export function parseStored(
  row: Pick<MessageRow, 'orgId' | 'endpoint' | 'charset' | 'meta'>,
  bytes: Uint8Array,
  book: Book,
): unknown {
  const endpoint = book.endpoint(row.orgId, row.endpoint);
  return endpoint?.format.parse(bytes, { charset: row.charset, meta: row.meta ?? {} }, endpoint.def);
}
