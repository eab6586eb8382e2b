import type { Socket } from 'node:net';
import type { InboundFrame, ListenContext, Reply } from '../../contracts/adapter/port.ts';
import { Fault } from '../../contracts/kernel/fault.ts';
import { Decoder, NAK, type Token } from './codec.ts';
import type { LinkSettings } from './descriptor.ts';
import { Receiver } from './receive.ts';
import { type Sent, Transmitter } from './transmit.ts';
import { addressOf, Wire, type WireContext } from './wire.ts';

/** What goes on beside the text of a frame: STX, number, end, checksum, CR LF. */
const overhead = 70_000;
const captureBytes = 65_536;
/** How long the answer to a query is tried for. */
const answerMs = 120_000;

interface LineParts {
  readonly context: WireContext & Partial<Pick<ListenContext, 'accept'>>;
  readonly settings: LinkSettings;
  readonly closed: (line: Line, reason: string) => void;
}

/** One connection to an analyser: one side transmits at a time, either may begin. */
export class Line {
  readonly wire: Wire;
  private readonly socket: Socket;
  private readonly parts: LineParts;
  private readonly decoder: Decoder;
  private readonly receiver: Receiver;
  private readonly transmitter: Transmitter;
  private readonly idlers = new Set<() => void>();
  private queue: (Token | { readonly kind: 'closed' })[] = [];
  private working = false;
  private sending: Promise<unknown> = Promise.resolve();
  private owed = 0;
  private ending = false;
  private gone = false;
  private reason = 'the peer closed the connection';

  constructor(socket: Socket, parts: LineParts) {
    this.socket = socket;
    this.parts = parts;
    const { settings, context } = parts;
    const { replyMs = 15_000, receiveMs = 30_000, busyMs = 10_000, contentionMs } = settings.timers ?? {};
    const mostBytes = settings.maxMessageBytes ?? 8_388_608;
    this.wire = new Wire(context, addressOf(socket.remoteAddress, socket.remotePort), captureBytes);
    this.decoder = new Decoder(Math.min(mostBytes, overhead), (token) => this.queue.push(token));
    this.receiver = new Receiver({
      wire: this.wire,
      write: (byte) => this.write(Uint8Array.of(byte)),
      accept: (frame) => this.accept(frame),
      answer: (reply) => this.answer(reply),
      movedOn: () => this.queue.length > 0 || this.gone,
      ignoreChecksum: settings.checksum === 'ignored',
      mostBytes,
      receiveMs,
      ended: () => this.told(),
    });
    this.transmitter = new Transmitter({
      write: (bytes) => this.write(bytes),
      idle: () => this.idle(),
      timers: {
        replyMs,
        busyMs,
        contentionMs: contentionMs ?? (settings.role === 'instrument' ? 1000 : 20_000),
      },
      textBytes: settings.textBytes ?? 240,
      incident: (kind, reason) => this.wire.incident(kind, reason),
    });
    socket.setNoDelay(true);
    socket.setKeepAlive(true, settings.keepAliveMs ?? 30_000);
    socket.on('data', (chunk: Buffer) => this.data(chunk));
    socket.on('error', (error: NodeJS.ErrnoException) => (this.reason = error.code ?? error.message));
    socket.on('end', () => socket.end());
    socket.on('close', () => this.close());
  }

  get usable(): boolean {
    return !this.gone && this.socket.writable;
  }

  /** Something is being received, sent, or is to be answered. */
  get busy(): boolean {
    return this.working || this.receiver.busy || this.transmitter.busy || this.owed > 0;
  }

  /** Sends a message when it is our turn; several one after another. */
  send(message: Uint8Array, timeoutMs: number): Promise<Sent> {
    const deadline = performance.now() + timeoutMs;
    const mine = this.sending.then(() => this.transmitter.send(message, deadline));
    this.sending = mine;
    return mine.then((sent) => {
      if (sent.kind === 'done') this.wire.framesOut++;
      this.told();
      return sent;
    });
  }

  /** No new transmission of the peer is taken; what is on may end. */
  stopReceiving(): void {
    this.ending = true;
  }

  destroy(): void {
    this.socket.destroy();
  }

  /** Resolves when nobody transmits. */
  idle(): Promise<void> {
    if (this.gone || (!this.receiver.busy && !this.working)) return Promise.resolve();
    return new Promise((resolve) => this.idlers.add(resolve));
  }

  private data(chunk: Buffer): void {
    this.wire.received(chunk);
    this.decoder.push(chunk);
    void this.work();
  }

  /** Tokens in their order; a message that is being kept holds up those behind it. */
  private async work(): Promise<void> {
    if (this.working) return;
    this.working = true;
    for (let token = this.queue.shift(); token; token = this.queue.shift()) await this.take(token);
    this.working = false;
    this.told();
  }

  private async take(token: Token | { readonly kind: 'closed' }): Promise<void> {
    if (token.kind === 'closed') this.ended();
    else if (token.kind === 'noise') {
      this.wire.noiseBytes += token.bytes.length;
      this.wire.incident('noise', token.reason, token.bytes);
      // Where more has come the peer has begun anew and waits for no reply to this.
      if (!this.transmitter.noise() && token.inFrame && this.queue.length === 0) this.receiver.nak();
    } else if (this.transmitter.token(token)) return;
    else if (token.kind === 'enq') this.begin();
    else if (token.kind === 'frame') await this.receiver.frame(token);
    else if (token.kind === 'eot') this.receiver.end();
    else this.wire.noiseBytes++;
  }

  /** The peer wants to transmit. */
  private begin(): void {
    if (this.ending || !this.parts.context.accept) this.write(Uint8Array.of(NAK));
    else this.receiver.begin();
  }

  private accept(frame: Pick<InboundFrame, 'bytes' | 'oddities' | 'broken'>): Promise<Reply> {
    const { accept, now } = this.parts.context;
    if (!accept) return Promise.reject(new Fault('kernel.store.unavailable'));
    return accept({ ...frame, connection: this.wire.id, peer: this.wire.peer, receivedAt: now() });
  }

  /** Sends what a query is answered with; it waits until the peer has ended. */
  private answer({ bytes, written }: Reply): void {
    if (bytes === undefined) {
      written?.('sent');
      return;
    }
    this.owed++;
    void this.send(bytes, answerMs).then((sent) => {
      this.owed--;
      if (sent.kind !== 'done') this.wire.incident('answer-not-sent', sent.reason);
      written?.(sent.kind === 'done' ? 'sent' : 'failed');
      this.told();
    });
  }

  private write(bytes: Uint8Array): void {
    if (!this.usable) return;
    this.wire.sent(bytes);
    this.socket.write(bytes);
  }

  private told(): void {
    if (this.receiver.busy || this.working) return;
    const waiting = [...this.idlers];
    this.idlers.clear();
    for (const wake of waiting) wake();
  }

  private close(): void {
    if (this.gone) return;
    this.gone = true;
    this.wire.open = false;
    this.decoder.finish();
    this.queue.push({ kind: 'closed' });
    void this.work();
  }

  private ended(): void {
    this.receiver.lost('the connection was lost within a message');
    this.transmitter.lost();
    this.parts.closed(this, this.reason);
  }
}
