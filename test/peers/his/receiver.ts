import net from 'node:net';
import tls from 'node:tls';
import { FrameReader, type Framing, frame, mllp } from './frame.ts';
import {
  charsetOf,
  controlIdsOf,
  decode,
  encode,
  fieldOf,
  type Hl7Reader,
  peerError,
  readWithLibrary,
} from './text.ts';

export type AckCode = 'AA' | 'AE' | 'AR' | 'CA' | 'CE' | 'CR';

/** How the receiver treats one message, or (`refuse`) every new connection. */
export type Behaviour =
  | { kind: 'ack'; code: AckCode; text?: string }
  /** Never answers. */
  | { kind: 'silent' }
  /** Answers after `ms`; later messages of that connection wait behind it. */
  | { kind: 'slow'; ms: number; code?: AckCode }
  /** Answers for another message. */
  | { kind: 'wrong-id'; controlId?: string; code?: AckCode }
  /** The answer comes in pieces of `bytes` with a pause between them. */
  | { kind: 'split'; bytes: number; pauseMs?: number; code?: AckCode }
  /** Takes the message and hangs up without answering. */
  | { kind: 'close' }
  /** Any other bytes, written as they are. */
  | { kind: 'raw'; bytes: (message: Received) => Uint8Array }
  /** Hangs up on every new connection. */
  | { kind: 'refuse' };

export const answer = (code: AckCode, text?: string): Behaviour =>
  text === undefined ? { kind: 'ack', code } : { kind: 'ack', code, text };
export const silent: Behaviour = { kind: 'silent' };
export const slow = (ms: number): Behaviour => ({ kind: 'slow', ms });

/** One message as it came in. */
export interface Received {
  /** 1 for the first message since the receiver was made; goes on over a pause. */
  sequence: number;
  bytes: Buffer;
  readonly text: string;
  /** Milliseconds since the epoch. */
  at: number;
  /** Number of the connection. */
  connection: number;
  /** MSH-10; empty when there is none. */
  controlId: string;
  /** `ORM^O01`; empty when unreadable. */
  type: string;
  /** Field by hl7-standard, e.g. `PID.5.1`; empty when absent. */
  field(path: string): string;
  /** Answer sent, once it was. */
  answered?: string;
}

export interface LogEntry {
  at: number;
  event: 'open' | 'close' | 'message' | 'answer' | 'pause' | 'resume' | 'refused';
  connection?: number;
  controlId?: string;
}

export interface ReceiverOptions {
  host?: string;
  /** 0 takes a free port. */
  port?: number;
  tls?: tls.TlsOptions;
  behaviour?: Behaviour;
  framing?: Framing;
  /** How many messages and log entries are kept, the newest; all unless told. */
  keep?: number;
}

/** A hospital system's MLLP server: keeps all it receives and answers as told. */
export class HisReceiver {
  readonly received: Received[] = [];
  readonly log: LogEntry[] = [];
  /** Bytes outside frames, all connections. */
  noiseBytes = 0;
  #port = 0;
  #server: net.Server | undefined;
  #behaviour: (message: Received) => Behaviour;
  #refusing = false;
  #connections = 0;
  #count = 0;
  readonly #options: ReceiverOptions;
  readonly #sockets = new Set<net.Socket>();
  readonly #raw = new Set<net.Socket>();
  readonly #watchers = new Set<() => void>();

  private constructor(options: ReceiverOptions) {
    this.#options = options;
    this.#behaviour = () => answer('AA');
    if (options.behaviour) this.behave(options.behaviour);
  }

  static async listen(options: ReceiverOptions = {}): Promise<HisReceiver> {
    const receiver = new HisReceiver(options);
    await receiver.#open(options.port ?? 0);
    return receiver;
  }

  get port(): number {
    return this.#port;
  }

  get openConnections(): number {
    return this.#sockets.size;
  }

  /** From now on; a function decides message by message. */
  behave(behaviour: Behaviour | ((message: Received) => Behaviour)): void {
    this.#refusing = typeof behaviour !== 'function' && behaviour.kind === 'refuse';
    this.#behaviour = typeof behaviour === 'function' ? behaviour : () => behaviour;
  }

  /** The system goes down: the port refuses, connections are cut. What was received stays. */
  async pause(): Promise<void> {
    this.#note({ event: 'pause' });
    await this.#shut();
  }

  /** The system comes back on the same port. */
  async resume(): Promise<void> {
    await this.#open(this.#port);
    this.#note({ event: 'resume' });
  }

  async close(): Promise<void> {
    await this.#shut();
  }

  byControlId(controlId: string): Received[] {
    return this.received.filter((message) => message.controlId === controlId);
  }

  /** Messages about an order, by its placer number (ORC-2.1, OBR-2.1). */
  byPlacer(number: string): Received[] {
    return this.received.filter((m) => m.field('ORC.2.1') === number || m.field('OBR.2.1') === number);
  }

  /** Resolves with all received once `enough` holds; rejects with `PEER_TIMEOUT`. A number means that many messages. */
  waitFor(
    enough: number | ((received: readonly Received[]) => boolean),
    timeoutMs = 10_000,
  ): Promise<Received[]> {
    const holds = () => (typeof enough === 'number' ? this.received.length >= enough : enough(this.received));
    if (holds()) return Promise.resolve(this.received);
    return new Promise((resolve, reject) => {
      const watch = () => {
        if (!holds()) return;
        clearTimeout(timer);
        this.#watchers.delete(watch);
        resolve(this.received);
      };
      const timer = setTimeout(() => {
        this.#watchers.delete(watch);
        reject(
          peerError('PEER_TIMEOUT', `waited ${timeoutMs} ms, ${this.received.length} messages received`),
        );
      }, timeoutMs);
      this.#watchers.add(watch);
    });
  }

  async #open(port: number): Promise<void> {
    const { tls: secure, host = '127.0.0.1' } = this.#options;
    const onSocket = (socket: net.Socket) => this.#serve(socket);
    const server = secure ? tls.createServer(secure, onSocket) : net.createServer(onSocket);
    if (secure) server.on('connection', (socket: net.Socket) => this.#handshake(socket));
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ port, host }, () => {
        server.removeListener('error', reject);
        resolve();
      });
    });
    this.#server = server;
    this.#port = (server.address() as net.AddressInfo).port;
  }

  async #shut(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    this.#server = undefined;
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of [...this.#sockets, ...this.#raw]) socket.destroy();
    await closed;
  }

  /** TCP below TLS: a peer that never finishes its handshake must not keep the port open. */
  #handshake(socket: net.Socket): void {
    this.#raw.add(socket);
    socket.once('close', () => this.#raw.delete(socket));
  }

  #serve(socket: net.Socket): void {
    const connection = ++this.#connections;
    if (this.#refusing) {
      this.#note({ event: 'refused', connection });
      socket.on('error', () => undefined);
      socket.destroy();
      return;
    }
    socket.setNoDelay(true);
    this.#sockets.add(socket);
    this.#note({ event: 'open', connection });
    const reader = new FrameReader(this.#options.framing ?? mllp);
    let turn = Promise.resolve();
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      for (const bytes of reader.push(chunk)) {
        const message = makeReceived(++this.#count, bytes, connection);
        this.#keep(this.received, message);
        this.#note({ event: 'message', connection, controlId: message.controlId });
        turn = turn.then(() => this.#reply(socket, message));
      }
      this.noiseBytes += reader.noise.splice(0).reduce((sum, noise) => sum + noise.length, 0);
    });
    socket.on('close', () => {
      this.#sockets.delete(socket);
      this.#note({ event: 'close', connection });
    });
  }

  async #reply(socket: net.Socket, message: Received): Promise<void> {
    const how = this.#behaviour(message);
    const framing = this.#options.framing ?? mllp;
    if (how.kind === 'silent' || how.kind === 'refuse') return;
    if (how.kind === 'close') {
      socket.destroy();
      return;
    }
    if (how.kind === 'slow') await pause(how.ms);
    if (socket.destroyed) return;
    if (how.kind === 'raw') socket.write(how.bytes(message));
    else {
      const id = how.kind === 'wrong-id' ? (how.controlId ?? `NOT-${message.controlId}`) : message.controlId;
      const ack = frame(
        acknowledge(message, how.code ?? 'AA', id, how.kind === 'ack' ? how.text : undefined),
        framing,
      );
      if (how.kind === 'split') await inPieces(socket, ack, how.bytes, how.pauseMs ?? 5);
      else socket.write(ack);
      message.answered = how.code ?? 'AA';
    }
    this.#note({ event: 'answer', connection: message.connection, controlId: message.controlId });
  }

  #keep<T>(list: T[], one: T): void {
    list.push(one);
    if (list.length > (this.#options.keep ?? Number.POSITIVE_INFINITY)) list.shift();
  }

  #note(entry: Omit<LogEntry, 'at'>): void {
    this.#keep(this.log, { at: Date.now(), ...entry });
    for (const watch of [...this.#watchers]) watch();
  }
}

/** ACK (HL7 2.5.1 chapter 2.13.1) in the charset and with the version of the message. */
export function acknowledge(message: Received, code: AckCode, controlId: string, text = ''): Buffer {
  const header = message.text.split(/[\r\n]/, 1)[0]!;
  const fields = header.split(header[3] ?? '|');
  const version = fields[11] ?? '2.4';
  const trigger = message.type.split('^')[1] ?? '';
  const msh = [
    'MSH',
    '^~\\&',
    fields[4] ?? '',
    fields[5] ?? '',
    fields[2] ?? '',
    fields[3] ?? '',
    fields[6] ?? '',
  ];
  msh.push('', trigger ? `ACK^${trigger}^ACK` : 'ACK', `A${message.sequence}`, 'P', version);
  if (fields[17]) msh.push('', '', '', '', fields[16] ?? '', fields[17]);
  return encode(
    `${msh.join('|')}\rMSA|${code}|${controlId}${text && `|${text}`}\r`,
    charsetOf(message.bytes),
  );
}

function makeReceived(sequence: number, bytes: Buffer, connection: number): Received {
  let text: string | undefined;
  let reader: Hl7Reader | undefined;
  const message: Received = {
    sequence,
    bytes,
    get text() {
      return (text ??= decode(bytes));
    },
    at: Date.now(),
    connection,
    controlId: controlIdsOf(bytes)[0] ?? '',
    type: '',
    field: (path) => fieldOf((reader ??= readWithLibrary(message.text)), path),
  };
  const header = message.text.split(/[\r\n]/, 1)[0] ?? '';
  message.type = (header.split(header[3] ?? '|')[8] ?? '').split('^').slice(0, 2).join('^');
  return message;
}

async function inPieces(socket: net.Socket, bytes: Buffer, size: number, pauseMs: number): Promise<void> {
  for (let at = 0; at < bytes.length; at += size) {
    if (at > 0) await pause(pauseMs);
    if (socket.destroyed) return;
    socket.write(bytes.subarray(at, at + size));
  }
}

const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
