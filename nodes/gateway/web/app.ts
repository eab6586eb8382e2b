import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import { Fault } from '../../../contracts/kernel/fault.ts';
import { Api, asFault } from '../api/api.ts';
import { requestIdOf } from '../api/headers.ts';
import { type Exchange, exchangeOf, plainAddress, remember } from '../http/exchange.ts';
import { languageOf } from '../http/language.ts';
import { end, sendJson, sendProblem } from '../http/send.ts';
import { swaggerUi } from '../openapi/docs.ts';
import { openApi } from '../openapi/document.ts';
import { health, readiness } from '../ops/health.ts';
import { GatewayMetrics } from '../ops/metrics.ts';
import type { GatewayKit, GatewayOptions } from '../options.ts';
import { Guard } from '../session/guard.ts';
import { Sessions } from '../session/sessions.ts';
import { Stream } from '../stream/stream.ts';
import { Portal } from './portal.ts';
import { Security } from './security.ts';

const apiRoot = '/api/v1';

/** All that answers requests, without a port. */
export class App {
  readonly express: Express;
  readonly stream: Stream;
  readonly sessions: Sessions;
  readonly metrics = new GatewayMetrics();
  stopping = false;
  private readonly kit: GatewayKit;
  private readonly options: GatewayOptions;
  private readonly api: Api;
  private readonly portal: Portal;
  private readonly security: Security;
  private readonly document: object;

  constructor(kit: GatewayKit, options: GatewayOptions) {
    this.kit = kit;
    this.options = options;
    this.sessions = new Sessions(kit);
    const guard = new Guard(kit, options, this.sessions);
    this.api = new Api(kit, options, guard, this.sessions);
    this.stream = new Stream(kit, options, { guard, sessions: this.sessions, metrics: this.metrics });
    this.portal = new Portal(options.portalFolder);
    this.security = new Security(options);
    options.metrics?.(this.metrics.registry);
    const document = openApi(kit.registry, this.api.table.routes, {
      version: options.version,
      topics: this.stream.topics,
      ...(options.demo && options.demoUsers ? { demoUsers: options.demoUsers } : {}),
      ...(options.demo && options.demoPassword ? { demoPassword: options.demoPassword } : {}),
    });
    this.document = document;
    const app = express();
    app.disable('x-powered-by');
    app.disable('etag');
    app.set('query parser', false);
    app.set('trust proxy', options.trustedProxies?.length ? [...options.trustedProxies] : false);
    app.use((req, res, next) => this.begin(req, res, next));
    app.use('/docs', swaggerUi(document));
    app.use((req: Request) => this.answer(exchangeOf(req)));
    app.use((error: unknown, req: Request, res: Response, _next: NextFunction) =>
      this.failed(error, req, res),
    );
    this.express = app;
  }

  private begin(req: Request, res: Response, next: NextFunction): void {
    const [path = '/', query = ''] = split(req.originalUrl);
    const forwarded = String(req.headers['x-forwarded-proto'] ?? '')
      .split(',')[0]!
      .trim();
    const exchange: Exchange = {
      req,
      res,
      requestId: requestIdOf(req.headers['x-request-id']) ?? this.kit.id(),
      language: languageOf(req.headers['accept-language']),
      address: plainAddress(req.ip),
      // Believed from anybody: it can only make the sender's own cookie stricter.
      secure: this.options.secureCookies === 'always' || req.secure || forwarded === 'https',
      path,
      query,
      label: '(none)',
      userId: '',
    };
    remember(exchange);
    this.security.apply(exchange);
    if (this.stopping) res.setHeader('Connection', 'close');
    if (path === '/docs' || path.startsWith('/docs/')) exchange.label = '/docs';
    const from = process.hrtime.bigint();
    res.once('close', () => this.done(exchange, Number(process.hrtime.bigint() - from) / 1e6));
    if (!this.security.preflight(exchange)) next();
  }

  private async answer(exchange: Exchange): Promise<void> {
    const { path, req, res } = exchange;
    if (path === apiRoot || path.startsWith(`${apiRoot}/`)) {
      const below = path.slice(apiRoot.length);
      if (below === '/stream' && req.method !== 'OPTIONS') return this.stream.answer(exchange);
      if (below === '/about') return this.only('GET', exchange, () => this.about(exchange));
      return this.api.answer(exchange, below);
    }
    switch (path) {
      case '/healthz':
        return this.only('GET', exchange, () => health(exchange));
      case '/readyz':
        return this.only('GET', exchange, () =>
          readiness(exchange, this.options.readiness ?? (async () => []), this.stopping),
        );
      case '/metrics':
        return this.only('GET', exchange, async () => {
          const text = await this.metrics.registry.metrics();
          res.setHeader('Content-Type', this.metrics.registry.contentType);
          res.setHeader('Cache-Control', 'no-store');
          end(res, text);
        });
      case '/openapi.json':
        return this.only('GET', exchange, async () => {
          res.setHeader('Cache-Control', 'no-cache');
          await sendJson(exchange, 200, this.document);
        });
      default:
        if (path === '/api' || path.startsWith('/api/')) throw new Fault('gateway.route.missing');
        return this.portal.answer(exchange);
    }
  }

  /** A route of the gateway itself, with one method. */
  private only(method: 'GET', exchange: Exchange, answer: () => Promise<void>): Promise<void> {
    const { req, res, path } = exchange;
    exchange.label = path;
    if (req.method === method || req.method === 'HEAD') return answer();
    res.setHeader('Allow', `${method}, HEAD`);
    throw new Fault('gateway.method.refused', { method: req.method });
  }

  private about(exchange: Exchange): Promise<void> {
    const { version, demo, demoUsers } = this.options;
    const body = { name: 'Cytomesh', version, demo, ...(demo && demoUsers ? { demoUsers } : {}) };
    return sendJson(exchange, 200, body);
  }

  private async failed(error: unknown, req: Request, res: Response): Promise<void> {
    const exchange = exchangeOf(req);
    // Express itself refuses a path it cannot decode.
    const fault = isUriError(error) ? new Fault('gateway.url.malformed') : asFault(error);
    if (fault.kind === 'broken')
      this.kit.log.error('a request failed', {
        requestId: exchange.requestId,
        method: req.method,
        route: exchange.label,
        code: fault.code,
        error: fault.cause ?? fault,
      });
    await sendProblem(exchange, fault).catch(() => res.destroy());
  }

  private done({ req, res, label, requestId }: Exchange, ms: number): void {
    this.metrics.observe(req.method, label, res.statusCode, ms / 1000);
    this.kit.log.debug('request', {
      requestId,
      method: req.method,
      route: label,
      status: res.statusCode,
      ms: Math.round(ms),
    });
  }
}

const isUriError = (error: unknown): boolean => (error as { name?: unknown } | null)?.name === 'URIError';

function split(url: string): [string, string] {
  const at = url.indexOf('?');
  return at < 0 ? [url, ''] : [url.slice(0, at), url.slice(at + 1)];
}
