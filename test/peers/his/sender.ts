import net from 'node:net';
import tls from 'node:tls';
import { FrameReader, type Framing, frame, mllp } from './frame.ts';
import { type Acknowledgement, acknowledgementsOf, controlIdsOf, decode, peerError } from './text.ts';

export interface SenderOptions {
  host?: string;
  port: number;
  /** Settings of the TLS client; plain TCP without them. */
  tls?: tls.ConnectionOptions;
  /** Several messages under way at once; otherwise each waits for the answer to the one before. */
  pipeline?: boolean;
  /** How long an answer may take, milliseconds. */
  timeoutMs?: number;
  framing?: Framing;
}

export interface SendOptions {
  /** MSH-10, when the caller knows it; otherwise it is read from the bytes. */
  controlId?: string;
  /** `id`: the reply must name the message; `any`: the next reply is taken, whatever it names. */
  match?: 'id' | 'any';
  timeoutMs?: number;
  /** Written as they are instead of one framed buffer, see `sendRaw`. */
  raw?: readonly (Uint8Array | number)[];
}

export interface Reply {
  ackBytes: Buffer;
  /** Decoded when first read. */
  readonly ackText: string;
  /** MSA-1 of the (first matching) acknowledgement, empty when the reply has none. */
  code: string;
  /** MSA-2. */
  controlId: string;
  /** All acknowledgements in the reply: several when a batch was answered by a batch. */
  all: Acknowledgement[];
  /** Milliseconds from the write to the complete reply; 0 for a reply nobody asked for. */
  ms: number;
}

interface Pending {
  ids: readonly string[];
  any: boolean;
  startedAt: number;
  timer: NodeJS.Timeout;
  resolve: (reply: Reply) => void;
  reject: (error: Error) => void;
}

/** A hospital system's MLLP client on one connection. */
export class HisSender {
  /** Replies that answered no message under way, e.g. late ones. */
  readonly unmatched: Reply[] = [];
  /** Resolves when the connection has gone, with the error that ended it. */
  readonly closed: Promise<Error | undefined>;
  readonly #socket: net.Socket;
  readonly #options: SenderOptions;
  readonly #reader: FrameReader;
  readonly #pending = new Set<Pending>();
  readonly #byId = new Map<string, Pending[]>();
  #turn: Promise<unknown> = Promise.resolve();
  #gone = false;

  private constructor(socket: net.Socket, options: SenderOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#reader = new FrameReader(options.framing ?? mllp);
    let failure: Error | undefined;
    socket.on('error', (error) => (failure = error));
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    this.closed = new Promise((resolve) =>
      socket.once('close', () => {
        this.#gone = true;
        const reason = failure === undefined ? 'connection closed by the peer' : failure.message;
        for (const pending of [...this.#pending]) this.#fail(pending, peerError('PEER_CLOSED', reason));
        resolve(failure);
      }),
    );
  }

  /** Rejects with the socket's error (`ECONNREFUSED`, a TLS failure …) when there is no connection. */
  static connect(options: SenderOptions): Promise<HisSender> {
    const where = { host: options.host ?? '127.0.0.1', port: options.port };
    const socket = options.tls ? tls.connect({ ...where, ...options.tls }) : net.connect(where);
    socket.setNoDelay(true);
    return new Promise((resolve, reject) => {
      socket.once('error', reject);
      socket.once(options.tls ? 'secureConnect' : 'connect', () => {
        socket.removeListener('error', reject);
        resolve(new HisSender(socket, options));
      });
    });
  }

  get open(): boolean {
    return !this.#gone;
  }

  /** Bytes the peer wrote outside any frame. */
  get noise(): Buffer {
    return Buffer.concat(this.#reader.noise);
  }

  /** Sends one message and waits for its answer. Rejects with `PEER_TIMEOUT` or `PEER_CLOSED`. */
  send(message: Uint8Array, options: SendOptions = {}): Promise<Reply> {
    if (this.#options.pipeline) return this.#exchange(message, options);
    const turn = this.#turn.then(() => this.#exchange(message, options));
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  /** Sends all, at most `window` of them unanswered at a time; replies in the order of the messages. */
  async sendAll(
    messages: readonly { bytes: Uint8Array; controlId?: string }[],
    window = 16,
  ): Promise<Reply[]> {
    const replies: Reply[] = [];
    let next = 0;
    const lane = async () => {
      while (next < messages.length) {
        const at = next++;
        const { bytes, controlId } = messages[at]!;
        replies[at] = await this.#exchange(bytes, controlId === undefined ? {} : { controlId });
      }
    };
    await Promise.all(Array.from({ length: window }, lane));
    return replies;
  }

  /** Writes bytes as they are, each chunk handed to the kernel before the next; a number is a pause in milliseconds. */
  async sendRaw(chunks: readonly (Uint8Array | number)[]): Promise<void> {
    for (const chunk of chunks) {
      if (typeof chunk === 'number') await new Promise((resolve) => setTimeout(resolve, chunk));
      else await this.#write(chunk);
    }
  }

  /** Says goodbye (FIN) and waits until the connection has gone. */
  async end(): Promise<void> {
    this.#socket.end();
    if (this.#socket.readyState !== 'open') this.#socket.destroy();
    const force = setTimeout(() => this.#socket.destroy(), 2000);
    await this.closed;
    clearTimeout(force);
  }

  /** Cuts the connection (RST where the system allows). */
  async cut(): Promise<void> {
    // A reset asked for while a shutdown is under way never reports back, so that socket is destroyed instead.
    const plain = !(this.#socket instanceof tls.TLSSocket) && !this.#socket.writableEnded;
    if (plain && !this.#gone) this.#socket.resetAndDestroy();
    else this.#socket.destroy();
    await this.closed;
  }

  #write(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#socket.write(bytes, (error) =>
        error ? reject(peerError('PEER_CLOSED', error.message)) : resolve(),
      );
    });
  }

  #exchange(message: Uint8Array, options: SendOptions): Promise<Reply> {
    if (this.#gone) return Promise.reject(peerError('PEER_CLOSED', 'not connected'));
    return new Promise((resolve, reject) => {
      const ids = options.controlId === undefined ? controlIdsOf(message) : [options.controlId];
      const timeoutMs = options.timeoutMs ?? this.#options.timeoutMs ?? 10_000;
      const pending: Pending = {
        ids,
        any: options.match === 'any' || ids.length === 0,
        startedAt: performance.now(),
        timer: setTimeout(
          () => this.#fail(pending, peerError('PEER_TIMEOUT', `no answer within ${timeoutMs} ms`)),
          timeoutMs,
        ),
        resolve,
        reject,
      };
      this.#pending.add(pending);
      for (const id of ids) this.#byId.set(id, [...(this.#byId.get(id) ?? []), pending]);
      if (options.raw) this.sendRaw(options.raw).catch((error: Error) => this.#fail(pending, error));
      else this.#socket.write(frame(message, this.#options.framing ?? mllp));
    });
  }

  #read(chunk: Buffer): void {
    for (const ackBytes of this.#reader.push(chunk)) {
      const all = acknowledgementsOf(ackBytes);
      const pending = this.#answered(all);
      const named = all.find((ack) => pending?.ids.includes(ack.controlId)) ?? all[0];
      const reply = makeReply(ackBytes, all, named, pending ? performance.now() - pending.startedAt : 0);
      if (pending === undefined) {
        this.unmatched.push(reply);
        continue;
      }
      this.#drop(pending);
      pending.resolve(reply);
    }
  }

  #answered(all: readonly Acknowledgement[]): Pending | undefined {
    for (const { controlId } of all) {
      const waiting = this.#byId.get(controlId)?.[0];
      if (waiting) return waiting;
    }
    for (const pending of this.#pending) if (pending.any) return pending;
    return undefined;
  }

  #drop(pending: Pending): void {
    clearTimeout(pending.timer);
    this.#pending.delete(pending);
    for (const id of pending.ids) {
      const rest = this.#byId.get(id)?.filter((other) => other !== pending) ?? [];
      if (rest.length > 0) this.#byId.set(id, rest);
      else this.#byId.delete(id);
    }
  }

  #fail(pending: Pending, error: Error): void {
    this.#drop(pending);
    pending.reject(error);
  }
}

function makeReply(
  ackBytes: Buffer,
  all: Acknowledgement[],
  named: Acknowledgement | undefined,
  ms: number,
): Reply {
  let text: string | undefined;
  return {
    ackBytes,
    get ackText() {
      return (text ??= decode(ackBytes));
    },
    code: named?.code ?? '',
    controlId: named?.controlId ?? '',
    all,
    ms,
  };
}

/** Several connections to one port. Closes those already open when one fails. */
export async function connectMany(count: number, options: SenderOptions): Promise<HisSender[]> {
  const results = await Promise.allSettled(Array.from({ length: count }, () => HisSender.connect(options)));
  const open = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const failed = results.find((result) => result.status === 'rejected');
  if (failed === undefined) return open;
  await Promise.all(open.map((sender) => sender.cut()));
  throw failed.reason;
}
