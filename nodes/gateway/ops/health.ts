import type { Exchange } from '../http/exchange.ts';
import { sendJson } from '../http/send.ts';
import type { ReadinessCheck } from '../options.ts';

const patienceMs = 3000;

/** `/healthz`: the process answers. Says nothing of stores: a supervisor must not restart us for a database's sake. */
export const health = (exchange: Exchange): Promise<void> => sendJson(exchange, 200, { status: 'up' });

/** `/readyz`: 200 with the checks, or 503 where one fails, takes longer than 3 s, or the gateway is stopping. */
export async function readiness(
  exchange: Exchange,
  ask: () => Promise<readonly ReadinessCheck[]>,
  stopping: boolean,
): Promise<void> {
  const checks = stopping ? [{ name: 'gateway', ok: false, detail: 'stopping' }] : await inTime(ask);
  const ready = checks.every((c) => c.ok);
  await sendJson(exchange, ready ? 200 : 503, { ready, checks });
}

async function inTime(ask: () => Promise<readonly ReadinessCheck[]>): Promise<readonly ReadinessCheck[]> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<readonly ReadinessCheck[]>((done) => {
    timer = setTimeout(
      () => done([{ name: 'readiness', ok: false, detail: `no answer in ${patienceMs} ms` }]),
      patienceMs,
    );
  });
  try {
    return await Promise.race([ask(), late]);
  } catch {
    return [{ name: 'readiness', ok: false, detail: 'the checks failed' }];
  } finally {
    clearTimeout(timer);
  }
}
