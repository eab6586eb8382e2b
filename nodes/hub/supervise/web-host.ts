import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { AdapterLog } from '../../../contracts/adapter/port.ts';
import type { WebHost } from '../../../contracts/adapter/web.ts';
import { catalogue, type FaultCode } from '../../../contracts/faults/catalogue.ts';
import { Fault } from '../../../contracts/kernel/fault.ts';
import { readTls, renewTls, type TlsPaths, unusable } from '../../kit/tls-files.ts';
import { type Data, problem, refuseRaw, send } from './web-answer.ts';
import { type BodyBudget, declaredTooLarge, readBody } from './web-body.ts';
import { addressOf, headersOf, WebConnection } from './web-connection.ts';
import { hexOf, type Mount, Mounts, type Noted, Quiet, type Target, targetOf } from './web-mounts.ts';

/** What the port bears, over all endpoints unless it says otherwise. */
export interface WebLimits {
  readonly headerBytes: number;
  readonly headersMs: number;
  /** Pause between two pieces of a body. */
  readonly bodyIdleMs: number;
  /** The whole request. */
  readonly requestMs: number;
  readonly keepAliveMs: number;
  readonly connections: number;
  readonly requests: number;
  /** Requests of one endpoint, so that a stuck partner leaves room for the others. */
  readonly requestsOfMount: number;
  readonly bodyBytes: number;
}

const usual: WebLimits = {
  headerBytes: 16 * 1024,
  headersMs: 15_000,
  bodyIdleMs: 30_000,
  requestMs: 600_000,
  // Longer than the 60 s of common balancers, so that they close first.
  keepAliveMs: 65_000,
  connections: 2000,
  requests: 512,
  requestsOfMount: 128,
  bodyBytes: 512 * 1024 * 1024,
};

export interface WebHostOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Paths of PEM files; read again when they change. With `ca` clients are asked for a certificate. */
  readonly tls?: TlsPaths;
  /** As others reach the port, e.g. through a proxy; default the bound address. */
  readonly url?: string;
  readonly log: AdapterLog;
  readonly now: () => number;
  readonly limits?: Partial<WebLimits>;
}

export interface OpenWebHost {
  readonly host: WebHost;
  /** `0.0.0.0:3001`; undefined while the port is not open. */
  address(): string | undefined;
  /**
   * Resolves once the port is open, at once where nothing is mounted. Rejects with `hub.address.taken`, `hub.address.refused` or
   * `hub.certificate.unusable`; called again, it tries again.
   */
  opened(): Promise<void>;
  /** Takes no new requests, lets those under way be answered for at most `drainMs`, then closes. */
  stop(drainMs: number): Promise<void>;
}

/** The HTTP server of the interface port. Opens with the first mount and stays open until it is stopped. */
export function openWebHost(options: WebHostOptions): OpenWebHost {
  const port = new InterfacePort(options);
  return {
    host: port,
    address: () => port.address,
    opened: () => port.opened(),
    stop: (drainMs) => port.stop(drainMs),
  };
}

class InterfacePort implements WebHost {
  address: string | undefined;
  private readonly options: WebHostOptions;
  private readonly limits: WebLimits;
  private readonly budget: BodyBudget;
  private readonly mounts = new Mounts();
  private readonly quiet: Quiet;
  private readonly connections = new WeakMap<object, WebConnection>();
  /** Sockets below TLS, by address, until they close: one that spoke plain HTTP is answered on it. */
  private readonly below = new Map<string, Socket>();
  private server: Server | undefined;
  private opening: Promise<void> | undefined;
  private running = 0;
  private stopping = false;

  constructor(options: WebHostOptions) {
    this.options = options;
    this.limits = { ...usual, ...options.limits };
    this.budget = { limit: this.limits.bodyBytes, used: 0 };
    this.quiet = new Quiet(options.now);
  }

  get url(): string {
    const { url } = this.options;
    return url === undefined ? this.addressed('localhost') : url.replace(/\/+$/, '');
  }

  get local(): string {
    return this.addressed('127.0.0.1');
  }

  /** `here` stands for any address of this host. */
  private addressed(here: string): string {
    const { host, port, tls } = this.options;
    const bound = /:(\d+)$/.exec(this.address ?? '')?.[1] ?? port;
    const name = host === '0.0.0.0' || host === '::' ? here : host.includes(':') ? `[${host}]` : host;
    return `${tls ? 'https' : 'http'}://${name}:${bound}`;
  }

  mount(...[path, options, serve]: Parameters<WebHost['mount']>): () => void {
    const mount = this.mounts.add(path, options, serve);
    this.opened().catch((error: Fault) => this.options.log.error('the port could not be opened', { error }));
    return () => this.mounts.remove(mount);
  }

  opened(): Promise<void> {
    if (this.mounts.empty && this.opening === undefined) return Promise.resolve();
    this.opening ??= this.open().catch((error: unknown) => {
      this.opening = undefined;
      throw error;
    });
    return this.opening;
  }

  async stop(drainMs: number): Promise<void> {
    this.stopping = true;
    await this.opening?.catch(() => undefined);
    const { server } = this;
    if (server === undefined) return;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    const idle = setInterval(() => server.closeIdleConnections(), 20);
    const cut = setTimeout(() => server.closeAllConnections(), drainMs);
    await closed;
    clearInterval(idle);
    clearTimeout(cut);
    this.address = undefined;
  }

  private async open(): Promise<void> {
    const { host, port } = this.options;
    const server = this.create();
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error: NodeJS.ErrnoException) =>
        reject(
          new Fault(
            error.code === 'EADDRINUSE' ? 'hub.address.taken' : 'hub.address.refused',
            { address: addressOf(host, port), reason: error.code ?? error.message },
            error,
          ),
        ),
      );
      server.listen({ host, port, backlog: 1024 }, resolve);
    });
    server.removeAllListeners('error');
    server.on('error', (error: NodeJS.ErrnoException) => this.tell('listener-failed', { code: error.code }));
    const bound = server.address();
    this.address = addressOf(host, typeof bound === 'object' && bound !== null ? bound.port : port);
    this.server = server;
  }

  private create(): Server {
    const { tls, now, log } = this.options;
    const common = {
      maxHeaderSize: this.limits.headerBytes,
      headersTimeout: this.limits.headersMs,
      requestTimeout: this.limits.requestMs,
      keepAliveTimeout: this.limits.keepAliveMs,
      connectionsCheckingInterval: Math.min(2000, this.limits.headersMs),
      requireHostHeader: false,
      noDelay: true,
    };
    let server: Server;
    try {
      const client = { requestCert: tls?.ca !== undefined, rejectUnauthorized: false };
      server = tls
        ? createTlsServer({
            ...common,
            ...readTls(tls),
            ...client,
            minVersion: 'TLSv1.2',
            handshakeTimeout: 10_000,
          })
        : createServer(common);
    } catch (error) {
      throw unusable(error, tls?.cert ?? '');
    }
    server.maxConnections = this.limits.connections;
    server.maxHeadersCount = 200;
    server.on('request', (req, res) => void this.take(req, res, false));
    server.on('checkContinue', (req, res) => void this.take(req, res, true));
    server.on('clientError', (error: ParserError, socket) => this.malformed(error, socket));
    server.on('drop', (info) =>
      this.tell('connection-limit', { peer: addressOf(info?.remoteAddress, info?.remotePort) }),
    );
    if (tls) {
      const told = (fault: Fault | undefined): void =>
        fault ? log.error('renewed certificate refused', { error: fault }) : log.info('certificate reloaded');
      renewTls(server as unknown as Parameters<typeof renewTls>[0], tls, { now, told });
      server.on('connection', (socket: Socket) => this.under(socket));
    }
    return server;
  }

  private under(socket: Socket): void {
    const key = addressOf(socket.remoteAddress, socket.remotePort);
    this.below.set(key, socket);
    socket.once('close', () => this.below.delete(key));
  }

  private connectionOf(socket: Socket): WebConnection {
    let found = this.connections.get(socket);
    if (found === undefined) this.connections.set(socket, (found = new WebConnection(socket)));
    return found;
  }

  /** One request, from its first line to its answer. */
  private async take(req: IncomingMessage, res: ServerResponse, asks: boolean): Promise<void> {
    const connection = this.connectionOf(req.socket);
    const receivedAt = this.options.now();
    const gone = new AbortController();
    connection.pending++;
    this.running++;
    let mount: Mount | undefined;
    res.once('close', () => {
      connection.pending--;
      this.running--;
      if (mount) mount.running--;
      gone.abort();
      if (connection.broken && connection.pending === 0) req.socket.destroy();
    });
    res.on('error', () => undefined);
    const target = targetOf(req.url ?? '');
    if (target === undefined) return this.refuse(req, res, undefined, 'gateway.url.malformed', 'not a path');
    mount = this.mounts.find(target.path);
    if (mount === undefined) return this.refuse(req, res, undefined, 'gateway.route.missing', 'no such path');
    connection.mount = mount;
    mount.running++;
    const why = this.barred(req, mount, connection);
    if (why) return this.refuse(req, res, mount, ...why);
    if (asks) res.writeContinue();
    await this.exchange(req, res, { mount, target, connection, receivedAt, signal: gone.signal });
  }

  /** Why a request is answered before its body is read. */
  private barred(req: IncomingMessage, mount: Mount, connection: WebConnection): Refusal | undefined {
    const { maxBytes, clientCertificate } = mount.options;
    if (this.stopping) return ['hub.request.waits', 'the node is stopping'];
    if (clientCertificate === true && connection.certificate === undefined)
      return ['hub.client.refused', 'no certificate that the CA signed'];
    if (this.running > this.limits.requests || mount.running > this.limits.requestsOfMount)
      return ['hub.request.waits', 'too many requests at once'];
    if (declaredTooLarge(req, maxBytes))
      return ['gateway.body.large', `longer than ${maxBytes} bytes`, { limit: maxBytes }];
    return undefined;
  }

  private async exchange(req: IncomingMessage, res: ServerResponse, about: Exchange): Promise<void> {
    const { mount, target, connection, receivedAt, signal } = about;
    const { maxBytes } = mount.options;
    const body = await readBody(req, {
      maxBytes,
      idleMs: this.limits.bodyIdleMs,
      budget: this.budget,
      onBroken: (stop) => {
        connection.stopReading = stop;
      },
    });
    if ('refused' in body)
      return this.refuse(req, res, mount, body.refused, body.reason, { limit: maxBytes }, body.got);
    res.once('close', body.release);
    const { certificate } = connection;
    try {
      const answer = await mount.serve({
        method: req.method ?? 'GET',
        path: target.path.slice(mount.path.length) || '/',
        query: target.query,
        headers: headersOf(req),
        body: body.bytes,
        peer: connection.peer,
        connection: connection.id,
        ...(certificate !== undefined && { peerCertificate: certificate }),
        receivedAt,
        signal,
      });
      if (answer.written) res.once('close', () => answer.written?.(res.writableFinished ? 'sent' : 'failed'));
      if (res.destroyed) answer.written?.('failed');
      else send(res, answer, this.stopping || connection.broken ? 'close' : 'keep');
    } catch (error) {
      this.options.log.error('a request of the interface port failed', { error });
      send(res, problem('kernel.internal.error'), 'close');
    }
  }

  private refuse(req: IncomingMessage, res: ServerResponse, mount: Mount | undefined, ...why: Refusal): void {
    const [code, reason, data, got] = why;
    const { id, peer, broken } = this.connectionOf(req.socket);
    const { status } = catalogue[code];
    const kept = got && got.length > 0 && { hex: hexOf(got), bytes: got };
    if (mount)
      this.note(mount, { connection: id, peer, kind: kinds[status] ?? 'broken-frame', reason, ...kept });
    else this.tell('refused', { code, peer });
    const { 'content-length': length = '0', 'transfer-encoding': coded } = req.headers;
    const coming = !req.complete && (length !== '0' || coded !== undefined);
    const ended = broken || this.stopping || status === 408;
    send(res, problem(code, data), ended ? 'close' : coming ? 'linger' : 'keep');
  }

  /** Bytes that are no HTTP request, a header too long, a request too slow, a TLS handshake that failed. */
  private malformed(
    error: ParserError,
    socket: Duplex & { remoteAddress?: string; remotePort?: number },
  ): void {
    const { code = '', rawPacket } = error;
    const peer = addressOf(socket.remoteAddress, socket.remotePort);
    const plain = code === 'ERR_SSL_HTTP_REQUEST';
    const handshake = !plain && code.startsWith('ERR_SSL');
    if (code === 'ECONNRESET' || code === 'EPIPE') return void socket.destroy();
    const hello = rawPacket?.[0] === 0x16 && !this.options.tls;
    const connection = this.connections.get(socket);
    const reason = hello ? 'TLS on a port without TLS' : plain ? 'HTTP without TLS on a TLS port' : code;
    const kind = hello || plain || handshake ? 'tls-failed' : 'broken-frame';
    const fault = rawFaults[code] ?? 'gateway.request.malformed';
    if (connection) connection.broken = true;
    if (connection?.stopReading(fault)) return;
    const mount = connection?.mount ?? this.namedIn(rawPacket) ?? this.mounts.only;
    const hex = rawPacket && { hex: hexOf(rawPacket) };
    if (mount) this.note(mount, { connection: connection?.id ?? '', peer, kind, reason, ...hex });
    else this.tell(kind, { code, peer });
    if (connection && connection.pending > 0) return;
    const raw = plain ? this.below.get(peer) : socket;
    if (handshake || raw === undefined) socket.destroy();
    else refuseRaw(raw, fault, hello);
  }

  /** Whose request it would have been, by the first line of the bytes. */
  private namedIn(bytes: Buffer | undefined): Mount | undefined {
    const url = /^[A-Z]+ (\/\S*)/.exec(bytes?.toString('latin1', 0, 2000) ?? '')?.[1];
    const target = url === undefined ? undefined : targetOf(url);
    return target && this.mounts.find(target.path);
  }

  private note(mount: Mount, incident: Noted): void {
    const folded = this.quiet.pass(`${mount.path} ${incident.kind} ${incident.peer.replace(/:\d+$/, '')}`);
    if (folded === undefined && incident.bytes === undefined) return;
    const reason = folded ? `${incident.reason} (and ${folded} alike before)` : incident.reason;
    mount.options.incident({ ...incident, reason, at: this.options.now() });
  }

  /** What concerns no endpoint goes to the log. */
  private tell(kind: string, data: Data): void {
    const count = this.quiet.pass(kind);
    if (count !== undefined) this.options.log.warn('interface port', { kind, ...data, count });
  }
}

type Refusal = [code: FaultCode, reason: string, data?: Data, got?: Buffer];
type ParserError = NodeJS.ErrnoException & { rawPacket?: Buffer };

interface Exchange {
  readonly mount: Mount;
  readonly target: Target;
  readonly connection: WebConnection;
  readonly receivedAt: number;
  readonly signal: AbortSignal;
}

const kinds: Readonly<Record<number, string>> = {
  403: 'certificate-missing',
  408: 'slow-body',
  413: 'too-large',
  503: 'request-limit',
};

const rawFaults: Readonly<Record<string, FaultCode>> = {
  HPE_HEADER_OVERFLOW: 'gateway.headers.large',
  ERR_HTTP_REQUEST_TIMEOUT: 'gateway.request.slow',
};
