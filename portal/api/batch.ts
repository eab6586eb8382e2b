export interface Timer {
  now(): number;
  after(ms: number, run: () => void): unknown;
  cancel(handle: unknown): void;
}

const realTimer: Timer = {
  now: () => Date.now(),
  after: (ms, run) => setTimeout(run, ms),
  cancel: (handle) => clearTimeout(handle as ReturnType<typeof setTimeout>),
};

/**
 * Gathers items and hands them over together, at most once in `interval` ms; the first of a quiet time is handed over after
 * `first` ms. While the receiver's promise is open nothing more is handed over: a slow page slows itself, not the server.
 */
export class Batch<T> {
  readonly #take: (items: T[]) => void | Promise<void>;
  readonly #interval: number;
  readonly #first: number;
  readonly #timer: Timer;
  #items: T[] = [];
  #handle: unknown;
  #busy = false;
  #last = Number.NEGATIVE_INFINITY;

  constructor(
    take: (items: T[]) => void | Promise<void>,
    interval = 300,
    first = 40,
    timer: Timer = realTimer,
  ) {
    this.#take = take;
    this.#interval = interval;
    this.#first = first;
    this.#timer = timer;
  }

  add(item: T): void {
    this.#items.push(item);
    this.#plan();
  }

  stop(): void {
    this.#items = [];
    if (this.#handle !== undefined) this.#timer.cancel(this.#handle);
    this.#handle = undefined;
  }

  #plan(): void {
    if (this.#handle !== undefined || this.#busy || this.#items.length === 0) return;
    const wait = Math.max(this.#first, this.#last + this.#interval - this.#timer.now());
    this.#handle = this.#timer.after(wait, () => {
      this.#handle = undefined;
      void this.#flush();
    });
  }

  async #flush(): Promise<void> {
    const items = this.#items;
    this.#items = [];
    this.#last = this.#timer.now();
    this.#busy = true;
    try {
      await this.#take(items);
    } finally {
      this.#busy = false;
      this.#plan();
    }
  }
}
