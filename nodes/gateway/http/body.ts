import type { IncomingMessage } from 'node:http';
import { Fault } from '../../../contracts/kernel/fault.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Bytes of refused bodies that are read and dropped before the socket is: the answer reaches clients that send first. */
const discardLimit = 16 * 1024 * 1024;

/**
 * The JSON of a request; undefined where there is no body.
 * Throws `gateway.body.large` (before reading, where the length is declared), `gateway.body.type`, `gateway.body.malformed`.
 */
export async function readJson(req: IncomingMessage, limit: number): Promise<unknown> {
  const declared = req.headers['content-length'];
  if (declared === '0' || (declared === undefined && req.headers['transfer-encoding'] === undefined))
    return undefined;
  if (declared !== undefined && Number(declared) > limit) throw new Fault('gateway.body.large', { limit });
  checkType(req);
  const bytes = await readBytes(req, limit);
  if (bytes.length === 0) return undefined;
  try {
    return JSON.parse(utf8.decode(bytes));
  } catch {
    throw new Fault('gateway.body.malformed');
  }
}

/** Reads what is left of a refused body, up to a bound. */
export function discardBody(req: IncomingMessage): void {
  if (req.complete || req.destroyed) return;
  let left = discardLimit;
  req.on('data', (chunk: Buffer) => {
    left -= chunk.length;
    if (left < 0) req.destroy();
  });
  req.on('error', () => undefined);
  req.resume();
}

/** `application/json`, UTF-8, not compressed (a compressed body hides its size). */
function checkType(req: IncomingMessage): void {
  const [type = '', ...params] = (req.headers['content-type'] ?? '').toLowerCase().split(';');
  const charset = params.map((p) => p.trim()).find((p) => p.startsWith('charset='));
  const encoding = (req.headers['content-encoding'] ?? 'identity').toLowerCase();
  const plain = charset === undefined || /^charset="?utf-?8"?$/.test(charset);
  if (type.trim() !== 'application/json' || !plain || encoding !== 'identity')
    throw new Fault('gateway.body.type');
}

function readBytes(req: IncomingMessage, limit: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    req.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > limit) {
        chunks.length = 0;
        req.removeAllListeners('data');
        reject(new Fault('gateway.body.large', { limit }));
      } else chunks.push(chunk);
    });
    req.once('end', () => resolve(Buffer.concat(chunks)));
    req.once('error', () => reject(new Fault('gateway.body.malformed')));
    req.once('close', () => reject(new Fault('gateway.body.malformed')));
  });
}
