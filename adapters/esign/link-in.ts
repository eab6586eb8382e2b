import type { ListenContext, Listener } from '../../contracts/adapter/port.ts';
import type { WebRequest, WebResponse } from '../../contracts/adapter/web.ts';
import type { CapturedBytes, ConnectionStats } from '../../contracts/adapter/wire.ts';
import { Fault, toFault } from '../../contracts/kernel/fault.ts';
import { tell, treeOf } from './call.ts';
import type { ListenSettings } from './descriptor.ts';
import { escapeXml, soapType, wrap } from './envelope.ts';
import { namesOf, overBody, overFields, type Proven, Verifier } from './proof.ts';
import { type Pending, readReference } from './reference.ts';
import { bytesOf, common, type Result, rulesOf, signedResult } from './result.ts';
import { Traffic } from './traffic.ts';
import { type Tree, textAt, textOf } from './tree.ts';
import { Trust } from './trust.ts';

/** How soon a CA may come again when nothing could be kept. */
const RETRY_SECONDS = 5;

/** Takes callbacks of a CA on `/esign/<path>` of the interface port. Throws `hub.listener.unavailable`, `channel.text.invalid`. */
export async function listen(context: ListenContext): Promise<Listener> {
  const settings = context.settings as ListenSettings;
  const { kind, secrets, certificate } = settings.proof;
  const needed = kind.startsWith('hmac') ? secrets : certificate;
  if (needed === undefined)
    throw new Fault('channel.text.invalid', {
      problem: `listen.proof: ${kind} needs ${kind.startsWith('hmac') ? 'secrets' : 'certificate'}`,
    });
  const trust = new Trust(settings.trust, context.now);
  trust.load();
  return new Callbacks(context, settings, trust);
}

/** Why a callback is not taken. */
interface Refusal {
  readonly status: number;
  readonly kind: string;
  readonly reason: string;
}

class Callbacks implements Listener {
  private readonly context: ListenContext;
  private readonly settings: ListenSettings;
  private readonly trust: Trust;
  private readonly verifier: Verifier;
  private readonly traffic: Traffic;
  private readonly path: string;
  private readonly unmount: () => void;
  private drained: () => void = () => undefined;

  constructor(context: ListenContext, settings: ListenSettings, trust: Trust) {
    this.context = context;
    this.settings = settings;
    this.trust = trust;
    this.verifier = new Verifier(settings.proof, context.now);
    this.traffic = new Traffic(context, settings.captureBytes ?? 65536);
    this.path = `/esign/${settings.path}`;
    this.unmount = context.web.mount(
      this.path,
      { maxBytes: settings.maxBytes ?? 262144, incident: context.incident },
      (request) => this.serve(request),
    );
  }

  get address(): string {
    return `${this.context.web.url}${this.path}`;
  }

  get port(): number {
    const { port, protocol } = new URL(this.context.web.url);
    return port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port);
  }

  connections(): ConnectionStats[] {
    return this.traffic.stats();
  }

  capture(connection: string): CapturedBytes[] {
    return this.traffic.capture(connection);
  }

  async stop(drainMs: number): Promise<void> {
    this.unmount();
    if (this.traffic.pending === 0) return;
    await new Promise<void>((resolve) => {
      const late = setTimeout(resolve, drainMs);
      this.drained = () => {
        if (this.traffic.pending > 0) return;
        clearTimeout(late);
        resolve();
      };
    });
  }

  private async serve(request: WebRequest): Promise<WebResponse> {
    const { connection, peer, receivedAt, body } = request;
    this.traffic.began(connection, peer);
    this.traffic.bytes(connection, 'in', body);
    const answer = await this.answer(request);
    this.traffic.bytes(connection, 'out', Buffer.from(answer.body ?? ''));
    this.traffic.ended(connection, receivedAt);
    this.drained();
    return answer;
  }

  private async answer(request: WebRequest): Promise<WebResponse> {
    if (request.method !== 'POST')
      return this.refuse(request, { status: 405, kind: 'refused', reason: 'only POST is taken here' });
    if (this.traffic.pending > (this.settings.maxPending ?? 32))
      return this.refuse(request, { status: 429, kind: 'request-limit', reason: 'too many at once' });
    // Who it is comes before what it says, wherever the proof does not stand inside.
    const inside = this.settings.proof.over === 'fields' ? this.read(request) : undefined;
    if (inside && !('tree' in inside)) return this.refuse(request, unreadable(inside));
    const proven = this.proven(request, inside?.tree ?? null);
    if ('refusal' in proven) {
      const { refusal: reason, busy } = proven;
      return this.refuse(request, { status: busy ? 503 : 401, kind: 'auth-failed', reason });
    }
    if ('again' in proven) return this.good();
    const read = inside ?? this.read(request);
    const taken = 'tree' in read ? this.taken(request, read.tree) : unreadable(read);
    if ('status' in taken) {
      proven.done(false);
      return this.refuse(request, taken);
    }
    return this.keep(request, taken, proven.done);
  }

  private read({ body, headers }: WebRequest): ReturnType<typeof treeOf> {
    const { soap, answer } = this.settings;
    return treeOf(body, headers['content-type'], soap !== undefined, answer.inner);
  }

  private proven({ body, headers }: WebRequest, tree: Tree): Proven {
    const { proof } = this.settings;
    const names = namesOf(proof);
    const fields = proof.over === 'fields';
    const named = (name: string): string | undefined => (fields ? textAt(tree, name) : headers[name]);
    const signature = named(names.signature);
    const timestamp = named(names.timestamp);
    const nonce = named(names.nonce);
    const message = fields ? overFields(tree, names.signature) : overBody(timestamp ?? '', nonce ?? '', body);
    const given = { ...(signature && { signature }), ...(timestamp && { timestamp }) };
    return this.verifier.verify(given, message);
  }

  /** Our own files may be unreadable for a while: then the CA comes again. */
  private taken(request: WebRequest, tree: Tree): Result | Refusal {
    try {
      return this.take(request, tree);
    } catch (error) {
      return { status: 503, kind: 'intake-refused', reason: toFault(error).message };
    }
  }

  /** What a callback that is the CA's says of a request of ours. */
  private take(request: WebRequest, tree: Tree): Result | Refusal {
    const told = tell(tree, this.settings.answer);
    if (told.verdict === 'unreadable') return { status: 422, kind: 'broken-frame', reason: told.reason };
    const values = told.values ?? {};
    const pending = this.pendingOf(values.reference ?? request.query.get('r') ?? '');
    if ('status' in pending) return pending;
    const rules = rulesOf(this.settings.trust);
    if (pending.digest !== rules.digest)
      return { status: 422, kind: 'refused', reason: 'the request was made with another digest' };
    if (values.document !== undefined && values.document !== pending.document)
      return { status: 422, kind: 'refused', reason: 'the callback is for another document' };
    const now = this.context.now();
    const at = new Date(now).toISOString();
    if (told.verdict === 'pending' || told.verdict === 'busy')
      return { ...common(pending, rules, values), kind: 'pending', at };
    const text = textOf(request.body, request.headers['content-type']) ?? '';
    const denied = told.verdict === 'negative' ? `CA 答复 · the CA says: ${told.reason}` : undefined;
    return signedResult(pending, values, rules, this.trust, now, text, denied);
  }

  private pendingOf(text: string): Pending | Refusal {
    const { secret, hours = 72 } = this.settings.reference;
    const pending = readReference(text, secret);
    if (!pending) return { status: 422, kind: 'refused', reason: 'it belongs to no request of ours' };
    const old = this.context.now() - pending.at > hours * 3_600_000;
    return old ? { status: 422, kind: 'refused', reason: 'its request is too long ago' } : pending;
  }

  private async keep(
    request: WebRequest,
    result: Result,
    done: (kept: boolean) => void,
  ): Promise<WebResponse> {
    const { connection, peer, peerCertificate, receivedAt } = request;
    try {
      const reply = await this.context.accept({
        bytes: bytesOf(result),
        connection,
        peer,
        receivedAt,
        oddities: [],
        meta: { callback: this.settings.path },
        ...(peerCertificate !== undefined && { peerCertificate }),
      });
      reply.later?.catch(() => undefined);
      done(true);
      return { ...this.good(), ...(reply.written && { written: reply.written }) };
    } catch (error) {
      done(false);
      const reason = toFault(error).message;
      return this.refuse(request, { status: 503, kind: 'intake-refused', reason });
    }
  }

  private good(): WebResponse {
    const { reply, soap } = this.settings;
    return this.written(200, reply?.good ?? (soap ? '<code>0</code>' : '{"code":"0"}'));
  }

  private refuse({ connection, peer, body }: WebRequest, { status, kind, reason }: Refusal): WebResponse {
    this.traffic.incident(connection, peer, kind, reason, body);
    const { reply, soap } = this.settings;
    const template =
      reply?.bad ??
      (soap ? '<code>1</code><message>{reason}</message>' : '{"code":"1","message":"{reason}"}');
    const shown = soap ? escapeXml(reason) : JSON.stringify(reason).slice(1, -1);
    const answer = this.written(
      status,
      template.replaceAll('{reason}', () => shown),
    );
    const wait = status === 503 || status === 429 ? { 'retry-after': String(RETRY_SECONDS) } : {};
    const allow = status === 405 ? { allow: 'POST' } : {};
    return { ...answer, headers: { ...answer.headers, ...wait, ...allow } };
  }

  private written(status: number, body: string): WebResponse {
    const { soap } = this.settings;
    return soap
      ? { status, headers: { 'content-type': soapType(soap) }, body: wrap(soap, body) }
      : { status, headers: { 'content-type': 'application/json; charset=utf-8' }, body };
  }
}

const unreadable = (read: object): Refusal => ({
  status: 422,
  kind: 'broken-frame',
  reason: 'bad' in read ? String(read.bad) : 'a SOAP fault is no callback',
});
