import { type Donor, donorList } from '../api/client.generated.ts';
import type { Caller } from '../api/http.ts';

const kept = 2000;
/** As many ids as a filter of the API takes. */
const atOnce = 50;
const mostRunning = 4;

/** Donors by id, fetched once each: order rows carry the donor's id only. */
export class DonorNames {
  readonly #http: Caller;
  readonly #known = new Map<string, Donor | null>();
  readonly #waiting = new Set<string>();
  #running = 0;
  onChange: () => void = () => {};

  constructor(http: Caller) {
    this.#http = http;
  }

  /** The donor where known, null where it cannot be had, undefined while on its way. */
  get(id: string): Donor | null | undefined {
    return this.#known.get(id);
  }

  want(ids: Iterable<string>): void {
    for (const id of ids) if (id !== '' && !this.#known.has(id)) this.#waiting.add(id);
    this.#pump();
  }

  #pump(): void {
    while (this.#running < mostRunning && this.#waiting.size > 0) {
      const ids = [...this.#waiting].slice(0, atOnce);
      for (const id of ids) this.#waiting.delete(id);
      this.#running += 1;
      void donorList(this.#http, { filter: { id: ids.join(',') }, pageSize: atOnce })
        .then(
          ({ items }) => this.#keep(ids, items),
          () => this.#keep(ids, []),
        )
        .finally(() => {
          this.#running -= 1;
          this.#pump();
        });
    }
  }

  #keep(ids: readonly string[], found: readonly Donor[]): void {
    if (this.#known.size >= kept) this.#known.clear();
    for (const id of ids) this.#known.set(id, found.find((d) => d.id === id) ?? null);
    this.onChange();
  }
}
