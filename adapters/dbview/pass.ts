import { createHash } from 'node:crypto';
import type { ListenContext } from '../../contracts/adapter/port.ts';
import type { ListenSettings } from './descriptor.ts';
import type { Driver } from './driver.ts';
import type { MarkKind } from './marks.ts';
import type { Memory } from './memory.ts';
import type { Place, View, ViewRow } from './select.ts';
import type { Wire } from './wire.ts';

export interface PassParts {
  readonly context: Pick<ListenContext, 'accept' | 'now'>;
  readonly settings: ListenSettings;
  readonly marks: MarkKind;
  readonly memory: Memory;
  readonly wire: Wire;
  /** Name of the mark of a slot. */
  readonly markName: (slot: number) => string;
  readonly stopped: () => boolean;
}

/** A row with what tells it from the others and from its own earlier contents. */
interface Candidate {
  readonly row: ViewRow;
  readonly id: string;
  readonly version: string;
}

const keptOfLarge = 1_048_576;
const mostOfPage = 100_000;

/** The intake could not commit: nothing was kept, and the same row comes again. */
export const isRefused = (error: unknown): boolean => (error as { refused?: true } | null)?.refused === true;

const digest = (text: string): string => createHash('sha256').update(text).digest('base64url').slice(0, 22);

/** One reading of the view from where it has to begin up to its end, page by page. */
export class Pass {
  private readonly parts: PassParts;
  /** Keys that more than one row has: such rows are told apart by their contents. */
  private readonly shared = new Set<string>();
  private suspects = new Set<string>();
  private backfill: string | undefined;

  constructor(parts: PassParts) {
    this.parts = parts;
  }

  async run(driver: Driver, view: View): Promise<void> {
    const { settings, memory, stopped } = this.parts;
    const usual = settings.page ?? 500;
    const clock = await this.clock(driver, view);
    let from = await this.start(driver, view, clock);
    let limit = usual;
    let border = new Set<string>();
    const twice = new Set<string>();
    const handed = new Set<string>();
    while (!stopped()) {
      const rows = view.rows(await driver.run(view.page(from, limit)));
      memory.begin(from?.mark ?? rows[0]?.place.mark);
      const page = this.candidates(rows);
      const news = page.filter(
        ({ id, version }) => memory.version(id) !== version && !border.has(`${id} ${version}`),
      );
      for (const { id } of news) (handed.has(id) ? twice : handed).add(id);
      await this.hand(news, clock);
      if (rows.length < limit) break;
      border = new Set(page.map(({ id, version }) => `${id} ${version}`));
      const last = rows.at(-1)!.place;
      const stuck =
        from !== undefined && JSON.stringify(last) === JSON.stringify({ mark: from.mark, key: from.key });
      limit = stuck ? this.wider(limit) : usual;
      from = last;
    }
    if (stopped()) return;
    for (const id of twice) if (this.suspects.has(id)) this.share(id);
    this.suspects = twice;
    memory.end();
  }

  /** Where reading begins: below the furthest row by the overlap, and never above what a crash or a failure left undone. */
  private async start(driver: Driver, view: View, clock: string | undefined): Promise<Place | undefined> {
    const { settings, marks, memory, wire } = this.parts;
    const { high, edge } = memory;
    if (high === undefined) return this.first(driver, view);
    const low = marks.notAfter(high, clock);
    if (low === high) wire.over('clock-back');
    else wire.lasting('clock-back', `their clock shows ${clock}, before what was already read`);
    let mark = marks.minus(low, settings.overlap ?? 60) ?? low;
    if (memory.owed !== undefined && marks.compare(memory.owed, mark) < 0) mark = memory.owed;
    if (settings.backfill !== 'all' && marks.compare(mark, settings.backfill) < 0)
      mark = marks.like(high, settings.backfill) ?? mark;
    if (edge === undefined || marks.compare(edge.mark, mark) < 0) return { mark };
    if (marks.compare(edge.mark, mark) > 0)
      wire.incident(
        'overlap-short',
        'the overlap holds more rows than are remembered; it is read from the oldest of them',
      );
    return edge;
  }

  /** The first start: the value of the settings, written as the view writes its marks. */
  private async first(driver: Driver, view: View): Promise<Place | undefined> {
    const { settings, marks } = this.parts;
    if (settings.backfill === 'all') return undefined;
    if (this.backfill === undefined) {
      const [row] = view.rows(await driver.run(view.page(undefined, 1)));
      if (row) this.backfill = marks.like(row.place.mark, settings.backfill);
    }
    return { mark: this.backfill ?? settings.backfill };
  }

  private async clock(driver: Driver, view: View): Promise<string | undefined> {
    const { settings } = this.parts;
    if (settings.clock === 'none' || settings.markKind === 'number') return undefined;
    const { rows } = await driver.run(view.clock());
    return String(rows[0]?.[0] ?? '');
  }

  private candidates(rows: readonly ViewRow[]): Candidate[] {
    const { changes = 'hash' } = this.parts.settings;
    const seen = new Map<string, string>();
    for (const { id, json } of rows) {
      if ((seen.get(id) ?? json) !== json) this.share(id);
      seen.set(id, json);
    }
    return rows.map((row) => {
      const version = changes === 'hash' ? digest(row.json) : changes === 'mark' ? row.place.mark : '';
      return { row, version, id: this.shared.has(row.id) ? `${row.id}#${digest(row.json)}` : row.id };
    });
  }

  private share(id: string): void {
    if (this.shared.size < 100_000) this.shared.add(id);
    this.parts.wire.incident(
      'key-not-unique',
      'several rows have the same key; they are told apart by their contents',
    );
  }

  /** More rows than a page share a mark and a key. */
  private wider(limit: number): number {
    if (limit * 2 > mostOfPage) throw new Error(`more than ${limit} rows have the same mark and key`);
    return limit * 2;
  }

  /** Hands rows over in their order, at most so many at once. A row that is refused ends it; those behind it were not sent. */
  private async hand(rows: readonly Candidate[], clock: string | undefined): Promise<void> {
    const { inFlight = 1 } = this.parts.settings;
    const going = new Map<Promise<void>, string>();
    let failed: unknown;
    for (const one of rows) {
      while (going.size >= inFlight) await Promise.race(going.keys());
      if (failed !== undefined || this.parts.stopped()) break;
      const [owed = one.row.place.mark] = going.values();
      const work = this.give(one, owed, clock).then(
        () => void going.delete(work),
        (error: unknown) => {
          going.delete(work);
          failed ??= error;
        },
      );
      going.set(work, one.row.place.mark);
    }
    await Promise.all(going.keys());
    if (failed !== undefined) throw failed;
  }

  private async give(
    { row, id, version }: Candidate,
    owed: string,
    clock: string | undefined,
  ): Promise<void> {
    const { context, settings, memory, wire, markName } = this.parts;
    const whole = Buffer.from(row.json, 'utf8');
    const limit = settings.maxRowBytes ?? 4_194_304;
    const large = whole.length > limit;
    const bytes = large ? whole.subarray(0, keptOfLarge) : whole;
    const { slot, value, committed } = memory.prepare(row, id, version, owed, clock);
    wire.framesIn++;
    wire.pending++;
    wire.moved('in', bytes);
    const began = context.now();
    try {
      await context.accept({
        bytes,
        connection: wire.connection,
        peer: wire.peer,
        receivedAt: began,
        oddities: [],
        meta: { view: settings.view },
        mark: { name: markName(slot), value },
        ...(large
          ? { broken: { code: 'hub.frame.large' as const, reason: `the row exceeds ${limit} bytes` } }
          : {}),
      });
    } catch (error) {
      throw Object.assign(new Error('the intake refused a row', { cause: error }), { refused: true });
    } finally {
      wire.pending--;
    }
    committed();
    wire.lastRoundTripMs = context.now() - began;
    if (large) wire.incident('row-large', `a row exceeds ${limit} bytes`);
  }
}
