import type { WebRequest } from '../../contracts/adapter/web.ts';
import type { AuthIn } from './descriptor.ts';
import { digestOf, oneOf, same, sign, signatureHeaders } from './signature.ts';

export type Admission =
  /** `forget` lets the same signature come again: nothing was kept. */
  | { readonly status?: undefined; readonly forget: () => void }
  | { readonly status: 401 | 429; readonly reason: string };

const granted: Admission = { forget: () => undefined };

/** Refused attempts of one address in a minute before it must wait. */
const MOST_FAILURES = 20;
const FAILURE_MS = 60_000;
const MOST_ADDRESSES = 1000;
/** Signatures remembered against replay. */
const MOST_SIGNATURES = 200_000;

/** Who may call: every kind of proof that the settings name must hold. Client certificates are the interface port's business. */
export class Guard {
  private readonly auth: AuthIn;
  private readonly now: () => number;
  /** Signatures seen, until their timestamp is too old anyway. */
  private readonly seen = new Map<string, number>();
  private readonly failures = new Map<string, { count: number; until: number }>();

  constructor(auth: AuthIn, now: () => number) {
    this.auth = auth;
    this.now = now;
  }

  /** What a client is asked for (RFC 9110, section 11.6.1). */
  get challenge(): string {
    if (this.auth.basic) return 'Basic realm="cytomesh", charset="UTF-8"';
    return this.auth.hmac ? 'Signature realm="cytomesh"' : 'Bearer realm="cytomesh"';
  }

  admit(request: WebRequest): Admission {
    const address = request.peer.replace(/:\d+$/, '');
    const failed = this.failures.get(address);
    const now = this.now();
    if (failed && failed.until > now && failed.count >= MOST_FAILURES)
      return { status: 429, reason: 'too many refused attempts' };
    const { auth } = this;
    const wrong =
      (auth.apiKeys && this.wrongKey(request, auth.apiKeys)) ||
      (auth.basic && wrongUser(request, auth.basic)) ||
      undefined;
    const admission = wrong
      ? ({ status: 401, reason: wrong } as const)
      : auth.hmac
        ? this.signed(request, auth.hmac)
        : granted;
    if (admission.status !== undefined) this.failed(address, now);
    return admission;
  }

  private failed(address: string, now: number): void {
    const known = this.failures.get(address);
    if (known && known.until > now) known.count++;
    else {
      if (this.failures.size >= MOST_ADDRESSES) this.failures.clear();
      this.failures.set(address, { count: 1, until: now + FAILURE_MS });
    }
  }

  private wrongKey({ headers }: WebRequest, keys: readonly string[]): string | undefined {
    const name = (this.auth.apiKeyHeader ?? 'x-api-key').toLowerCase();
    const given = headers[name] ?? /^Bearer +(\S+) *$/i.exec(headers.authorization ?? '')?.[1];
    if (given === undefined) return 'no API key';
    return oneOf(given, keys) ? undefined : 'wrong API key';
  }

  private signed(request: WebRequest, hmac: NonNullable<AuthIn['hmac']>): Admission {
    const names = signatureHeaders(hmac);
    const { headers, body, query } = request;
    const timestamp = headers[names.timestamp] ?? '';
    const nonce = headers[names.nonce] ?? '';
    const given = digestOf(headers[names.signature] ?? '');
    if (given === undefined) return { status: 401, reason: 'no signature' };
    const window = (hmac.windowSeconds ?? 300) * 1000;
    const now = this.now();
    const at = /^\d{10}$/.test(timestamp)
      ? Number(timestamp) * 1000
      : /^\d{13}$/.test(timestamp)
        ? Number(timestamp)
        : NaN;
    if (Number.isNaN(at)) return { status: 401, reason: 'no timestamp' };
    if (Math.abs(now - at) > window) return { status: 401, reason: 'the timestamp is outside the window' };
    const content = body.length > 0 || request.method !== 'GET' ? body : query.toString();
    let holds = false;
    for (const secret of hmac.secrets)
      holds = same(given, sign(secret, hmac.algorithm ?? 'sha256', timestamp, nonce, content)) || holds;
    if (!holds) return { status: 401, reason: 'wrong signature' };
    return this.first(given.toString('base64'), at + window, now);
  }

  private first(signature: string, until: number, now: number): Admission {
    if (this.seen.has(signature)) return { status: 401, reason: 'the signature was used before' };
    if (this.seen.size >= MOST_SIGNATURES) {
      for (const [known, old] of this.seen) if (old < now) this.seen.delete(known);
      if (this.seen.size >= MOST_SIGNATURES)
        return { status: 429, reason: 'too many signatures in the window' };
    }
    this.seen.set(signature, until);
    return { forget: () => this.seen.delete(signature) };
  }
}

function wrongUser({ headers }: WebRequest, users: NonNullable<AuthIn['basic']>): string | undefined {
  const coded = /^Basic +([A-Za-z0-9+/=_-]+) *$/i.exec(headers.authorization ?? '')?.[1];
  if (coded === undefined) return 'no user';
  const given = Buffer.from(coded, 'base64').toString('utf8');
  const known = users.map(({ username, password }) => `${username}:${password}`);
  return oneOf(given, known) ? undefined : 'wrong user or password';
}
