import type { ActionDef } from '../../contracts/kernel/action.ts';
import { Fault } from '../../contracts/kernel/fault.ts';
import { registry } from '../../contracts/registry.generated.ts';
import type { Session } from '../../contracts/user/user.actions.ts';
import { type CallMeta, demand } from '../kit/caller.ts';
import { exampleOf } from './openapi/example.ts';
import type { GatewayKit } from './options.ts';
import type { OutboxRow } from './stream/feed.ts';

type Values = Record<string, unknown>;

/** A call as it arrived at the mesh. */
export interface Seen {
  readonly action: string;
  readonly params: Values;
  readonly meta: CallMeta;
}

const rights = [...new Set([...registry.actions.values()].map((a) => a.permission))].filter((p) =>
  p.includes('.'),
);

export const fakeSession = (username: string, org: string, permissions: readonly string[]): Session => {
  const choice = { id: org, code: org, name: '机构', nameEn: 'Organisation' };
  return {
    userId: `user-${username}`,
    username,
    name: username,
    org: choice,
    orgs: [choice],
    roles: [],
    permissions: [...permissions],
    expiresAt: '2099-01-01T00:00:00.000Z',
    pending: '',
  };
};

/**
 * A stand-in for the kit in the gateway's tests: every action of the contracts answers with an example of its result, for
 * records of one organisation, with versions, idempotency keys and sessions kept in memory. `rows` is the outbox.
 */
export class FakeKit {
  readonly registry = registry;
  readonly rows: OutboxRow[] = [];
  readonly seen: Seen[] = [];
  readonly errors: [string, object | undefined][] = [];
  readonly sessions = new Map<string, Session>([
    ['token-all', fakeSession('all', 'org-a', rights)],
    ['token-none', fakeSession('none', 'org-a', [])],
    ['token-other', fakeSession('other', 'org-b', rights)],
  ]);
  /** Actions that answer otherwise. */
  readonly answers = new Map<string, (params: Values, meta: CallMeta) => unknown>();
  finds = 0;
  now = Date.UTC(2026, 2, 2, 9);
  readonly clock = (): number => this.now;
  private readonly keys = new Map<string, { request: string; result: unknown }>();
  private serial = 0;

  readonly log = {
    debug: () => undefined,
    info: () => undefined,
    warn: () => undefined,
    error: (message: string, data?: object) => void this.errors.push([message, data]),
  };

  /** As the gateway takes it. */
  get kit(): GatewayKit {
    return this as unknown as GatewayKit;
  }

  id(): string {
    return `fake-${String(++this.serial).padStart(8, '0')}`;
  }

  async call(action: ActionDef, given: unknown, meta: CallMeta): Promise<unknown> {
    const params = given as Values;
    this.seen.push({ action: action.name, params, meta });
    demand(meta.caller, action.permission);
    const answer = this.answers.get(action.name);
    if (answer) return answer(params, meta);
    const special = this.special(action.name, params, meta);
    if (special !== undefined) return special;
    if (typeof params.id === 'string' && (params.id !== 'known' || meta.caller.orgId !== 'org-a'))
      throw new Fault('kernel.record.missing', { record: action.name.split('.')[0], id: params.id });
    if (params.version !== undefined && params.version !== 3) throw new Fault('kernel.record.stale');
    if (action.repeat !== 'key' || !meta.idempotencyKey) return this.example(action);
    const key = `${meta.caller.userId} ${action.name} ${meta.idempotencyKey}`;
    const request = JSON.stringify(params);
    const known = this.keys.get(key);
    if (known && known.request !== request) throw new Fault('kernel.idempotency.mismatch');
    const result = known?.result ?? this.example(action);
    this.keys.set(key, { request, result });
    return result;
  }

  /** Rows of the outbox by the conditions the feed writes: `seq > ?`, `seq BETWEEN ? AND ?`, joined by OR. */
  async find(_record: unknown, _scope: unknown, _where: unknown, options: Values = {}): Promise<OutboxRow[]> {
    this.finds++;
    const and = options.and as ((name: (f: string) => string) => [string, number[]]) | undefined;
    const tests: ((seq: number) => boolean)[] = [];
    if (and) {
      const [sql, params] = and((f) => f);
      const rest = [...params];
      for (const part of sql.split(' OR ')) {
        const from = rest.shift()!;
        if (part.includes('BETWEEN')) {
          const to = rest.shift()!;
          tests.push((seq) => seq >= from && seq <= to);
        } else tests.push((seq) => seq > from);
      }
    }
    const found = this.rows.filter((r) => tests.length === 0 || tests.some((t) => t(r.seq)));
    found.sort((a, b) => (options.descending ? b.seq - a.seq : a.seq - b.seq));
    return found.slice(0, options.limit as number | undefined);
  }

  /** Commits an event; `seq` where it is to come out of order. */
  commit(
    name: string,
    { seq = (this.rows.at(-1)?.seq ?? 0) + 1, orgId = 'org-a', key = 'k' } = {},
  ): OutboxRow {
    const row: OutboxRow = {
      seq,
      id: `event-${seq}`,
      orgId,
      name,
      key,
      at: new Date(this.now).toISOString(),
      actor: 'user-all',
      requestId: 'r',
      payload: { n: seq },
      pending: '',
    };
    this.rows.push(row);
    return row;
  }

  private special(name: string, params: Values, meta: CallMeta): unknown {
    const session = (token: string): Session => {
      const found = this.sessions.get(token);
      if (!found) throw new Fault('user.session.expired');
      return found;
    };
    switch (name) {
      case 'user.resolve':
        return session(String(params.token));
      case 'user.login':
        if (params.password !== 'right') throw new Fault('user.login.failed');
        return { token: 'token-all', session: session('token-all') };
      case 'user.logout':
        return { done: true };
      case 'user.session':
        return [...this.sessions.values()].find((s) => s.userId === meta.caller.userId);
      case 'user.switchOrg':
        return { token: 'token-other', session: session('token-other') };
    }
    return undefined;
  }

  private example(action: ActionDef): unknown {
    const result = exampleOf(action.result) as Values;
    if (Array.isArray(result.items) && 'total' in result) {
      const item = (action.result as unknown as { properties: { items: { items: object } } }).properties.items
        .items;
      return { ...result, items: [{ ...(exampleOf(item) as Values), ...known(item) }] };
    }
    return { ...result, ...known(action.result) };
  }
}

/** Id and version of the one record there is, where the schema has them. */
function known(schema: object): Values {
  const properties = (schema as { properties?: Values }).properties ?? {};
  return {
    ...('id' in properties ? { id: 'known' } : {}),
    ...('version' in properties && 'id' in properties ? { version: 3 } : {}),
  };
}
