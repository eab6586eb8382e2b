/** Turns a REST action and its params into the parts of a request. Pure. */

export interface Route {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below the base path, path parameters in braces. */
  readonly path: string;
  /** `version` of the params goes into `If-Match`. */
  readonly ifMatch?: boolean;
  /** Writes: `key` sends an `Idempotency-Key`, `natural` deduplicates by itself. */
  readonly repeat?: 'key' | 'natural';
}

export interface RequestParts {
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly body?: string;
}

/** Path parameters are put into the path, `version` into `If-Match`, the rest into the query (GET) or the body. */
export function requestParts(route: Route, params: object, key?: string): RequestParts {
  const rest = new Map(Object.entries(params).filter(([, value]) => value !== undefined));
  let path = route.path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = rest.get(name);
    rest.delete(name);
    return encodeURIComponent(String(value));
  });
  const headers: Record<string, string> = {};
  if (route.ifMatch && rest.has('version')) {
    headers['If-Match'] = `"${rest.get('version')}"`;
    rest.delete('version');
  }
  if (route.repeat === 'key' && key !== undefined) headers['Idempotency-Key'] = key;
  if (route.method === 'GET') {
    const query = queryString(Object.fromEntries(rest));
    if (query !== '') path += `?${query}`;
    return { url: path, headers };
  }
  headers['Content-Type'] = 'application/json';
  return { url: path, headers, body: JSON.stringify(Object.fromEntries(rest)) };
}

/** `{ q: 'a', filter: { state: 'NEW' } }` gives `q=a&filter[state]=NEW`; empty values are left out. */
export function queryString(params: Readonly<Record<string, unknown>>): string {
  const parts: string[] = [];
  const add = (name: string, value: unknown) => {
    if (value === undefined || value === null || value === '') return;
    parts.push(`${name}=${encodeURIComponent(String(value))}`);
  };
  for (const [name, value] of Object.entries(params)) {
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      for (const [field, inner] of Object.entries(value)) add(`${name}[${encodeURIComponent(field)}]`, inner);
    } else add(encodeURIComponent(name), value);
  }
  return parts.join('&');
}

/** A random UUID; also where the page is not a secure context, as on a hospital's plain HTTP. */
export function uuid(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/**
 * The key of one thing a person wants done. Asking for the key of the same content again gives the same key, so that a
 * second press after a lost answer does not do it twice; other content, or an answer that settled the matter, makes a new one.
 */
export class Intent {
  #key = '';
  #content = '';

  key(content: unknown): string {
    const text = JSON.stringify(content);
    if (this.#key === '' || this.#content !== text) {
      this.#key = uuid();
      this.#content = text;
    }
    return this.#key;
  }

  settle(): void {
    this.#key = '';
  }
}
