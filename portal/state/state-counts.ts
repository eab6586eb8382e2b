import type { ReactiveController, ReactiveControllerHost } from 'lit';

const pause = 4000;

/**
 * How many rows are in each state, for filter chips: one list call of a single row for each group, at most every few
 * seconds. A group is a state or several, comma separated. Counts that cannot be had are left out.
 */
export class StateCounts implements ReactiveController {
  readonly #host: ReactiveControllerHost;
  readonly #groups: readonly string[];
  readonly #count: (filter: Record<string, string>) => Promise<{ total: number }>;
  readonly #totals = new Map<string, number>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #last = 0;

  constructor(
    host: ReactiveControllerHost,
    groups: readonly string[],
    count: (filter: Record<string, string>) => Promise<{ total: number }>,
  ) {
    this.#host = host;
    this.#groups = groups;
    this.#count = count;
    host.addController(this);
  }

  hostDisconnected(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  get(group: string): number | undefined {
    return this.#totals.get(group);
  }

  load(): void {
    if (this.#timer !== undefined) return;
    const wait = Math.max(0, this.#last + pause - Date.now());
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#last = Date.now();
      for (const group of this.#groups) {
        this.#count({ state: group }).then(
          ({ total }) => {
            if (this.#totals.get(group) === total) return;
            this.#totals.set(group, total);
            this.#host.requestUpdate();
          },
          () => {},
        );
      }
    }, wait);
  }
}
