import { EventParser, type ServerEvent } from './event-parser.ts';
import { ApiFault } from './fault.ts';
import type { Http } from './http.ts';
import { type LiveEvent, liveEvents } from './live-event.ts';

export type LiveStatus = 'idle' | 'connecting' | 'live' | 'lost';
export type LiveListener = (event: LiveEvent) => void;

const topics = ['order', 'message', 'channel', 'donor'];
const firstPause = 1000;
const longestPause = 15_000;
/** Without a byte for this long (heartbeats are bytes) the connection counts as dead. */
const silence = 60_000;

/**
 * The one live connection of a page. It opens with the first listener and closes with the last, resumes with
 * `Last-Event-ID`, and comes back by itself with growing pauses. It reads the stream by fetch and not by EventSource so
 * that a bearer token can be sent and an ended session be told from a lost network.
 */
export class LiveStream {
  status: LiveStatus = 'idle';
  readonly #http: Http;
  readonly #listeners = new Set<LiveListener>();
  readonly #watchers = new Set<(status: LiveStatus) => void>();
  #abort: AbortController | undefined;
  #lastId = '';
  #pause = firstPause;

  constructor(http: Http) {
    this.#http = http;
  }

  /** Listens to events; the function given back ends it. */
  listen(listener: LiveListener): () => void {
    this.#listeners.add(listener);
    this.#open();
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.close();
    };
  }

  watch(watcher: (status: LiveStatus) => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  /** Begins anew, as another person or organisation: nothing is resumed. */
  restart(): void {
    this.close();
    this.#lastId = '';
    if (this.#listeners.size > 0) this.#open();
  }

  close(): void {
    this.#abort?.abort();
    this.#abort = undefined;
    this.#say('idle');
  }

  #open(): void {
    if (this.#abort !== undefined) return;
    this.#abort = new AbortController();
    void this.#run(this.#abort.signal);
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const ended = await this.#read(signal);
      if (signal.aborted) return;
      if (ended === 'denied') {
        this.#abort = undefined;
        return this.#say('idle');
      }
      this.#say('lost');
      await pause(this.#pause, signal);
      this.#pause = Math.min(this.#pause * 2, longestPause);
    }
  }

  async #read(outer: AbortSignal): Promise<'denied' | 'ended'> {
    const inner = new AbortController();
    const stop = () => inner.abort();
    outer.addEventListener('abort', stop, { once: true });
    let dog = setTimeout(stop, silence);
    try {
      if (this.status !== 'lost') this.#say('connecting');
      const response = await fetch(this.#http.url(`/stream?topics=${topics.join(',')}`), {
        headers: {
          Accept: 'text/event-stream',
          ...this.#http.headers(false),
          ...(this.#lastId === '' ? {} : { 'Last-Event-ID': this.#lastId }),
        },
        credentials: this.#http.credentials,
        cache: 'no-store',
        signal: inner.signal,
      });
      if (response.status === 401) return this.#denied();
      if (response.status === 403) return 'denied';
      if (!response.ok || response.body === null) return 'ended';
      this.#say('live');
      this.#http.onReach(true);
      this.#pause = firstPause;
      let ended = false;
      const parser = new EventParser((event) => {
        ended ||= !this.#take(event);
      });
      const decoder = new TextDecoder();
      const reader = response.body.getReader();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return 'ended';
        clearTimeout(dog);
        dog = setTimeout(stop, silence);
        parser.feed(decoder.decode(value, { stream: true }));
        if (ended) return this.#denied();
        if (parser.lastId !== '') this.#lastId = parser.lastId;
        if (parser.retry !== undefined) this.#pause = parser.retry;
      }
    } catch {
      return 'ended';
    } finally {
      clearTimeout(dog);
      outer.removeEventListener('abort', stop);
      inner.abort();
    }
  }

  /** False where the server has ended the session. */
  #take(event: ServerEvent): boolean {
    const found = liveEvents(event, topics);
    if (found === 'end') return false;
    for (const one of found) for (const listener of [...this.#listeners]) listener(one);
    return true;
  }

  #denied(): 'denied' {
    this.#http.onExpired(new ApiFault('user.session.expired', 401, 'the stream was ended'));
    return 'denied';
  }

  #say(status: LiveStatus): void {
    if (status === this.status) return;
    this.status = status;
    for (const watcher of [...this.#watchers]) watcher(status);
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      globalThis.removeEventListener?.('online', end);
      done();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end);
    // The browser knows first when the network is back.
    globalThis.addEventListener?.('online', end);
  });
}
