import { connect, createServer, type Server, type Socket } from 'node:net';
import type { ListenContext, Listener } from '../../contracts/adapter/port.ts';
import type { CapturedBytes, ConnectionStats } from '../../contracts/adapter/wire.ts';
import { Fault } from '../../contracts/kernel/fault.ts';
import type { ListenSettings } from './descriptor.ts';
import { Line } from './line.ts';
import { register, unregister } from './lines.ts';
import { addressOf, Wire } from './wire.ts';

/** Closed connections whose statistics and capture are still shown. */
const remembered = 20;
const lookMs = 20;

/** Binds, or dials out, and serves until stopped. Throws `hub.address.taken`, `hub.address.refused`, `channel.text.invalid`. */
export async function listen(context: ListenContext): Promise<Listener> {
  const settings = context.settings as ListenSettings;
  if ((settings.port === undefined) === (settings.dialOut === undefined))
    throw new Fault('channel.text.invalid', { problem: 'listen needs "port" or "dialOut", and one of them' });
  const link = new InboundLink(context, settings);
  await link.start();
  return link;
}

class InboundLink implements Listener {
  address = '';
  port = 0;
  private readonly context: ListenContext;
  private readonly settings: ListenSettings;
  /** Incidents that belong to the address and not to one connection. */
  private readonly self: Wire;
  private readonly live = new Set<Line>();
  private readonly past: Line[] = [];
  private server: Server | undefined;
  private dialing: Socket | undefined;
  private redial: NodeJS.Timeout | undefined;
  private stopping = false;

  constructor(context: ListenContext, settings: ListenSettings) {
    this.context = context;
    this.settings = settings;
    this.self = new Wire(context, '', 0, context.endpoint);
  }

  async start(): Promise<void> {
    const { dialOut } = this.settings;
    if (!dialOut) return this.bind();
    this.address = addressOf(dialOut.host, dialOut.port);
    this.port = dialOut.port;
    this.dial();
  }

  connections(): ConnectionStats[] {
    return [...this.past, ...this.live].map((line) => line.wire.stats(0));
  }

  capture(connection: string): CapturedBytes[] {
    const found = [...this.live, ...this.past].find(({ wire }) => wire.id === connection);
    return found?.wire.capture.read() ?? [];
  }

  async stop(drainMs: number): Promise<void> {
    this.stopping = true;
    clearTimeout(this.redial);
    const closed = new Promise<void>((resolve) => {
      if (this.server) this.server.close(() => resolve());
      else resolve();
    });
    for (const line of this.live) line.stopReceiving();
    const until = performance.now() + drainMs;
    while ([...this.live].some((line) => line.busy) && performance.now() < until)
      await new Promise((resolve) => setTimeout(resolve, lookMs));
    for (const line of this.live) line.destroy();
    this.dialing?.destroy();
    await closed;
  }

  private async bind(): Promise<void> {
    const { host = '0.0.0.0', port = 0 } = this.settings;
    const server = createServer((socket) => this.welcome(socket));
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
      server.listen({ host, port }, resolve);
    });
    server.on('error', (error: NodeJS.ErrnoException) =>
      this.self.incident('listener-failed', error.code ?? error.message),
    );
    const bound = server.address();
    this.port = typeof bound === 'object' && bound !== null ? bound.port : port;
    this.address = addressOf(host, this.port);
  }

  private dial(): void {
    const { host, port, retryMs = 5000 } = this.settings.dialOut!;
    const socket = connect({ host, port });
    this.dialing = socket;
    const failed = (error: NodeJS.ErrnoException): void =>
      this.self.incident('dial-failed', error.code ?? error.message);
    socket.once('error', failed);
    socket.once('connect', () => {
      socket.removeListener('error', failed);
      this.welcome(socket);
    });
    socket.once('close', () => {
      if (!this.stopping) this.redial = setTimeout(() => this.dial(), retryMs);
    });
  }

  private welcome(socket: Socket): void {
    if (this.stopping || this.live.size >= (this.settings.maxConnections ?? 32)) {
      this.self.incident('connection-limit', `refused ${addressOf(socket.remoteAddress, socket.remotePort)}`);
      socket.on('error', () => undefined);
      socket.destroy();
      return;
    }
    const { context, settings } = this;
    const line = new Line(socket, { context, settings, closed: (gone) => this.forget(gone) });
    this.live.add(line);
    register(context, line);
  }

  private forget(line: Line): void {
    unregister(this.context, line);
    this.live.delete(line);
    this.past.push(line);
    if (this.past.length > remembered) this.past.shift();
  }
}
