import {
  type ClientRequest,
  Agent as HttpAgent,
  request as httpRequest,
  type IncomingMessage,
} from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import type { SendSettings } from './descriptor.ts';
import { TlsFiles } from './tls-files.ts';

export interface Exchange {
  readonly url: string;
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  readonly maxBytes: number;
  /** The user of basic authentication is told to this address; not to others that a WSDL names. */
  readonly trusted: boolean;
}

export type Exchanged =
  | { readonly status: number; readonly headers: IncomingMessage['headers']; readonly body: Buffer }
  /** `written`: bytes of the request may have reached the peer. */
  | { readonly failed: string; readonly written: boolean; readonly late: boolean };

/** HTTP requests to one peer; no redirects, no proxies. A connection is new for each unless settings say otherwise. */
export class HttpClient {
  private readonly settings: SendSettings;
  private readonly now: () => number;
  private readonly files: TlsFiles;
  private agents: { readonly http: HttpAgent; readonly https: HttpsAgent } | undefined;
  private lastUsed = 0;

  constructor(settings: SendSettings, now: () => number) {
    this.settings = settings;
    this.now = now;
    this.files = new TlsFiles(settings.tls ?? {});
  }

  exchange(what: Exchange): Promise<Exchanged> {
    return new Promise((resolve) => {
      let request: ClientRequest;
      try {
        request = this.request(what);
      } catch (error) {
        resolve({ failed: reasonOf(error), written: false, late: false });
        return;
      }
      new Flight(request, what, this.settings.connectMs ?? 10000, resolve);
    });
  }

  close(): void {
    this.agents?.http.destroy();
    this.agents?.https.destroy();
    this.agents = undefined;
  }

  private request({ url, method, headers, body, trusted }: Exchange): ClientRequest {
    const agents = this.fresh();
    const { chunked = false, basic } = this.settings;
    const options = {
      method,
      headers: {
        accept: 'text/xml, application/soap+xml, multipart/related',
        'accept-encoding': 'identity',
        ...headers,
        ...(body !== undefined &&
          (chunked ? { 'transfer-encoding': 'chunked' } : { 'content-length': String(body.length) })),
        ...(basic !== undefined &&
          trusted && {
            authorization: `Basic ${Buffer.from(`${basic.username}:${basic.password}`).toString('base64')}`,
          }),
      },
    };
    return url.startsWith('https:')
      ? httpsRequest(url, { ...options, agent: agents.https })
      : httpRequest(url, { ...options, agent: agents.http });
  }

  /** Agents anew where certificates changed or a kept connection may be stale. */
  private fresh(): { readonly http: HttpAgent; readonly https: HttpsAgent } {
    const { keepAliveMs = 0 } = this.settings;
    const now = this.now();
    if (this.files.changed() || now - this.lastUsed > keepAliveMs) this.close();
    this.lastUsed = now;
    const options = { keepAlive: keepAliveMs > 0, maxSockets: 1 };
    this.agents ??= {
      http: new HttpAgent(options),
      https: new HttpsAgent({ ...options, ...this.files.load(), minVersion: 'TLSv1.2' }),
    };
    return this.agents;
  }
}

/** One request until its answer is complete, or it is known to have failed. */
class Flight {
  private readonly request: ClientRequest;
  private readonly what: Exchange;
  private readonly resolve: (outcome: Exchanged) => void;
  private readonly timers: NodeJS.Timeout[] = [];
  private connected = false;
  private done = false;

  constructor(
    request: ClientRequest,
    what: Exchange,
    connectMs: number,
    resolve: (outcome: Exchanged) => void,
  ) {
    this.request = request;
    this.what = what;
    this.resolve = resolve;
    const { timeoutMs, signal, body } = what;
    this.timers.push(
      setTimeout(() => this.fail(`no answer within ${timeoutMs} ms`, true), timeoutMs),
      setTimeout(() => {
        if (!this.connected) this.fail(`not connected within ${connectMs} ms`);
      }, connectMs),
    );
    signal?.addEventListener('abort', this.aborted, { once: true });
    request.on('socket', (socket) => {
      const event = 'encrypted' in socket ? 'secureConnect' : 'connect';
      if (request.reusedSocket) this.connected = true;
      else socket.once(event, () => (this.connected = true));
    });
    request.on('error', (error: NodeJS.ErrnoException) => {
      // the peer's TLS layer turned the handshake down: its service saw nothing
      if (handshakeAlert.test(error.code ?? '') && !request.reusedSocket) this.connected = false;
      this.fail(reasonOf(error));
    });
    request.on('response', (response) => this.read(response));
    if (signal?.aborted) this.fail('aborted');
    else request.end(body);
  }

  private readonly aborted = (): void => this.fail('aborted');

  private read(response: IncomingMessage): void {
    const { maxBytes } = this.what;
    const chunks: Buffer[] = [];
    let size = 0;
    response.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > maxBytes) this.fail(`the answer is longer than ${maxBytes} bytes`);
      else chunks.push(chunk);
    });
    response.on('error', (error) => this.fail(reasonOf(error)));
    response.on('close', () => {
      if (!response.complete) this.fail('the connection closed in the middle of the answer');
    });
    response.on('end', () => {
      const { statusCode: status = 0, headers } = response;
      if (response.complete) this.finish({ status, headers, body: Buffer.concat(chunks) });
    });
  }

  private fail(failed: string, late = false): void {
    this.finish({ failed, written: this.connected, late });
    this.request.destroy();
  }

  private finish(outcome: Exchanged): void {
    if (this.done) return;
    this.done = true;
    for (const timer of this.timers) clearTimeout(timer);
    this.what.signal?.removeEventListener('abort', this.aborted);
    this.resolve(outcome);
  }
}

/** Alerts by which a server refuses a client before any request is read. */
const handshakeAlert =
  /^ERR_SSL_.*ALERT_(BAD_CERTIFICATE|CERTIFICATE_|UNSUPPORTED_CERTIFICATE|UNKNOWN_CA|ACCESS_DENIED|HANDSHAKE_FAILURE|PROTOCOL_VERSION)/;

export function reasonOf(error: unknown): string {
  const { code, message, errors } = error as NodeJS.ErrnoException & { errors?: NodeJS.ErrnoException[] };
  return code ?? errors?.[0]?.code ?? message;
}
