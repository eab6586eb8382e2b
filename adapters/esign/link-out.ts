import type { ConnectContext, Sender, SendOptions, SendOutcome } from '../../contracts/adapter/port.ts';
import type { CapturedBytes, ConnectionStats } from '../../contracts/adapter/wire.ts';
import { Fault, toFault } from '../../contracts/kernel/fault.ts';
import { type Call, Calls, readAnswer, type Taken } from './call.ts';
import { Client, type Exchanged } from './client.ts';
import type { SendSettings } from './descriptor.ts';
import type { Rules } from './judge.ts';
import { writeReference } from './reference.ts';
import { type OperationName, type Request, readRequest } from './request.ts';
import { bytesOf, common, type Result, rulesOf, signedResult } from './result.ts';
import type { Ours, Readable } from './settings.ts';
import { checkToken } from './timestamp.ts';
import { Traffic } from './traffic.ts';
import { textOf } from './tree.ts';
import { Trust } from './trust.ts';

/** Asks a CA; one request at a time. Throws `channel.text.invalid`. */
export function connect(context: ConnectContext): Sender {
  const settings = context.settings as SendSettings;
  if (settings.callback !== undefined && settings.reference === undefined)
    throw new Fault('channel.text.invalid', { problem: 'send.callback needs send.reference' });
  return new Signer(context, settings);
}

/** What one exchange gave: an outcome that ends the delivery, or what the CA told. */
type Step =
  /** `denied`: the CA understood and said no, in these words. */
  | { readonly outcome: SendOutcome; readonly denied?: string }
  | { readonly told: Taken; readonly text: string };

class Signer implements Sender {
  private readonly context: ConnectContext;
  private readonly settings: SendSettings;
  private readonly rules: Rules;
  private readonly trust: Trust;
  private readonly calls: Calls;
  private readonly client: Client;
  private readonly traffic: Traffic;
  private readonly ending = new AbortController();
  private turn: Promise<unknown> = Promise.resolve();

  constructor(context: ConnectContext, settings: SendSettings) {
    this.context = context;
    this.settings = settings;
    this.rules = rulesOf(settings.trust);
    this.trust = new Trust(settings.trust, context.now);
    this.calls = new Calls(settings, context.now);
    this.client = new Client(settings);
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
  }

  private async sendNow(bytes: Uint8Array, options: SendOptions): Promise<SendOutcome> {
    if (this.ending.signal.aborted) return notSent('the sender is closed');
    const request = readRequest(bytes, this.rules.digest, options.with.operation);
    if ('bad' in request) return this.said('negative', 'request', request.bad);
    const started = this.context.now();
    try {
      this.trust.load();
      const done = await this.run(request, options);
      if ('outcome' in done) return done.outcome;
      const reply = bytesOf(done);
      return { ...this.said('good', '0'), bytes: reply, roundTripMs: this.context.now() - started };
    } catch (error) {
      return notSent(toFault(error).message);
    }
  }

  private async run(request: Request, options: SendOptions): Promise<Result | { outcome: SendOutcome }> {
    switch (request.operation) {
      case 'sign':
        return this.sign(request, options);
      case 'verify':
        return this.verify(request, options);
      case 'timestamp':
        return this.stamp(request, options);
    }
  }

  private async sign(request: Request, options: SendOptions): Promise<Result | { outcome: SendOutcome }> {
    const first = await this.ask('sign', request, options, {});
    if ('outcome' in first) return first;
    const about = aboutOf(request);
    const { told, text } = first;
    const now = this.context.now();
    if (told.verdict === 'pending') {
      const at = new Date(now).toISOString();
      return { ...common(about, this.rules, told.values), kind: 'pending', at };
    }
    const values = { ...told.values };
    if (values.timestamp === undefined && this.settings.operations.timestamp) {
      const stamped = await this.ask('timestamp', request, options, values);
      if ('outcome' in stamped) return stamped;
      values.timestamp = stamped.told.values.timestamp ?? '';
    }
    const refusal = this.settings.check === true ? await this.checked(request, options, values) : undefined;
    if (refusal && 'outcome' in refusal) return refusal;
    return signedResult(about, values, this.rules, this.trust, now, text, refusal?.reason);
  }

  /** What the CA itself says of a signature: undefined where it holds. A `negative` is a verdict here, not a failure. */
  private async checked(
    request: Request,
    options: SendOptions,
    values: Partial<Record<Readable, string>>,
  ): Promise<{ outcome: SendOutcome } | { reason: string } | undefined> {
    const answer = await this.ask('verify', request, options, values);
    if ('outcome' in answer)
      return answer.denied === undefined ? answer : { reason: `CA 答复 · the CA says: ${answer.denied}` };
    const { valid } = answer.told.values;
    return valid !== undefined && !/^(true|1|yes|y)$/i.test(valid)
      ? { reason: 'CA 答复无效 · the CA says: not valid' }
      : undefined;
  }

  private async verify(request: Request, options: SendOptions): Promise<Result | { outcome: SendOutcome }> {
    const { signature, certificate, timestamp } = request;
    const values = {
      ...(signature && { signature: signature.toString('base64') }),
      ...(certificate && { certificate }),
      ...(timestamp && { timestamp: timestamp.toString('base64') }),
    };
    const refusal = this.settings.operations.verify && (await this.checked(request, options, values));
    if (refusal && 'outcome' in refusal) return refusal;
    const now = this.context.now();
    const { rules, trust } = this;
    const result = signedResult(aboutOf(request), values, rules, trust, now, '', refusal?.reason);
    return { ...result, kind: 'verified' };
  }

  private async stamp(request: Request, options: SendOptions): Promise<Result | { outcome: SendOutcome }> {
    const answer = await this.ask('timestamp', request, options, {});
    if ('outcome' in answer) return answer;
    const { values } = answer.told;
    const token = Buffer.from(values.timestamp ?? '', 'base64');
    const checked = checkToken(token, { digest: this.rules.digest, hash: request.hash }, this.trust);
    const at = new Date('at' in checked ? checked.at : this.context.now()).toISOString();
    return {
      ...common(aboutOf(request), this.rules, values),
      kind: 'stamped',
      valid: 'at' in checked,
      ...('refusal' in checked && { reason: checked.refusal }),
      timestamp: token.toString('base64'),
      at,
      answer: answer.text,
    };
  }

  private async ask(
    name: OperationName,
    request: Request,
    options: SendOptions,
    values: Partial<Record<Readable, string>>,
  ): Promise<Step> {
    const operation = this.settings.operations[name];
    if (!operation)
      return { outcome: this.said('negative', 'request', `the endpoint has no operation ${name}`) };
    const call = this.calls.write(operation, this.valuesOf(request, values));
    const answer = await this.exchange(call, options);
    if (answer.kind !== 'answered') return { outcome: failed(answer) };
    const settings = operation.answer ?? this.settings.answer;
    const told = readAnswer(answer, settings, this.settings.soap !== undefined);
    if ('reason' in told) {
      const { verdict, code, reason } = told;
      const garbage = verdict === 'unreadable';
      if (garbage)
        this.traffic.incident(this.line(call.url), call.url.host, 'broken-reply', reason, answer.body);
      const said = garbage ? this.said('negative', 'garbage', reason) : this.said(verdict, code, reason);
      const outcome = { ...said, bytes: answer.body };
      return verdict === 'negative' && told.values ? { outcome, denied: reason } : { outcome };
    }
    return { told, text: textOf(answer.body, answer.contentType) ?? '' };
  }

  private async exchange(call: Call, options: SendOptions): Promise<Exchanged> {
    const line = this.line(call.url);
    const { host } = call.url;
    const started = this.context.now();
    const signal = AbortSignal.any([this.ending.signal, ...(options.signal ? [options.signal] : [])]);
    this.traffic.began(line, host);
    this.traffic.bytes(line, 'out', call.body);
    const answer = await this.client.exchange({ ...call, timeoutMs: options.timeoutMs, signal });
    if (answer.kind === 'answered') this.traffic.answered(line, answer.body, answer.tls);
    else {
      const kind =
        answer.kind === 'not-sent' ? 'not-connected' : answer.late ? 'reply-timeout' : 'connection-lost';
      this.traffic.incident(line, host, kind, answer.reason);
    }
    this.traffic.ended(line, started);
    return answer;
  }

  private valuesOf(
    request: Request,
    known: Partial<Record<Readable, string>>,
  ): Partial<Record<Ours, string>> {
    const { app, names, hash: written = 'hex', reference, callback } = this.settings;
    const { digest } = this.rules;
    const hash =
      written === 'HEX' ? request.hash.toString('hex').toUpperCase() : request.hash.toString(written);
    const bound =
      reference && writeReference({ ...aboutOf(request), digest, at: this.context.now() }, reference.secret);
    return {
      document: request.document,
      title: request.title,
      signer: request.signer,
      hash,
      algorithm: names?.[digest] ?? digest,
      ...(app !== undefined && { app }),
      ...(bound !== undefined && { reference: bound }),
      ...(bound !== undefined &&
        callback !== undefined && {
          callback: `${this.context.web.url}/esign/${callback}?r=${bound}`,
        }),
      ...given(known),
    };
  }

  private line(url: URL): string {
    return `${this.context.endpoint}#${url.host}`;
  }

  private said(
    verdict: 'good' | 'busy' | 'negative',
    code: string,
    reason?: string,
  ): Extract<SendOutcome, { kind: 'replied' }> {
    const said = { verdict, code, ...(reason !== undefined && { reason }) };
    return {
      kind: 'replied',
      bytes: new Uint8Array(),
      roundTripMs: 0,
      peer: hostOf(this.settings.url),
      said,
    };
  }
}

const given = ({ signature, certificate, timestamp }: Partial<Record<Readable, string>>) => ({
  ...(signature !== undefined && { signature }),
  ...(certificate !== undefined && { certificate }),
  ...(timestamp !== undefined && { timestamp }),
});

const aboutOf = ({ document, hash, signer, order }: Request) => ({
  document,
  hash: hash.toString('hex'),
  signer,
  order,
});

const hostOf = (url: string): string => URL.parse(url)?.host ?? '';

const notSent = (reason: string): SendOutcome => ({ kind: 'not-sent', code: 'hub.peer.refused', reason });

function failed(answer: Exclude<Exchanged, { kind: 'answered' }>): SendOutcome {
  if (answer.kind === 'not-sent') return notSent(answer.reason);
  return {
    kind: 'unknown',
    code: answer.late ? 'hub.peer.timeout' : 'hub.peer.lost',
    reason: answer.reason,
  };
}
