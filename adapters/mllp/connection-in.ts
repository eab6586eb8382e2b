import type { Socket } from 'node:net';
import type { ListenContext, Reply } from '../../contracts/adapter/port.ts';
import type { ConnectionStats } from '../../contracts/adapter/wire.ts';
import { toFault } from '../../contracts/kernel/fault.ts';
import { type DecodedFrame, encodeFrame, FrameDecoder, type Framing } from './codec.ts';
import { addressOf, Wire } from './wire.ts';

/** Limits of a connection, and the budget it shares with the others of its listener. */
export interface ConnectionLimits {
  readonly maxPending: number;
  readonly captureBytes: number;
  readonly rawUntilIdleMs: number | undefined;
  /** Unanswered bytes of all connections. */
  readonly budget: Budget;
}

export interface Budget {
  readonly limit: number;
  used: number;
  /** Some connection waits for bytes to be given back. */
  starved: boolean;
  /** Called when bytes were given back. */
  released(): void;
}

interface Slot {
  readonly size: number;
  readonly at: number;
  reply?: Reply;
  refused?: string;
}

/** Replies waiting in the socket beyond this: the peer does not read, so neither do we. */
const WRITE_HIGH = 1024 * 1024;

/** How long the peer may take to close after we did. */
const LINGER_MS = 1000;

/** One peer that sends us frames: reads, hands over, and writes the replies in the order of arrival. */
export class InboundConnection {
  readonly wire: Wire;
  private readonly socket: Socket;
  private readonly context: ListenContext;
  private readonly framing: Framing;
  private readonly limits: ConnectionLimits;
  private readonly decoder: FrameDecoder;
  private readonly certificate: string | undefined;
  private readonly closed: (connection: InboundConnection) => void;
  private queue: Slot[] = [];
  private flushing = false;
  private paused = false;
  private ending = false;
  private discarding = false;
  private linger: NodeJS.Timeout | undefined;
  private raw: Buffer[] = [];
  private rawTimer: NodeJS.Timeout | undefined;

  constructor(
    socket: Socket,
    context: ListenContext,
    framing: Framing,
    limits: ConnectionLimits,
    tls: { protocol?: string; certificate?: string },
    closed: (connection: InboundConnection) => void,
  ) {
    this.socket = socket;
    this.context = context;
    this.framing = framing;
    this.limits = limits;
    this.certificate = tls.certificate;
    this.closed = closed;
    this.wire = new Wire(context, addressOf(socket.remoteAddress, socket.remotePort), limits.captureBytes);
    this.wire.tls = tls.protocol;
    this.decoder = new FrameDecoder(framing, {
      frame: (frame) => this.take(frame),
      noise: (bytes) => this.noise(bytes),
    });
    socket.on('data', (chunk: Buffer) => this.data(chunk));
    socket.on('end', () => this.peerEnded());
    socket.on('drain', () => this.throttle());
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (this.wire.bytesIn > 0 && !this.ending)
        this.wire.incident('connection-lost', error.code ?? error.message);
    });
    socket.on('close', () => this.gone());
  }

  get isProbe(): boolean {
    return this.wire.bytesIn === 0 && this.wire.bytesOut === 0;
  }

  get pending(): number {
    return this.queue.length;
  }

  stats(): ConnectionStats {
    return this.wire.stats(this.decoder.buffered);
  }

  /**
   * Closes after the replies already written have left. What the peer still sends is read and dropped, unacknowledged: a
   * reset would take those replies away from it.
   */
  close(kind: string | undefined, reason: string): void {
    if (this.discarding) return;
    if (kind !== undefined) this.wire.incident(kind, reason);
    this.ending = true;
    this.discarding = true;
    this.keepUnfinished(`closed in mid-frame: ${reason}`);
    this.socket.end();
    this.socket.resume();
    this.linger = setTimeout(() => this.socket.destroy(), LINGER_MS);
  }

  destroy(): void {
    this.socket.destroy();
  }

  /** Reads or waits, by what is unanswered here and in the whole listener. */
  throttle(): void {
    if (this.discarding) return;
    const { maxPending, budget } = this.limits;
    const starved = budget.used >= budget.limit && this.queue.length > 0;
    if (starved) budget.starved = true;
    const wait =
      starved || this.ending || this.queue.length >= maxPending || this.socket.writableLength > WRITE_HIGH;
    if (wait === this.paused) return;
    this.paused = wait;
    if (wait) this.socket.pause();
    else this.socket.resume();
  }

  /** No new bytes are read; replies still leave. */
  stopReading(): void {
    this.ending = true;
    this.throttle();
  }

  private data(chunk: Buffer): void {
    if (this.discarding) return;
    this.wire.received(chunk);
    this.decoder.push(chunk);
    this.throttle();
  }

  private noise(bytes: Buffer): void {
    if (this.limits.rawUntilIdleMs === undefined) {
      this.wire.noise(bytes);
      return;
    }
    this.raw.push(bytes);
    if (this.rawTimer === undefined)
      this.rawTimer = setTimeout(() => this.flushRaw(), this.limits.rawUntilIdleMs);
    else this.rawTimer.refresh();
  }

  /** Unframed mode: what came before the silence is one message. */
  private flushRaw(): void {
    clearTimeout(this.rawTimer);
    this.rawTimer = undefined;
    const bytes = Buffer.concat(this.raw);
    this.raw = [];
    if (/^\s*$/.test(bytes.toString('latin1', 0, 64)) && bytes.length <= 64) this.wire.noise(bytes);
    else if (bytes.length > 0) this.take({ bytes, oddities: ['no-start'] });
  }

  private take(frame: DecodedFrame): void {
    if (frame.bytes.length === 0 && frame.broken === undefined) {
      this.wire.incident('noise', 'a frame without content');
      return;
    }
    if (this.raw.length > 0) this.flushRaw();
    if (frame.broken !== undefined) {
      const kind = frame.broken.code === 'hub.frame.large' ? 'too-large' : 'broken-frame';
      this.wire.incident(kind, frame.broken.reason, frame.bytes);
    }
    const slot: Slot = { size: frame.bytes.length, at: this.context.now() };
    this.queue.push(slot);
    this.wire.framesIn++;
    this.wire.pending = this.queue.length;
    this.limits.budget.used += slot.size;
    this.context
      .accept({
        bytes: frame.bytes,
        connection: this.wire.id,
        peer: this.wire.peer,
        receivedAt: slot.at,
        oddities: frame.oddities,
        ...(this.certificate !== undefined && { peerCertificate: this.certificate }),
        ...(frame.broken !== undefined && { broken: frame.broken }),
      })
      .then(
        (reply) => {
          slot.reply = reply;
          this.scheduleFlush();
        },
        (error: unknown) => {
          slot.refused = toFault(error).message;
          this.scheduleFlush();
        },
      );
  }

  /** Replies that become ready together leave in one write. */
  private scheduleFlush(): void {
    if (this.flushing) return;
    this.flushing = true;
    queueMicrotask(() => this.flush());
  }

  private flush(): void {
    this.flushing = false;
    const out: Buffer[] = [];
    const told: NonNullable<Reply['written']>[] = [];
    let refused: string | undefined;
    let done = 0;
    const now = this.context.now();
    for (const slot of this.queue) {
      if (slot.reply === undefined && slot.refused === undefined) break;
      done++;
      this.limits.budget.used -= slot.size;
      refused = slot.refused;
      if (refused !== undefined) break;
      this.wire.lastRoundTripMs = now - slot.at;
      if (slot.reply?.bytes !== undefined) out.push(encodeFrame(slot.reply.bytes, this.framing));
      slot.reply?.later?.then((bytes) => this.writeLater(bytes)).catch(() => undefined);
      if (slot.reply?.written !== undefined) told.push(slot.reply.written);
    }
    if (done === 0) return;
    this.queue = done === this.queue.length ? [] : this.queue.slice(done);
    this.wire.pending = this.queue.length;
    this.write(out, told);
    this.limits.budget.released();
    if (refused !== undefined) this.close('intake-refused', refused);
    else if (this.queue.length === 0 && this.socket.readableEnded) this.socket.end();
    this.throttle();
  }

  private writeLater(bytes: Uint8Array | undefined): void {
    if (bytes !== undefined && this.socket.writable) this.write([encodeFrame(bytes, this.framing)], []);
  }

  private write(out: Buffer[], told: NonNullable<Reply['written']>[]): void {
    const tell = (outcome: 'sent' | 'failed'): void => {
      for (const one of told) one(outcome);
    };
    if (out.length === 0 || !this.socket.writable) {
      tell(this.socket.writable ? 'sent' : 'failed');
      return;
    }
    const bytes = out.length === 1 ? out[0]! : Buffer.concat(out);
    this.wire.framesOut += out.length;
    this.wire.sent(bytes);
    this.socket.write(bytes, (error) => tell(error ? 'failed' : 'sent'));
  }

  /** The peer will send no more; it may still wait for replies. */
  private peerEnded(): void {
    this.keepUnfinished('the peer closed in mid-frame');
    if (this.queue.length === 0) this.socket.end();
  }

  private keepUnfinished(reason: string): void {
    if (this.raw.length > 0 && !this.discarding) this.flushRaw();
    const rest = this.decoder.finish();
    if (rest !== undefined) this.wire.incident('broken-frame', reason, rest, rest);
  }

  private gone(): void {
    clearTimeout(this.rawTimer);
    clearTimeout(this.linger);
    this.wire.open = false;
    this.keepUnfinished('the connection was lost in mid-frame');
    this.ending = true;
    this.closed(this);
  }
}
