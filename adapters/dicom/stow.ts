import { randomUUID } from 'node:crypto';
import { type IncomingMessage, Agent as PlainAgent, request as plainRequest } from 'node:http';
import { request as secureRequest, Agent as TlsAgent } from 'node:https';
import type { ConnectContext, Sender, SendOptions, SendOutcome } from '../../contracts/adapter/port.ts';
import type { CapturedBytes, ConnectionStats } from '../../contracts/adapter/wire.ts';
import type { StowSettings } from './descriptor.ts';
import { readPart10 } from './part10.ts';
import { cannot } from './said.ts';
import { judgeStow } from './stow-reply.ts';
import type { TlsFiles } from './tls-files.ts';
import { Wire } from './wire.ts';

const LARGEST_REPLY = 1_048_576;

/** STOW-RS as a client (PS3.18 §10.5): one instance a request, so that each has an answer of its own. */
export class StowLink implements Sender {
  private readonly context: ConnectContext;
  private readonly settings: StowSettings;
  private readonly tls: TlsFiles | undefined;
  private readonly serverName: string | undefined;
  private readonly url: URL;
  private readonly wire: Wire;
  private agent: PlainAgent | TlsAgent | undefined;
  private turn: Promise<unknown> = Promise.resolve();
  private readonly closing = new AbortController();

  constructor(
    context: ConnectContext,
    settings: StowSettings,
    tls: TlsFiles | undefined,
    serverName: string | undefined,
  ) {
    this.context = context;
    this.settings = settings;
    this.tls = tls;
    this.serverName = serverName;
    this.url = new URL(settings.url);
    this.wire = new Wire(context, this.url.host, 65536);
    this.wire.open = false;
  }

  send(bytes: Uint8Array, options: SendOptions): Promise<SendOutcome> {
    const mine = this.turn.then(() => this.sendNow(bytes, options));
    this.turn = mine;
    return mine;
  }

  connections(): ConnectionStats[] {
    return this.wire.framesOut === 0 ? [] : [this.wire.stats(0)];
  }

  capture(connection: string): CapturedBytes[] {
    return connection === this.wire.id ? this.wire.capture() : [];
  }

  async close(): Promise<void> {
    this.closing.abort();
    await this.turn;
    this.agent?.destroy();
  }

  private async sendNow(bytes: Uint8Array, options: SendOptions): Promise<SendOutcome> {
    const part = readPart10(bytes);
    const started = this.context.now();
    const replied = (said: ReturnType<typeof cannot>, body: Uint8Array): SendOutcome => ({
      kind: 'replied',
      bytes: body,
      roundTripMs: this.context.now() - started,
      peer: this.url.host,
      said,
    });
    if (part === undefined)
      return replied(cannot('not-dicom', 'the bytes are no DICOM file (PS3.10)'), Buffer.alloc(0));
    this.wire.pending = 1;
    this.wire.framesOut++;
    const answer = await this.post(bytes, part.syntax, options);
    this.wire.pending = 0;
    if ('kind' in answer) {
      this.wire.open = false;
      this.wire.incident('send-failed', answer.reason);
      return answer;
    }
    this.wire.open = true;
    this.wire.framesIn++;
    this.wire.lastRoundTripMs = this.context.now() - started;
    const said = judgeStow(answer.status, answer.body, part.sopInstance);
    return replied(said, answer.body);
  }

  private post(
    file: Uint8Array,
    syntax: string,
    { timeoutMs, signal }: SendOptions,
  ): Promise<{ status: number; body: Buffer } | Extract<SendOutcome, { reason: string }>> {
    const boundary = `cytomesh-${randomUUID()}`;
    const head = Buffer.from(
      `--${boundary}\r\nContent-Type: application/dicom; transfer-syntax=${syntax}\r\n\r\n`,
    );
    const tail = Buffer.from(`\r\n--${boundary}--\r\n`);
    const body = Buffer.concat([head, file, tail]);
    return new Promise((resolve) => {
      let timedOut = false;
      const stop = AbortSignal.any([this.closing.signal, ...(signal ? [signal] : [])]);
      const send = this.url.protocol === 'https:' ? secureRequest : plainRequest;
      const lost = (error: NodeJS.ErrnoException): void => {
        clearTimeout(timer);
        const reason = timedOut ? `no answer within ${timeoutMs} ms` : (error.code ?? error.message);
        const code = timedOut ? 'hub.peer.timeout' : 'hub.peer.lost';
        resolve(
          request.writableFinished
            ? { kind: 'unknown', code, reason }
            : { kind: 'not-sent', code: 'hub.peer.refused', reason },
        );
      };
      const request = send(this.url, {
        method: 'POST',
        agent: this.agentNow(),
        signal: stop,
        headers: {
          'content-type': `multipart/related; type="application/dicom"; boundary=${boundary}`,
          'content-length': body.length,
          accept: 'application/dicom+json',
          ...this.authorization(),
        },
      });
      const timer = setTimeout(() => {
        timedOut = true;
        request.destroy(new Error('timeout'));
      }, timeoutMs);
      request.on('error', lost);
      request.on('response', (response) => {
        this.read(response).then((text) => {
          clearTimeout(timer);
          resolve({ status: response.statusCode ?? 0, body: text });
        }, lost);
      });
      this.wire.sent(body);
      request.end(body);
    });
  }

  private async read(response: IncomingMessage): Promise<Buffer> {
    const parts: Buffer[] = [];
    let size = 0;
    for await (const part of response as AsyncIterable<Buffer>) {
      this.wire.received(part);
      size += part.length;
      if (size > LARGEST_REPLY) throw new Error(`the answer is over ${LARGEST_REPLY} bytes`);
      parts.push(part);
    }
    return Buffer.concat(parts);
  }

  private authorization(): Record<string, string> {
    const { basic, bearer } = this.settings;
    if (bearer !== undefined) return { authorization: `Bearer ${bearer}` };
    if (basic === undefined) return {};
    const pair = Buffer.from(`${basic.username}:${basic.password}`, 'utf8').toString('base64');
    return { authorization: `Basic ${pair}` };
  }

  /** Connections are kept; certificates are read again when their files change. */
  private agentNow(): PlainAgent | TlsAgent {
    if (this.agent !== undefined && !this.tls?.changed()) return this.agent;
    this.agent?.destroy();
    const kept = { keepAlive: true, maxSockets: 1, timeout: 60_000 };
    const names = this.serverName === undefined ? {} : { servername: this.serverName };
    this.agent =
      this.url.protocol === 'https:'
        ? new TlsAgent({ ...kept, ...names, ...this.tls?.load() })
        : new PlainAgent(kept);
    return this.agent;
  }
}
