import type { ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { catalogue } from '../../../contracts/faults/catalogue.ts';
import type { Fault } from '../../../contracts/kernel/fault.ts';
import { discardBody } from './body.ts';
import type { Exchange } from './exchange.ts';
import { problemOf } from './problem.ts';

const zip = promisify(gzip);
const compressFrom = 1024;

/** True where the client takes gzip (RFC 9110, 12.5.3). */
export const takesGzip = (header: string | string[] | undefined): boolean =>
  /(^|,)\s*(gzip|\*)\s*(;\s*q=(?!0(\.0*)?\s*(,|$))[\d.]+\s*)?(,|$)/i.test(String(header ?? ''));

/** An answer in JSON. Never stored: it may hold patient data, and stations are shared. */
export async function sendJson(
  { req, res }: Exchange,
  status: number,
  body: unknown,
  { type = 'application/json; charset=utf-8', compress = true } = {},
): Promise<void> {
  const bytes = Buffer.from(JSON.stringify(body));
  res.statusCode = status;
  res.setHeader('Content-Type', type);
  if (!res.hasHeader('Cache-Control')) res.setHeader('Cache-Control', 'no-store');
  const small = bytes.length < compressFrom || !compress || !takesGzip(req.headers['accept-encoding']);
  const out = small ? bytes : await zip(bytes, { level: 3 });
  if (!small) res.setHeader('Content-Encoding', 'gzip');
  end(res, out);
}

/** A fault as a problem document; what is left of the request's body is dropped. */
export async function sendProblem(exchange: Exchange, fault: Fault): Promise<void> {
  const { req, res, language, path, requestId } = exchange;
  if (res.headersSent) {
    res.destroy();
    return;
  }
  const { status, kind } = catalogue[fault.code];
  for (const name of ['ETag', 'Location', 'Content-Encoding']) res.removeHeader(name);
  res.setHeader('Content-Language', language);
  if (status === 401) res.setHeader('WWW-Authenticate', 'Bearer realm="cytomesh"');
  if (kind === 'transient' && !res.hasHeader('Retry-After')) res.setHeader('Retry-After', '1');
  const problem = problemOf(fault, language, path, requestId);
  await sendJson(exchange, status, problem, { type: 'application/problem+json' });
  discardBody(req);
}

export function end(res: ServerResponse, body: Uint8Array | string = ''): void {
  if (res.destroyed || res.writableEnded) return;
  res.setHeader('Content-Length', Buffer.byteLength(body));
  res.end(body);
}
