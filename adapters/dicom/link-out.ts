import type { ConnectContext, Sender, SendOptions, SendOutcome } from '../../contracts/adapter/port.ts';
import type { CapturedBytes, ConnectionStats } from '../../contracts/adapter/wire.ts';
import type { ProposedContext } from './associate.ts';
import { echoRequest, storeRequest } from './command.ts';
import { type OutboundConnection, openAssociation } from './connection-out.ts';
import type { DimseSettings, SendSettings } from './descriptor.ts';
import { type Part10, readPart10 } from './part10.ts';
import { cannot, saidOf } from './said.ts';
import { StowLink } from './stow.ts';
import { TlsFiles } from './tls-files.ts';
import { implicitLittle, verification } from './uid.ts';
import { addressOf } from './wire.ts';

const REMEMBERED = 5;
/** Kinds of instances proposed at once; a proposal holds 128 contexts at most. */
const KINDS = 60;

/** A sender; associates when first asked to send, keeps the association for a while, and makes a new one when it is gone. */
export function connect(context: ConnectContext): Sender {
  const settings = context.settings as SendSettings;
  const tls = settings.tls && new TlsFiles(settings.tls);
  return settings.kind === 'stow'
    ? new StowLink(context, settings.stow!, tls, settings.tls?.serverName)
    : new DimseLink(context, settings.dimse!, tls, settings.tls?.serverName);
}

class DimseLink implements Sender {
  private readonly context: ConnectContext;
  private readonly settings: DimseSettings;
  private readonly tls: TlsFiles | undefined;
  private readonly serverName: string | undefined;
  private readonly peer: string;
  private readonly past: OutboundConnection[] = [];
  /** What was sent before, so that one association serves all of it. */
  private readonly kinds = new Map<string, { readonly abstract: string; readonly syntax: string }>();
  private current: OutboundConnection | undefined;
  private linger: NodeJS.Timeout | undefined;
  private turn: Promise<unknown> = Promise.resolve();
  private readonly closing = new AbortController();

  constructor(
    context: ConnectContext,
    settings: DimseSettings,
    tls: TlsFiles | undefined,
    serverName: string | undefined,
  ) {
    this.context = context;
    this.settings = settings;
    this.tls = tls;
    this.serverName = serverName;
    this.peer = addressOf(settings.host, settings.port);
  }

  send(bytes: Uint8Array, options: SendOptions): Promise<SendOutcome> {
    const mine = this.turn.then(() => this.sendNow(bytes, options));
    this.turn = mine;
    return mine;
  }

  connections(): ConnectionStats[] {
    const all = this.current === undefined ? this.past : [...this.past, this.current];
    return all.map((connection) => connection.stats());
  }

  capture(connection: string): CapturedBytes[] {
    return [this.current, ...this.past].find((one) => one?.wire.id === connection)?.wire.capture() ?? [];
  }

  async close(): Promise<void> {
    this.closing.abort();
    clearTimeout(this.linger);
    await this.turn;
    await this.current?.release();
  }

  private async sendNow(bytes: Uint8Array, options: SendOptions): Promise<SendOutcome> {
    const signal = AbortSignal.any([this.closing.signal, ...(options.signal ? [options.signal] : [])]);
    if (signal.aborted) return notSent('aborted');
    const part = readPart10(bytes);
    if (part === undefined || part.dataset.length === 0)
      return this.replied(0, cannot('not-dicom', 'the bytes are no DICOM file (PS3.10)'), '');
    clearTimeout(this.linger);
    try {
      const connection = await this.associated(part, options.timeoutMs, signal);
      return await this.store(connection, part, options, signal);
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      return notSent(code ?? message);
    } finally {
      this.linger = setTimeout(() => void this.current?.release(), this.settings.lingerMs ?? 5000);
      this.linger.unref();
    }
  }

  private async store(
    connection: OutboundConnection,
    { sopClass, sopInstance, syntax, dataset }: Part10,
    { timeoutMs }: SendOptions,
    signal: AbortSignal,
  ): Promise<SendOutcome> {
    const started = this.context.now();
    const context = connection.contextFor(sopClass, syntax);
    if (context === undefined) {
      const reason = `the peer takes no ${sopClass} in ${syntax}`;
      return this.replied(started, cannot('context', reason), sopInstance);
    }
    const id = connection.nextId();
    const command = storeRequest(sopClass, sopInstance, id);
    const answer = await connection.request(context, id, command, dataset, { timeoutMs, signal });
    if ('reason' in answer) {
      const { reason, whole } = answer;
      const code = reason.startsWith('no answer') ? 'hub.peer.timeout' : 'hub.peer.lost';
      return whole ? { kind: 'unknown', code, reason } : notSent(reason);
    }
    connection.wire.lastRoundTripMs = this.context.now() - started;
    return this.replied(started, saidOf(answer.status, answer.comment), sopInstance);
  }

  private replied(started: number, said: ReturnType<typeof saidOf>, sopInstance: string): SendOutcome {
    const roundTripMs = started === 0 ? 0 : this.context.now() - started;
    const text = JSON.stringify({ status: said.code, comment: said.reason ?? '', sopInstance });
    return { kind: 'replied', bytes: Buffer.from(text), roundTripMs, peer: this.peer, said };
  }

  /** The association in use where it was proposed for this kind; else a new one for all kinds so far, verified by C-ECHO. */
  private async associated(
    { sopClass, syntax }: Part10,
    timeoutMs: number,
    signal: AbortSignal,
  ): Promise<OutboundConnection> {
    const { current } = this;
    if (current?.usable && current.proposed(sopClass, syntax)) return current;
    await current?.release();
    this.remember(current);
    this.kinds.delete(`${sopClass} ${syntax}`);
    this.kinds.set(`${sopClass} ${syntax}`, { abstract: sopClass, syntax });
    for (const oldest of this.kinds.keys()) if (this.kinds.size > KINDS) this.kinds.delete(oldest);
    const contexts: ProposedContext[] = [
      { id: 1, abstract: verification, syntaxes: [implicitLittle] },
      ...[...this.kinds.values()].map(({ abstract, syntax: one }, i) => ({
        id: 2 * i + 3,
        abstract,
        syntaxes: [one],
      })),
    ];
    const connection = await openAssociation({
      settings: this.settings,
      tls: this.tls,
      serverName: this.serverName,
      context: this.context,
      contexts,
      signal,
    });
    this.current = connection;
    if (this.settings.echo !== false) await this.verify(connection, timeoutMs, signal);
    return connection;
  }

  private async verify(
    connection: OutboundConnection,
    timeoutMs: number,
    signal: AbortSignal,
  ): Promise<void> {
    const context = connection.contextFor(verification, implicitLittle);
    if (context === undefined) return;
    const id = connection.nextId();
    const answer = await connection.request(context, id, echoRequest(verification, id), undefined, {
      timeoutMs,
      signal,
    });
    if ('reason' in answer) throw new Error(`C-ECHO: ${answer.reason}`);
    if (answer.status === 0) return;
    await connection.release();
    throw new Error(`C-ECHO answered ${answer.status.toString(16).padStart(4, '0')}`);
  }

  private remember(connection: OutboundConnection | undefined): void {
    this.current = undefined;
    if (connection === undefined) return;
    this.past.push(connection);
    if (this.past.length > REMEMBERED) this.past.shift();
  }
}

const notSent = (reason: string): SendOutcome => ({ kind: 'not-sent', code: 'hub.peer.refused', reason });
