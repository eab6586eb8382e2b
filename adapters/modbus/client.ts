import { connect, type Socket } from 'node:net';
import { type Answer, encodeRequest, exceptionNames, type Mode, takeAnswer } from './frames.ts';
import type { Wire } from './wire.ts';

/**
 * Why a request has no good answer.
 * - `refused`   no connection: nothing was written
 * - `lost`      the connection ended before the answer
 * - `silent`    no answer in time
 * - `garbage`   what came is no answer to it
 * - `exception` the device, or a gateway before it, answered with an exception
 */
export interface Trouble {
  readonly kind: 'refused' | 'lost' | 'silent' | 'garbage' | 'exception';
  readonly reason: string;
  readonly code?: number;
}

export type Outcome = { readonly pdu: Buffer } | { readonly trouble: Trouble };

export interface ClientSettings {
  readonly host: string;
  readonly port?: number;
  readonly mode?: Mode;
  readonly connectMs?: number;
  readonly pauseMs?: number;
}

interface Flight {
  readonly transaction: number;
  readonly unit: number;
  readonly code: number;
  readonly done: (outcome: Outcome) => void;
}

/** Requests without an answer after which the connection is taken for dead. */
const deadAfter = 3;

/**
 * One connection, one request at a time; it is made when it is needed and made anew when it is gone. Over RTU nothing but the
 * order tells whose answer it is, so there any doubt ends the connection, and what an earlier request still brings is dropped.
 */
export class Client {
  private readonly settings: ClientSettings;
  private readonly mode: Mode;
  private readonly wire: Wire;
  private socket: Socket | undefined;
  private buffer: Buffer = Buffer.alloc(0);
  private flight: Flight | undefined;
  private transaction = 0;
  private unanswered = 0;
  /** Over RTU: until then what arrives is a late answer to a request that was given up. */
  private quietUntil = 0;
  private closed = false;

  constructor(settings: ClientSettings, wire: Wire) {
    this.settings = settings;
    this.mode = settings.mode ?? 'tcp';
    this.wire = wire;
  }

  async request(unit: number, pdu: Buffer, timeoutMs: number): Promise<Outcome> {
    const refused = await this.connected();
    if (refused) return { trouble: { kind: 'refused', reason: refused } };
    const wait = Math.max(this.settings.pauseMs ?? 0, this.quietUntil - performance.now());
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    const { socket } = this;
    if (!socket || this.closed) return { trouble: { kind: 'refused', reason: 'the connection was lost' } };
    this.buffer = Buffer.alloc(0);
    const began = performance.now();
    const outcome = await this.exchange(socket, unit, pdu, timeoutMs);
    this.wire.lastRoundTripMs = Math.round(performance.now() - began);
    if ('trouble' in outcome) this.afterTrouble(outcome.trouble, timeoutMs);
    else this.unanswered = 0;
    return outcome;
  }

  close(): void {
    this.closed = true;
    this.drop('closed');
  }

  /** Ends the connection under a request that nobody waits for any more. */
  cut(): void {
    this.drop('aborted');
  }

  private exchange(socket: Socket, unit: number, pdu: Buffer, timeoutMs: number): Promise<Outcome> {
    const transaction = (this.transaction = (this.transaction + 1) & 0xffff);
    const bytes = encodeRequest(this.mode, transaction, unit, pdu);
    return new Promise((resolve) => {
      const done = (outcome: Outcome): void => {
        clearTimeout(timer);
        this.flight = undefined;
        this.wire.pending = 0;
        resolve(outcome);
      };
      const timer = setTimeout(
        () => done({ trouble: { kind: 'silent', reason: `no answer within ${timeoutMs} ms` } }),
        timeoutMs,
      );
      this.flight = { transaction, unit, code: pdu.readUInt8(0), done };
      this.wire.pending = 1;
      this.wire.framesOut++;
      this.wire.moved('out', bytes);
      socket.write(bytes);
    });
  }

  private afterTrouble({ kind }: Trouble, timeoutMs: number): void {
    if (kind === 'exception') {
      this.unanswered = 0;
      return;
    }
    this.unanswered++;
    if (this.mode === 'rtu-over-tcp' && (kind === 'silent' || kind === 'garbage')) {
      this.quietUntil = performance.now() + timeoutMs;
      this.drop('an answer was late or not readable');
    } else if (kind === 'garbage' || this.unanswered >= deadAfter) {
      this.unanswered = 0;
      this.drop('no sense in what the peer sends, or nothing from it');
    }
  }

  /** Undefined once there is a connection, else why there is none. */
  private connected(): Promise<string | undefined> {
    if (this.closed) return Promise.resolve('closed');
    if (this.socket?.writable) return Promise.resolve(undefined);
    const { host, port = 502, connectMs = 5000 } = this.settings;
    return new Promise((resolve) => {
      const socket = connect({ host, port, noDelay: true, keepAlive: true });
      const late = setTimeout(() => failed('ETIMEDOUT'), connectMs);
      const failed = (reason: string): void => {
        clearTimeout(late);
        socket.destroy();
        resolve(reason);
      };
      socket.once('error', (error: NodeJS.ErrnoException) => failed(error.code ?? error.message));
      socket.once('connect', () => {
        clearTimeout(late);
        if (this.closed) return failed('closed');
        this.take(socket);
        resolve(undefined);
      });
    });
  }

  private take(socket: Socket): void {
    this.socket = socket;
    this.wire.opened();
    let reason = 'the peer closed the connection';
    socket.removeAllListeners('error');
    socket.on('error', (error: NodeJS.ErrnoException) => (reason = error.code ?? error.message));
    socket.on('data', (chunk: Buffer) => this.data(socket, chunk));
    socket.on('end', () => socket.destroy());
    socket.on('close', () => {
      if (this.socket !== socket) return;
      this.socket = undefined;
      this.wire.open = false;
      this.flight?.done({ trouble: { kind: 'lost', reason } });
    });
  }

  private drop(reason: string): void {
    const { socket } = this;
    this.socket = undefined;
    this.wire.open = false;
    socket?.destroy();
    this.flight?.done({ trouble: { kind: 'lost', reason } });
  }

  private data(socket: Socket, chunk: Buffer): void {
    if (socket !== this.socket) return;
    this.wire.moved('in', chunk);
    if (this.flight === undefined) {
      this.wire.noiseBytes += chunk.length;
      return;
    }
    this.buffer = this.buffer.length === 0 ? chunk : Buffer.concat([this.buffer, chunk]);
    for (let next = takeAnswer(this.mode, this.buffer); next; next = takeAnswer(this.mode, this.buffer)) {
      if ('garbage' in next) {
        this.garbage(next.garbage);
        return;
      }
      this.buffer = next.rest;
      this.wire.framesIn++;
      this.answered(next.answer);
      if (this.flight === undefined) break;
    }
    this.wire.buffered = this.buffer.length;
  }

  private garbage(reason: string): void {
    this.wire.noiseBytes += this.buffer.length;
    this.wire.trouble('garbage', '', reason, this.buffer);
    this.flight?.done({ trouble: { kind: 'garbage', reason } });
  }

  private answered({ transaction, unit, pdu }: Answer): void {
    const { flight } = this;
    // A late answer to a request that was given up.
    if (!flight || (transaction !== undefined && transaction !== flight.transaction)) return;
    const code = pdu.readUInt8(0);
    if (unit !== flight.unit) this.garbage(`unit ${unit} answered a request to unit ${flight.unit}`);
    else if (code === flight.code) flight.done({ pdu });
    else if (code === (flight.code | 0x80)) {
      const exception = pdu.length > 1 ? pdu.readUInt8(1) : 0;
      const reason = exceptionNames[exception] ?? `exception-${exception}`;
      flight.done({ trouble: { kind: 'exception', reason, code: exception } });
    } else this.garbage(`function ${code} answered a request with function ${flight.code}`);
  }
}
