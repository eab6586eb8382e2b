import type { IncomingMessage } from 'node:http';
import type { FaultCode } from '../../../contracts/faults/catalogue.ts';

/** Bytes of bodies in memory, over all requests of the port. */
export interface BodyBudget {
  readonly limit: number;
  used: number;
}

interface BodyLimits {
  readonly maxBytes: number;
  readonly idleMs: number;
  readonly budget: BodyBudget;
  /** Given a way to end the reading where the rest of the connection is no HTTP; it tells whether there was one to end. */
  readonly onBroken: (stop: (code: FaultCode) => boolean) => void;
}

export type Body =
  /** `release` gives the bytes back to the budget. */
  | { readonly bytes: Buffer; readonly release: () => void }
  /** `got` is what came of it where no more can come. */
  | { readonly refused: FaultCode; readonly reason: string; readonly got?: Buffer };

/** What the request says of itself already exceeds the limit: nothing needs to be read. */
export const declaredTooLarge = (req: IncomingMessage, maxBytes: number): boolean =>
  Number(req.headers['content-length'] ?? 0) > maxBytes;

/** Reads a body within its limits: length, pause between two pieces, memory of the whole port. */
export function readBody(
  req: IncomingMessage,
  { maxBytes, idleMs, budget, onBroken }: BodyLimits,
): Promise<Body> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let size = 0;
    let done = false;
    const release = (): void => {
      budget.used -= size;
      size = 0;
    };
    const finish = (body: Body): void => {
      if (done) return;
      done = true;
      clearTimeout(idle);
      req.off('data', take);
      if (!('bytes' in body)) release();
      resolve(body);
    };
    const take = (chunk: Buffer): void => {
      idle.refresh();
      if (size + chunk.length > maxBytes)
        finish({ refused: 'gateway.body.large', reason: `longer than ${maxBytes} bytes` });
      else if (budget.used + chunk.length > budget.limit)
        finish({ refused: 'hub.request.waits', reason: 'too many bytes at once' });
      else {
        size += chunk.length;
        budget.used += chunk.length;
        chunks.push(chunk);
      }
    };
    const idle = setTimeout(
      () => finish({ refused: 'gateway.request.slow', reason: `no byte for ${idleMs} ms` }),
      idleMs,
    );
    const cut = (refused: FaultCode, reason: string): void =>
      finish({ refused, reason, got: Buffer.concat(chunks) });
    const lost = (): void => cut('gateway.request.malformed', 'the peer closed in mid-body');
    onBroken((code) => {
      if (done || req.complete) return false;
      cut(code, 'the body ended as no HTTP body does');
      return true;
    });
    req.on('data', take);
    req.once('end', () => finish({ bytes: Buffer.concat(chunks, size), release }));
    req.once('error', lost);
    req.once('close', lost);
  });
}
