import type { Listed } from './judge.ts';

/** The platform's HTTP interface, as far as the demo needs it. */
export class Platform {
  readonly #base: string;
  #token = '';

  constructor(base: string) {
    this.#base = base.replace(/\/+$/, '');
  }

  /** Rejects with the status and title of the problem when the platform does not let us in. */
  async signIn(username: string, password: string): Promise<void> {
    const answer = await this.#ask('/api/v1/auth/login', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ username, password }),
    });
    const token = (answer as { token?: unknown }).token;
    if (typeof token !== 'string') throw new Error('the platform gave no token');
    this.#token = token;
  }

  /** Messages found under a business key, e.g. a control id. */
  async messages(key: string): Promise<Listed[]> {
    const answer = await this.#ask(`/api/v1/messages?key=${encodeURIComponent(key)}`, {});
    const items = Array.isArray(answer) ? answer : (answer as { items?: unknown }).items;
    if (!Array.isArray(items)) throw new Error('the platform gave no list of messages');
    return items as Listed[];
  }

  /** Asks again while the platform limits the rate. */
  async #ask(path: string, init: RequestInit): Promise<unknown> {
    const headers = { accept: 'application/json', ...(init.headers as Record<string, string> | undefined) };
    const signed = this.#token === '' ? headers : { ...headers, authorization: `Bearer ${this.#token}` };
    for (let attempt = 0; ; attempt += 1) {
      const response = await fetch(this.#base + path, { ...init, headers: signed });
      if (response.status === 429 && attempt < 20) {
        const seconds = Number(response.headers.get('retry-after')) || 1;
        await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
        continue;
      }
      const body = (await response.json().catch(() => ({}))) as { title?: string; detail?: string };
      if (response.ok) return body;
      throw new Error(`${path.split('?')[0]}: ${response.status} ${body.detail ?? body.title ?? ''}`.trim());
    }
  }
}
