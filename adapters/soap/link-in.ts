import type { InboundFrame, ListenContext, Listener, Reply } from '../../contracts/adapter/port.ts';
import type { WebRequest, WebResponse } from '../../contracts/adapter/web.ts';
import type { CapturedBytes, ConnectionStats } from '../../contracts/adapter/wire.ts';
import type { FaultCode } from '../../contracts/faults/catalogue.ts';
import { toFault } from '../../contracts/kernel/fault.ts';
import { t } from '../../contracts/kernel/text.ts';
import { type Contract, contractOf, limitsOf, type Version } from './contract.ts';
import type { ListenSettings } from './descriptor.ts';
import { contentTypes, writeEnvelope, writeFault } from './envelope-write.ts';
import { isProblem, SoapProblem } from './problem.ts';
import { type Received, Reception } from './reception.ts';
import { responseOf } from './response.ts';
import { Traffic } from './traffic.ts';
import { writeWsdl } from './wsdl-write.ts';
import type { XmlLimits } from './xml-reader.ts';

const RETRY_SECONDS = 5;

/** Serves the contract on the interface port until stopped. Throws `hub.listener.unavailable` where its path is taken. */
export async function listen(context: ListenContext): Promise<Listener> {
  return new SoapService(context, context.settings as ListenSettings);
}

class SoapService implements Listener {
  private readonly context: ListenContext;
  private readonly settings: ListenSettings;
  private readonly contract: Contract;
  private readonly limits: XmlLimits;
  private readonly versions: readonly Version[];
  private readonly reception: Reception;
  private readonly traffic: Traffic;
  private readonly path: string;
  private readonly unmount: () => void;
  private pending = 0;
  private idle: (() => void) | undefined;

  constructor(context: ListenContext, settings: ListenSettings) {
    const {
      path = '/soap/hip',
      versions = 'both',
      maxBytes = 67108864,
      clientCertificate = false,
    } = settings;
    this.context = context;
    this.path = path;
    this.settings = settings;
    this.contract = contractOf(settings);
    this.limits = limitsOf(settings);
    this.versions = versions === 'both' ? ['1.1', '1.2'] : [versions];
    this.reception = new Reception(settings, this.contract, this.limits, this.versions);
    this.traffic = new Traffic(context, settings.captureBytes ?? 65536);
    this.unmount = context.web.mount(
      path,
      { maxBytes, clientCertificate, incident: context.incident },
      (request) => this.serve(request),
    );
  }

  /** As others reach it; known once the port is open. */
  get address(): string {
    return `${this.context.web.url.replace(/\/$/, '')}${this.path}`;
  }

  get port(): number {
    const { port, protocol } = new URL(this.address);
    return Number(port || (protocol === 'https:' ? 443 : 80));
  }

  connections(): ConnectionStats[] {
    return this.traffic.stats();
  }

  capture(connection: string): CapturedBytes[] {
    return this.traffic.capture(connection);
  }

  async stop(drainMs: number): Promise<void> {
    this.unmount();
    if (this.pending === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, drainMs);
      this.idle = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  private async serve(request: WebRequest): Promise<WebResponse> {
    if (request.path !== '/' && request.path !== '') return plain(404, 'no such path');
    if (request.method === 'GET' || request.method === 'HEAD') return this.description(request);
    if (request.method !== 'POST')
      return { ...plain(405, 'SOAP is sent by POST'), headers: { allow: 'GET, HEAD, POST' } };
    const { connection, peer, body } = request;
    this.pending++;
    this.traffic.began(connection, peer, request.peerCertificate);
    this.traffic.bytes(connection, 'in', body);
    try {
      const response = await this.answer(request);
      this.traffic.bytes(connection, 'out', response.body);
      return response;
    } finally {
      this.traffic.ended(connection, request.receivedAt);
      if (--this.pending === 0) this.idle?.();
    }
  }

  /** Whatever happens becomes an answer. */
  private async answer(request: WebRequest): Promise<WebResponse & { readonly body: Uint8Array }> {
    let version = this.reception.versionOf(request);
    try {
      if (this.pending > (this.settings.maxPending ?? 100)) throw busy('connection-limit', 'hub.peer.busy');
      const opened = this.reception.open(request);
      version = opened.envelope.version;
      const received = this.reception.receive(opened, request.headers, this.context.now());
      return await this.handle(request, received, version);
    } catch (error) {
      const problem = isProblem(error) ? error : brokenBy(error);
      if (!isProblem(error)) this.context.log.error('a SOAP request failed', { code: toFault(error).code });
      this.tell(request, problem);
      return faultResponse(version, problem);
    }
  }

  private async handle(
    request: WebRequest,
    received: Received,
    version: Version,
  ): Promise<WebResponse & { readonly body: Uint8Array }> {
    const reply = await this.accept(request, received, version);
    try {
      const content = responseOf(received.call.operation, this.contract, reply, this.limits);
      const body = Buffer.from(writeEnvelope(version, received.replyHeaders, content));
      const headers = { 'content-type': contentTypes[version] };
      return { status: 200, headers, body, ...(reply.written && { written: reply.written }) };
    } catch (error) {
      reply.written?.('failed');
      throw error;
    }
  }

  private async accept(request: WebRequest, received: Received, version: Version): Promise<Reply> {
    const { connection, peer, receivedAt, peerCertificate } = request;
    const { call } = received;
    const frame: InboundFrame = {
      bytes: Buffer.from(call.message),
      connection,
      peer,
      ...(peerCertificate !== undefined && { peerCertificate }),
      receivedAt,
      oddities: received.oddities,
      meta: {
        ...call.others,
        ...received.actions,
        operation: call.operation.name,
        soapVersion: version,
        charset: 'UTF-8',
      },
    };
    if (received.oddities.length > 0)
      this.traffic.incident(connection, peer, 'odd-request', received.oddities.join(', '));
    try {
      const reply = await this.context.accept(frame);
      reply.later?.catch(() => undefined);
      return reply;
    } catch (error) {
      received.forget();
      const { code, kind } = toFault(error);
      throw kind === 'transient' ? busy('intake-refused', code) : error;
    }
  }

  /** Bytes are kept where nobody else has them, unless a stranger sent them. */
  private tell({ connection, peer, body }: WebRequest, problem: SoapProblem): void {
    const kind = problem.details.kind ?? 'refused';
    const keep = kind === 'broken-frame' && !this.reception.guarded;
    this.traffic.incident(connection, peer, kind, problem.message, body, keep);
  }

  private description(request: WebRequest): WebResponse {
    const asked = [...request.query.keys()].some((key) => /^(single)?wsdl$/i.test(key));
    if (!asked)
      return {
        ...plain(405, 'SOAP is sent by POST; the description is at ?wsdl'),
        headers: { allow: 'POST' },
      };
    const wsdl = writeWsdl(this.contract, this.versions, this.settings.address ?? this.address);
    return { status: 200, headers: { 'content-type': 'text/xml; charset=utf-8' }, body: wsdl };
  }
}

function faultResponse(version: Version, problem: SoapProblem): WebResponse & { readonly body: Uint8Array } {
  const { status, headers, retrySeconds } = problem.details;
  if (status !== undefined)
    return {
      status,
      headers: { 'content-type': 'text/plain; charset=utf-8', ...headers },
      body: Buffer.from(problem.message),
    };
  const fault = writeFault(version, problem);
  return {
    status: fault.status,
    headers: {
      'content-type': contentTypes[version],
      ...(retrySeconds !== undefined && { 'retry-after': String(retrySeconds) }),
    },
    body: Buffer.from(fault.body),
  };
}

const plain = (status: number, text: string): WebResponse => ({
  status,
  headers: { 'content-type': 'text/plain; charset=utf-8' },
  body: `${text}\n`,
});

/** Nothing was kept; the sender comes again. */
const busy = (kind: string, code: FaultCode): SoapProblem =>
  new SoapProblem(t('暂不能接收，请稍后重发', 'Cannot be taken now; send it again later'), {
    soap: 'Receiver',
    code,
    retrySeconds: RETRY_SECONDS,
    kind,
  });

const brokenBy = (error: unknown): SoapProblem => {
  const { code } = toFault(error);
  return new SoapProblem(t('系统内部错误', 'Internal error'), {
    soap: 'Receiver',
    code,
    kind: 'internal-error',
  });
};
