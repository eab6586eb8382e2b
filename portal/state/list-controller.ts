import type { ReactiveController, ReactiveControllerHost } from 'lit';
import { type ApiFault, toApiFault } from '../api/fault.ts';
import { rowChanges } from './row-changes.ts';

interface Page<T> {
  readonly items: readonly T[];
  readonly total: number;
}

const none: ReadonlySet<string> = new Set();

/**
 * The rows of a list: loads a page, keeps the last call only, and after a live refresh knows which rows are new or changed.
 * `load` fetches the page as the host's view says now.
 */
export class ListController<T extends { readonly id: string }> implements ReactiveController {
  rows: readonly T[] = [];
  total = 0;
  loading = false;
  fault: ApiFault | undefined;
  born: ReadonlySet<string> = none;
  fresh: ReadonlySet<string> = none;
  readonly #host: ReactiveControllerHost;
  readonly #load: (signal: AbortSignal) => Promise<Page<T>>;
  readonly #stamp: (row: T) => string;
  #abort: AbortController | undefined;
  #fade: ReturnType<typeof setTimeout> | undefined;

  constructor(
    host: ReactiveControllerHost,
    load: (signal: AbortSignal) => Promise<Page<T>>,
    stamp: (row: T) => string,
  ) {
    this.#host = host;
    this.#load = load;
    this.#stamp = stamp;
    host.addController(this);
  }

  hostDisconnected(): void {
    this.#abort?.abort();
    clearTimeout(this.#fade);
  }

  /** Loads the page; `quiet` for a live refresh, which shows no bar and marks what is new. */
  async load(quiet = false): Promise<void> {
    this.#abort?.abort();
    const abort = new AbortController();
    this.#abort = abort;
    if (!quiet) {
      this.loading = true;
      this.#host.requestUpdate();
    }
    try {
      const page = await this.#load(abort.signal);
      if (abort.signal.aborted) return;
      const changes = quiet ? rowChanges(this.rows, page.items, this.#stamp) : { born: none, fresh: none };
      this.rows = page.items;
      this.total = page.total;
      this.fault = undefined;
      this.#mark(changes.born, changes.fresh);
    } catch (error) {
      if (abort.signal.aborted) return;
      // A live refresh that fails leaves what is there; the offline banner says why.
      if (!quiet) this.fault = toApiFault(error);
    }
    this.loading = false;
    this.#host.requestUpdate();
  }

  /** Puts a changed row in the place of the old one. */
  put(row: T): void {
    this.rows = this.rows.map((old) => (old.id === row.id ? row : old));
    this.#mark(none, new Set([row.id]));
    this.#host.requestUpdate();
  }

  #mark(born: ReadonlySet<string>, fresh: ReadonlySet<string>): void {
    clearTimeout(this.#fade);
    this.born = born;
    this.fresh = fresh;
    if (born.size + fresh.size === 0) return;
    this.#fade = setTimeout(() => {
      this.born = none;
      this.fresh = none;
      this.#host.requestUpdate();
    }, 6000);
  }
}
