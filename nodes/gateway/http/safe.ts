import type { Issue } from './problem.ts';

const maxDepth = 32;
const forbidden = new Set(['__proto__', 'constructor', 'prototype']);

/**
 * What no schema sees and some store, log or partner would choke on: keys that reach into prototypes, nesting beyond 32
 * levels, NUL (refused by PostgreSQL), lone surrogates (no UTF-8), numbers that JSON.parse has already rounded.
 * Gives the first 20 issues with their path.
 */
export function unsafeParts(value: unknown): Issue[] {
  const issues: Issue[] = [];
  walk(value, '', 0, issues);
  return issues;
}

function walk(value: unknown, path: string, depth: number, issues: Issue[]): void {
  if (issues.length >= 20) return;
  if (typeof value === 'string') {
    const message = unsafeText(value);
    if (message) issues.push({ path, message });
  } else if (typeof value === 'number') {
    if (!Number.isFinite(value) || (Number.isInteger(value) && !Number.isSafeInteger(value)))
      issues.push({ path, message: 'beyond the numbers that are kept exactly (2^53)' });
  } else if (typeof value === 'object' && value !== null) {
    if (depth === maxDepth) {
      issues.push({ path: '', message: `nested deeper than ${maxDepth} levels` });
      return;
    }
    for (const key of Object.keys(value)) {
      const inner = path === '' ? key : `${path}.${key}`;
      if (forbidden.has(key)) issues.push({ path: inner, message: 'this name is not allowed' });
      else if (unsafeText(key)) issues.push({ path, message: `a name in it ${unsafeText(key)}` });
      else walk((value as Record<string, unknown>)[key], inner, depth + 1, issues);
    }
  }
}

/** Why a text cannot be kept, or undefined. */
export function unsafeText(text: string): string | undefined {
  if (text.includes('\0')) return 'contains a NUL character';
  if (!text.isWellFormed()) return 'contains half of a surrogate pair';
  return undefined;
}
