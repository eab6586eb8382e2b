import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

interface Failure {
  readonly what: string;
  readonly first: string;
  readonly second: string;
}

/**
 * People at work: each reads and accepts orders all the time, and does what a browser behind a balancer does: a request that broke
 * or was answered "not now" is made once more, on the other node, with the same key.
 */
export class Office {
  readonly accepted = new Set<string>();
  readonly failures: Failure[] = [];
  requests = 0;
  retried = 0;
  private readonly bases: readonly string[];
  private token = '';
  private running = true;
  private readonly desks: Promise<void>[] = [];

  constructor(httpPorts: readonly number[]) {
    this.bases = httpPorts.map((port) => `http://127.0.0.1:${port}/api/v1`);
  }

  async open(desks: number): Promise<void> {
    const login = { username: 'planner', password: 'Cytomesh#Demo1' };
    this.token = ((await this.ask(0, 'POST', '/auth/login', login)) as { token: string }).token;
    for (let d = 0; d < desks; d++) this.desks.push(this.desk(d));
  }

  async close(): Promise<void> {
    this.running = false;
    await Promise.all(this.desks);
  }

  private async desk(d: number): Promise<void> {
    for (let n = d; this.running; n++) {
      const list = (await this.request(
        n,
        'GET',
        `/orders?filter[state]=SUBMITTED&pageSize=5&page=${d + 1}`,
      )) as { items: { id: string; version: number; placerNumber: string }[] } | undefined;
      const order = list?.items[n % 5];
      if (order && n % 10 === d) {
        const done = await this.request(
          n,
          'POST',
          `/orders/${order.id}/actions/accept`,
          {},
          { 'if-match': `"${order.version}"` },
        );
        if (done) this.accepted.add(order.placerNumber);
      }
      await sleep(30);
    }
  }

  private async request(
    n: number,
    method: string,
    path: string,
    body?: object,
    headers: object = {},
  ): Promise<unknown> {
    const key = { 'idempotency-key': randomUUID(), ...headers };
    this.requests++;
    try {
      return await this.ask(n, method, path, body, key);
    } catch (first) {
      if ((first as Refusal).final) return undefined;
      this.retried++;
      try {
        return await this.ask(n + 1, method, path, body, key);
      } catch (second) {
        if (!(second as Refusal).final)
          this.failures.push({ what: `${method} ${path}`, first: String(first), second: String(second) });
        return undefined;
      }
    }
  }

  /** Rejects with `final` where the answer is the caller's own business: somebody else changed the order first. */
  private async ask(
    n: number,
    method: string,
    path: string,
    body?: object,
    headers: object = {},
  ): Promise<unknown> {
    const response = await fetch(this.bases[n % this.bases.length] + path, {
      method,
      headers: {
        ...headers,
        ...(this.token ? { authorization: `Bearer ${this.token}` } : {}),
        ...(body ? { 'content-type': 'application/json' } : {}),
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
      signal: AbortSignal.timeout(10_000),
    });
    const answer = (await response.json()) as { code?: string };
    if (response.ok) return answer;
    throw Object.assign(new Error(`${response.status} ${answer.code}`), {
      final: [409, 412].includes(response.status),
    });
  }
}

interface Refusal {
  readonly final?: boolean;
}
