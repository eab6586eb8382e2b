import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer, type ServerOptions } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';

/** How the partner treats one request. */
export type Behaviour =
  | { kind: 'answer'; status: number; headers?: Record<string, string>; body?: string | Buffer }
  /** Takes the request and never answers. */
  | { kind: 'silent' }
  /** Takes the request and hangs up. */
  | { kind: 'hang-up' }
  /** Promises more bytes than it sends, then hangs up. */
  | { kind: 'cut'; body: string };

export interface Taken {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
  /** Number of the connection it came on. */
  readonly connection: number;
}

export const answer = (status: number, body = '', headers: Record<string, string> = {}): Behaviour => ({
  kind: 'answer',
  status,
  body,
  headers,
});

/** A partner's REST service: keeps what it receives and answers as told; gives tokens at /token. */
export class RestPeer {
  readonly taken: Taken[] = [];
  /** Tokens given out; the last is the one that is valid. */
  readonly tokens: string[] = [];
  /** Life it states for a token, seconds. */
  tokenSeconds = 3600;
  tokenStatus = 200;
  private readonly server: Server;
  private readonly scheme: string;
  private readonly sockets = new Set<Socket>();
  private readonly watchers = new Set<() => void>();
  private behaviour: (request: Taken) => Behaviour = () => answer(200, '{}');
  private connections = 0;

  private constructor(tls: ServerOptions | undefined) {
    const handle = (req: IncomingMessage, res: ServerResponse): void => this.handle(req, res);
    this.server = tls ? createTlsServer(tls, handle) : createServer(handle);
    this.scheme = tls ? 'https' : 'http';
    this.server.on('connection', (socket: Socket) => {
      this.connections++;
      this.sockets.add(socket);
      socket.on('error', () => undefined);
      socket.once('close', () => this.sockets.delete(socket));
    });
    this.server.on('tlsClientError', () => undefined);
  }

  static async listen(options: { tls?: ServerOptions; port?: number } = {}): Promise<RestPeer> {
    const peer = new RestPeer(options.tls);
    await new Promise<void>((resolve) => peer.server.listen(options.port ?? 0, '127.0.0.1', resolve));
    return peer;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get url(): string {
    return `${this.scheme}://127.0.0.1:${this.port}`;
  }

  get openConnections(): number {
    return this.sockets.size;
  }

  behave(behaviour: Behaviour | ((request: Taken) => Behaviour)): void {
    this.behaviour = typeof behaviour === 'function' ? behaviour : () => behaviour;
  }

  /** Resolves once so many requests came, tokens not counted. */
  async waitFor(count: number): Promise<void> {
    if (this.taken.length >= count) return;
    await new Promise<void>((resolve) => {
      const look = (): void => {
        if (this.taken.length < count) return;
        this.watchers.delete(look);
        resolve();
      };
      this.watchers.add(look);
    });
  }

  /** Hangs up on every connection; the port stays. */
  hangUp(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  async close(): Promise<void> {
    this.hangUp();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }

  private handle(req: IncomingMessage, res: ServerResponse): void {
    const chunks: Buffer[] = [];
    const connection = this.connections;
    req.on('error', () => undefined);
    req.on('data', (chunk: Buffer) => chunks.push(chunk));
    req.on('end', () => {
      const url = new URL(req.url ?? '/', this.url);
      if (url.pathname === '/token') return this.token(res);
      const { method = '', headers } = req;
      const request: Taken = { method, url, headers, body: Buffer.concat(chunks), connection };
      this.taken.push(request);
      this.answer(this.behaviour(request), res);
      for (const watcher of [...this.watchers]) watcher();
    });
  }

  private token(res: ServerResponse): void {
    const token = `token-${this.tokens.length + 1}`;
    this.tokens.push(token);
    const body = { access_token: token, token_type: 'Bearer', expires_in: this.tokenSeconds };
    res.writeHead(this.tokenStatus, { 'content-type': 'application/json' });
    res.end(this.tokenStatus === 200 ? JSON.stringify(body) : '{"error":"invalid_client"}');
  }

  private answer(behaviour: Behaviour, res: ServerResponse): void {
    if (behaviour.kind === 'silent') return;
    if (behaviour.kind === 'hang-up') return void res.socket?.destroy();
    if (behaviour.kind === 'cut') {
      res.writeHead(200, { 'content-length': String(behaviour.body.length + 100) });
      res.write(behaviour.body, () => res.socket?.destroy());
      return;
    }
    res.writeHead(behaviour.status, behaviour.headers);
    res.end(behaviour.body);
  }
}
