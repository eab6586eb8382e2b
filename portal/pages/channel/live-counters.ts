import type { ReactiveController, ReactiveControllerHost } from 'lit';
import { type ChannelLiveResult, channelLive } from '../../api/client.generated.ts';
import type { Caller } from '../../api/http.ts';

type Live = ChannelLiveResult['items'][number];
const every = 2000;
const kept = 60;

/** Counters of all channels, asked every two seconds while the page is seen, with the last rates of each. */
export class LiveCounters implements ReactiveController {
  readonly #host: ReactiveControllerHost;
  readonly #http: () => Caller;
  readonly #rates = new Map<string, number[]>();
  #items = new Map<string, Live>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #on = false;

  constructor(host: ReactiveControllerHost, http: () => Caller) {
    this.#host = host;
    this.#http = http;
    host.addController(this);
  }

  hostDisconnected(): void {
    this.#on = false;
    clearTimeout(this.#timer);
  }

  start(): void {
    if (this.#on) return;
    this.#on = true;
    void this.#ask();
  }

  get(id: string): Live | undefined {
    return this.#items.get(id);
  }

  rates(id: string): readonly number[] {
    return this.#rates.get(id) ?? [];
  }

  get all(): readonly Live[] {
    return [...this.#items.values()];
  }

  async #ask(): Promise<void> {
    if (!document.hidden) {
      try {
        const { items } = await channelLive(this.#http());
        this.#items = new Map(items.map((item) => [item.channelId, item]));
        for (const item of items) {
          this.#rates.set(item.channelId, [...this.rates(item.channelId), item.perSecond].slice(-kept));
        }
        this.#host.requestUpdate();
      } catch {
        // The numbers stay as they were; the banner of the shell tells of a lost connection.
      }
    }
    if (this.#on) this.#timer = setTimeout(() => void this.#ask(), every);
  }
}
