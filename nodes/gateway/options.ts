import type { Registry as Metrics } from 'prom-client';
import type { Kit } from '../kit/kit.ts';
import type { TlsPaths } from '../kit/tls-files.ts';

/** What the gateway needs of the kit; a fake with these stands in for it in tests. */
export type GatewayKit = Pick<Kit, 'registry' | 'call' | 'find' | 'clock' | 'log' | 'id'>;

/** One answer to "are you ready": a store, a listener. `detail` is shown to anybody and names no secret. */
export interface ReadinessCheck {
  readonly name: string;
  readonly ok: boolean;
  readonly detail: string;
}

/** A bucket of `burst` calls that fills by `perSecond`. */
export interface Rate {
  readonly burst: number;
  readonly perSecond: number;
}

export interface Rates {
  /** Sign-ins from one address. */
  readonly loginByAddress: Rate;
  /** Sign-ins with one user name, whoever tries. */
  readonly loginByUser: Rate;
  /** Requests of one session. */
  readonly session: Rate;
  /** Refused sessions (wrong or no token) from one address. */
  readonly refusedByAddress: Rate;
}

export interface GatewayOptions {
  /** Port for `gatewayService`; 0 takes any free one. */
  readonly port: number;
  /** Address to bind; default all. */
  readonly host?: string;
  readonly version: string;
  readonly demo: boolean;
  /** Shown on the sign-in page and in Swagger UI, in demo mode only. */
  readonly demoUsers?: readonly string[];
  readonly demoPassword?: string;
  /** Folder of the built portal, `portal/dist`. */
  readonly portalFolder: string;
  /** Results are checked against their contract unless this is production. */
  readonly production: boolean;
  /** Paths of PEM files, read again when they change. Absent: plain HTTP. */
  readonly tls?: TlsPaths;
  /** `auto`: Secure where the request came over TLS or a proxy says so. */
  readonly secureCookies?: 'auto' | 'always';
  /** Proxies whose X-Forwarded-* are believed: addresses, networks, `loopback`. Default none. */
  readonly trustedProxies?: readonly string[];
  /** Origins of foreign pages that may call with a bearer token. Default none. */
  readonly allowedOrigins?: readonly string[];
  /** Value of `frame-ancestors`; default `'self'`. */
  readonly frameAncestors?: string;
  /** Bytes of a request body; raised for a route whose schema admits longer texts. Default 1 MiB. */
  readonly bodyLimit?: number;
  readonly rates?: Partial<Rates>;
  /** Live streams at once on this node; default 2000. */
  readonly maxStreams?: number;
  /** Sockets at once; default 10000. */
  readonly maxConnections?: number;
  /** Before closing: `/readyz` says 503 for this long while all is still answered, so that a balancer turns away. Default 0. */
  readonly noticeMs?: number;
  /** Time for requests under way when the gateway stops. Default 10 s. */
  readonly drainMs?: number;
  readonly readiness?: () => Promise<readonly ReadinessCheck[]>;
  /** Given the registry of the metrics once, to add gauges. Labels carry no ids and no patient data. */
  readonly metrics?: (metrics: Metrics) => void;
  /** Told once the port is open. */
  readonly listening?: (port: number) => void;
}

export const defaultRates: Rates = {
  loginByAddress: { burst: 60, perSecond: 2 },
  loginByUser: { burst: 20, perSecond: 0.5 },
  session: { burst: 2000, perSecond: 500 },
  refusedByAddress: { burst: 300, perSecond: 10 },
};

export const defaultBodyLimit = 1024 * 1024;
