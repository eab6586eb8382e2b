import type { ConnectContext, Sender, SendOptions, SendOutcome } from '../../contracts/adapter/port.ts';
import type { CapturedBytes, ConnectionStats } from '../../contracts/adapter/wire.ts';
import { Caller, retryAfter } from './caller.ts';
import type { Answered, Exchanged } from './client.ts';
import type { SendSettings } from './descriptor.ts';
import { fill, headerValue } from './template.ts';
import { Traffic } from './traffic.ts';

/** A sender; one request at a time. */
export function connect(context: ConnectContext): Sender {
  return new OutboundPath(context, context.settings as SendSettings);
}

type Said = NonNullable<Extract<SendOutcome, { kind: 'replied' }>['said']>;

interface Prepared {
  readonly url: URL;
  readonly method: string;
  readonly headers: Record<string, string>;
}

const methods = new Set(['POST', 'PUT', 'PATCH']);
const busy = new Set([408, 425, 429]);

class OutboundPath implements Sender {
  private readonly context: ConnectContext;
  private readonly settings: SendSettings;
  private readonly caller: Caller;
  private readonly traffic: Traffic;
  private readonly ending = new AbortController();
  private turn: Promise<unknown> = Promise.resolve();

  constructor(context: ConnectContext, settings: SendSettings) {
    this.context = context;
    this.settings = settings;
    this.caller = new Caller(settings, context.now);
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
    this.ending.abort();
    await this.turn;
    this.caller.close();
  }

  private async sendNow(bytes: Uint8Array, options: SendOptions): Promise<SendOutcome> {
    if (this.ending.signal.aborted) return notSent('the sender is closed');
    const prepared = this.prepare(options);
    if ('problem' in prepared) return notSent(prepared.problem);
    const peer = peerOf(prepared.url);
    const line = `${this.context.endpoint}#${peer}`;
    const started = this.context.now();
    const signal = AbortSignal.any([this.ending.signal, ...(options.signal ? [options.signal] : [])]);
    this.traffic.began(line, peer);
    this.traffic.bytes(line, 'out', bytes);
    const answer = await this.caller.exchange({
      ...prepared,
      body: bytes,
      timeoutMs: options.timeoutMs,
      signal,
    });
    if (answer.kind === 'answered') this.traffic.answered(line, answer.body, answer.tls);
    else this.traffic.incident(line, peer, incidentOf(answer), answer.reason);
    this.traffic.ended(line, started);
    return this.outcome(answer, peer, this.context.now() - started);
  }

  /** Address and headers of this message; a name in braces without a value sends nothing. */
  private prepare(options: SendOptions): Prepared | { problem: string } {
    const { settings } = this;
    const values = { ...options.with, id: options.id, controlId: options.controlId };
    const { path, method = settings.method ?? 'POST' } = options.with;
    if (!methods.has(method)) return { problem: `with.method: ${method} is not POST, PUT or PATCH` };
    const address = fill(settings.url, values, encodeURIComponent);
    if ('missing' in address) return { problem: `url: no value for {${address.missing}}` };
    const url = URL.parse(address.text);
    if (url === null) return { problem: 'url: is not an address' };
    const more = fill(path ?? '', values, encodeURIComponent);
    if ('missing' in more) return { problem: `with.path: no value for {${more.missing}}` };
    if (path !== undefined && !append(url, more.text))
      return { problem: 'with.path: must begin with a single /' };
    const idempotency = settings.idempotencyHeader ?? 'Idempotency-Key';
    const headers: Record<string, string> = {
      'content-type': settings.contentType ?? options.mediaType,
      ...(idempotency !== '' && { [idempotency]: options.id }),
    };
    for (const [name, template] of Object.entries(settings.headers ?? {})) {
      const filled = fill(template, values, (value) => value);
      if ('missing' in filled) return { problem: `headers.${name}: no value for {${filled.missing}}` };
      headers[name] = headerValue(filled.text);
    }
    return { url, method, headers };
  }

  private outcome(answer: Exchanged, peer: string, roundTripMs: number): SendOutcome {
    if (answer.kind === 'not-sent') return notSent(answer.reason);
    if (answer.kind === 'unknown')
      return {
        kind: 'unknown',
        code: answer.late ? 'hub.peer.timeout' : 'hub.peer.lost',
        reason: answer.reason,
      };
    const said = this.said(answer);
    if (answer.cut && said.verdict === 'good')
      return { kind: 'unknown', code: 'hub.peer.lost', reason: 'the reply is longer than its limit' };
    return { kind: 'replied', bytes: answer.body, roundTripMs, peer, said };
  }

  private said(answer: Answered): Said {
    const { status } = answer;
    const code = String(status);
    if ((status >= 200 && status < 300) || this.settings.good?.includes(status))
      return { verdict: 'good', code };
    const words = `${status} ${answer.statusText}`.trim().slice(0, 100);
    if (status >= 300 && status < 400)
      return { verdict: 'negative', code, reason: `${words}: redirects are not followed` };
    if (status < 500 && !busy.has(status)) return { verdict: 'negative', code, reason: words };
    const wait = retryAfter(answer, this.context.now());
    return { verdict: 'busy', code, reason: wait === undefined ? words : `${words}, again in ${wait} s` };
  }
}

/** Adds a path below the address, never another host. */
function append(url: URL, path: string): boolean {
  if (!/^\/(?!\/)[^\s\\]*$/.test(path)) return false;
  const [own = '', query] = path.split('?', 2);
  url.pathname = url.pathname.replace(/\/$/, '') + own;
  if (query !== undefined) url.search = query;
  return true;
}

export function peerOf({ hostname, port, protocol }: URL): string {
  return `${hostname}:${port || (protocol === 'https:' ? '443' : '80')}`;
}

const incidentOf = (answer: Exclude<Exchanged, Answered>): string =>
  answer.kind === 'not-sent' ? 'not-connected' : answer.late ? 'reply-timeout' : 'connection-lost';

const notSent = (reason: string): SendOutcome => ({ kind: 'not-sent', code: 'hub.peer.refused', reason });
