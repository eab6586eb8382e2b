import { connect as connectPlain, isIP, type Socket } from 'node:net';
import { connect as connectTls, TLSSocket } from 'node:tls';
import type { ConnectionStats } from '../../contracts/adapter/wire.ts';
import { type ProposedContext, readAccept, requestPdu } from './associate.ts';
import type { Command } from './command.ts';
import type { DimseSettings } from './descriptor.ts';
import { MessageReader } from './messages.ts';
import {
  abort,
  dataHeader,
  dataPdus,
  type Pdu,
  PduReader,
  pduType,
  releaseReply,
  releaseRequest,
} from './pdu.ts';
import { NoSink } from './sinks.ts';
import type { TlsFiles } from './tls-files.ts';
import { addressOf, Wire, type WireContext } from './wire.ts';

const CONTROL_BYTES = 1_048_576;
const LARGEST_OUT = 131_072;
const RELEASE_MS = 2000;

/** Why a request got no answer; `whole` where all of it had been written, so that it may have been carried out. */
export interface Lost {
  readonly reason: string;
  readonly whole: boolean;
}

export interface OutboundParts {
  readonly settings: DimseSettings;
  readonly tls: TlsFiles | undefined;
  readonly serverName: string | undefined;
  readonly context: WireContext;
  readonly contexts: readonly ProposedContext[];
  readonly signal: AbortSignal | undefined;
}

interface Waiting {
  readonly messageId: number;
  readonly answer: (command: Command) => void;
  readonly lost: (reason: string) => void;
}

/** An association that we asked for. */
export class OutboundConnection {
  readonly wire: Wire;
  readonly contexts: readonly ProposedContext[];
  private readonly socket: Socket;
  private readonly reader: PduReader;
  private readonly messages = new MessageReader<NoSink>(() => new NoSink());
  private readonly accepted = new Set<number>();
  private maxPdu = LARGEST_OUT;
  private waiting: Waiting | undefined;
  private opening: { done: () => void; failed: (reason: string) => void } | undefined;
  private released: (() => void) | undefined;
  private ids = 0;
  private reason = '';
  usable = false;

  constructor(socket: Socket, parts: OutboundParts) {
    const { settings, context } = parts;
    this.socket = socket;
    this.contexts = parts.contexts;
    this.wire = new Wire(context, addressOf(settings.host, settings.port), settings.captureBytes ?? 65536);
    if (socket instanceof TLSSocket) this.wire.tls = socket.getProtocol() ?? undefined;
    const longest = (settings.maxPdu ?? 131072) + 64;
    this.reader = new PduReader((type) => (type === pduType.data ? longest : CONTROL_BYTES));
    socket.setKeepAlive(true, settings.keepAliveMs ?? 30000);
    socket.on('data', (chunk: Buffer) => this.received(chunk));
    socket.on('error', (error: NodeJS.ErrnoException) => (this.reason ||= error.code ?? error.message));
    socket.once('close', () => this.gone(this.reason || 'closed by the peer'));
  }

  /** Proposes the association and waits for its acceptance; rejects with the reason as text. */
  associate(settings: DimseSettings, signal: AbortSignal | undefined): Promise<void> {
    const { calledAe, callingAe = 'CYTOMESH', maxPdu = 131072, connectMs = 10000 } = settings;
    return new Promise((resolve, reject) => {
      const finish = (reason?: string): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', aborted);
        this.opening = undefined;
        if (reason === undefined) {
          resolve();
          return;
        }
        this.abort();
        reject(new Error(reason));
      };
      const aborted = (): void => finish('aborted');
      const timer = setTimeout(() => finish(`no association within ${connectMs} ms`), connectMs);
      signal?.addEventListener('abort', aborted, { once: true });
      this.opening = { done: () => finish(), failed: finish };
      this.write(requestPdu(calledAe, callingAe, this.contexts, maxPdu));
    });
  }

  /** Id of an accepted context for this syntax; undefined where the peer refused it. */
  contextFor(abstract: string, syntax: string): number | undefined {
    return this.contexts.find(
      (one) => one.abstract === abstract && one.syntaxes.includes(syntax) && this.accepted.has(one.id),
    )?.id;
  }

  proposed(abstract: string, syntax: string): boolean {
    return this.contexts.some((one) => one.abstract === abstract && one.syntaxes.includes(syntax));
  }

  nextId(): number {
    this.ids = (this.ids % 65_535) + 1;
    return this.ids;
  }

  /** Writes a request and waits for its answer. */
  request(
    context: number,
    messageId: number,
    command: Buffer,
    dataset: Buffer | undefined,
    limits: { readonly timeoutMs: number; readonly signal: AbortSignal | undefined },
  ): Promise<Command | Lost> {
    let whole = false;
    return new Promise((resolve) => {
      const finish = (outcome: Command | Lost): void => {
        clearTimeout(timer);
        limits.signal?.removeEventListener('abort', aborted);
        this.waiting = undefined;
        this.wire.pending = 0;
        if ('reason' in outcome) this.abort();
        resolve(outcome);
      };
      const lost = (reason: string): void => finish({ reason, whole });
      const aborted = (): void => lost('aborted');
      const timer = setTimeout(() => {
        this.wire.incident('reply-timeout', `no answer within ${limits.timeoutMs} ms`);
        lost(`no answer within ${limits.timeoutMs} ms`);
      }, limits.timeoutMs);
      limits.signal?.addEventListener('abort', aborted, { once: true });
      this.waiting = { messageId, answer: finish, lost };
      this.wire.pending = 1;
      this.wire.framesOut++;
      this.write(dataPdus(context, command, true, this.maxPdu));
      void this.writeDataset(context, dataset, () => (whole = true));
    });
  }

  /** Releases the association; destroys the connection where the peer does not answer. */
  async release(): Promise<void> {
    if (!this.usable) {
      this.destroy();
      return;
    }
    this.usable = false;
    await new Promise<void>((resolve) => {
      const late = setTimeout(resolve, RELEASE_MS);
      this.released = () => {
        clearTimeout(late);
        resolve();
      };
      this.write(releaseRequest());
    });
    this.destroy();
  }

  destroy(): void {
    this.usable = false;
    this.socket.destroy();
  }

  stats(): ConnectionStats {
    return this.wire.stats(this.reader.buffered);
  }

  private abort(): void {
    this.usable = false;
    if (!this.socket.writable) return;
    const last = abort('application');
    this.wire.sent(last);
    this.socket.end(last);
    const late = setTimeout(() => this.socket.destroy(), RELEASE_MS);
    this.socket.once('close', () => clearTimeout(late));
  }

  /** In pieces the peer can take, no faster than it reads. `whole` is told before the last piece leaves. */
  private async writeDataset(context: number, dataset: Buffer | undefined, whole: () => void): Promise<void> {
    const room = this.maxPdu - 6;
    for (let at = 0; dataset !== undefined && at < dataset.length; at += room) {
      if (this.waiting === undefined || !this.socket.writable) return;
      const last = at + room >= dataset.length;
      const piece = dataset.subarray(at, at + room);
      if (last) whole();
      this.write(dataHeader(context, piece.length, false, last));
      if (!this.write(piece))
        await new Promise<void>((resolve) => {
          const go = (): void => {
            this.socket.off('drain', go).off('close', go);
            resolve();
          };
          this.socket.on('drain', go).on('close', go);
        });
    }
    whole();
  }

  private write(bytes: Buffer): boolean {
    this.wire.sent(bytes);
    return this.socket.write(bytes);
  }

  private received(chunk: Buffer): void {
    this.wire.received(chunk);
    this.reader.push(chunk);
    for (let next = this.reader.next(); next !== undefined; next = this.reader.next()) {
      if ('problem' in next) {
        this.broken(next.reason, next.head);
        return;
      }
      if (!this.take(next)) return;
    }
  }

  /** False where nothing more is to be read. */
  private take({ type, body }: Pdu): boolean {
    if (type === pduType.associateAccept && this.opening !== undefined) return this.opened(body);
    if (type === pduType.associateReject && this.opening !== undefined) {
      const [result = 0, source = 0, reason = 0] = body.subarray(1);
      this.opening.failed(`association refused: result ${result}, source ${source}, reason ${reason}`);
      return false;
    }
    if (type === pduType.data && this.usable) return this.data(body);
    if (type === pduType.releaseReply && this.released) this.released();
    else if (type === pduType.releaseRequest) {
      this.write(releaseReply());
      this.gone('released by the peer');
      this.socket.end();
    } else if (type === pduType.abort) {
      this.reason = `aborted by the peer, source ${body[2] ?? 0} reason ${body[3] ?? 0}`;
      this.gone(this.reason);
      this.destroy();
    } else this.broken(`a PDU of type ${type} out of its place`, body);
    return false;
  }

  private opened(body: Buffer): boolean {
    const accept = readAccept(body);
    if (accept === undefined) {
      this.broken('an acceptance that cannot be read', body);
      return false;
    }
    for (const { id, result } of accept.contexts) if (result === 0) this.accepted.add(id);
    const { maxPdu } = accept;
    this.maxPdu = maxPdu === 0 ? LARGEST_OUT : Math.min(Math.max(maxPdu, 128), LARGEST_OUT);
    this.usable = true;
    this.opening?.done();
    return true;
  }

  private data(body: Buffer): boolean {
    const done = this.messages.take(body);
    if ('problem' in done) {
      this.broken(done.problem, body);
      return false;
    }
    for (const { command } of done) {
      this.wire.framesIn++;
      if (command.field < 0x8000 || command.respondedTo !== this.waiting?.messageId)
        this.wire.incident('stray-reply', `an answer to message ${command.respondedTo}`);
      else this.waiting.answer(command);
    }
    return true;
  }

  private broken(reason: string, head: Uint8Array): void {
    this.wire.incident('bad-pdu', reason, head);
    this.reason = reason;
    this.gone(reason);
    this.abort();
  }

  private gone(reason: string): void {
    this.usable = false;
    this.wire.open = !this.socket.closed;
    this.opening?.failed(reason);
    this.waiting?.lost(reason);
    this.released?.();
  }
}

/** Connects and associates; rejects with the reason as text. */
export async function openAssociation(parts: OutboundParts): Promise<OutboundConnection> {
  const socket = await openSocket(parts);
  const connection = new OutboundConnection(socket, parts);
  await connection.associate(parts.settings, parts.signal);
  return connection;
}

function openSocket({ settings, tls, serverName, signal }: OutboundParts): Promise<Socket> {
  const { host, port, connectMs = 10000 } = settings;
  return new Promise((resolve, reject) => {
    const to = { host, port, noDelay: true };
    const socket = tls
      ? connectTls({ ...to, ...tls.load(), servername: serverName ?? (isIP(host) ? '' : host) })
      : connectPlain(to);
    const finish = (error?: Error): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', aborted);
      socket.off('error', finish);
      if (error === undefined) {
        resolve(socket);
        return;
      }
      socket.on('error', () => undefined);
      socket.destroy();
      reject(error);
    };
    const aborted = (): void => finish(new Error('aborted'));
    const timer = setTimeout(() => finish(new Error(`no connection within ${connectMs} ms`)), connectMs);
    signal?.addEventListener('abort', aborted, { once: true });
    socket.on('error', finish);
    socket.once(tls ? 'secureConnect' : 'connect', () => finish());
  });
}
