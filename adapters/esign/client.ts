import { type ClientRequest, type IncomingMessage, request as plain } from 'node:http';
import { request as secure } from 'node:https';
import type { SecureContextOptions, TLSSocket } from 'node:tls';
import { toFault } from '../../contracts/kernel/fault.ts';
import { Files } from './files.ts';
import type { TlsSettings } from './settings.ts';

export interface Ask {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** For the whole exchange. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

export type Exchanged =
  | {
      readonly kind: 'answered';
      readonly status: number;
      readonly contentType: string | undefined;
      readonly body: Buffer;
      readonly tls: string | undefined;
    }
  /** Provably not accepted: nothing was written. */
  | { readonly kind: 'not-sent'; readonly reason: string }
  | { readonly kind: 'unknown'; readonly late: boolean; readonly reason: string };

interface ClientOptions {
  readonly tls?: TlsSettings | undefined;
  readonly connectMs?: number | undefined;
  readonly maxReplyBytes?: number | undefined;
}

/** Posts to a CA, each time over a connection of its own: signatures are few. Redirects are not followed. Never throws. */
export class Client {
  private readonly options: ClientOptions;
  private readonly tls: Files<SecureContextOptions>;

  constructor(options: ClientOptions) {
    this.options = options;
    const { ca, certificate, key } = options.tls ?? {};
    this.tls = new Files([ca, certificate, key], (read) => ({
      ...(ca !== undefined && { ca: read(ca) }),
      ...(certificate !== undefined && { cert: read(certificate) }),
      ...(key !== undefined && { key: read(key) }),
    }));
  }

  exchange(ask: Ask): Promise<Exchanged> {
    if (ask.signal.aborted) return Promise.resolve({ kind: 'not-sent', reason: 'aborted' });
    try {
      return this.run(this.request(ask), ask);
    } catch (error) {
      return Promise.resolve({ kind: 'not-sent', reason: toFault(error).message });
    }
  }

  private request({ url, headers, body }: Ask): ClientRequest {
    const options = {
      method: 'POST',
      agent: false,
      headers: { accept: '*/*', 'content-length': String(body.length), ...headers },
    } as const;
    if (url.protocol === 'http:') return plain(url, options);
    const { serverName } = this.options.tls ?? {};
    return secure(url, {
      ...options,
      ...this.tls.load(),
      minVersion: 'TLSv1.2',
      ...(serverName !== undefined && { servername: serverName }),
    });
  }

  private run(req: ClientRequest, { body, timeoutMs, signal }: Ask): Promise<Exchanged> {
    return new Promise((resolve) => {
      let sent = false;
      const finish = (result: Exchanged): void => {
        clearTimeout(connecting);
        clearTimeout(whole);
        signal.removeEventListener('abort', aborted);
        resolve(result);
        req.destroy();
      };
      const fail = (reason: string, late = false): void =>
        finish(sent ? { kind: 'unknown', late, reason } : { kind: 'not-sent', reason });
      const aborted = (): void => fail('aborted');
      const connecting = setTimeout(() => {
        if (!sent) fail('ETIMEDOUT');
      }, this.options.connectMs ?? 10000);
      const whole = setTimeout(() => fail(`no answer within ${timeoutMs} ms`, true), timeoutMs);
      signal.addEventListener('abort', aborted, { once: true });
      req.once('socket', (socket) =>
        socket.once('encrypted' in socket ? 'secureConnect' : 'connect', () => {
          sent = true;
        }),
      );
      req.on('error', (error: NodeJS.ErrnoException) => fail(error.code ?? error.message));
      req.once('response', (response) => {
        this.read(response).then(finish, (error: Error) => fail(error.message));
      });
      req.end(body);
    });
  }

  private async read(response: IncomingMessage): Promise<Exchanged> {
    const tls = (response.socket as Partial<TLSSocket>).getProtocol?.() ?? undefined;
    const most = this.options.maxReplyBytes ?? 1048576;
    const chunks: Buffer[] = [];
    let size = 0;
    for await (const chunk of response as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      size += chunk.length;
      if (size > most) throw new Error(`the reply is longer than ${most} bytes`);
    }
    if (!response.complete) throw new Error('the peer closed in mid-reply');
    return {
      kind: 'answered',
      status: response.statusCode ?? 0,
      contentType: response.headers['content-type'],
      body: Buffer.concat(chunks),
      tls,
    };
  }
}
