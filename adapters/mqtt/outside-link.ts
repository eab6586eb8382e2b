import type { IConnackPacket, ISubackPacket, Packet } from 'mqtt-packet';
import type { ListenContext, Listener, Reply } from '../../contracts/adapter/port.ts';
import type { CapturedBytes, ConnectionStats } from '../../contracts/adapter/wire.ts';
import type { ClientSettings, ListenSettings } from './descriptor.ts';
import { InOrder } from './in-order.ts';
import { type Outside, openOutside } from './outside.ts';
import { encode, PacketReader } from './packets.ts';
import { publicationOf, take } from './publish.ts';
import { compileIntake, everything, filterOf, topicProblem } from './topics.ts';
import { addressOf, Wire } from './wire.ts';

const longestWaitMs = 30_000;
const remembered = 5;

/**
 * A subscriber at an outside broker with a session that outlives our restarts. Many messages are under way at once; each is
 * acknowledged, in order, after it is kept. What cannot be kept ends the connection, and the broker sends it again.
 */
export class OutsideLink implements Listener {
  readonly address: string;
  readonly port: number;
  private readonly context: ListenContext;
  private readonly settings: ClientSettings;
  private readonly outside: Outside;
  private readonly filters: string[];
  private readonly intake;
  private readonly captureBytes: number;
  private readonly past: Wire[] = [];
  private current: Subscriber | undefined;
  private self: Wire;
  private waitMs: number;
  private again: NodeJS.Timeout | undefined;
  private stopping = false;
  /** The broker knows what we want, since this process said so. */
  private subscribed = false;

  constructor(
    context: ListenContext,
    settings: ClientSettings,
    { intake = everything, captureBytes = 16384 }: Pick<ListenSettings, 'intake' | 'captureBytes'>,
  ) {
    this.context = context;
    this.settings = settings;
    this.outside = openOutside(settings, context.endpoint);
    this.address = addressOf(this.outside.host, this.outside.port);
    this.port = this.outside.port;
    this.intake = compileIntake(intake);
    this.captureBytes = captureBytes;
    const shared = settings.share === undefined ? '' : `$share/${settings.share}/`;
    this.filters = [...new Set(intake.map(({ topic }) => shared + filterOf(topic)))];
    this.self = new Wire(context, this.address, 0, context.endpoint);
    this.waitMs = settings.retryMs ?? 1000;
  }

  start(): void {
    void this.connect();
  }

  connections(): ConnectionStats[] {
    return [...this.past.map((wire) => wire.stats(0)), ...(this.current ? [this.current.stats()] : [])];
  }

  capture(connection: string): CapturedBytes[] {
    const wires = this.current ? [this.current.wire, ...this.past] : this.past;
    return wires.find(({ id }) => id === connection)?.capture.read() ?? [];
  }

  async stop(drainMs: number): Promise<void> {
    this.stopping = true;
    clearTimeout(this.again);
    await this.current?.leave(drainMs);
  }

  private async connect(): Promise<void> {
    const { context, settings } = this;
    try {
      const socket = await this.outside.open();
      if (this.stopping) {
        socket.destroy();
        return;
      }
      const wire = new Wire(context, this.address, this.captureBytes);
      this.current = new Subscriber(socket, wire, {
        context,
        intake: this.intake,
        outside: this.outside,
        settings,
        filters: this.filters,
        known: () => this.subscribed,
        up: () => {
          this.subscribed = true;
          context.log.info('subscribed at an outside broker', { endpoint: context.endpoint });
        },
        over: () => {
          // One that ends soon may end for the same reason again: the wait goes on growing.
          if (context.now() - wire.since > longestWaitMs) this.waitMs = settings.retryMs ?? 1000;
          this.past.push(wire);
          if (this.past.length > remembered) this.past.shift();
          this.current = undefined;
          this.later();
        },
      });
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      this.self.incident('dial-failed', code ?? message);
      this.later();
    }
  }

  private later(): void {
    if (this.stopping) return;
    this.again = setTimeout(() => void this.connect(), this.waitMs);
    this.waitMs = Math.min(longestWaitMs, this.waitMs * 2);
  }
}

interface Parts {
  readonly context: ListenContext;
  readonly intake: ReturnType<typeof compileIntake>;
  readonly outside: Outside;
  readonly settings: ClientSettings;
  readonly filters: readonly string[];
  readonly known: () => boolean;
  readonly up: () => void;
  readonly over: () => void;
}

/** One connection to the outside broker. */
class Subscriber {
  readonly wire: Wire;
  private readonly socket;
  private readonly parts: Parts;
  private readonly reader: PacketReader;
  private readonly order: InOrder<Reply | undefined>;
  private pinging: NodeJS.Timeout;
  private readonly signedIn: NodeJS.Timeout;
  private pingAt: number | undefined;
  private ended = false;
  private drained: (() => void) | undefined;
  private ready = false;

  constructor(socket: Awaited<ReturnType<Outside['open']>>, wire: Wire, parts: Parts) {
    this.socket = socket;
    this.wire = wire;
    this.parts = parts;
    const { settings, outside } = parts;
    wire.tls = outside.tlsOf(socket);
    this.reader = new PacketReader(settings.maxPacketBytes ?? 1048576, {
      packet: (packet, size) => this.packet(packet, size),
      bad: ({ kind, reason }) => this.end(kind, reason),
    });
    this.reader.speak(outside.version);
    this.order = new InOrder({
      refused: (reason) => this.end('intake-refused', reason),
      late: (reply) => reply?.written?.('failed'),
      moved: () => {
        wire.pending = this.order.pending;
        this.drained?.();
        this.throttle();
      },
    });
    socket.on('data', (chunk: Buffer) => {
      if (this.ended) return;
      wire.received(chunk);
      this.reader.push(chunk);
      this.throttle();
    });
    socket.on('error', (error: NodeJS.ErrnoException) =>
      this.end('connection-lost', error.code ?? error.message),
    );
    socket.on('close', () => {
      this.end('connection-lost', 'the broker closed the connection');
      wire.open = false;
      parts.over();
    });
    this.pinging = this.pingEvery((settings.keepAliveSeconds ?? 30) * 1000);
    this.signedIn = setTimeout(
      () => this.end('connect-timeout', 'the broker did not let us in and subscribe in time'),
      settings.connectMs ?? 10_000,
    ).unref();
    this.write(outside.connectPacket(false, settings.sessionHours ?? 168, settings.maxPending ?? 1000));
  }

  stats(): ConnectionStats {
    return this.wire.stats(this.reader.buffered);
  }

  /** Nothing new is taken; what is under way is acknowledged, then we take our leave and the broker keeps what comes. */
  async leave(drainMs: number): Promise<void> {
    this.reader.stop();
    if (this.order.pending > 0)
      await new Promise<void>((resolve) => {
        const late = setTimeout(resolve, drainMs);
        this.drained = () => {
          if (this.order.pending > 0) return;
          clearTimeout(late);
          resolve();
        };
      });
    this.write({ cmd: 'disconnect', reasonCode: 0 });
    this.finish();
    await new Promise<void>((resolve) => {
      if (this.socket.closed) return resolve();
      const late = setTimeout(() => this.socket.destroy(), 1000);
      this.socket.once('close', () => {
        clearTimeout(late);
        resolve();
      });
      this.socket.end();
      this.socket.resume();
    });
  }

  private packet(packet: Packet, size: number): void {
    if (this.ended) return;
    if (packet.cmd === 'connack') this.connected(packet);
    else if (packet.cmd === 'suback') this.granted(packet);
    else if (packet.cmd === 'publish') this.published(packet, size);
    else if (packet.cmd === 'pingresp') this.pingAt = undefined;
    else if (packet.cmd === 'disconnect')
      this.end('broker-ended', `the broker ended the connection with reason code ${packet.reasonCode ?? 0}`);
  }

  private pingEvery(ms: number): NodeJS.Timeout {
    return setInterval(() => this.ping(this.parts.context.now(), ms), ms / 2).unref();
  }

  private connected({ reasonCode, returnCode, sessionPresent, properties }: IConnackPacket): void {
    const code = reasonCode ?? returnCode ?? 0;
    if (code !== 0) {
      this.end('connect-refused', `the broker refused us with code ${code}`);
      return;
    }
    const { serverKeepAlive } = properties ?? {};
    if (serverKeepAlive) {
      clearInterval(this.pinging);
      this.pinging = this.pingEvery(serverKeepAlive * 1000);
    }
    if (sessionPresent && this.parts.known()) {
      this.isUp();
      return;
    }
    const { filters, settings, outside } = this.parts;
    // Retained messages are old: with MQTT 5 they are not asked for, before it they are passed over.
    const rh = settings.takeRetained ? 1 : 2;
    const subscriptions = filters.map((topic) => ({
      topic,
      qos: settings.qos ?? 1,
      ...(outside.version === 5 && { nl: false, rap: false, rh }),
    }));
    this.write({ cmd: 'subscribe', messageId: 1, subscriptions });
  }

  private granted({ granted }: ISubackPacket): void {
    const refused = this.parts.filters.filter((_, i) => Number(granted[i] ?? 0x80) >= 0x80);
    if (refused.length > 0)
      this.end('subscribe-refused', `the broker refused ${refused.join(', ').slice(0, 300)}`);
    else this.isUp();
  }

  private isUp(): void {
    this.ready = true;
    clearTimeout(this.signedIn);
    this.parts.up();
  }

  private published(packet: Packet & { cmd: 'publish' }, size: number): void {
    const { parts, wire } = this;
    const { topic, qos, retain, dup } = packet;
    const messageId = packet.messageId ?? 0;
    const problem = topicProblem(topic);
    const skip = problem !== undefined || (retain && parts.settings.takeRetained !== true);
    if (problem !== undefined) wire.incident('bad-topic', `a topic that ${problem}`);
    wire.framesIn++;
    const source = { connection: wire.id, peer: wire.peer, clientId: parts.outside.clientId, user: '' };
    const levels = topic.split('/');
    const message = publicationOf(packet, topic, '', parts.context.now());
    const work = skip
      ? Promise.resolve(undefined)
      : take(parts, message, levels, source, { packetId: messageId, dup, retained: retain });
    this.order.push(size, work, (reply) => {
      if (qos === 1) this.write({ cmd: 'puback', messageId });
      reply?.written?.(this.socket.writable ? 'sent' : 'failed');
    });
    wire.pending = this.order.pending;
  }

  private throttle(): void {
    if (this.ended) return;
    if (this.order.pending >= (this.parts.settings.maxPending ?? 1000)) this.socket.pause();
    else this.socket.resume();
  }

  private ping(now: number, every: number): void {
    if (this.pingAt !== undefined && now - this.pingAt > every && !this.socket.isPaused())
      this.end('broker-silent', 'the broker did not answer a ping');
    else if (this.ready && this.pingAt === undefined) {
      this.pingAt = now;
      this.write({ cmd: 'pingreq' });
    }
  }

  private write(packet: Packet): void {
    if (!this.socket.writable) return;
    const bytes = encode(packet, this.parts.outside.version);
    this.wire.sent(bytes);
    if (this.socket.writableCorked === 0) {
      this.socket.cork();
      process.nextTick(() => this.socket.uncork());
    }
    this.socket.write(bytes);
  }

  private finish(): void {
    this.ended = true;
    clearInterval(this.pinging);
    clearTimeout(this.signedIn);
    this.reader.stop();
    this.order.giveUp();
  }

  /** Without a leave: the broker keeps our session and sends again what was not acknowledged. */
  private end(kind: string, reason: string): void {
    if (this.ended) return;
    this.finish();
    this.wire.incident(kind, reason);
    this.socket.destroy();
  }
}
