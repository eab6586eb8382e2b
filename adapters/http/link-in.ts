import type { ListenContext, Listener, Reply, ReplyOutcome } from '../../contracts/adapter/port.ts';
import type { WebRequest, WebResponse } from '../../contracts/adapter/web.ts';
import type { CapturedBytes, ConnectionStats } from '../../contracts/adapter/wire.ts';
import { Fault, toFault } from '../../contracts/kernel/fault.ts';
import { essence, receive } from './body-in.ts';
import type { ListenSettings } from './descriptor.ts';
import { type Admission, Guard } from './guard.ts';
import { Poller } from './poll.ts';
import { Traffic } from './traffic.ts';

/** How soon a sender may come again when nothing could be kept. */
const RETRY_SECONDS = 5;
/** And when it was refused too often. */
const BARRED_SECONDS = 60;

const usual: Readonly<Record<ReplyOutcome, number>> = {
  kept: 200,
  repeated: 200,
  unwanted: 404,
  refused: 422,
};

const kinds: Readonly<Record<number, string>> = {
  401: 'auth-failed',
  405: 'refused',
  413: 'too-large',
  415: 'content-type',
  429: 'request-limit',
};

/** Serves a path of the interface port, or polls. Throws `hub.listener.unavailable`, `channel.text.invalid`. */
export async function listen(context: ListenContext): Promise<Listener> {
  const settings = context.settings as ListenSettings;
  const { path, poll } = settings;
  if ((path === undefined) === (poll === undefined))
    throw new Fault('channel.text.invalid', { problem: 'listen needs either "path" or "poll"' });
  if (poll !== undefined) return Poller.start(context, poll);
  return new InboundPath(context, settings, `/in/${path}`);
}

class InboundPath implements Listener {
  private readonly path: string;
  private readonly context: ListenContext;
  private readonly settings: ListenSettings;
  private readonly guard: Guard;
  private readonly traffic: Traffic;
  private readonly unmount: () => void;
  private drained: () => void = () => undefined;

  constructor(context: ListenContext, settings: ListenSettings, path: string) {
    this.context = context;
    this.settings = settings;
    this.guard = new Guard(settings.auth ?? {}, context.now);
    this.traffic = new Traffic(context, settings.captureBytes ?? 65536);
    const options = {
      maxBytes: settings.maxBytes ?? 16777216,
      clientCertificate: settings.auth?.clientCertificate === true,
      incident: context.incident,
    };
    this.unmount = context.web.mount(path, options, (request) => this.serve(request));
    this.path = path;
  }

  get address(): string {
    return `${this.context.web.url}${this.path}`;
  }

  get port(): number {
    return portOf(this.context.web.url);
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
    const methods = this.settings.query === true ? ['POST', 'PUT', 'GET'] : ['POST', 'PUT'];
    if (!methods.includes(request.method))
      return this.refuse(request, 405, 'the method is not taken here', { allow: methods.join(', ') });
    if (this.traffic.pending > (this.settings.maxPending ?? 64))
      return this.refuse(request, 429, 'too many requests at once', { 'retry-after': '1' });
    const admission = this.guard.admit(request);
    if (admission.status !== undefined) {
      const { status, reason } = admission;
      const how =
        status === 401
          ? { 'www-authenticate': this.guard.challenge }
          : { 'retry-after': String(BARRED_SECONDS) };
      return this.refuse(request, status, reason, how);
    }
    const received = await receive(request, this.settings);
    if ('status' in received) {
      admission.forget();
      return this.refuse(request, received.status, received.reason);
    }
    return this.accept(request, received.bytes, received.meta, admission);
  }

  private async accept(
    request: WebRequest,
    bytes: Uint8Array,
    meta: Readonly<Record<string, string>>,
    admission: Extract<Admission, { status?: undefined }>,
  ): Promise<WebResponse> {
    const { connection, peer, peerCertificate, receivedAt } = request;
    try {
      const reply = await this.context.accept({
        bytes,
        connection,
        peer,
        receivedAt,
        oddities: [],
        meta,
        ...(peerCertificate !== undefined && { peerCertificate }),
      });
      reply.later?.catch(() => undefined);
      return this.told(request, reply);
    } catch (error) {
      admission.forget();
      const reason = toFault(error).message;
      return this.refuse(request, 503, reason, { 'retry-after': String(RETRY_SECONDS) }, 'intake-refused');
    }
  }

  /** The format's own answer, or what became of each message. */
  private told(request: WebRequest, reply: Reply): WebResponse {
    const status = this.settings.statuses?.[reply.outcome] ?? usual[reply.outcome];
    const written = reply.written === undefined ? {} : { written: reply.written };
    if (reply.bytes !== undefined) {
      const type = this.settings.replyType ?? typeOf(reply.bytes, request.headers['content-type']);
      return { status, headers: { 'content-type': type }, body: reply.bytes, ...written };
    }
    const { outcome, reason, results } = reply;
    const body = { outcome, ...(reason !== undefined && { reason }), messages: results };
    return {
      status,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      ...written,
    };
  }

  private refuse(
    request: WebRequest,
    status: number,
    reason: string,
    headers: Record<string, string> = {},
    kind = kinds[status] ?? 'broken-frame',
  ): WebResponse {
    this.traffic.incident(request.connection, request.peer, kind, reason, request.body);
    const body = JSON.stringify({ outcome: 'refused', reason, messages: [] });
    return { status, headers: { 'content-type': 'application/json', ...headers }, body };
  }
}

/** Media type of an answer, by its first byte or as the question was. */
function typeOf(bytes: Uint8Array, asked: string | undefined): string {
  const first = Buffer.from(bytes.subarray(0, 8)).toString('latin1').trimStart()[0];
  if (first === '{' || first === '[') return 'application/json';
  if (first === '<') return 'application/xml';
  return (asked && essence(asked)) || 'application/octet-stream';
}

function portOf(url: string): number {
  const { port, protocol } = new URL(url);
  return port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port);
}
