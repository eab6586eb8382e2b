import { Fault } from '../../../contracts/kernel/fault.ts';
import type { Issue } from './problem.ts';

/** A query as given: plain names and `name[key]`, nothing interpreted yet. */
export interface Query {
  readonly plain: ReadonlyMap<string, string>;
  /** `filter[state]=NEW` under `filter`. */
  readonly keyed: ReadonlyMap<string, ReadonlyMap<string, string>>;
  readonly issues: readonly Issue[];
}

const bracket = /^([^[\]]+)\[([^[\]]+)\]$/;

/**
 * Reads a query string without its `?`. A name given twice is an issue, for two readers could take different ones.
 * Throws `gateway.url.malformed` where percent-encoding does not give UTF-8.
 */
export function parseQuery(text: string): Query {
  const plain = new Map<string, string>();
  const keyed = new Map<string, Map<string, string>>();
  const issues: Issue[] = [];
  for (const part of text.split('&')) {
    if (part === '') continue;
    const equals = part.indexOf('=');
    const name = decode(equals < 0 ? part : part.slice(0, equals));
    const value = equals < 0 ? '' : decode(part.slice(equals + 1));
    const found = bracket.exec(name);
    let target = plain;
    let key = name;
    if (found) {
      key = found[2]!;
      target = keyed.get(found[1]!) ?? new Map();
      keyed.set(found[1]!, target);
    }
    if (target.has(key)) issues.push({ path: name, message: 'given more than once' });
    target.set(key, value);
  }
  return { plain, keyed, issues };
}

/** Path segments and query parts. */
export function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    throw new Fault('gateway.url.malformed');
  }
}

export function decodeSegment(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new Fault('gateway.url.malformed');
  }
}
