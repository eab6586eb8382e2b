import { randomFillSync } from 'node:crypto';

/** Milliseconds since the epoch; injected so that tests hold the clock. */
export type Clock = () => number;

/** ISO 8601 UTC with milliseconds: fixed width, sorts as text. */
export function iso(ms: number): string {
  if (ms !== isoMs) {
    isoText = new Date(ms).toISOString();
    isoMs = ms;
  }
  return isoText;
}
let isoMs = Number.NaN;
let isoText = '';

const pool = Buffer.alloc(4096);
let used = pool.length;
let lastMs = 0;
let counter = 0;

/** UUIDv7 (RFC 9562), strictly increasing within a process. */
export function uuid(clock: Clock = Date.now): string {
  const now = clock();
  if (now > lastMs) {
    lastMs = now;
    counter = 0;
  } else if (++counter > 0xfff) {
    lastMs += 1;
    counter = 0;
  }
  if (used + 8 > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const random = pool.toString('hex', used, used + 8);
  used += 8;
  const time = lastMs.toString(16).padStart(12, '0');
  const seq = counter.toString(16).padStart(3, '0');
  const variant = ((Number.parseInt(random[0]!, 16) & 3) | 8).toString(16);
  return `${time.slice(0, 8)}-${time.slice(8)}-7${seq}-${variant}${random.slice(1, 4)}-${random.slice(4)}`;
}
