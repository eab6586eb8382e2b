import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, TLSSocket, type Server as TlsServer } from 'node:tls';
import type { ListenContext, Listener } from '../../contracts/adapter/port.ts';
import type { CapturedBytes, ConnectionStats } from '../../contracts/adapter/wire.ts';
import { Fault } from '../../contracts/kernel/fault.ts';
import { Broker } from './broker.ts';
import { DeviceConnection } from './connection.ts';
import { Credentials } from './credentials.ts';
import type { BrokerSettings, ListenSettings } from './descriptor.ts';
import type { Host } from './host.ts';
import type { TlsListenSettings } from './settings.ts';
import { subjectOf, TlsFiles, unusable } from './tls-files.ts';
import { compileIntake, everything } from './topics.ts';
import { addressOf, Wire } from './wire.ts';

const handshakeMs = 10_000;

/** After stopping, how long clients may take to close. */
const lingerMs = 1000;

/** Closed connections whose statistics and capture are still shown. */
const remembered = 20;

/** The embedded broker: a port, its connections, and what they share. */
export class BrokerLink implements Listener {
  address = '';
  port = 0;
  private readonly context: ListenContext;
  private readonly settings: BrokerSettings;
  private readonly host: Host;
  /** Incidents that belong to the address and not to one connection. */
  private readonly self: Wire;
  private readonly live = new Set<DeviceConnection>();
  private readonly past: DeviceConnection[] = [];
  /** Every accepted socket, also those still in their TLS handshake. */
  private readonly sockets = new Set<Socket>();
  private server: Server | TlsServer | undefined;
  private timer: NodeJS.Timeout | undefined;
  private stopping = false;
  private drained: (() => void) | undefined;

  constructor(
    context: ListenContext,
    settings: BrokerSettings,
    common: Pick<ListenSettings, 'intake' | 'captureBytes'>,
  ) {
    this.context = context;
    this.settings = settings;
    this.self = new Wire(context, '', 0, context.endpoint);
    this.host = this.hostOf(common);
  }

  async start(): Promise<void> {
    const { host = '0.0.0.0', port, tls } = this.settings;
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
    this.timer = setInterval(
      () => this.reap(),
      Math.min(1000, (this.settings.connectMs ?? 10_000) / 4),
    ).unref();
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
    const closed = new Promise((resolve) => this.server?.close(resolve) ?? resolve(undefined));
    for (const connection of this.live) connection.stopReading();
    await this.drain(drainMs);
    // No will is published: it is not the device that goes.
    for (const connection of this.live)
      connection.close({ reason: 'the platform stops', code: 0x8b, withWill: false });
    const gone = setTimeout(() => this.destroyAll(), lingerMs);
    if (this.live.size === 0) this.destroyAll();
    await closed;
    clearTimeout(gone);
    this.host.broker.close();
  }

  private hostOf({
    intake = everything,
    captureBytes = 16384,
  }: Pick<ListenSettings, 'intake' | 'captureBytes'>): Host {
    const { context, settings } = this;
    const maxPacketBytes = settings.maxPacketBytes ?? 1048576;
    return {
      context,
      settings,
      limits: {
        captureBytes,
        maxPacketBytes,
        maxPending: settings.maxPending ?? 256,
        maxPerSecond: settings.maxPerSecond ?? 20_000,
        maxKeepAliveMs: (settings.maxKeepAliveSeconds ?? 3600) * 1000,
        connectMs: settings.connectMs ?? 10_000,
        sessionSeconds: (settings.sessionHours ?? 24) * 3600,
      },
      broker: new Broker(
        {
          maxQueued: settings.maxQueued ?? 1000,
          maxQueuedBytes: settings.maxQueuedBytes ?? 4_194_304,
          maxSessions: settings.maxSessions ?? 10_000,
          maxRetained: settings.maxRetained ?? 1000,
          maxRetainedBytes: settings.maxRetainedBytes ?? 8_388_608,
        },
        context.now,
      ),
      credentials: new Credentials(settings.devices ?? [], context.now),
      intake: compileIntake(intake),
      budget: {
        limit: settings.maxPendingBytes ?? 67_108_864,
        used: 0,
        starved: false,
        released: () => this.released(),
      },
      holders: new Map(),
    };
  }

  private destroyAll(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  /** Waits until every message is acknowledged, at most so long. */
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

  private plainServer(): Server {
    return createServer({ allowHalfOpen: true, noDelay: true }, (socket) => this.welcome(socket));
  }

  private tlsServer(settings: TlsListenSettings): TlsServer {
    const files = new TlsFiles({ ...settings, ca: settings.clientCa });
    const mutual = settings.clientCa !== undefined;
    const options = {
      minVersion: settings.minVersion ?? 'TLSv1.2',
      requestCert: mutual,
      rejectUnauthorized: mutual,
    } as const;
    let server: TlsServer;
    try {
      server = createTlsServer({ ...options, ...files.load(), noDelay: true, handshakeTimeout: handshakeMs });
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

  private welcome(socket: Socket): void {
    if (this.stopping || this.live.size >= (this.settings.maxConnections ?? 1000)) {
      if (!this.stopping)
        this.self.incident(
          'connection-limit',
          `refused ${addressOf(socket.remoteAddress, socket.remotePort)}`,
        );
      socket.on('error', () => undefined);
      socket.destroy();
      return;
    }
    socket.setKeepAlive(true, 30_000);
    const secure = socket instanceof TLSSocket ? socket : undefined;
    const protocol = secure?.getProtocol();
    const subject = secure && subjectOf(secure);
    const name = secure?.getPeerCertificate()?.subject?.CN;
    const tls = {
      ...(protocol && { protocol }),
      ...(subject !== undefined && { subject }),
      ...(typeof name === 'string' && { name }),
    };
    this.live.add(new DeviceConnection(socket, this.host, tls, (gone) => this.forget(gone)));
  }

  private forget(connection: DeviceConnection): void {
    this.live.delete(connection);
    if (connection.isProbe) this.probe();
    else {
      this.past.push(connection);
      if (this.past.length > remembered) this.past.shift();
    }
    this.drained?.();
  }

  /** Load balancers connect and go every few seconds; folded into one line a minute. */
  private probe(): void {
    if (!this.stopping) this.self.incident('probe', 'connected and closed without a byte');
  }

  private released(): void {
    const { budget } = this.host;
    this.drained?.();
    if (!budget.starved || budget.used >= budget.limit) return;
    budget.starved = false;
    for (const connection of this.live) connection.throttle();
  }

  private reap(): void {
    const now = this.context.now();
    for (const connection of this.live) connection.reap(now);
    this.host.broker.reap();
  }
}
