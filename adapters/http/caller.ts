import { randomUUID } from 'node:crypto';
import { type Answered, type Ask, Client, type Exchanged } from './client.ts';
import { OauthTokens } from './oauth.ts';
import type { AuthOut, ClientSettings } from './settings.ts';
import { sign, signatureHeaders } from './signature.ts';

/** Requests with the proof of who we are. */
export class Caller {
  private readonly client: Client;
  private readonly auth: AuthOut;
  private readonly tokens: OauthTokens | undefined;
  private readonly now: () => number;

  constructor(settings: Omit<ClientSettings, 'url'>, now: () => number) {
    this.client = new Client(settings);
    this.auth = settings.auth ?? {};
    this.now = now;
    const { oauth2 } = this.auth;
    this.tokens = oauth2 && new OauthTokens(this.client, oauth2, now);
  }

  /** Never throws. A token that the peer does not take is renewed once; the refused request was not accepted. */
  async exchange(ask: Ask): Promise<Exchanged> {
    const first = await this.once(ask);
    if (first.answer.kind !== 'answered' || first.answer.status !== 401 || first.token === undefined)
      return first.answer;
    this.tokens?.refused(first.token);
    return (await this.once(ask)).answer;
  }

  close(): void {
    this.client.close();
  }

  private async once(ask: Ask): Promise<{ answer: Exchanged; token?: string }> {
    const fetched = await this.tokens?.get(ask.signal);
    if (fetched && 'problem' in fetched) return { answer: { kind: 'not-sent', reason: fetched.problem } };
    const headers = { ...ask.headers, ...this.proof(ask), ...(fetched && bearer(fetched.token)) };
    const answer = await this.client.exchange({ ...ask, headers });
    return { answer, ...(fetched && { token: fetched.token }) };
  }

  private proof({ method, url, body = '' }: Ask): Record<string, string> {
    const { basic, bearer: fixed, apiKey, hmac } = this.auth;
    const headers: Record<string, string> = fixed === undefined ? {} : bearer(fixed);
    if (basic)
      headers.authorization = `Basic ${Buffer.from(`${basic.username}:${basic.password}`).toString('base64')}`;
    if (apiKey) headers[apiKey.header ?? 'x-api-key'] = apiKey.key;
    if (hmac) {
      const names = signatureHeaders(hmac);
      const timestamp = String(Math.floor(this.now() / 1000));
      const nonce = randomUUID();
      const content = method === 'GET' ? url.searchParams.toString() : body;
      headers[names.timestamp] = timestamp;
      headers[names.nonce] = nonce;
      headers[names.signature] = sign(
        hmac.secret,
        hmac.algorithm ?? 'sha256',
        timestamp,
        nonce,
        content,
      ).toString(hmac.encoding ?? 'hex');
      if (hmac.keyId !== undefined) headers[hmac.keyIdHeader ?? 'x-key-id'] = hmac.keyId;
    }
    return headers;
  }
}

const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });

/** What Retry-After says (RFC 9110, section 10.2.3), in seconds. */
export function retryAfter({ headers }: Answered, now: number): number | undefined {
  const text = headers['retry-after'];
  if (text === undefined) return undefined;
  if (/^\d{1,8}$/.test(text)) return Number(text);
  const at = Date.parse(text);
  return Number.isNaN(at) ? undefined : Math.max(0, Math.ceil((at - now) / 1000));
}
