import { Compile } from 'typebox/compile';
import type { InMapping } from '../../contracts/mapping/shape.ts';
import { type Canonical, type CanonicalType, canonical } from '../../contracts/message/canonical.ts';
import type { InMappingCompiled, InResult } from './compiled.ts';
import { type At, type Compiling, isDoc, onlyKeys, refuse } from './compiling.ts';
import { compileCondition, conditionPaths, type Holds } from './condition.ts';
import { type Binding, isBad, type Scope, type SourceFormat } from './format.ts';
import { newRun, type Pull, type Run, report } from './run.ts';
import { type Checker, schemaProblems } from './schema-problems.ts';
import { compileFields } from './source.ts';
import { sourceText } from './source-text.ts';
import { shapeOf } from './target.ts';

interface Entry {
  readonly type: string;
  readonly holds: Holds | undefined;
  readonly fields: Pull;
  readonly checker: Checker;
  readonly doc: unknown;
}

const checkers = new Map<string, Checker>();

/** One compiled validator for each canonical message. */
function checkerOf(type: CanonicalType): Checker {
  const known = checkers.get(type);
  if (known) return known;
  const made = Compile(canonical[type]) as unknown as Checker;
  checkers.set(type, made);
  return made;
}

export function compileIn(def: InMapping, format: Binding, c: Compiling): InMappingCompiled {
  const { source } = format;
  const groups = compileGroups(def, source, c);
  const inner = groups?.inner ?? source;
  const entries = def.messages.flatMap((entry, i) => compileEntry(entry, ['messages', i], inner, c) ?? []);
  const guards = (def.refuse ?? []).flatMap((guard, i) => compileGuard(guard, ['refuse', i], inner, c) ?? []);
  const decided = [...new Set(def.messages.flatMap((entry) => conditionPaths(entry.when)))].join(', ');
  const zone = def.zone ?? '+08:00';
  const plan: Plan = { entries, guards, decided, refuseUnmatched: def.unmatched !== 'ignore' };
  return {
    id: def.mapping,
    direction: 'in',
    toCanonical(message) {
      const whole = source.open(message);
      const run = newRun(source.zone?.(whole) ?? zone);
      const messages: Canonical[] = [];
      for (const scope of groups ? groups.items(whole, run) : [whole]) {
        if (groups) run.group = `${groups.label}(${++run.index})`;
        emit(scope, plan, run, messages);
      }
      return outcome(run, messages);
    },
  };
}

function compileGroups(def: InMapping, source: SourceFormat, c: Compiling) {
  if (def.each === undefined) return undefined;
  const each = source.each(def.each);
  if (isBad(each)) return refuse(c, ['each'], each.bad);
  const { items, inner, label } = each;
  return {
    inner,
    label,
    items(message: Scope, run: Run): readonly Scope[] {
      const found = items(message);
      if (found.length === 0) report(run, { path: 'message', source: label }, `the message has no ${label}`);
      return found;
    },
  };
}

function compileEntry(doc: unknown, at: At, source: SourceFormat, c: Compiling): Entry | undefined {
  if (!isDoc(doc)) return refuse(c, at, 'must be an object with type, when and fields');
  onlyKeys(c, at, doc, ['type', 'when', 'fields']);
  const { type } = doc;
  if (typeof type !== 'string' || !(type in canonical)) {
    return refuse(c, [...at, 'type'], `must be one of ${Object.keys(canonical).join(', ')}`);
  }
  if (!isDoc(doc.fields)) return refuse(c, [...at, 'fields'], 'must be an object of canonical fields');
  if ('type' in doc.fields) refuse(c, [...at, 'fields', 'type'], 'is set by the entry; leave it out');
  const holds = 'when' in doc ? compileCondition(doc.when, [...at, 'when'], source, c) : undefined;
  const target = { path: '', shape: shapeOf(canonical[type as CanonicalType]) };
  const fields = compileFields(doc.fields, [...at, 'fields'], target, source, c);
  return { type, holds, fields, checker: checkerOf(type as CanonicalType), doc: doc.fields };
}

interface Plan {
  readonly entries: readonly Entry[];
  readonly guards: readonly Guard[];
  /** Paths of the entries' conditions, to name where none holds. */
  readonly decided: string;
  readonly refuseUnmatched: boolean;
}

interface Guard {
  readonly holds: Holds;
  readonly source: string;
  readonly reason: string;
}

function compileGuard(doc: unknown, at: At, source: SourceFormat, c: Compiling): Guard | undefined {
  if (!isDoc(doc)) return refuse(c, at, 'must be an object with when and reason');
  onlyKeys(c, at, doc, ['when', 'reason']);
  const { reason } = doc;
  if (typeof reason !== 'string' || reason === '') return refuse(c, [...at, 'reason'], 'must say why');
  const holds = compileCondition(doc.when, [...at, 'when'], source, c);
  return holds && { holds, source: conditionPaths(doc.when).join(', '), reason };
}

function emit(scope: Scope, { entries, guards, decided, refuseUnmatched }: Plan, run: Run, out: Canonical[]) {
  for (const guard of guards) {
    if (guard.holds(scope)) report(run, { path: 'message', source: guard.source }, guard.reason);
  }
  let matched = false;
  for (const entry of entries) {
    if (entry.holds && !entry.holds(scope)) continue;
    matched = true;
    const before = run.problems.length;
    const message = { type: entry.type, ...(entry.fields(scope, run) as object | undefined) };
    if (run.problems.length > before) continue;
    if (entry.checker.Check(message)) out.push(message as unknown as Canonical);
    else explain(entry, message, run);
  }
  if (!matched && refuseUnmatched) {
    report(run, { path: 'message', source: decided }, 'no entry of the mapping applies');
  }
}

/** The path names list items only by the field, and the value stays out. */
function explain(entry: Entry, message: object, run: Run): void {
  for (const { at, reason } of schemaProblems(entry.checker, message)) {
    const names = at.filter((part) => typeof part === 'string');
    report(run, { path: names.join('.'), source: sourceText(entry.doc, names) }, reason);
  }
}

const outcome = (run: Run, messages: readonly Canonical[]): InResult =>
  run.problems.length > 0 ? { problems: run.problems, misses: run.misses } : { messages, misses: run.misses };
