import type { CodeLookup, DateCodec } from './format.ts';

export type At = readonly (string | number)[];

/** A mistake in a document: where it stands, and what to do. */
export interface DocumentProblem {
  readonly path: string;
  readonly at: At;
  readonly reason: string;
}

/** `['messages', 0, 'fields', 'patient.name']` → `messages[0].fields["patient.name"]`. */
export function pathText(at: At): string {
  let text = '';
  for (const part of at) {
    if (typeof part === 'number') text += `[${part}]`;
    else if (/^[\w$-]+$/.test(part)) text += text === '' ? part : `.${part}`;
    else text += `[${JSON.stringify(part)}]`;
  }
  return text === '' ? '(document)' : text;
}

/** What compilation of one document shares. Mistakes are collected, not thrown. */
export interface Compiling {
  readonly problems: DocumentProblem[];
  readonly codes: CodeLookup;
  readonly dates: DateCodec;
  /** Paths with `$` that may be read here. */
  readonly environment: readonly string[];
}

export function refuse(c: Compiling, at: At, reason: string): undefined {
  c.problems.push({ path: pathText(at), at, reason });
  return undefined;
}

export type Doc = Readonly<Record<string, unknown>>;

export const isDoc = (x: unknown): x is Doc => typeof x === 'object' && x !== null && !Array.isArray(x);

/** Refuses keys beyond the known ones. */
export function onlyKeys(c: Compiling, at: At, doc: Doc, known: readonly string[]): void {
  for (const key of Object.keys(doc)) {
    if (!known.includes(key)) {
      refuse(c, [...at, key], `unknown key "${key}"; known here: ${known.join(', ')}`);
    }
  }
}
