import { ApiFault, faultOf, isApiFault } from './fault.ts';
import { type Route, requestParts, uuid } from './request.ts';

export interface CallOptions {
  readonly signal?: AbortSignal;
  /** Idempotency key of the person's intent; absent: one for this call and its retries. */
  readonly key?: string;
}

/** What the generated client calls. */
export interface Caller {
  call<T>(route: Route, params: object, options?: CallOptions): Promise<T>;
}

export interface HttpSettings {
  /** Origin of the platform, `''` for the page's own. */
  readonly baseUrl?: string;
  /** Bearer token; absent: the session cookie. */
  readonly token?: string | undefined;
  readonly fetch?: typeof fetch;
  /** Waits between tries; for tests. */
  readonly wait?: (ms: number) => Promise<void>;
}

const retries = [250, 800, 2000];
const runningCode = 'kernel.idempotency.running';

/**
 * Calls the platform. Reads, and writes with an idempotency key, are repeated with backoff where no answer came or the
 * service said it is not available for now (503, or the same key still running). Throws ApiFault only, or the signal's reason.
 */
export class Http implements Caller {
  readonly baseUrl: string;
  readonly token: string | undefined;
  /** Told of each answer that says the session is over. */
  onExpired: (fault: ApiFault) => void = () => {};
  /** Told whether the server was reached. */
  onReach: (reached: boolean) => void = () => {};
  readonly #fetch: typeof fetch;
  readonly #wait: (ms: number) => Promise<void>;

  constructor(settings: HttpSettings = {}) {
    this.baseUrl = (settings.baseUrl ?? '').replace(/\/+$/, '');
    this.token = settings.token;
    this.#fetch = settings.fetch ?? ((...args) => fetch(...args));
    this.#wait = settings.wait ?? ((ms) => new Promise((done) => setTimeout(done, ms)));
  }

  url(path: string): string {
    return `${this.baseUrl}/api/v1${path}`;
  }

  /** Headers every request carries; cookie sessions prove that the request is the portal's own. */
  headers(write: boolean): Record<string, string> {
    if (this.token !== undefined) return { Authorization: `Bearer ${this.token}` };
    return write ? { 'X-Requested-With': 'cytomesh' } : {};
  }

  /** Cookies go along only where no token is used. */
  get credentials(): RequestCredentials {
    return this.token === undefined ? 'same-origin' : 'omit';
  }

  async call<T>(route: Route, params: object, options: CallOptions = {}): Promise<T> {
    const parts = requestParts(route, params, options.key ?? uuid());
    const init: RequestInit = {
      method: route.method,
      headers: { Accept: 'application/json', ...this.headers(route.method !== 'GET'), ...parts.headers },
      credentials: this.credentials,
      ...(parts.body === undefined ? {} : { body: parts.body }),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    };
    const repeatable = route.method === 'GET' || route.repeat === 'key';
    for (let attempt = 0; ; attempt++) {
      try {
        return (await this.#once(this.url(parts.url), init)) as T;
      } catch (error) {
        options.signal?.throwIfAborted();
        const pause = retries[attempt];
        const again =
          isApiFault(error) && (error.status === 0 || error.status === 503 || error.code === runningCode);
        if (!again || !repeatable || pause === undefined) {
          if (
            isApiFault(error) &&
            error.code.startsWith('user.session.') &&
            !route.path.startsWith('/auth/login')
          )
            this.onExpired(error);
          throw error;
        }
        await this.#wait(pause);
      }
    }
  }

  async #once(url: string, init: RequestInit): Promise<unknown> {
    let response: Response;
    try {
      response = await this.#fetch(url, init);
    } catch (error) {
      init.signal?.throwIfAborted();
      this.onReach(false);
      throw new ApiFault('portal.network.lost', 0, String((error as Error).message));
    }
    this.onReach(true);
    const text = await response.text();
    let body: unknown;
    try {
      body = text === '' ? undefined : JSON.parse(text);
    } catch {
      body = undefined;
    }
    if (!response.ok) throw faultOf(response.status, body, response.headers.get('X-Request-Id') ?? '');
    if (body === undefined && text !== '')
      throw new ApiFault('portal.answer.broken', response.status, 'not JSON');
    return body;
  }
}
