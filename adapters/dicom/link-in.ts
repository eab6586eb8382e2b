import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, TLSSocket, type Server as TlsServer } from 'node:tls';
import type { ListenContext, Listener } from '../../contracts/adapter/port.ts';
import type { CapturedBytes, ConnectionStats } from '../../contracts/adapter/wire.ts';
import { Fault } from '../../contracts/kernel/fault.ts';
import type { Rejection } from './associate.ts';
import { InboundConnection, type Surroundings } from './connection-in.ts';
import type { ListenSettings } from './descriptor.ts';
import { Budget } from './sinks.ts';
import { subjectOf, TlsFiles, unusable } from './tls-files.ts';
import { addressOf, Wire } from './wire.ts';

/** After stopping, how long peers may take to close. */
const LINGER_MS = 1000;
const HANDSHAKE_MS = 10_000;
/** Closed connections whose statistics and capture are still shown. */
const REMEMBERED = 20;
/** Connections beyond the associations, so that the surplus can be told why it is refused. */
const WAITING = 64;

/** Binds and serves until stopped. Throws `hub.address.taken`, `hub.address.refused`, `hub.certificate.unusable`. */
export async function listen(context: ListenContext): Promise<Listener> {
  const link = new InboundLink(context, context.settings as ListenSettings);
  await link.bind();
  return link;
}

class InboundLink implements Listener {
  address = '';
  port = 0;
  private readonly context: ListenContext;
  private readonly settings: ListenSettings;
  private readonly around: Surroundings;
  /** Incidents that belong to the address and not to one connection. */
  private readonly self: Wire;
  private readonly live = new Set<InboundConnection>();
  private readonly past: InboundConnection[] = [];
  /** Every accepted socket, also those still in their TLS handshake. */
  private readonly sockets = new Set<Socket>();
  private server: Server | TlsServer | undefined;
  private timer: NodeJS.Timeout | undefined;
  private stopping = false;

  constructor(context: ListenContext, settings: ListenSettings) {
    this.context = context;
    this.settings = settings;
    this.self = new Wire(context, '', 0, context.endpoint);
    this.around = {
      context,
      settings,
      budget: new Budget(settings.maxBufferedBytes ?? 536870912),
      admit: () => this.admit(),
    };
  }

  async bind(): Promise<void> {
    const { host = '0.0.0.0', port = 11112, tls } = this.settings;
    const server = tls === undefined ? this.plainServer() : this.tlsServer(tls);
    this.server = server;
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error: NodeJS.ErrnoException) => {
        const code = error.code === 'EADDRINUSE' ? 'hub.address.taken' : 'hub.address.refused';
        const reason = error.code ?? error.message;
        reject(new Fault(code, { address: addressOf(host, port), reason }, error));
      });
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
    const { associateMs = 30000, idleMs = 600000 } = this.settings;
    const shortest = Math.min(associateMs, idleMs || associateMs);
    this.timer = setInterval(
      () => this.reap(associateMs, idleMs),
      Math.max(20, Math.min(shortest / 4, 30000)),
    );
    this.timer.unref();
  }

  connections(): ConnectionStats[] {
    return [...this.past, ...this.live].map((connection) => connection.stats());
  }

  capture(connection: string): CapturedBytes[] {
    const found = [...this.live, ...this.past].find(({ wire }) => wire.id === connection);
    return found?.wire.capture() ?? [];
  }

  async stop(drainMs: number): Promise<void> {
    this.stopping = true;
    clearInterval(this.timer);
    const closed = new Promise((resolve) => this.server?.close(resolve));
    const answered = Promise.all([...this.live].map((connection) => connection.stop())).then(() => LINGER_MS);
    let late: NodeJS.Timeout | undefined;
    const waited = new Promise<number>((resolve) => (late = setTimeout(resolve, drainMs, 0)));
    const lingerMs = await Promise.race([answered, waited]);
    clearTimeout(late);
    const gone = setTimeout(() => this.destroyAll(), this.live.size === 0 ? 0 : lingerMs);
    await closed;
    clearTimeout(gone);
  }

  private destroyAll(): void {
    for (const connection of this.live) connection.destroy();
    for (const socket of this.sockets) socket.destroy();
  }

  private admit(): Rejection | undefined {
    if (this.stopping) return 'congested';
    const associations = [...this.live].filter(({ associated }) => associated).length;
    return associations < (this.settings.maxAssociations ?? 64) ? undefined : 'too-many';
  }

  private plainServer(): Server {
    return createServer({ noDelay: true }, (socket) => this.welcome(socket));
  }

  private tlsServer(settings: NonNullable<ListenSettings['tls']>): TlsServer {
    const { certificate, key, passphrase, clientCa } = settings;
    const files = new TlsFiles({ certificate, key, passphrase, ca: clientCa });
    const mutual = clientCa !== undefined;
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
      throw unusable(error, certificate);
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
        this.self.incident('tls-failed', unusable(error, certificate).message);
      }
    });
    return server;
  }

  private welcome(socket: Socket): void {
    if (this.live.size >= (this.settings.maxAssociations ?? 64) + WAITING || this.stopping) {
      if (!this.stopping)
        this.self.incident('connection-limit', `refused ${addressOf(socket.remoteAddress, 0)}`);
      socket.on('error', () => undefined);
      socket.destroy();
      return;
    }
    socket.setKeepAlive(true, this.settings.keepAliveMs ?? 30000);
    const secure = socket instanceof TLSSocket ? socket : undefined;
    const protocol = secure?.getProtocol();
    const certificate = secure && subjectOf(secure);
    const tls = { ...(protocol && { protocol }), ...(certificate !== undefined && { certificate }) };
    this.live.add(new InboundConnection(socket, this.around, tls, (gone) => this.forget(gone)));
  }

  private forget(connection: InboundConnection): void {
    this.live.delete(connection);
    if (connection.isProbe) this.probe();
    else {
      this.past.push(connection);
      if (this.past.length > REMEMBERED) this.past.shift();
    }
  }

  /** Load balancers connect and go every few seconds; folded into one line a minute. */
  private probe(): void {
    if (!this.stopping) this.self.incident('probe', 'connected and closed without a byte');
  }

  /** Ends what asks for nothing: no association in time (ARTIM, PS3.8 §9.1.5), or an idle one. */
  private reap(associateMs: number, idleMs: number): void {
    const now = this.context.now();
    for (const connection of this.live) {
      const { wire, associated, pending } = connection;
      if (!associated && wire.since < now - associateMs)
        connection.fail('idle-closed', `no association within ${associateMs} ms`, 'unspecified');
      else if (idleMs > 0 && pending === 0 && (wire.lastByteAt ?? wire.since) < now - idleMs)
        connection.fail('idle-closed', `no byte for ${idleMs} ms`, 'application');
    }
  }
}
