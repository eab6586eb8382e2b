import { type Donor, donorGet } from '../api/client.generated.ts';
import type { Caller } from '../api/http.ts';

const kept = 2000;
const atOnce = 6;

/** Donors by id, fetched once each and a few at a time: order rows carry the donor's id only. */
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
    for (const id of this.#waiting) {
      if (this.#running >= atOnce) return;
      this.#waiting.delete(id);
      this.#running += 1;
      void donorGet(this.#http, { id })
        .then(
          (donor) => this.#keep(id, donor),
          () => this.#keep(id, null),
        )
        .finally(() => {
          this.#running -= 1;
          this.#pump();
        });
    }
  }

  #keep(id: string, donor: Donor | null): void {
    if (this.#known.size >= kept) this.#known.clear();
    this.#known.set(id, donor);
    this.onChange();
  }
}
