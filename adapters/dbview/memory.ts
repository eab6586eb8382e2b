import type { MarkKind } from './marks.ts';
import type { Place, ViewRow } from './select.ts';

/** Rows that are remembered, in the process and over a restart. */
export const remembered = 8192;
/** Slots that are asked for at once; more than rows can be in flight, so that a gap of a crash does not look like the end. */
const block = 256;

/** One row that was handed over, as it is committed with it: see `README.md`. */
interface Entry {
  readonly seq: number;
  readonly id: string;
  readonly version: string;
  readonly place: Required<Place>;
  /** How far reading had come with this row. */
  readonly high: string;
  /** First mark that was not known to be committed when this row was handed over. */
  readonly owed: string;
  /** It was the furthest so far. */
  readonly front: boolean;
}

type Stored = [number, string, string, Required<Place>['key'], string, string, 0 | 1];

const stored = (e: Entry): string =>
  JSON.stringify([
    e.seq,
    e.version,
    e.place.mark,
    e.place.key,
    e.high,
    e.owed,
    e.front ? 1 : 0,
  ] satisfies Stored);

function restored(text: string): Entry {
  const [seq, version, mark, key, high, owed, front] = JSON.parse(text) as Stored;
  return { seq, version, place: { mark, key }, id: JSON.stringify(key), high, owed, front: front === 1 };
}

/**
 * Which rows were handed over: the last 8192, each in a mark of its own that is committed with its row. Reading can therefore
 * begin again anywhere within them and know every row, after a crash as well as in the next poll.
 */
export class Memory {
  private readonly marks: MarkKind;
  /** Of earlier passes, and of this one; in the order of handing over. */
  private old = new Map<string, Entry>();
  private fresh = new Map<string, Entry>();
  private serial = 0;
  private forgot = false;
  private reached: string | undefined;
  private unsettled: string | undefined;

  constructor(marks: MarkKind) {
    this.marks = marks;
  }

  static async load(marks: MarkKind, read: (slot: number) => Promise<string | undefined>): Promise<Memory> {
    const entries: Entry[] = [];
    for (let from = 0; from < remembered; from += block) {
      const texts = await Promise.all(Array.from({ length: block }, (_, i) => read(from + i)));
      const found = texts.filter((text) => text !== undefined);
      entries.push(...found.map(restored));
      if (found.length === 0) break;
    }
    const memory = new Memory(marks);
    for (const entry of entries.sort((a, b) => a.seq - b.seq)) memory.take(memory.old, entry);
    memory.unsettled = entries.at(-1)?.owed;
    memory.forgot = memory.serial >= remembered;
    return memory;
  }

  /** How far reading has come; undefined before the first row. */
  get high(): string | undefined {
    return this.reached;
  }

  /** A mark from which on rows may not have been committed. */
  get owed(): string | undefined {
    return this.unsettled;
  }

  /** Rows before this place may have been forgotten; undefined while none was. */
  get edge(): Place | undefined {
    if (!this.forgot) return undefined;
    for (const entries of [this.old, this.fresh])
      for (const { front, place, high } of entries.values()) if (front && place.mark === high) return place;
    return undefined;
  }

  version(id: string): string | undefined {
    return (this.fresh.get(id) ?? this.old.get(id))?.version;
  }

  /** The mark that goes with a row, and what to call once it is committed. */
  prepare(row: ViewRow, id: string, version: string, owed: string, clock: string | undefined) {
    const high = this.marks.notAfter(row.place.mark, clock);
    const front = this.reached === undefined || this.marks.compare(high, this.reached) >= 0;
    const entry: Entry = { seq: ++this.serial, id, version, place: row.place, high, owed, front };
    return {
      slot: entry.seq % remembered,
      value: stored(entry),
      committed: (): void => {
        this.old.delete(id);
        this.take(this.fresh, entry);
        if (this.fresh.size > remembered) this.drop(this.fresh);
      },
    };
  }

  /** A page begins: until it is through, reading would have to begin again there. */
  begin(mark: string | undefined): void {
    this.unsettled = mark ?? this.unsettled;
  }

  /** A pass came to the end of the view: nothing is owed. */
  end(): void {
    for (const [id, entry] of this.fresh) {
      this.old.delete(id);
      this.old.set(id, entry);
    }
    this.fresh = new Map();
    while (this.old.size > remembered) this.drop(this.old);
    this.unsettled = undefined;
  }

  private take(into: Map<string, Entry>, entry: Entry): void {
    into.delete(entry.id);
    into.set(entry.id, entry);
    this.serial = Math.max(this.serial, entry.seq);
    if (this.reached === undefined || this.marks.compare(entry.high, this.reached) > 0)
      this.reached = entry.high;
  }

  private drop(from: Map<string, Entry>): void {
    from.delete(from.keys().next().value!);
    this.forgot = true;
  }
}
