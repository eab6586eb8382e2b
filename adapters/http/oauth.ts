import type { Client } from './client.ts';
import type { OauthSettings } from './settings.ts';

/** A token is renewed this long before it ends, or at nine tenths of a short life. */
const EARLY_MS = 30_000;
/** Life of a token whose server does not say. */
const USUAL_SECONDS = 300;
const FETCH_MS = 15_000;

type Fetched = { readonly token: string } | { readonly problem: string };

/** Access tokens by client credentials (RFC 6749, section 4.4): kept until shortly before they end, fetched once at a time. */
export class OauthTokens {
  private readonly client: Client;
  private readonly settings: OauthSettings;
  private readonly now: () => number;
  private current: { readonly token: string; readonly until: number } | undefined;
  private fetching: Promise<Fetched> | undefined;

  constructor(client: Client, settings: OauthSettings, now: () => number) {
    this.client = client;
    this.settings = settings;
    this.now = now;
  }

  get(signal: AbortSignal | undefined): Promise<Fetched> {
    if (this.current && this.current.until > this.now())
      return Promise.resolve({ token: this.current.token });
    this.fetching ??= this.fetch(signal).finally(() => {
      this.fetching = undefined;
    });
    return this.fetching;
  }

  /** The peer did not take the token: the next one asked for is a new one. */
  refused(token: string): void {
    if (this.current?.token === token) this.current = undefined;
  }

  private async fetch(signal: AbortSignal | undefined): Promise<Fetched> {
    const { tokenUrl, clientId, clientSecret, scope, audience, style = 'basic' } = this.settings;
    const form = new URLSearchParams({
      grant_type: 'client_credentials',
      ...(scope !== undefined && { scope }),
      ...(audience !== undefined && { audience }),
      ...(style === 'body' && { client_id: clientId, client_secret: clientSecret }),
    });
    const both = [clientId, clientSecret]
      .map((part) => new URLSearchParams({ x: part }).toString().slice(2))
      .join(':');
    const answer = await this.client.exchange({
      url: new URL(tokenUrl),
      method: 'POST',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        accept: 'application/json',
        ...(style === 'basic' && { authorization: `Basic ${Buffer.from(both).toString('base64')}` }),
      },
      body: form.toString(),
      timeoutMs: FETCH_MS,
      signal,
    });
    if (answer.kind !== 'answered') return { problem: `token: ${answer.reason}` };
    const told = objectOf(answer.body);
    const token = told?.access_token;
    if (answer.status !== 200 || typeof token !== 'string' || token === '')
      return {
        problem: `token: status ${answer.status}${typeof told?.error === 'string' ? ` ${told.error.slice(0, 60)}` : ''}`,
      };
    const given = Number(told?.expires_in);
    const life = (Number.isFinite(given) && given > 0 ? given : USUAL_SECONDS) * 1000;
    this.current = { token, until: this.now() + Math.max(life - EARLY_MS, life * 0.9 - 1000) };
    return { token };
  }
}

function objectOf(body: Buffer): Record<string, unknown> | undefined {
  try {
    const found: unknown = JSON.parse(body.toString('utf8'));
    return typeof found === 'object' && found !== null ? (found as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
