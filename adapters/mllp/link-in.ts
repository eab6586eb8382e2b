import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, TLSSocket, type Server as TlsServer } from 'node:tls';
import type { ListenContext, Listener } from '../../contracts/adapter/port.ts';
import type { CapturedBytes, ConnectionStats } from '../../contracts/adapter/wire.ts';
import { Fault } from '../../contracts/kernel/fault.ts';
import type { Framing } from './codec.ts';
import { type ConnectionLimits, InboundConnection } from './connection-in.ts';
import type { ListenSettings } from './descriptor.ts';
import { framingOf } from './framing-settings.ts';
import { subjectOf, TlsFiles } from './tls-files.ts';
import { addressOf, Wire } from './wire.ts';

const HANDSHAKE_MS = 10_000;

/** After stopping, how long peers may take to close. */
const LINGER_MS = 1000;

/** Closed connections whose statistics and capture are still shown. */
const REMEMBERED = 20;

/** Binds (or dials out) and serves until stopped. Throws `hub.address.taken`, `hub.address.refused`, `hub.certificate.unusable`. */
export async function listen(context: ListenContext): Promise<Listener> {
  const link = new InboundLink(context, context.settings as ListenSettings);
  await link.start();
  return link;
}

class InboundLink implements Listener {
  address = '';
  port = 0;
  private readonly context: ListenContext;
  private readonly settings: ListenSettings;
  private readonly framing: Framing;
  private readonly limits: ConnectionLimits;
  /** Incidents that belong to the address and not to one connection. */
  private readonly self: Wire;
  private readonly live = new Set<InboundConnection>();
  private readonly past: InboundConnection[] = [];
  /** Every accepted socket, also those still in their TLS handshake. */
  private readonly sockets = new Set<Socket>();
  private server: Server | TlsServer | undefined;
  private dialed: Socket | undefined;
  private timer: NodeJS.Timeout | undefined;
  private redial: NodeJS.Timeout | undefined;
  private stopping = false;
  private drained: (() => void) | undefined;

  constructor(context: ListenContext, settings: ListenSettings) {
    this.context = context;
    this.settings = settings;
    this.framing = framingOf(settings);
    this.self = new Wire(context, '', 0, context.endpoint);
    this.limits = {
      maxPending: settings.maxPending ?? 64,
      captureBytes: settings.captureBytes ?? 65536,
      rawUntilIdleMs: settings.rawUntilIdleMs,
      budget: {
        limit: settings.maxPendingBytes ?? 134217728,
        used: 0,
        starved: false,
        released: () => this.released(),
      },
    };
  }

  async start(): Promise<void> {
    const { dialOut } = this.settings;
    if (dialOut !== undefined) {
      this.address = addressOf(dialOut.host, dialOut.port);
      this.port = dialOut.port;
      this.dial();
    } else await this.bind();
    const idle = this.settings.idleMs ?? 3600000;
    if (idle > 0) {
      this.timer = setInterval(() => this.reap(idle), Math.max(20, Math.min(idle / 4, 30000)));
      this.timer.unref();
    }
  }

  connections(): ConnectionStats[] {
    return [...this.past, ...this.live].map((connection) => connection.stats());
  }

  capture(connection: string): CapturedBytes[] {
    const found = [...this.live, ...this.past].find(({ wire }) => wire.id === connection);
    return found?.wire.capture.read() ?? [];
  }

  async stop(drainMs: number): Promise<void> {
    this.stopping = true;
    clearInterval(this.timer);
    clearTimeout(this.redial);
    const closed = this.whenClosed();
    for (const connection of this.live) connection.stopReading();
    await this.drain(drainMs);
    for (const connection of this.live) connection.close(undefined, 'stopped');
    if (this.live.size === 0) this.destroyAll();
    const gone = setTimeout(() => this.destroyAll(), LINGER_MS);
    await closed;
    clearTimeout(gone);
  }

  private destroyAll(): void {
    for (const connection of this.live) connection.destroy();
    for (const socket of this.sockets) socket.destroy();
    this.dialed?.destroy();
  }

  private whenClosed(): Promise<unknown> {
    const { server, dialed } = this;
    if (server !== undefined) return new Promise((resolve) => server.close(resolve));
    return dialed === undefined || dialed.closed ? Promise.resolve() : once(dialed, 'close');
  }

  /** Waits until every frame is answered, at most so long. */
  private async drain(drainMs: number): Promise<void> {
    const owed = (): boolean => [...this.live].some((connection) => connection.pending > 0);
    if (!owed()) return;
    await new Promise<void>((resolve) => {
      const late = setTimeout(resolve, drainMs);
      this.drained = () => {
        if (owed()) return;
        clearTimeout(late);
        resolve();
      };
    });
  }

  private async bind(): Promise<void> {
    const { host = '0.0.0.0', port = 2575, tls } = this.settings;
    const server = tls === undefined ? this.plainServer() : this.tlsServer(tls);
    this.server = server;
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
    server.on('error', (error: NodeJS.ErrnoException) =>
      this.self.incident('listener-failed', error.code ?? error.message),
    );
    server.on('connection', (socket) => {
      this.sockets.add(socket);
      socket.once('close', () => this.sockets.delete(socket));
    });
    const bound = server.address();
    this.port = typeof bound === 'object' && bound !== null ? bound.port : port;
    this.address = addressOf(host, this.port);
  }

  private plainServer(): Server {
    return createServer({ allowHalfOpen: true, noDelay: true }, (socket) => this.welcome(socket));
  }

  private tlsServer(settings: NonNullable<ListenSettings['tls']>): TlsServer {
    const files = new TlsFiles(settings);
    const mutual = settings.clientCa !== undefined;
    const options = {
      minVersion: settings.minVersion ?? 'TLSv1.2',
      requestCert: mutual,
      rejectUnauthorized: mutual,
    } as const;
    let server: TlsServer;
    try {
      server = createTlsServer({
        ...options,
        ...files.load(),
        noDelay: true,
        handshakeTimeout: HANDSHAKE_MS,
      });
    } catch (error) {
      throw unusable(error, settings.certificate);
    }
    server.on('secureConnection', (socket) => this.welcome(socket));
    server.on('tlsClientError', (error: NodeJS.ErrnoException, socket) => {
      socket.destroy();
      if (error.code === 'ECONNRESET') this.probe();
      else this.self.incident('tls-failed', error.code ?? error.message);
    });
    server.prependListener('connection', () => {
      if (!files.changed()) return;
      try {
        server.setSecureContext({ ...options, ...files.load() });
        this.context.log.info('certificate reloaded', { endpoint: this.context.endpoint });
      } catch (error) {
        this.self.incident('tls-failed', unusable(error, settings.certificate).message);
      }
    });
    return server;
  }

  private dial(): void {
    const { host, port, retryMs = 5000 } = this.settings.dialOut!;
    const socket = connect({ host, port, noDelay: true, allowHalfOpen: true });
    this.dialed = socket;
    let reason = '';
    socket.on('error', (error: NodeJS.ErrnoException) => (reason = error.code ?? error.message));
    socket.once('connect', () => this.welcome(socket));
    socket.once('close', () => {
      if (reason !== '') this.self.incident('dial-failed', reason);
      if (!this.stopping) this.redial = setTimeout(() => this.dial(), retryMs);
    });
  }

  private welcome(socket: Socket): void {
    if (this.live.size >= (this.settings.maxConnections ?? 256)) {
      this.self.incident('connection-limit', `refused ${addressOf(socket.remoteAddress, socket.remotePort)}`);
      socket.on('error', () => undefined);
      socket.destroy();
      return;
    }
    socket.setKeepAlive(true, this.settings.keepAliveMs ?? 30000);
    const secure = socket instanceof TLSSocket ? socket : undefined;
    const protocol = secure?.getProtocol();
    const certificate = secure && subjectOf(secure);
    const tls = { ...(protocol && { protocol }), ...(certificate !== undefined && { certificate }) };
    const connection = new InboundConnection(socket, this.context, this.framing, this.limits, tls, (gone) =>
      this.forget(gone),
    );
    this.live.add(connection);
    if (this.stopping) connection.close(undefined, 'stopping');
  }

  private forget(connection: InboundConnection): void {
    this.live.delete(connection);
    if (connection.isProbe) this.probe();
    else {
      this.past.push(connection);
      if (this.past.length > REMEMBERED) this.past.shift();
    }
    this.drained?.();
  }

  /** Load balancers connect and go every few seconds; folded into one line a minute. */
  private probe(): void {
    if (!this.stopping) this.self.incident('probe', 'connected and closed without a byte');
  }

  private released(): void {
    const { budget } = this.limits;
    this.drained?.();
    if (!budget.starved || budget.used >= budget.limit) return;
    budget.starved = false;
    for (const connection of this.live) connection.throttle();
  }

  private reap(idle: number): void {
    const before = this.context.now() - idle;
    for (const connection of this.live)
      if ((connection.wire.lastByteAt ?? connection.wire.since) < before && connection.pending === 0)
        connection.close('idle-closed', `no byte for ${idle} ms`);
  }
}

function unusable(error: unknown, file: string): Fault {
  const { code, message } = error as NodeJS.ErrnoException;
  return code === 'hub.certificate.unusable'
    ? (error as Fault)
    : new Fault('hub.certificate.unusable', { file, reason: code ?? message }, error);
}
