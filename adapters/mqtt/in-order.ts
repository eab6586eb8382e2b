import { toFault } from '../../contracts/kernel/fault.ts';

interface Slot<T> {
  readonly size: number;
  readonly finish: (value: T) => void;
  settled: boolean;
  value?: T;
  refused?: string;
}

interface Events<T> {
  /** Something could not be kept: nothing behind it may be acknowledged either. */
  refused(reason: string): void;
  /** Kept, but given up before: its acknowledgement cannot leave. */
  late(value: T): void;
  /** Some were finished, or given up. */
  moved(bytes: number): void;
}

/** Messages under way of one connection: many at once, finished in the order of arrival. */
export class InOrder<T> {
  private readonly events: Events<T>;
  private queue: Slot<T>[] = [];
  private first = 0;
  private bytes = 0;
  private flushing = false;
  private over = false;

  constructor(events: Events<T>) {
    this.events = events;
  }

  get pending(): number {
    return this.queue.length - this.first;
  }

  push(size: number, work: Promise<T>, finish: (value: T) => void): void {
    const slot: Slot<T> = { size, finish, settled: false };
    this.queue.push(slot);
    this.bytes += size;
    work.then(
      (value) => {
        slot.value = value;
        this.settled(slot);
      },
      (error: unknown) => {
        slot.refused = toFault(error).message;
        this.settled(slot);
      },
    );
  }

  /** Nothing is finished any more; what was under way is kept all the same. */
  giveUp(): void {
    if (this.over) return;
    this.over = true;
    for (const { settled, refused, value } of this.queue.slice(this.first))
      if (settled && refused === undefined) this.events.late(value as T);
    const { bytes } = this;
    this.queue = [];
    this.first = 0;
    this.bytes = 0;
    this.events.moved(bytes);
  }

  private settled(slot: Slot<T>): void {
    slot.settled = true;
    if (this.over) {
      if (slot.refused === undefined) this.events.late(slot.value as T);
      return;
    }
    if (this.flushing) return;
    this.flushing = true;
    queueMicrotask(() => this.flush());
  }

  private flush(): void {
    this.flushing = false;
    let bytes = 0;
    let moved = false;
    for (let slot = this.queue[this.first]; slot?.settled; slot = this.queue[this.first]) {
      if (slot.refused !== undefined) {
        this.events.refused(slot.refused);
        return;
      }
      this.first++;
      moved = true;
      bytes += slot.size;
      slot.finish(slot.value as T);
      if (this.over) return;
    }
    this.bytes -= bytes;
    if (this.first > 1000 || this.first === this.queue.length) {
      this.queue = this.queue.slice(this.first);
      this.first = 0;
    }
    if (moved) this.events.moved(bytes);
  }
}
