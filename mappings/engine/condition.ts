import { type At, type Compiling, type Doc, isDoc, onlyKeys, refuse } from './compiling.ts';
import { isBad, type Scope, type SourceFormat, type Value } from './format.ts';
import { regular } from './steps.ts';

export type Holds = (scope: Scope) => boolean;
type Test = (value: Value) => boolean;

/** Compiles a condition over a source; undefined where it was refused. */
export function compileCondition(
  doc: unknown,
  at: At,
  format: SourceFormat,
  c: Compiling,
): Holds | undefined {
  if (!isDoc(doc)) return refuse(c, at, 'a condition is an object with path, all, any or not');
  if ('all' in doc || 'any' in doc) return compileGroup(doc, 'all' in doc ? 'all' : 'any', at, format, c);
  if ('not' in doc) {
    onlyKeys(c, at, doc, ['not']);
    const inner = compileCondition(doc.not, [...at, 'not'], format, c);
    return inner && ((scope) => !inner(scope));
  }
  return compileTests(doc, at, format, c);
}

function compileGroup(doc: Doc, key: 'all' | 'any', at: At, format: SourceFormat, c: Compiling) {
  onlyKeys(c, at, doc, [key]);
  const list = doc[key];
  if (!Array.isArray(list) || list.length === 0) {
    return refuse(c, [...at, key], 'must be a list of conditions with at least one');
  }
  const parts = list.flatMap((item, i) => compileCondition(item, [...at, key, i], format, c) ?? []);
  return key === 'all'
    ? (scope: Scope) => parts.every((holds) => holds(scope))
    : (scope: Scope) => parts.some((holds) => holds(scope));
}

function compileTests(doc: Doc, at: At, format: SourceFormat, c: Compiling): Holds | undefined {
  onlyKeys(c, at, doc, ['path', 'is', 'matches', 'present', 'cleared']);
  if (typeof doc.path !== 'string') return refuse(c, at, 'a condition needs a path, or all, any, not');
  const path = format.value(doc.path, true);
  if (isBad(path)) return refuse(c, [...at, 'path'], path.bad);
  const tests = [
    isTest(doc, at, c),
    matchesTest(doc, at, c),
    flagTest(doc, 'present', (value) => value !== undefined && value !== null, at, c),
    flagTest(doc, 'cleared', (value) => value === null, at, c),
  ].filter((test) => test !== undefined);
  if (tests.length === 0) return refuse(c, at, 'a condition needs is, matches, present or cleared');
  const { get } = path;
  const [only] = tests;
  if (tests.length === 1 && only) return (scope) => only(get(scope));
  return (scope) => {
    const value = get(scope);
    return tests.every((test) => test(value));
  };
}

const asText = (value: Value): string | undefined =>
  value === undefined || value === null ? undefined : String(value);

function isTest(doc: Doc, at: At, c: Compiling): Test | undefined {
  if (!('is' in doc)) return undefined;
  const wanted: unknown[] = Array.isArray(doc.is) ? doc.is : [doc.is];
  if (wanted.length === 0 || !wanted.every((item) => typeof item === 'string')) {
    return refuse(c, [...at, 'is'], 'must be text or a list of texts; put numbers in quotes');
  }
  const set = new Set(wanted);
  return (value) => {
    const text = asText(value);
    return text !== undefined && set.has(text);
  };
}

function matchesTest(doc: Doc, at: At, c: Compiling): Test | undefined {
  if (!('matches' in doc)) return undefined;
  const expression = typeof doc.matches === 'string' ? regular(doc.matches) : undefined;
  if (expression === undefined) return refuse(c, [...at, 'matches'], 'is not a regular expression');
  return (value) => {
    const text = asText(value);
    return text !== undefined && expression.test(text);
  };
}

function flagTest(doc: Doc, key: string, test: Test, at: At, c: Compiling): Test | undefined {
  const flag = doc[key];
  if (flag === undefined) return undefined;
  if (typeof flag !== 'boolean') return refuse(c, [...at, key], 'must be true or false');
  return flag ? test : (value) => !test(value);
}

/** The paths a condition reads. */
export function conditionPaths(doc: unknown): string[] {
  if (!isDoc(doc)) return [];
  if (typeof doc.path === 'string') return [doc.path];
  const parts = [doc.all, doc.any].flatMap((list) => (Array.isArray(list) ? list : []));
  return [...parts, doc.not].flatMap(conditionPaths);
}
