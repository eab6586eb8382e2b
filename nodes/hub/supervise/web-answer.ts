import type { ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { WebResponse } from '../../../contracts/adapter/web.ts';
import { catalogue, type FaultCode } from '../../../contracts/faults/catalogue.ts';
import { fill } from '../../../contracts/kernel/fault.ts';

/** How long a refused sender may go on sending before its connection is cut: a reset would take the answer away from it. */
const LINGER_MS = 2000;

export type Data = Readonly<Record<string, unknown>>;

/** A refusal as a problem document (RFC 9457); what may be tried again says when. */
export function problem(code: FaultCode, data: Data = {}): WebResponse {
  const { kind, status, text } = catalogue[code];
  return {
    status,
    headers: {
      'content-type': 'application/problem+json',
      ...(kind === 'transient' && { 'retry-after': '5' }),
    },
    body: JSON.stringify({
      type: `urn:cytomesh:fault:${code}`,
      title: `${fill(text.zh, data)} · ${fill(text.en, data)}`,
      status,
      code,
    }),
  };
}

const safeHeaders = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' };

/**
 * What becomes of the connection after an answer: it stays, it is closed, or it is closed once what the peer is still sending has
 * been read away.
 */
export type After = 'keep' | 'close' | 'linger';

export function send(res: ServerResponse, answer: WebResponse, after: After): void {
  if (res.headersSent || res.destroyed) return;
  const body = typeof answer.body === 'string' ? Buffer.from(answer.body) : (answer.body ?? Buffer.alloc(0));
  const bodiless = answer.status === 204 || answer.status === 304;
  res.writeHead(answer.status, {
    ...safeHeaders,
    ...answer.headers,
    ...(bodiless ? {} : { 'content-length': body.byteLength }),
    ...(after !== 'keep' && { connection: 'close' }),
  });
  if (after !== 'linger' || res.req.complete) {
    res.end(bodiless ? undefined : body);
    return;
  }
  res.write(body);
  const end = (): void => {
    clearTimeout(late);
    res.end();
  };
  const late = setTimeout(end, LINGER_MS);
  res.req.once('close', end).once('end', end).resume();
}

/** TLS alert 70, protocol version, in a record of TLS 1.0: what a TLS client understands of a port that speaks none. */
const noTls = Buffer.from('15030100020246', 'hex');

/** Answers what never became a request, by hand, and closes. */
export function refuseRaw(socket: Duplex, code: FaultCode, hello: boolean): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  if (hello) {
    socket.end(noTls);
    return;
  }
  const { status, headers = {}, body = '' } = problem(code);
  const head = [
    `HTTP/1.1 ${status} Refused`,
    ...Object.entries({ ...safeHeaders, ...headers }).map(([name, value]) => `${name}: ${value}`),
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body as string}`);
}
