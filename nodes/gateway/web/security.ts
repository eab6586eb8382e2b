import type { Exchange } from '../http/exchange.ts';
import { end } from '../http/send.ts';
import type { GatewayOptions } from '../options.ts';

const allowedHeaders = [
  'Accept-Language',
  'Authorization',
  'Content-Type',
  'Idempotency-Key',
  'If-Match',
  'If-None-Match',
  'Last-Event-ID',
  'X-Request-Id',
  'X-Requested-With',
];
const exposedHeaders = ['Content-Language', 'ETag', 'Location', 'Retry-After', 'X-Request-Id'];

/** Headers every answer carries, and cross-origin leave for the pages that were named. */
export class Security {
  private readonly origins: ReadonlySet<string>;
  private readonly policy: string;

  constructor(options: GatewayOptions) {
    this.origins = new Set(options.allowedOrigins ?? []);
    this.policy = [
      "default-src 'self'",
      "style-src 'self' 'unsafe-inline'",
      "img-src 'self' data:",
      "connect-src 'self'",
      "object-src 'none'",
      `frame-ancestors ${options.frameAncestors ?? "'self'"}`,
      "base-uri 'none'",
      "form-action 'self'",
    ].join('; ');
  }

  apply({ req, res, secure, requestId }: Exchange): void {
    res.setHeader('X-Request-Id', requestId);
    res.setHeader('Content-Security-Policy', this.policy);
    res.setHeader('X-Content-Type-Options', 'nosniff');
    res.setHeader('Referrer-Policy', 'same-origin');
    res.setHeader('Permissions-Policy', 'geolocation=(), microphone=(), payment=(), usb=()');
    res.setHeader('Vary', 'Accept-Encoding, Accept-Language, Origin');
    if (secure) res.setHeader('Strict-Transport-Security', 'max-age=31536000');
    const { origin } = req.headers;
    if (origin === undefined || !this.origins.has(origin)) return;
    // Never with credentials: a foreign page brings a token.
    res.setHeader('Access-Control-Allow-Origin', origin);
    res.setHeader('Access-Control-Expose-Headers', exposedHeaders.join(', '));
  }

  /** Answers a preflight (Fetch standard, 4.8). False where the request is none. */
  preflight({ req, res }: Exchange): boolean {
    const method = req.headers['access-control-request-method'];
    if (req.method !== 'OPTIONS' || method === undefined || req.headers.origin === undefined) return false;
    if (res.hasHeader('Access-Control-Allow-Origin')) {
      res.setHeader('Access-Control-Allow-Methods', 'GET, POST, PUT, PATCH, DELETE');
      res.setHeader('Access-Control-Allow-Headers', allowedHeaders.join(', '));
      res.setHeader('Access-Control-Max-Age', '600');
    }
    res.statusCode = 204;
    end(res);
    return true;
  }
}
