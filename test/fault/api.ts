import { randomUUID } from 'node:crypto';

/** A person at the API: signs in once, calls with a token, tries again as the portal does. */
export class Person {
  private token = '';
  private readonly base: string;
  private readonly username: string;

  constructor(base: string, username: string) {
    this.base = base;
    this.username = username;
  }

  async signIn(): Promise<void> {
    const { token } = (await this.raw('POST', '/auth/login', {
      username: this.username,
      password: 'Cytomesh#Demo1',
    })) as { token: string };
    this.token = token;
  }

  get<T>(path: string): Promise<T> {
    return this.raw('GET', path) as Promise<T>;
  }

  /** A write with one idempotency key over all its tries. */
  post<T>(
    path: string,
    body: unknown = {},
    headers: Record<string, string> = {},
    key = randomUUID(),
  ): Promise<T> {
    return this.raw('POST', path, body, { 'idempotency-key': key, ...headers }) as Promise<T>;
  }

  put<T>(path: string, body: unknown, headers: Record<string, string> = {}): Promise<T> {
    return this.raw('PUT', path, body, { 'idempotency-key': randomUUID(), ...headers }) as Promise<T>;
  }

  private async raw(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<unknown> {
    const response = await fetch(`${this.base}/api/v1${path}`, {
      method,
      headers: {
        ...headers,
        ...(this.token ? { authorization: `Bearer ${this.token}` } : {}),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(15_000),
    });
    const answer = (await response.json()) as unknown;
    if (!response.ok) throw new ApiFault(response.status, answer as { code?: string; detail?: string });
    return answer;
  }
}

export class ApiFault extends Error {
  readonly status: number;
  readonly code: string;
  constructor(status: number, problem: { code?: string; detail?: string }) {
    super(`${status} ${problem.code ?? ''} ${problem.detail ?? ''}`);
    this.status = status;
    this.code = problem.code ?? '';
  }
}
