import { type Document, isMap, isScalar, LineCounter, parseDocument, type ScalarTag } from 'yaml';
import { type At, pathText } from './compiling.ts';

/** A mistake in a text: where, and what to do. Line and column count from 1. */
export interface TextProblem {
  readonly path: string;
  readonly line: number;
  readonly column: number;
  readonly reason: string;
}
export type Parsed<T> = { readonly def: T } | { readonly problems: readonly TextProblem[] };

/** What a checker says about a value. */
export type Check = (value: unknown) => readonly { readonly at: At; readonly reason: string }[];

const scalar = (tag: string, test: RegExp, resolve: (text: string) => unknown): ScalarTag => ({
  default: true,
  tag: `tag:yaml.org,2002:${tag}`,
  test,
  resolve,
});

/** Scalars that are not text. YAML's own rules would read `.1` as a number, and `01` as 1. */
const typed = [
  scalar('bool', /^(?:true|false)$/, (text) => text === 'true'),
  scalar('int', /^(?:0|-?[1-9]\d{0,14})$/, Number),
  scalar('float', /^-?\d+\.\d+$/, Number),
];

/**
 * Reads YAML or JSON and checks it. Plain scalars are text, save `true`, `false`, `12` and `1.5`; with `plain` they all
 * are. Duplicate keys, several documents and expanding aliases are refused.
 */
export function parseText<T>(text: string, check: Check, options: { plain?: boolean } = {}): Parsed<T> {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    uniqueKeys: true,
    schema: 'failsafe',
    customTags: options.plain ? [] : typed,
  });
  const place = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  if (document.errors.length > 0) {
    return {
      problems: document.errors.map((error) => ({
        path: '(document)',
        ...place(error.pos[0]),
        reason: `not valid YAML: ${error.message}`,
      })),
    };
  }
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 200 });
  } catch {
    const reason = 'an alias (*name) has no anchor before it, or the aliases expand too far';
    return { problems: [{ path: '(document)', line: 1, column: 1, reason }] };
  }
  const found = check(value);
  if (found.length === 0) return { def: value as T };
  return {
    problems: found.map(({ at, reason }) => ({
      path: pathText(at),
      ...place(offsetOf(document, at)),
      reason,
    })),
  };
}

/** Where a path stands: at its key, else at the nearest thing around it that exists. */
function offsetOf(document: Document, at: At): number {
  for (let length = at.length; length > 0; length--) {
    const parent = document.getIn(at.slice(0, length - 1), true);
    const key = at[length - 1];
    if (isMap(parent)) {
      const pair = parent.items.find((item) => isScalar(item.key) && String(item.key.value) === String(key));
      const range = pair && isScalar(pair.key) ? pair.key.range : undefined;
      if (range) return range[0];
    }
    const node = document.getIn(at.slice(0, length), true) as
      | { range?: [number, number, number] }
      | undefined;
    if (node?.range) return node.range[0];
  }
  return document.contents?.range?.[0] ?? 0;
}
