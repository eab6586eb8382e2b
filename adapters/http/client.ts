import { type ClientRequest, Agent as HttpAgent, type IncomingMessage, request as plain } from 'node:http';
import { Agent as HttpsAgent, request as secure } from 'node:https';
import type { TLSSocket } from 'node:tls';
import { promisify } from 'node:util';
import { gunzip, inflate } from 'node:zlib';
import { toFault } from '../../contracts/kernel/fault.ts';
import type { TlsSettings } from './settings.ts';
import { TlsFiles } from './tls-files.ts';

export interface Ask {
  readonly url: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
  /** For the whole exchange. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

export interface Answered {
  readonly kind: 'answered';
  readonly status: number;
  readonly statusText: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  /** The body is longer than the limit; `body` is its beginning. */
  readonly cut: boolean;
  readonly tls?: string;
}

export type Exchanged =
  | Answered
  /** Provably not accepted: nothing was written. */
  | { readonly kind: 'not-sent'; readonly reason: string }
  | { readonly kind: 'unknown'; readonly late: boolean; readonly reason: string };

interface ClientOptions {
  readonly tls?: TlsSettings | undefined;
  readonly connectMs?: number | undefined;
  readonly keepAliveMs?: number | undefined;
  readonly maxReplyBytes?: number | undefined;
}

/**
 * Alerts by which a peer ends the TLS handshake. With TLS 1.3 they come when the request has been written already, yet nothing of
 * it was read.
 */
const handshakeEnded =
  /^ERR_SSL_.*ALERT.*(CERTIFICATE|UNKNOWN_CA|HANDSHAKE_FAILURE|ACCESS_DENIED|PROTOCOL_VERSION)/;

const unzip: Readonly<
  Record<string, (body: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>>
> = {
  gzip: promisify(gunzip),
  'x-gzip': promisify(gunzip),
  deflate: promisify(inflate),
};

/** HTTP requests to one peer over kept connections. Redirects are not followed. Never throws. */
export class Client {
  private readonly options: ClientOptions;
  private readonly files: TlsFiles;
  private readonly mostBytes: number;
  private agents: { readonly http: HttpAgent; readonly https: HttpsAgent } | undefined;

  constructor(options: ClientOptions) {
    this.options = options;
    this.files = new TlsFiles(options.tls ?? {});
    this.mostBytes = options.maxReplyBytes ?? 8388608;
  }

  exchange(ask: Ask): Promise<Exchanged> {
    if (ask.signal?.aborted) return Promise.resolve({ kind: 'not-sent', reason: 'aborted' });
    try {
      return this.run(this.request(ask), ask);
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      const reason = code?.startsWith('hub.') ? toFault(error).message : (code ?? message);
      return Promise.resolve({ kind: 'not-sent', reason });
    }
  }

  close(): void {
    this.agents?.http.destroy();
    this.agents?.https.destroy();
  }

  private request({ url, method, headers, body }: Ask): ClientRequest {
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    const common = {
      method,
      headers: { accept: '*/*', 'accept-encoding': 'identity', ...length, ...headers },
    };
    if (url.protocol === 'http:') return plain(url, { ...common, agent: this.kept().http });
    const { options, changed } = this.files.load();
    if (changed) {
      this.close();
      this.agents = undefined;
    }
    const { serverName } = this.options.tls ?? {};
    return secure(url, {
      ...common,
      ...options,
      minVersion: 'TLSv1.2',
      agent: this.kept().https,
      ...(serverName !== undefined && { servername: serverName }),
    });
  }

  private kept(): NonNullable<Client['agents']> {
    const { keepAliveMs = 4000 } = this.options;
    const options = { keepAlive: keepAliveMs > 0, ...(keepAliveMs > 0 && { timeout: keepAliveMs }) };
    this.agents ??= { http: new HttpAgent(options), https: new HttpsAgent(options) };
    return this.agents;
  }

  private run(req: ClientRequest, { body, timeoutMs, signal }: Ask): Promise<Exchanged> {
    return new Promise((resolve) => {
      let sent = false;
      let answering = false;
      const finish = (result: Exchanged): void => {
        clearTimeout(connecting);
        clearTimeout(whole);
        signal?.removeEventListener('abort', aborted);
        resolve(result);
        if (result.kind !== 'answered' || result.cut) req.destroy();
      };
      const fail = (reason: string, late = false): void =>
        finish(sent ? { kind: 'unknown', late, reason } : { kind: 'not-sent', reason });
      const aborted = (): void => fail('aborted');
      const { connectMs = 10000 } = this.options;
      const connecting = setTimeout(() => {
        if (!sent) fail('ETIMEDOUT');
      }, connectMs);
      const whole = setTimeout(() => fail(`no answer within ${timeoutMs} ms`, true), timeoutMs);
      signal?.addEventListener('abort', aborted, { once: true });
      const ready = (): void => {
        sent = true;
        clearTimeout(connecting);
      };
      req.once('socket', (socket) => {
        if (req.reusedSocket) ready();
        else socket.once('encrypted' in socket ? 'secureConnect' : 'connect', ready);
      });
      req.on('error', (error: NodeJS.ErrnoException) => {
        const reason = error.code ?? error.message;
        if (!answering && handshakeEnded.test(reason)) finish({ kind: 'not-sent', reason });
        else fail(reason);
      });
      req.once('response', (response) => {
        answering = true;
        void this.read(response).then(finish, (error: NodeJS.ErrnoException) =>
          fail(error.code ?? error.message),
        );
      });
      req.once('close', () => {
        if (!answering) fail('the peer closed the connection');
      });
      req.end(body);
    });
  }

  private async read(response: IncomingMessage): Promise<Answered> {
    const protocol = (response.socket as Partial<TLSSocket>).getProtocol?.();
    const chunks: Buffer[] = [];
    let size = 0;
    let cut = false;
    for await (const chunk of response as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      size += chunk.length;
      if (size > this.mostBytes) {
        cut = true;
        break;
      }
    }
    if (!cut && !response.complete) throw new Error('the peer closed in mid-reply');
    const headers = Object.fromEntries(
      Object.entries(response.headers).map(([name, value]) => [name, [value].flat().join(', ')]),
    );
    const coded = Buffer.concat(chunks);
    const decode = cut ? undefined : unzip[headers['content-encoding']?.toLowerCase() ?? ''];
    return {
      kind: 'answered',
      status: response.statusCode ?? 0,
      statusText: response.statusMessage ?? '',
      headers,
      body: decode ? await decode(coded, { maxOutputLength: this.mostBytes }) : coded,
      cut,
      ...(protocol != null && { tls: protocol }),
    };
  }
}
