import type { Socket } from 'node:net';
import type { ListenContext } from '../../contracts/adapter/port.ts';
import {
  type AssociateRequest,
  acceptPdu,
  type ContextResult,
  type Rejection,
  readRequest,
  rejectPdu,
} from './associate.ts';
import { type Command, commands } from './command.ts';
import type { ListenSettings } from './descriptor.ts';
import { type Incoming, MessageReader } from './messages.ts';
import { negotiate, refusal } from './negotiate.ts';
import { type AbortReason, abort, dataPdus, type Pdu, PduReader, pduType, releaseReply } from './pdu.ts';
import { type Reply, serve } from './serve.ts';
import { type AnySink, type Budget, NoSink, QuerySink, StoreSink } from './sinks.ts';
import { addressOf, Wire } from './wire.ts';

/** Longest unit other than data: an association may propose 128 contexts with many syntaxes each. */
const CONTROL_BYTES = 1_048_576;
/** Senders that count the header of a fragment into the length we asked for. */
const SLACK = 64;
/** Data without an end to split replies into, for peers that name no limit. */
const LARGEST_OUT = 131_072;
/** Messages read and not yet answered before reading pauses; more than one only with a peer that does not wait. */
const MOST_PENDING = 2;
const LINGER_MS = 1000;

export interface Surroundings {
  readonly context: ListenContext;
  readonly settings: ListenSettings;
  readonly budget: Budget;
  /** Whether one more association may begin now. */
  readonly admit: () => Rejection | undefined;
}

interface Established {
  readonly request: AssociateRequest;
  readonly contexts: ReadonlyMap<number, ContextResult & { readonly abstract: string }>;
}

/** One association of a peer with us (PS3.8 §9.2), from its first byte to the close of the connection. */
export class InboundConnection {
  readonly wire: Wire;
  readonly peerCertificate: string | undefined;
  private readonly socket: Socket;
  private readonly around: Surroundings;
  private readonly onClosed: (connection: InboundConnection) => void;
  private readonly reader: PduReader;
  private readonly messages: MessageReader<AnySink>;
  private readonly cancelled = new Set<number>();
  private work: Promise<void> = Promise.resolve();
  private established: Established | undefined;
  /** Nothing more is read: released, aborted or gone. */
  private over = false;
  /** The end was agreed, or we brought it about. */
  private settled = false;
  private linger: NodeJS.Timeout | undefined;

  constructor(
    socket: Socket,
    around: Surroundings,
    tls: { readonly protocol?: string; readonly certificate?: string },
    onClosed: (connection: InboundConnection) => void,
  ) {
    const { settings } = around;
    this.socket = socket;
    this.around = around;
    this.onClosed = onClosed;
    this.peerCertificate = tls.certificate;
    const peer = addressOf(socket.remoteAddress, socket.remotePort);
    this.wire = new Wire(around.context, peer, settings.captureBytes ?? 65536);
    this.wire.tls = tls.protocol;
    const longest = (settings.maxPdu ?? 131072) + SLACK;
    this.reader = new PduReader((type) => (type === pduType.data ? longest : CONTROL_BYTES));
    this.messages = new MessageReader((context, command) => this.sinkFor(context, command));
    let lost = '';
    socket.on('data', (chunk: Buffer) => this.received(chunk));
    socket.on('error', (error: NodeJS.ErrnoException) => (lost = error.code ?? error.message));
    socket.once('end', () => this.ended());
    socket.once('close', () => this.closed(lost));
  }

  /** Counts against the limit of associations. */
  get associated(): boolean {
    return this.established !== undefined;
  }

  /** Connected and closed without a byte: a load balancer or a port scanner. */
  get isProbe(): boolean {
    return this.wire.bytesIn === 0;
  }

  get pending(): number {
    return this.wire.pending;
  }

  stats() {
    const sink = this.messages.arriving?.sink;
    return this.wire.stats(this.reader.buffered + (sink?.kind === 'store' ? sink.buffered : 0));
  }

  /** Waits until nothing is owed any more, then aborts: the peer learns that it must come again. */
  async stop(): Promise<void> {
    this.over = true;
    this.socket.pause();
    await this.work;
    this.abort('application');
  }

  abort(reason: AbortReason): void {
    this.finish(abort(reason));
  }

  destroy(): void {
    this.settled = true;
    this.socket.destroy();
  }

  /** Tells the incident and aborts. */
  fail(kind: string, why: string, reason: AbortReason = 'invalid', head?: Uint8Array): void {
    if (this.settled) return;
    this.wire.incident(kind, why, head);
    this.abort(reason);
  }

  private received(chunk: Buffer): void {
    this.wire.received(chunk);
    if (this.over) return;
    this.reader.push(chunk);
    this.read();
  }

  private read(): void {
    while (!this.over && this.wire.pending < MOST_PENDING) {
      const next = this.reader.next();
      if (next === undefined) return;
      if ('problem' in next) {
        this.wire.noiseBytes += next.head.length;
        const kind = next.problem === 'unknown-type' ? 'noise' : 'too-large';
        this.fail(kind, next.reason, next.problem === 'unknown-type' ? 'unrecognized' : 'invalid', next.head);
        return;
      }
      this.take(next);
    }
    if (!this.over) this.socket.pause();
  }

  private take(pdu: Pdu): void {
    if (pdu.type === pduType.abort) {
      this.wire.incident(
        'aborted',
        `the peer aborted, source ${pdu.body[2] ?? 0} reason ${pdu.body[3] ?? 0}`,
      );
      this.destroy();
    } else if (this.established === undefined) {
      if (pdu.type === pduType.associateRequest) this.associate(pdu.body);
      else this.fail('bad-pdu', `a PDU of type ${pdu.type} before an association`, 'unexpected', pdu.body);
    } else if (pdu.type === pduType.data) this.data(pdu.body);
    else if (pdu.type === pduType.releaseRequest) this.release();
    else this.fail('bad-pdu', `a PDU of type ${pdu.type} in an association`, 'unexpected', pdu.body);
  }

  private associate(body: Buffer): void {
    const request = readRequest(body);
    if (request === undefined) {
      this.fail('bad-pdu', 'an association request that cannot be read', 'invalid', body);
      return;
    }
    const { settings } = this.around;
    const why = refusal(request, settings) ?? this.around.admit();
    if (why !== undefined) {
      const titles = `called "${request.called}", calling "${request.calling}"`;
      this.wire.incident('association-refused', `${why}: ${titles}`);
      this.finish(rejectPdu(why));
      return;
    }
    const results = negotiate(request, settings);
    const abstracts = new Map(request.contexts.map(({ id, abstract }) => [id, abstract]));
    const contexts = results
      .filter(({ result }) => result === 0)
      .map((one) => [one.id, { ...one, abstract: abstracts.get(one.id) ?? '' }] as const);
    this.established = { request, contexts: new Map(contexts) };
    this.write(acceptPdu(request, results, settings.maxPdu ?? 131072));
  }

  private data(body: Buffer): void {
    const done = this.messages.take(body);
    if ('problem' in done) {
      this.fail('bad-pdu', done.problem, 'invalid', body);
      return;
    }
    for (const message of done) this.enqueue(message);
  }

  private sinkFor(context: number, command: Command): AnySink {
    const found = this.established?.contexts.get(context);
    const { budget, settings } = this.around;
    if (found === undefined) return new NoSink();
    if (command.field === commands.findRequest) return new QuerySink();
    if (command.field !== commands.storeRequest) return new NoSink();
    return new StoreSink(budget, settings.maxBytes ?? 268435456, {
      sopClass: command.sopClass,
      sopInstance: command.sopInstance,
      syntax: found.syntax,
    });
  }

  /** Messages are answered one after the other; a cancel reaches the query it names at once. */
  private enqueue(message: Incoming<AnySink>): void {
    const { command } = message;
    const found = this.established?.contexts.get(message.context);
    if (found === undefined) {
      this.fail('bad-pdu', `presentation context ${message.context} was not accepted`);
      return;
    }
    if (command.field === commands.cancelRequest) {
      if (this.cancelled.size < 100) this.cancelled.add(command.respondedTo);
      return;
    }
    if (command.field >= 0x8000) {
      this.fail('bad-pdu', 'an answer where a request is expected', 'unexpected');
      return;
    }
    this.cancelled.delete(command.messageId);
    this.wire.framesIn++;
    this.wire.pending++;
    this.work = this.work.then(() => this.handle(message, found));
  }

  private async handle(
    message: Incoming<AnySink>,
    found: ContextResult & { readonly abstract: string },
  ): Promise<void> {
    const began = this.around.context.now();
    const { request } = this.established!;
    let reply: Reply | undefined;
    try {
      reply = await serve(this.around, message, {
        calling: request.calling,
        called: request.called,
        abstract: found.abstract,
        syntax: found.syntax,
        connection: this.wire.id,
        peer: this.wire.peer,
        peerCertificate: this.peerCertificate,
        charset: { assume: 'GB18030', ...this.around.settings.charset },
        cancelled: () => this.cancelled.has(message.command.messageId),
        incident: (kind, reason) => this.wire.incident(kind, reason),
      });
    } catch (error) {
      this.fail('failed', (error as Error).message, 'unspecified');
    } finally {
      message.sink?.release();
      this.cancelled.delete(message.command.messageId);
    }
    this.answer(message.context, reply);
    this.wire.pending--;
    this.wire.lastRoundTripMs = this.around.context.now() - began;
    if (this.over) return;
    this.socket.resume();
    this.read();
  }

  private answer(context: number, reply: Reply | undefined): void {
    const open = reply !== undefined && this.socket.writable && !this.settled;
    if (!open) {
      reply?.written?.('failed');
      return;
    }
    const { maxPdu } = this.established!.request;
    const room = maxPdu === 0 ? LARGEST_OUT : Math.min(Math.max(maxPdu, 128), LARGEST_OUT);
    const pdus = reply.parts.flatMap(({ command, dataset }) => [
      dataPdus(context, command, true, room),
      ...(dataset === undefined ? [] : [dataPdus(context, dataset, false, room)]),
    ]);
    this.wire.framesOut++;
    this.write(Buffer.concat(pdus), (error) => reply.written?.(error ? 'failed' : 'sent'));
  }

  private release(): void {
    this.over = true;
    if (this.messages.midway) this.wire.incident('half-message', 'released in the middle of a message');
    void this.work.then(() => this.finish(releaseReply()));
  }

  private write(bytes: Buffer, done?: (error?: Error | null) => void): void {
    this.wire.sent(bytes);
    this.socket.write(bytes, done);
  }

  /** The last unit; then the peer has a moment to close. */
  private finish(last: Buffer): void {
    if (this.settled) return;
    this.over = true;
    this.settled = true;
    if (this.socket.writable) {
      this.wire.sent(last);
      this.socket.end(last);
    }
    this.socket.resume();
    this.linger = setTimeout(() => this.socket.destroy(), LINGER_MS);
    this.linger.unref();
  }

  private ended(): void {
    if (!this.settled) this.lost('closed by the peer');
    this.over = true;
    void this.work.then(() => this.destroy());
  }

  private closed(reason: string): void {
    clearTimeout(this.linger);
    if (!this.settled) this.lost(reason || 'closed');
    this.over = true;
    this.wire.open = false;
    this.messages.arriving?.sink?.release();
    this.reader.clear();
    this.onClosed(this);
  }

  /** The connection ended without a release. */
  private lost(reason: string): void {
    this.settled = true;
    if (this.isProbe) return;
    const where = this.messages.midway || this.reader.buffered > 0 ? ' in the middle of a message' : '';
    const kind = this.established === undefined ? 'half-association' : 'association-lost';
    this.wire.incident(kind, `${reason}${where}`);
  }
}
