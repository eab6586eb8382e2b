import { type At, type Compiling, type Doc, refuse } from './compiling.ts';
import { compileCondition } from './condition.ts';
import { isBad, type Scope, type SourceFormat } from './format.ts';
import { type Flow, hasValue, type Pull, type Run } from './run.ts';

type CompileMap = (source: unknown, at: At, inner: SourceFormat) => Pull | undefined;

/** Compiles `each`: a list with what `map` gives for every item, or the first such value. */
export function compileEach(
  doc: Doc,
  at: At,
  format: SourceFormat,
  c: Compiling,
  map: CompileMap,
): Pull | undefined {
  if (typeof doc.each !== 'string') return refuse(c, [...at, 'each'], 'must be a path');
  flags(doc, at, c);
  const each = format.each(doc.each);
  if (isBad(each)) return refuse(c, [...at, 'each'], each.bad);
  const where =
    doc.where === undefined ? () => true : compileCondition(doc.where, [...at, 'where'], each.inner, c);
  const pull = map(doc.map, [...at, 'map'], each.inner);
  if (!where || !pull) return undefined;
  const { items } = each;
  const first = doc.first === true;
  const unique = doc.unique === true;
  return (scope, run) => {
    const outer = run.index;
    const result = walk(items(scope), where, pull, run, first);
    run.index = outer;
    if (first) return result[0];
    return result.length === 0 ? undefined : unique ? distinct(result) : result;
  };
}

function flags(doc: Doc, at: At, c: Compiling): void {
  for (const key of ['unique', 'first']) {
    if (doc[key] !== undefined && typeof doc[key] !== 'boolean')
      refuse(c, [...at, key], 'must be true or false');
  }
  if (doc.map === undefined) refuse(c, at, '"each" needs "map"');
}

function walk(
  items: readonly Scope[],
  where: (scope: Scope) => boolean,
  pull: Pull,
  run: Run,
  first: boolean,
): Flow[] {
  const result: Flow[] = [];
  let index = 0;
  for (const scope of items) {
    index += 1;
    if (!where(scope)) continue;
    run.index = index;
    const value = pull(scope, run);
    if (!hasValue(value)) continue;
    result.push(value);
    if (first) break;
  }
  return result;
}

function distinct(list: readonly Flow[]): Flow[] {
  const seen = new Set<string>();
  return list.filter((value) => {
    const key = JSON.stringify(value);
    return seen.has(key) ? false : seen.add(key);
  });
}
