import { type At, type Compiling, type Doc, isDoc, onlyKeys, refuse } from './compiling.ts';
import { compileCondition } from './condition.ts';
import { compileEach } from './each.ts';
import { isBad, type SourceFormat } from './format.ts';
import { type Flow, hasValue, isList, type Pull, report } from './run.ts';
import { compileSteps } from './steps.ts';
import { child, covered, item, nullable, plain, type Target } from './target.ts';

/** Compiles what fills a target; undefined where the document was refused (the problem is collected). */
export function compileSource(
  doc: unknown,
  at: At,
  target: Target,
  format: SourceFormat,
  c: Compiling,
): Pull | undefined {
  if (typeof doc === 'string') {
    plain(target, false, at, c);
    return compilePath(doc, at, format, c);
  }
  if (!isDoc(doc)) return refuse(c, at, `not a source; a source is a path or an object with ${kindNames}`);
  const kind = kinds.find(([key]) => key in doc);
  if (kind === undefined) return refuse(c, at, `not a source; it needs one of ${kindNames}`);
  const [, keys, compile] = kind;
  onlyKeys(c, at, doc, keys);
  return compile(doc, at, target, format, c);
}

type CompileKind = (doc: Doc, at: At, target: Target, format: SourceFormat, c: Compiling) => Pull | undefined;

const kinds: readonly (readonly [string, readonly string[], CompileKind])[] = [
  ['each', ['each', 'where', 'map', 'unique', 'first', 'do', 'require'], compileEachSource],
  ['from', ['from', 'do', 'require'], compileFrom],
  ['value', ['value'], compileValue],
  ['when', ['when', 'use', 'else'], compileWhen],
  ['object', ['object', 'require'], compileObject],
  ['list', ['list', 'do', 'require'], compileList],
  ['firstOf', ['firstOf', 'require'], compileFirstOf],
  ['cleared', ['cleared'], compileCleared],
];
const kindNames = kinds.map(([key]) => key).join(', ');

function compilePath(path: string, at: At, format: SourceFormat, c: Compiling): Pull | undefined {
  if (path.startsWith('$')) return compileVariable(path.slice(1), at, c);
  const compiled = format.value(path);
  return isBad(compiled) ? refuse(c, at, compiled.bad) : compiled.get;
}

function compileVariable(name: string, at: At, c: Compiling): Pull | undefined {
  if (name === 'index') return (_, run) => run.index;
  if (!c.environment.includes(name)) {
    return refuse(c, at, `no variable $${name}; known here: $${['index', ...c.environment].join(', $')}`);
  }
  return (_, run) => run.env[name as keyof typeof run.env];
}

function compileFrom(doc: Doc, at: At, target: Target, format: SourceFormat, c: Compiling): Pull | undefined {
  const paths: unknown[] = Array.isArray(doc.from) ? doc.from : [doc.from];
  if (paths.length === 0 || !paths.every((path) => typeof path === 'string')) {
    return refuse(c, [...at, 'from'], 'must be a path or a list of paths');
  }
  const pulls = paths.flatMap((path, i) => {
    const where = Array.isArray(doc.from) ? [...at, 'from', i] : [...at, 'from'];
    return compilePath(path as string, where, format, c) ?? [];
  });
  plain(target, gives(doc.do, 'number'), at, c);
  return finish(firstValue(pulls), paths.join(', '), doc, at, target, c);
}

/** The first that has a value; else null where one is null. */
function firstValue(pulls: readonly Pull[]): Pull {
  const [only] = pulls;
  if (pulls.length === 1 && only) return only;
  return (scope, run) => {
    let result: Flow;
    for (const pull of pulls) {
      const value = pull(scope, run);
      if (hasValue(value)) return value;
      if (value === null) result = null;
    }
    return result;
  };
}

const gives = (list: unknown, name: string): boolean =>
  Array.isArray(list) && list.some((step) => isDoc(step) && name in step);

/** Adds `do` and `require` to a pull. */
export function finish(
  pull: Pull,
  source: string,
  doc: Doc,
  at: At,
  target: Target,
  c: Compiling,
): Pull | undefined {
  const site = { path: target.path, source };
  let full = pull;
  if (doc.do !== undefined) {
    const apply = compileSteps(doc.do, [...at, 'do'], site, c);
    if (apply) full = (scope, run) => apply(pull(scope, run), run);
  }
  if (doc.require === undefined) return full;
  const reason = doc.require;
  if (typeof reason !== 'string' || reason === '') {
    return refuse(c, [...at, 'require'], 'must be the reason given when there is no value');
  }
  const inner = full;
  return (scope, run) => {
    const before = run.problems.length;
    const value = inner(scope, run);
    const empty = !hasValue(value) || (isList(value) && value.length === 0);
    return empty && run.problems.length === before ? report(run, site, reason) : value;
  };
}

function compileValue(doc: Doc, at: At, target: Target, _format: SourceFormat, c: Compiling) {
  const { value } = doc;
  if (value === 'null' && nullable(target)) return () => null; // our YAML has no null of its own
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') {
    return refuse(c, [...at, 'value'], 'must be text, a number, true or false');
  }
  plain(target, typeof value === 'number', at, c);
  return () => value;
}

function compileWhen(doc: Doc, at: At, target: Target, format: SourceFormat, c: Compiling): Pull | undefined {
  const holds = compileCondition(doc.when, [...at, 'when'], format, c);
  const use = compileSource(doc.use, [...at, 'use'], target, format, c);
  const otherwise: Pull | undefined =
    doc.else === undefined ? () => undefined : compileSource(doc.else, [...at, 'else'], target, format, c);
  if (!holds || !use || !otherwise) return undefined;
  return (scope, run) => (holds(scope) ? use(scope, run) : otherwise(scope, run));
}

function compileObject(doc: Doc, at: At, target: Target, format: SourceFormat, c: Compiling) {
  if (!isDoc(doc.object)) return refuse(c, [...at, 'object'], 'must be an object of targets');
  const fields = compileFields(doc.object, [...at, 'object'], target, format, c);
  return finish(fields, Object.keys(doc.object).join(', '), doc, at, target, c);
}

/** An object of targets; the result is absent when all of them are. */
export function compileFields(doc: Doc, at: At, target: Target, format: SourceFormat, c: Compiling): Pull {
  const parts: { name: string; pull: Pull; none: boolean }[] = [];
  for (const [name, source] of Object.entries(doc)) {
    const to = child(target, name, [...at, name], c);
    const pull = to && compileSource(source, [...at, name], to, format, c);
    if (pull) parts.push({ name, pull, none: nullable(to) });
  }
  covered(target, Object.keys(doc), at, c);
  return (scope, run) => {
    let object: Record<string, Flow> | undefined;
    for (const { name, pull, none } of parts) {
      const value = pull(scope, run);
      if (hasValue(value) || (none && value === null)) {
        object ??= {};
        object[name] = value;
      }
    }
    return object;
  };
}

function compileList(doc: Doc, at: At, target: Target, format: SourceFormat, c: Compiling): Pull | undefined {
  if (!Array.isArray(doc.list)) return refuse(c, [...at, 'list'], 'must be a list of sources');
  const joins = gives(doc.do, 'join');
  const to = joins ? { path: target.path } : item(target, at, c);
  if (to === undefined) return undefined;
  if (joins) plain(target, gives(doc.do, 'number'), at, c);
  const pulls = doc.list.flatMap(
    (source, i) => compileSource(source, [...at, 'list', i], to, format, c) ?? [],
  );
  const pull: Pull = (scope, run) => pulls.map((part) => part(scope, run));
  return finish(pull, 'list', doc, at, target, c);
}

function compileFirstOf(doc: Doc, at: At, target: Target, format: SourceFormat, c: Compiling) {
  if (!Array.isArray(doc.firstOf) || doc.firstOf.length === 0) {
    return refuse(c, [...at, 'firstOf'], 'must be a list of sources with at least one');
  }
  const pulls = doc.firstOf.flatMap(
    (source, i) => compileSource(source, [...at, 'firstOf', i], target, format, c) ?? [],
  );
  return finish(firstValue(pulls), 'firstOf', doc, at, target, c);
}

function compileCleared(doc: Doc, at: At, target: Target, format: SourceFormat, c: Compiling) {
  if (!isDoc(doc.cleared)) return refuse(c, [...at, 'cleared'], 'must be an object of names and paths');
  const parts = Object.entries(doc.cleared).flatMap(([name, path]) => {
    const here = [...at, 'cleared', name];
    if (target.around?.properties && !(name in target.around.properties)) {
      refuse(c, here, `no canonical field "${name}" beside ${target.path}`);
    }
    if (typeof path !== 'string') return refuse(c, here, 'must be a path') ?? [];
    const pull = compilePath(path, here, format, c);
    return pull ? [{ name, pull }] : [];
  });
  return ((scope, run) => {
    let names: string[] | undefined;
    for (const { name, pull } of parts) {
      if (pull(scope, run) === null) (names ??= []).push(name);
    }
    return names;
  }) satisfies Pull;
}

function compileEachSource(doc: Doc, at: At, target: Target, format: SourceFormat, c: Compiling) {
  const single = doc.first === true || gives(doc.do, 'join');
  const to = single ? { ...target } : item(target, at, c);
  if (to === undefined) return undefined;
  const joins = gives(doc.do, 'join') ? { path: target.path } : to;
  const pull = compileEach(doc, at, format, c, (source, where, inner) =>
    compileSource(source, where, joins, inner, c),
  );
  return pull && finish(pull, String(doc.each), doc, at, target, c);
}
