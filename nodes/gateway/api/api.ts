import { Fault, isFault } from '../../../contracts/kernel/fault.ts';
import type { SessionMeta } from '../../../contracts/user/session.meta.ts';
import { userActions } from '../../../contracts/user/user.actions.ts';
import { type CallMeta, demand } from '../../kit/caller.ts';
import { readJson } from '../http/body.ts';
import type { Exchange } from '../http/exchange.ts';
import { end, sendJson } from '../http/send.ts';
import { defaultBodyLimit, type GatewayKit, type GatewayOptions } from '../options.ts';
import { cookieOf, sameOrigin, setCookie } from '../session/credentials.ts';
import type { Guard, Identity } from '../session/guard.ts';
import { digestOf, type Sessions } from '../session/sessions.ts';
import { etagOf, idempotencyKeyOf, noneMatch, versionOf } from './headers.ts';
import { paramsOf } from './params.ts';
import type { Route } from './route.ts';
import { RouteTable } from './route-table.ts';

/**
 * Answers the routes of the contracts. The order of checks: route, method, session, origin, right, headers, body, params.
 * Who may not do a thing learns nothing of how it is done.
 */
export class Api {
  readonly table: RouteTable;
  private readonly kit: GatewayKit;
  private readonly options: GatewayOptions;
  private readonly guard: Guard;
  private readonly sessions: Sessions;

  constructor(kit: GatewayKit, options: GatewayOptions, guard: Guard, sessions: Sessions) {
    this.kit = kit;
    this.options = options;
    this.guard = guard;
    this.sessions = sessions;
    this.table = new RouteTable(kit.registry, options.bodyLimit ?? defaultBodyLimit);
  }

  /** `path` is below `/api/v1`. */
  async answer(exchange: Exchange, path: string): Promise<void> {
    const { req, res } = exchange;
    const found = this.table.find(req.method, path);
    if (!found) throw new Fault('gateway.route.missing');
    if ('allow' in found) {
      res.setHeader('Allow', found.allow.join(', '));
      if (req.method === 'OPTIONS') {
        res.statusCode = 204;
        return end(res);
      }
      throw new Fault('gateway.method.refused', { method: req.method });
    }
    const { route } = found;
    exchange.label = route.template;
    const known = await this.guard.identify(exchange, route.action.permission !== 'public');
    demand(known.caller, route.action.permission);
    const version = route.ifMatch ? versionOf(req.headers['if-match']) : undefined;
    const key = idempotencyKeyOf(req.headers['idempotency-key']);
    const body = route.inQuery ? undefined : await readJson(req, route.bodyLimit);
    const params = paramsOf(route, { path: found.path, query: exchange.query, body, version });
    if (route.action.name === userActions.login.name) this.guard.limitLogin(exchange, params);
    const meta: CallMeta = {
      caller: known.caller,
      requestId: exchange.requestId,
      ...(key === undefined ? {} : { idempotencyKey: key }),
      ...(route.action.name.startsWith('user.') ? sessionMeta(exchange, known) : {}),
    };
    const result = await this.kit.call(route.action, params, meta);
    this.check(route, result);
    this.settleSession(exchange, route, known, result);
    await this.give(exchange, route, result);
  }

  private async give(exchange: Exchange, route: Route, result: unknown): Promise<void> {
    const { req, res } = exchange;
    const etag = etagOf(result);
    if (etag) {
      res.setHeader('ETag', etag);
      if (route.method === 'GET' && noneMatch(req.headers['if-none-match'], etag)) {
        res.statusCode = 304;
        res.setHeader('Cache-Control', 'no-store');
        res.end();
        return;
      }
    }
    const id = (result as { id?: unknown } | null)?.id;
    if (route.location && typeof id === 'string')
      res.setHeader('Location', `/api/v1${route.location.replace('{id}', encodeURIComponent(id))}`);
    // A compressed answer with a secret in it lets its length speak.
    const compress = !route.template.startsWith('/auth/');
    await sendJson(exchange, route.status, result ?? null, { compress });
  }

  /** Outside production a result that is not what the contract promises is a loud failure. */
  private check(route: Route, result: unknown): void {
    if (this.options.production) return;
    const issues = route.checkResult(JSON.parse(JSON.stringify(result ?? null)));
    if (issues.length === 0) return;
    const said = issues.map((i) => `${i.path}: ${i.message}`).join('; ');
    this.kit.log.error('a result is not what its contract says', {
      action: route.action.name,
      count: issues.length,
    });
    throw new Fault('kernel.internal.error', {}, new TypeError(`result of ${route.action.name}: ${said}`));
  }

  /** Cookies and cache after sign-in, switch and sign-out. */
  private settleSession(exchange: Exchange, route: Route, known: Identity, result: unknown): void {
    const { name } = route.action;
    const { req, res, secure } = exchange;
    const own = sameOrigin(req, req.host);
    const before = known.credentials;
    if (name === userActions.login.name && own)
      res.setHeader('Set-Cookie', setCookie((result as { token: string }).token, secure));
    if (name === userActions.switchOrg.name && before) {
      this.sessions.ended(digestOf(before.token));
      if (before.by === 'cookie')
        res.setHeader('Set-Cookie', setCookie((result as { token: string }).token, secure));
    }
    if (name === userActions.logout.name && before) {
      this.sessions.ended(digestOf(before.token));
      if (cookieOf(req) === before.token) res.setHeader('Set-Cookie', setCookie(null, secure));
    }
  }
}

/** What the user word is told of the request besides who calls. */
const sessionMeta = ({ req, address }: Exchange, { credentials }: Identity): SessionMeta => ({
  ...(credentials ? { sessionId: digestOf(credentials.token) } : {}),
  address,
  agent: (req.headers['user-agent'] ?? '').replace(/[^\x20-\x7e]/g, '?').slice(0, 191),
});

export const asFault = (error: unknown): Fault =>
  isFault(error) ? error : new Fault('kernel.internal.error', {}, error);
