import { createHash } from 'node:crypto';

/**
 * How far a poll has come. Within a page: how many of its items are done, and a digest of them, so that a page that was half done
 * before a restart goes on where it stopped if it still begins the same. At a cursor: the items done that carry its very value.
 */
export interface PollMark {
  /** Absent before the first. */
  readonly cursor?: string;
  readonly done: number;
  readonly digest: string;
  readonly ties: readonly string[];
}

export const noMark: PollMark = { done: 0, digest: '', ties: [] };

/** Items with the value of the cursor that are remembered; beyond them the hub's own check for duplicates stands. */
export const MOST_TIES = 500;

export const writeMark = ({ cursor, done, digest, ties }: PollMark): string =>
  JSON.stringify({
    ...(cursor !== undefined && { c: cursor }),
    ...(done > 0 && { n: done, d: digest }),
    ...(ties.length > 0 && { t: ties }),
  });

/** Undefined where the text is no mark. */
export function readMark(text: string): PollMark | undefined {
  try {
    const {
      c,
      n = 0,
      d = '',
      t = [],
    } = JSON.parse(text) as { c?: unknown; n?: unknown; d?: unknown; t?: unknown };
    if (typeof n !== 'number' || typeof d !== 'string' || !Array.isArray(t)) return undefined;
    return { ...(typeof c === 'string' && { cursor: c }), done: n, digest: d, ties: t.map(String) };
  } catch {
    return undefined;
  }
}

export const itemDigest = (bytes: Uint8Array): string =>
  createHash('sha256').update(bytes).digest('base64url').slice(0, 16);

/** Digest of what came before and one more item. */
export const chained = (before: string, item: string): string =>
  createHash('sha256').update(`${before} ${item}`).digest('base64url').slice(0, 22);

/** Digests after 0, 1, 2 … items. */
export function chain(items: readonly string[]): string[] {
  const links = [''];
  for (const item of items) links.push(chained(links.at(-1)!, item));
  return links;
}

/** Orders values of a cursor: whole numbers as such, times by their instant, anything else as text. */
export function later(a: string, b: string): boolean {
  const whole = /^\d+$/;
  if (whole.test(a) && whole.test(b)) {
    const [x, y] = [BigInt(a), BigInt(b)];
    return x > y;
  }
  const time = /^\d{4}-\d\d-\d\dT.*(Z|[+-]\d\d:?\d\d)$/;
  if (time.test(a) && time.test(b)) {
    const [x, y] = [Date.parse(a), Date.parse(b)];
    if (!Number.isNaN(x) && !Number.isNaN(y) && x !== y) return x > y;
  }
  return a > b;
}
