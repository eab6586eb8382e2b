import { connect as dial } from 'node:net';
import type { ConnectContext, Sender, SendOptions, SendOutcome } from '../../contracts/adapter/port.ts';
import type { CapturedBytes, ConnectionStats } from '../../contracts/adapter/wire.ts';
import { Fault } from '../../contracts/kernel/fault.ts';
import type { SendSettings } from './descriptor.ts';
import { Line } from './line.ts';
import { newestLine } from './lines.ts';
import type { Sent } from './transmit.ts';
import { addressOf } from './wire.ts';

/** Sends orders to an analyser. Throws `channel.text.invalid` where the settings say neither address nor listener. */
export function connect(context: ConnectContext): Sender {
  const settings = context.settings as SendSettings;
  const named = settings.host !== undefined && settings.port !== undefined;
  if (named === (settings.over !== undefined))
    throw new Fault('channel.text.invalid', { problem: 'send needs "host" and "port", or "over: listener"' });
  return new OutboundLink(context, settings);
}

class OutboundLink implements Sender {
  private readonly context: ConnectContext;
  private readonly settings: SendSettings;
  private own: Line | undefined;
  private past: Line | undefined;
  private turn: Promise<unknown> = Promise.resolve();
  private closed = false;

  constructor(context: ConnectContext, settings: SendSettings) {
    this.context = context;
    this.settings = settings;
  }

  send(bytes: Uint8Array, options: SendOptions): Promise<SendOutcome> {
    const mine = this.turn.then(() => this.sendNow(bytes, options));
    this.turn = mine;
    return mine;
  }

  connections(): ConnectionStats[] {
    return [this.past, this.own].flatMap((line) => (line ? [line.wire.stats(0)] : []));
  }

  capture(connection: string): CapturedBytes[] {
    return [this.own, this.past].find((line) => line?.wire.id === connection)?.wire.capture.read() ?? [];
  }

  async close(): Promise<void> {
    this.closed = true;
    this.own?.destroy();
    await this.turn;
  }

  private async sendNow(bytes: Uint8Array, { signal, timeoutMs }: SendOptions): Promise<SendOutcome> {
    if (this.closed || signal?.aborted) return notSent('aborted');
    const line = await this.line();
    if (typeof line === 'string') return notSent(line);
    const began = this.context.now();
    const abort = (): void => line.destroy();
    signal?.addEventListener('abort', abort, { once: true });
    const sent = await line.send(bytes, timeoutMs);
    signal?.removeEventListener('abort', abort);
    return this.outcome(sent, line, this.context.now() - began);
  }

  private outcome(sent: Sent, { wire }: Line, roundTripMs: number): SendOutcome {
    if (sent.kind === 'silent')
      return sent.complete
        ? { kind: 'unknown', code: 'hub.peer.timeout', reason: sent.reason }
        : notSent(sent.reason);
    const said =
      sent.kind === 'done'
        ? ({ verdict: 'good', code: 'ACK' } as const)
        : ({ verdict: 'busy', code: sent.code, reason: sent.reason } as const);
    return { kind: 'replied', bytes: new Uint8Array(), roundTripMs, peer: wire.peer, said };
  }

  /** The connection to send over, or why there is none. */
  private line(): Promise<Line | string> {
    const { over, host, port, connectMs = 10_000 } = this.settings;
    if (over)
      return Promise.resolve(newestLine(this.context) ?? 'the analyser is not connected to this node');
    if (this.own?.usable) return Promise.resolve(this.own);
    return new Promise((resolve) => {
      const socket = dial({ host: host!, port: port! });
      const failed = (reason: string): void => {
        clearTimeout(late);
        socket.destroy();
        resolve(reason);
      };
      const late = setTimeout(() => failed(`ETIMEDOUT ${addressOf(host, port)}`), connectMs);
      socket.once('error', (error: NodeJS.ErrnoException) => failed(error.code ?? error.message));
      socket.once('connect', () => {
        clearTimeout(late);
        socket.removeAllListeners('error');
        const { context, settings } = this;
        const line = new Line(socket, { context, settings, closed: (gone) => this.gone(gone) });
        if (this.closed) line.destroy();
        this.own = line;
        resolve(line);
      });
    });
  }

  private gone(line: Line): void {
    this.past = line;
    if (this.own === line) this.own = undefined;
  }
}

const notSent = (reason: string): SendOutcome => ({ kind: 'not-sent', code: 'hub.peer.refused', reason });
