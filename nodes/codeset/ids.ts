import { createHash } from 'node:crypto';

/**
 * Id of a table, a pair or a miss, made from what it stands for: two nodes that write the same one meet in its key. Codes
 * differ by case here even where the database compares without it.
 */
export const idOf = (...parts: readonly string[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
