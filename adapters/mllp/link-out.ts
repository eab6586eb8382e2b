import type { ConnectContext, Sender, SendOptions, SendOutcome } from '../../contracts/adapter/port.ts';
import type { CapturedBytes, ConnectionStats } from '../../contracts/adapter/wire.ts';
import { isFault } from '../../contracts/kernel/fault.ts';
import { encodeFrame, type Framing } from './codec.ts';
import { OutboundConnection, openConnection } from './connection-out.ts';
import type { SendSettings } from './descriptor.ts';
import { framingOf } from './framing-settings.ts';
import { ReplyPort } from './reply-port.ts';
import { addressOf } from './wire.ts';

const REMEMBERED = 5;

interface Flight {
  readonly matches: (reply: Uint8Array) => boolean;
  readonly answer: (reply: Buffer) => void;
  readonly lost: (reason: string) => void;
}

/** A sender; connects when first asked to send, keeps the connection, and makes a new one when it is gone. */
export function connect(context: ConnectContext): Sender {
  return new OutboundLink(context, context.settings as SendSettings);
}

class OutboundLink implements Sender {
  private readonly context: ConnectContext;
  private readonly settings: SendSettings;
  private readonly framing: Framing;
  private readonly peer: string;
  private readonly past: OutboundConnection[] = [];
  private readonly replies: ReplyPort | undefined;
  private current: OutboundConnection | undefined;
  private flight: Flight | undefined;
  private turn: Promise<unknown> = Promise.resolve();
  private closed = false;

  constructor(context: ConnectContext, settings: SendSettings) {
    this.context = context;
    this.settings = settings;
    this.framing = framingOf(settings);
    this.peer = addressOf(settings.host, settings.port);
    if (settings.replyPort !== undefined)
      this.replies = new ReplyPort(context, settings.replyPort, this.framing, (reply) => this.reply(reply));
  }

  send(bytes: Uint8Array, options: SendOptions): Promise<SendOutcome> {
    const mine = this.turn.then(() => this.sendNow(bytes, options));
    this.turn = mine;
    return mine;
  }

  connections(): ConnectionStats[] {
    const all = this.current === undefined ? this.past : [...this.past, this.current];
    return [...all.map((connection) => connection.stats()), ...(this.replies?.connections() ?? [])];
  }

  capture(connection: string): CapturedBytes[] {
    const own = [this.current, ...this.past].find((one) => one?.wire.id === connection);
    return own?.wire.capture.read() ?? this.replies?.capture(connection) ?? [];
  }

  async close(): Promise<void> {
    this.closed = true;
    this.flight?.lost('the sender was closed');
    await Promise.all([this.current?.close(), this.replies?.close()]);
  }

  private async sendNow(bytes: Uint8Array, options: SendOptions): Promise<SendOutcome> {
    if (this.closed) return notSent('the sender is closed');
    if (options.signal?.aborted) return notSent('aborted');
    let connection: OutboundConnection;
    try {
      await this.replies?.open();
      connection = await this.connected(options.signal);
    } catch (error) {
      return notSent(reasonOf(error));
    }
    if (options.signal?.aborted || this.closed) return notSent('aborted');
    return this.exchange(connection, bytes, options);
  }

  /** Writes the frame in one piece and waits for the reply that belongs to it. */
  private exchange(
    connection: OutboundConnection,
    bytes: Uint8Array,
    options: SendOptions,
  ): Promise<SendOutcome> {
    const started = this.context.now();
    return new Promise((resolve) => {
      const finish = (outcome: SendOutcome): void => {
        clearTimeout(timer);
        options.signal?.removeEventListener('abort', aborted);
        this.flight = undefined;
        connection.wire.pending = 0;
        if (outcome.kind !== 'replied') connection.destroy();
        resolve(outcome);
      };
      const aborted = (): void => finish(unknown('hub.peer.lost', 'aborted'));
      const timer = setTimeout(() => {
        connection.wire.incident('reply-timeout', `no answer within ${options.timeoutMs} ms`);
        finish(unknown('hub.peer.timeout', `no answer within ${options.timeoutMs} ms`));
      }, options.timeoutMs);
      options.signal?.addEventListener('abort', aborted, { once: true });
      this.flight = {
        matches: options.matches,
        answer: (reply) => {
          const roundTripMs = this.context.now() - started;
          connection.wire.lastRoundTripMs = roundTripMs;
          finish({ kind: 'replied', bytes: reply, roundTripMs, peer: this.peer });
        },
        lost: (reason) => finish(unknown('hub.peer.lost', reason)),
      };
      connection.wire.pending = 1;
      connection.write(encodeFrame(bytes, this.framing));
    });
  }

  /** True where the reply was the one waited for; others are counted as strays and passed over. */
  private reply(bytes: Buffer): boolean {
    const flight = this.flight;
    if (flight === undefined || !safely(flight.matches, bytes)) return false;
    flight.answer(bytes);
    return true;
  }

  private async connected(signal: AbortSignal | undefined): Promise<OutboundConnection> {
    if (this.current?.usable) return this.current;
    const socket = await openConnection(this.settings, signal);
    const connection = new OutboundConnection(socket, this.context, this.framing, this.settings, {
      reply: (bytes) => this.reply(bytes),
      waiting: () => this.flight !== undefined,
      closed: (reason) => this.gone(connection, reason),
    });
    this.current = connection;
    return connection;
  }

  private gone(connection: OutboundConnection, reason: string): void {
    this.past.push(connection);
    if (this.past.length > REMEMBERED) this.past.shift();
    if (this.current !== connection) return;
    this.current = undefined;
    this.flight?.lost(reason);
  }
}

const notSent = (reason: string): SendOutcome => ({ kind: 'not-sent', code: 'hub.peer.refused', reason });

const unknown = (code: 'hub.peer.lost' | 'hub.peer.timeout', reason: string): SendOutcome => ({
  kind: 'unknown',
  code,
  reason,
});

function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return isFault(error) ? message : (code ?? message);
}

/** A matcher that throws cannot read the reply: it is not the one. */
function safely(matches: (reply: Uint8Array) => boolean, bytes: Uint8Array): boolean {
  try {
    return matches(bytes);
  } catch {
    return false;
  }
}
