import type { Socket } from 'node:net';
import type { MqttClient } from 'mqtt';
import type { ConnectContext, Sender, SendOptions, SendOutcome } from '../../contracts/adapter/port.ts';
import type { CapturedBytes, ConnectionStats } from '../../contracts/adapter/wire.ts';
import { isFault } from '../../contracts/kernel/fault.ts';
import type { SendSettings } from './descriptor.ts';
import { type Outside, openOutside } from './outside.ts';
import { topicProblem } from './topics.ts';
import { addressOf, Wire } from './wire.ts';

const remembered = 5;
const qualities = new Set(['0', '1', '2']);

interface Line {
  readonly client: MqttClient;
  readonly socket: Socket;
  readonly wire: Wire;
  /** Reason code of the last acknowledgement, which the driver keeps to itself where it is no error. */
  code: number;
}

/** A publisher; connects when first asked to send, keeps the connection, and makes a new one when it is gone. */
export function connect(context: ConnectContext): Sender {
  return new Publisher(context, context.settings as SendSettings);
}

class Publisher implements Sender {
  private readonly context: ConnectContext;
  private readonly settings: SendSettings;
  private readonly outside: Outside;
  private readonly peer: string;
  private readonly past: Wire[] = [];
  private current: Line | undefined;
  private turn: Promise<unknown> = Promise.resolve();
  private closed = false;

  constructor(context: ConnectContext, settings: SendSettings) {
    this.context = context;
    this.settings = settings;
    this.outside = openOutside(
      { ...settings, clientId: settings.clientId ?? `cytomesh-${context.endpoint}-out` },
      '',
    );
    this.peer = addressOf(this.outside.host, this.outside.port);
  }

  send(bytes: Uint8Array, options: SendOptions): Promise<SendOutcome> {
    const mine = this.turn.then(() => this.sendNow(bytes, options));
    this.turn = mine;
    return mine;
  }

  connections(): ConnectionStats[] {
    return [...this.past, ...(this.current ? [this.current.wire] : [])].map((wire) => wire.stats(0));
  }

  capture(connection: string): CapturedBytes[] {
    const wires = this.current ? [this.current.wire, ...this.past] : this.past;
    return wires.find(({ id }) => id === connection)?.capture.read() ?? [];
  }

  async close(): Promise<void> {
    this.closed = true;
    const { current } = this;
    if (!current) return;
    // What waits for an acknowledgement is not waited for: its outcome is unknown.
    await current.client.endAsync(current.wire.pending > 0).catch(() => undefined);
    current.socket.destroy();
  }

  private async sendNow(bytes: Uint8Array, options: SendOptions): Promise<SendOutcome> {
    const { topic = this.settings.topic ?? '', qos = String(this.settings.qos ?? 1) } = options.with;
    const retain =
      options.with.retain === undefined ? this.settings.retain === true : options.with.retain === 'true';
    const problem = topicProblem(topic);
    if (problem !== undefined) return impossible(`the topic ${problem}`);
    if (!qualities.has(qos)) return impossible('qos must be 0, 1 or 2');
    if (this.closed || options.signal?.aborted) return notSent('aborted');
    let line: Line;
    try {
      line = await this.connected(options.signal);
    } catch (error) {
      return notSent(reasonOf(error));
    }
    return this.publish(line, bytes, options, { topic, qos: Number(qos) as 0 | 1 | 2, retain });
  }

  private publish(
    line: Line,
    bytes: Uint8Array,
    { timeoutMs, signal, mediaType }: SendOptions,
    where: { topic: string; qos: 0 | 1 | 2; retain: boolean },
  ): Promise<SendOutcome> {
    const started = this.context.now();
    const { topic, qos, retain } = where;
    const { client, wire, socket } = line;
    return new Promise((resolve) => {
      const finish = (outcome: SendOutcome): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', aborted);
        socket.removeListener('close', lost);
        wire.pending = 0;
        resolve(outcome);
        if (outcome.kind === 'unknown') this.gone(line);
      };
      const aborted = (): void => finish(unknown('hub.peer.lost', 'aborted'));
      const lost = (): void => finish(unknown('hub.peer.lost', 'the broker closed the connection'));
      const timer = setTimeout(() => {
        wire.incident('reply-timeout', `no acknowledgement within ${timeoutMs} ms`);
        finish(unknown('hub.peer.timeout', `no acknowledgement within ${timeoutMs} ms`));
      }, timeoutMs);
      signal?.addEventListener('abort', aborted, { once: true });
      socket.once('close', lost);
      wire.pending = 1;
      line.code = 0;
      wire.framesOut++;
      const properties = this.outside.version === 5 ? { properties: { contentType: mediaType } } : {};
      client.publish(topic, Buffer.from(bytes), { qos, retain, ...properties }, (error) => {
        const code = error ? Number((error as { code?: unknown }).code) : line.code;
        if (error && !(code >= 0x80)) return finish(unknown('hub.peer.lost', error.message));
        wire.lastRoundTripMs = this.context.now() - started;
        finish({
          kind: 'replied',
          bytes: new Uint8Array(),
          roundTripMs: wire.lastRoundTripMs,
          peer: this.peer,
          said: this.saidOf(code, error?.message, qos),
        });
      });
    });
  }

  /** Reason codes of PUBACK: MQTT 5, section 3.4.2.1. */
  private saidOf(code: number, reason: string | undefined, qos: number) {
    const shown = qos === 0 ? 'written' : `0x${code.toString(16).padStart(2, '0')}`;
    if (code === 0x10 && this.settings.needSubscriber)
      return { verdict: 'busy', code: shown, reason: 'nobody subscribes to the topic' } as const;
    if (code < 0x80) return { verdict: 'good', code: shown } as const;
    const verdict = code === 0x97 || code === 0x80 || code === 0x83 ? 'busy' : 'negative';
    return { verdict, code: shown, ...(reason && { reason }) } as const;
  }

  private async connected(signal: AbortSignal | undefined): Promise<Line> {
    if (this.current?.client.connected) return this.current;
    const { MqttClient } = await import('mqtt');
    const socket = await this.outside.open();
    const { context, outside } = this;
    const wire = new Wire(context, this.peer, 65536);
    wire.tls = outside.tlsOf(socket);
    socket.on('data', (chunk: Buffer) => wire.received(chunk));
    const write = socket.write.bind(socket) as (...args: unknown[]) => boolean;
    socket.write = ((chunk: Uint8Array, ...rest: unknown[]) => {
      wire.sent(Buffer.from(chunk));
      return write(chunk, ...rest);
    }) as Socket['write'];
    const { protocolVersion, clientId, username, password, keepalive } = outside.connectPacket(true, 0, 16);
    const client = new MqttClient(() => socket, {
      protocolVersion: protocolVersion as 4 | 5,
      clientId,
      clean: true,
      keepalive: keepalive!,
      ...(username !== undefined && { username }),
      ...(password !== undefined && { password }),
      reconnectPeriod: 0,
      connectTimeout: this.settings.connectMs ?? 10_000,
      queueQoSZero: false,
    });
    const line: Line = { client, socket, wire, code: 0 };
    client.on('packetreceive', (packet) => {
      if (packet.cmd === 'puback' || packet.cmd === 'pubrec') line.code = packet.reasonCode ?? 0;
    });
    try {
      await new Promise<void>((resolve, reject) => {
        client.once('connect', () => resolve());
        client.once('error', reject);
        client.once('close', () => reject(new Error('the broker closed the connection')));
        signal?.addEventListener('abort', () => reject(new Error('aborted')), { once: true });
      });
    } catch (error) {
      client.on('error', () => undefined);
      client.end(true);
      socket.destroy();
      throw error;
    }
    client.on('error', (error) => wire.incident('protocol-error', error.message));
    client.on('close', () => this.gone(line));
    this.current = line;
    return line;
  }

  private gone(line: Line): void {
    if (!line.wire.open) return;
    line.wire.open = false;
    this.past.push(line.wire);
    if (this.past.length > remembered) this.past.shift();
    if (this.current === line) this.current = undefined;
    line.client.end(true);
    line.socket.destroy();
  }
}

const notSent = (reason: string): SendOutcome => ({ kind: 'not-sent', code: 'hub.peer.refused', reason });
const impossible = (reason: string): SendOutcome => ({
  kind: 'not-sent',
  code: 'hub.request.impossible',
  reason,
});
const unknown = (code: 'hub.peer.lost' | 'hub.peer.timeout', reason: string): SendOutcome => ({
  kind: 'unknown',
  code,
  reason,
});

function reasonOf(error: unknown): string {
  const { code, message } = error as { code?: unknown; message: string };
  return isFault(error) || typeof code !== 'string' ? message : code;
}
