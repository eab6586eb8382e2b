import type { Socket } from 'node:net';
import type { Packet } from 'mqtt-packet';
import type { Reply } from '../../contracts/adapter/port.ts';
import type { ConnectionStats } from '../../contracts/adapter/wire.ts';
import { Client } from './client.ts';
import type { Closing, Host, Line } from './host.ts';
import { InOrder } from './in-order.ts';
import { encode, PacketReader, type Version, type Violation } from './packets.ts';
import { signIn } from './sign-in.ts';
import { addressOf, Wire } from './wire.ts';

/** Written and not read by the client beyond this: it gets no more, and we read no more from it. */
const writeHigh = 1024 * 1024;
/** How long a client may leave its side unread before it is let go. */
const slowMs = 30_000;
/** How many times the limit for CONNECT half a packet may take: it may be a large one on a slow line. */
const slowPackets = 6;
/** How long the client may take to close after we did. */
const lingerMs = 1000;

/** One client of the embedded broker: its socket, its pace, its end. What its packets mean is the business of `Client`. */
export class DeviceConnection implements Line {
  readonly wire: Wire;
  version: Version = 4;
  private readonly socket: Socket;
  private readonly host: Host;
  private readonly certificate: { readonly subject?: string; readonly name?: string };
  private readonly reader: PacketReader;
  private readonly order: InOrder<unknown>;
  private readonly closed: (connection: DeviceConnection) => void;
  private client: Client | undefined;
  private signingIn = false;
  private early: [Packet, number][] = [];
  private paused = false;
  private ended = false;
  private linger: NodeJS.Timeout | undefined;
  private halfSince: number | undefined;
  private congestedSince: number | undefined;
  private second = { at: 0, count: 0 };
  private slowedUntil = 0;

  constructor(
    socket: Socket,
    host: Host,
    tls: { protocol?: string; subject?: string; name?: string },
    closed: (connection: DeviceConnection) => void,
  ) {
    this.socket = socket;
    this.host = host;
    this.certificate = tls;
    this.closed = closed;
    const { context, limits } = host;
    this.wire = new Wire(context, addressOf(socket.remoteAddress, socket.remotePort), limits.captureBytes);
    this.wire.tls = tls.protocol;
    this.reader = new PacketReader(Math.min(limits.maxPacketBytes, 65536), {
      packet: (packet, size) => this.packet(packet, size),
      bad: (violation) => this.violated(violation),
    });
    this.order = new InOrder({
      refused: (reason) => this.close({ kind: 'intake-refused', reason, code: 0x89 }),
      late: (reply) => (reply as Reply | undefined)?.written?.('failed'),
      moved: (bytes) => {
        this.wire.pending = this.order.pending;
        host.budget.used -= bytes;
        host.budget.released();
        this.throttle();
        if (this.order.pending === 0 && socket.readableEnded) socket.end();
      },
    });
    socket.on('data', (chunk: Buffer) => this.data(chunk));
    socket.on('drain', () => {
      this.client?.session.pump();
      this.throttle();
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (this.wire.bytesIn > 0 && !this.ended)
        this.wire.incident('connection-lost', error.code ?? error.message);
    });
    // The client sends no more, but may wait for what it is owed.
    socket.on('end', () => {
      if (this.order.pending === 0 && !this.signingIn) this.socket.end();
    });
    socket.on('close', () => this.gone());
  }

  get isProbe(): boolean {
    return this.wire.bytesIn === 0 && this.wire.bytesOut === 0;
  }

  get pending(): number {
    return this.order.pending;
  }

  get congested(): boolean {
    return this.socket.writableLength > writeHigh || !this.socket.writable;
  }

  get peerCertificate(): string | undefined {
    return this.certificate.subject;
  }

  stats(): ConnectionStats {
    return this.wire.stats(this.reader.buffered);
  }

  write(packet: Packet): void {
    if (!this.socket.writable) return;
    const bytes = encode(packet, this.version);
    if (packet.cmd === 'publish') this.wire.framesOut++;
    this.wire.sent(bytes);
    if (this.socket.writableCorked === 0) {
      this.socket.cork();
      process.nextTick(() => this.socket.uncork());
    }
    this.socket.write(bytes);
  }

  /** A message under way; `finish` is called in the order of arrival once it is kept. */
  take<T>(size: number, work: Promise<T>, finish: (value: T) => void): void {
    this.host.budget.used += size;
    this.order.push(size, work, (value) => finish(value as T));
    this.wire.framesIn++;
    this.wire.pending = this.order.pending;
    this.pace();
  }

  /**
   * Closes after what was written has left. With a `kind` an incident is told; with MQTT 5 the client is told the reason. What it
   * still sends is read and dropped, unacknowledged: a reset would take what we wrote away from it.
   */
  close({ kind, reason, code, head, withWill = true }: Closing): void {
    if (this.ended) return;
    if (kind !== undefined) this.wire.incident(kind, reason, head);
    if (this.version === 5 && this.client !== undefined && code !== undefined)
      this.write({ cmd: 'disconnect', reasonCode: code, properties: { reasonString: reason.slice(0, 200) } });
    this.ended = true;
    this.client?.ended(withWill);
    this.order.giveUp();
    this.reader.stop();
    this.early = [];
    this.socket.end();
    this.socket.resume();
    this.linger = setTimeout(() => this.socket.destroy(), lingerMs);
  }

  destroy(): void {
    this.socket.destroy();
  }

  /** No new bytes are read; what is under way is still acknowledged. */
  stopReading(): void {
    this.reader.stop();
    this.throttle();
  }

  /** Reads or waits, by what is under way here and in the whole listener, by its pace, and by what it leaves unread. */
  throttle(): void {
    if (this.ended) return;
    const { budget, limits } = this.host;
    const starved = budget.used >= budget.limit && this.order.pending > 0;
    if (starved) budget.starved = true;
    const wait =
      starved ||
      this.signingIn ||
      this.order.pending >= limits.maxPending ||
      this.slowedUntil > this.host.context.now() ||
      this.congested;
    if (wait === this.paused) return;
    this.paused = wait;
    if (wait) this.socket.pause();
    else this.socket.resume();
  }

  /** Called every second. */
  reap(now: number): void {
    if (this.ended) return;
    this.congestedSince = this.congested ? (this.congestedSince ?? now) : undefined;
    const due = this.client ? this.overdue(now, this.client) : this.late(now);
    if (due) this.close(due);
    else this.throttle();
  }

  private late(now: number): Closing | undefined {
    const { connectMs } = this.host.limits;
    if (this.signingIn || now - this.wire.since <= connectMs) return undefined;
    return { kind: 'connect-timeout', reason: `no CONNECT within ${connectMs} ms` };
  }

  private overdue(now: number, { keepAliveMs }: Client): Closing | undefined {
    const { connectMs, maxKeepAliveMs } = this.host.limits;
    if (this.congestedSince !== undefined && now - this.congestedSince > slowMs)
      return { kind: 'slow-reader', reason: `it left its side unread for ${slowMs} ms`, code: 0x97 };
    // What is not read because we wait is not its silence.
    if (this.paused || this.order.pending > 0) return undefined;
    if (this.halfSince !== undefined && now - this.halfSince > connectMs * slowPackets)
      return { kind: 'slow-sender', reason: `half a packet for ${connectMs * slowPackets} ms`, code: 0x82 };
    if (now - (this.wire.lastInAt ?? this.wire.since) <= (keepAliveMs ?? maxKeepAliveMs) * 1.5)
      return undefined;
    const reason = 'nothing came within one and a half times its keep-alive';
    return { kind: 'idle-closed', reason, code: 0x8d };
  }

  private data(chunk: Buffer): void {
    if (this.ended) return;
    this.wire.received(chunk);
    this.reader.push(chunk);
    this.halfSince = this.reader.buffered > 0 ? (this.halfSince ?? this.host.context.now()) : undefined;
    this.throttle();
  }

  private packet(packet: Packet, size: number): void {
    this.halfSince = undefined;
    if (this.ended) return;
    if (this.signingIn) this.early.push([packet, size]);
    else if (this.client) this.client.packet(packet, size);
    else if (packet.cmd === 'connect') void this.signIn(packet);
  }

  private async signIn(packet: Packet & { cmd: 'connect' }): Promise<void> {
    this.version = packet.protocolVersion ?? 4;
    this.signingIn = true;
    this.throttle();
    const outcome = await signIn(packet, this.host, this, this.certificate.name);
    this.signingIn = false;
    if ('refused' in outcome) {
      const { code, returnCode, reason } = outcome.refused;
      this.write({ cmd: 'connack', sessionPresent: false, reasonCode: code, returnCode });
      this.close({ kind: 'connect-refused', reason });
      return;
    }
    this.reader.maxBytes = this.host.limits.maxPacketBytes;
    this.client = new Client(this, this.host, outcome.client);
    if (this.ended) {
      this.client.ended(true);
      return;
    }
    this.write(outcome.connack);
    this.client.begin();
    for (const [early, size] of this.early.splice(0)) this.packet(early, size);
    this.throttle();
    if (this.socket.readableEnded && this.order.pending === 0) this.socket.end();
  }

  /** Counts messages of the current second; over the limit nothing is read until the next. */
  private pace(): void {
    const now = this.host.context.now();
    if (now - this.second.at >= 1000) this.second = { at: now, count: 0 };
    if (++this.second.count < this.host.limits.maxPerSecond || this.slowedUntil > now) return;
    this.slowedUntil = this.second.at + 1000;
    this.wire.incident('flood', `over ${this.host.limits.maxPerSecond} messages a second; it is slowed down`);
    setTimeout(() => this.throttle(), this.slowedUntil - now + 1).unref();
  }

  private violated({ kind, reason, code, head }: Violation): void {
    if (this.client === undefined && kind === 'unsupported-version')
      this.write({ cmd: 'connack', sessionPresent: false, reasonCode: code, returnCode: 1 });
    this.close({ kind, reason, code, ...(head && { head }) });
  }

  private gone(): void {
    clearTimeout(this.linger);
    this.wire.open = false;
    if (!this.ended) {
      if (this.reader.buffered > 0)
        this.wire.incident(
          'broken-packet',
          `the connection ended with ${this.reader.buffered} bytes of half a packet`,
        );
      this.ended = true;
      this.client?.ended(true);
      this.order.giveUp();
    }
    this.closed(this);
  }
}
