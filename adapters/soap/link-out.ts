import type { ConnectContext, Sender, SendOptions, SendOutcome } from '../../contracts/adapter/port.ts';
import type { CapturedBytes, ConnectionStats } from '../../contracts/adapter/wire.ts';
import { readAnswer } from './answer.ts';
import { limitsOf } from './contract.ts';
import type { SendSettings } from './descriptor.ts';
import { type Exchanged, HttpClient, reasonOf } from './http.ts';
import { type WrittenRequest, writeRequest } from './request-write.ts';
import { type Target, Targets } from './target.ts';
import { Traffic } from './traffic.ts';
import type { XmlLimits } from './xml-reader.ts';

/** A sender; reads the WSDL, where one is set, and connects when first asked to send. */
export function connect(context: ConnectContext): Sender {
  return new SoapCaller(context, context.settings as SendSettings);
}

class SoapCaller implements Sender {
  private readonly context: ConnectContext;
  private readonly settings: SendSettings;
  private readonly limits: XmlLimits;
  private readonly http: HttpClient;
  private readonly targets: Targets;
  private readonly traffic: Traffic;
  private readonly closing = new AbortController();
  private turn: Promise<unknown> = Promise.resolve();

  constructor(context: ConnectContext, settings: SendSettings) {
    this.context = context;
    this.settings = settings;
    this.limits = limitsOf(settings);
    this.http = new HttpClient(settings, context.now);
    this.targets = new Targets(settings, this.http);
    this.traffic = new Traffic(context, settings.captureBytes ?? 65536);
  }

  send(bytes: Uint8Array, options: SendOptions): Promise<SendOutcome> {
    const mine = this.turn.then(() => this.sendNow(bytes, options));
    this.turn = mine;
    return mine;
  }

  connections(): ConnectionStats[] {
    return this.traffic.stats();
  }

  capture(connection: string): CapturedBytes[] {
    return this.traffic.capture(connection);
  }

  async close(): Promise<void> {
    this.closing.abort();
    await this.turn;
    this.http.close();
  }

  private async sendNow(bytes: Uint8Array, options: SendOptions): Promise<SendOutcome> {
    const signal = AbortSignal.any([this.closing.signal, ...(options.signal ? [options.signal] : [])]);
    if (signal.aborted) return notSent('hub.peer.refused', 'aborted');
    let target: Target;
    let request: ReturnType<typeof writeRequest>;
    try {
      target = await this.targets.find(options.with.operation, options.timeoutMs, signal);
      request = writeRequest(bytes, target, this.settings, this.limits, options, this.context.now());
    } catch (error) {
      return notSent('hub.peer.refused', reasonOf(error));
    }
    if ('bad' in request) return notSent('hub.request.impossible', request.bad);
    return this.call(target, request, options, signal);
  }

  private async call(
    target: Target,
    { headers, body }: WrittenRequest,
    { timeoutMs, matches }: SendOptions,
    signal: AbortSignal,
  ): Promise<SendOutcome> {
    const peer = new URL(target.url).host;
    const connection = `${this.context.endpoint}>${peer}`;
    const started = this.context.now();
    this.traffic.began(connection, peer);
    const maxBytes = this.settings.maxReplyBytes ?? 67108864;
    const answer = await this.http.exchange({
      url: target.url,
      method: 'POST',
      headers,
      body,
      timeoutMs,
      signal,
      maxBytes,
      trusted: true,
    });
    const roundTripMs = this.context.now() - started;
    if (!('failed' in answer) || answer.written) this.traffic.bytes(connection, 'out', body);
    if (!('failed' in answer)) this.traffic.bytes(connection, 'in', answer.body);
    this.traffic.ended(connection, started);
    const outcome =
      'failed' in answer ? failed(answer) : this.judged(answer, target, matches, peer, roundTripMs);
    if (outcome.kind !== 'replied')
      this.traffic.incident(
        connection,
        peer,
        outcome.code === 'hub.peer.timeout' ? 'reply-timeout' : 'call-failed',
        outcome.reason,
      );
    return outcome;
  }

  private judged(
    { status, headers, body }: Exclude<Exchanged, { failed: string }>,
    { operation }: Target,
    matches: SendOptions['matches'],
    peer: string,
    roundTripMs: number,
  ): SendOutcome {
    const { anyReply = false } = this.settings;
    const http = { status, type: headers['content-type'], body };
    const answer = readAnswer(http, operation, this.limits, this.settings);
    if ('unclear' in answer) return { kind: 'unknown', code: 'hub.peer.lost', reason: answer.unclear };
    const { bytes, said } = answer;
    if (said === undefined && !anyReply && !safely(matches, bytes))
      return { kind: 'unknown', code: 'hub.peer.lost', reason: 'the answer belongs to another message' };
    return { kind: 'replied', bytes, roundTripMs, peer, ...(said !== undefined && { said }) };
  }
}

type NotSent = Extract<SendOutcome, { kind: 'not-sent' }>;

const notSent = (code: NotSent['code'], reason: string): SendOutcome => ({ kind: 'not-sent', code, reason });

const failed = ({ failed: reason, written, late }: Extract<Exchanged, { failed: string }>): SendOutcome =>
  written
    ? { kind: 'unknown', code: late ? 'hub.peer.timeout' : 'hub.peer.lost', reason }
    : notSent('hub.peer.refused', reason);

/** A matcher that throws cannot read the reply: it is not the one. */
function safely(matches: (reply: Uint8Array) => boolean, bytes: Uint8Array): boolean {
  try {
    return matches(bytes);
  } catch {
    return false;
  }
}
