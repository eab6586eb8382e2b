import { outEnvironment } from '../../contracts/mapping/outcome.ts';
import type { OutMapping } from '../../contracts/mapping/shape.ts';
import { type CanonicalType, canonical } from '../../contracts/message/canonical.ts';
import { canonicalFormat } from './canonical.format.ts';
import type { OutMappingCompiled } from './compiled.ts';
import { type At, type Compiling, isDoc, onlyKeys, refuse } from './compiling.ts';
import { compileCondition } from './condition.ts';
import {
  type Binding,
  isBad,
  type Scope,
  type SourceFormat,
  type TargetFormat,
  type Writer,
} from './format.ts';
import { compilePut, type Put } from './put.ts';
import { newRun, type Pull, type Run, report } from './run.ts';
import { compileSource } from './source.ts';
import { shapeOf } from './target.ts';

type Write = (scope: Scope, run: Run, writer: Writer) => void;

export function compileOut(
  def: OutMapping,
  format: Binding,
  base: Compiling,
): OutMappingCompiled | undefined {
  const c: Compiling = { ...base, environment: outEnvironment };
  if (!(def.reads in canonical)) {
    return refuse(c, ['reads'], `must be one of ${Object.keys(canonical).join(', ')}`);
  }
  const source = canonicalFormat(shapeOf(canonical[def.reads as CanonicalType]));
  const writes = def.segments.flatMap(
    (entry, i) => compileSegment(entry, ['segments', i], source, format.target, c) ?? [],
  );
  const zone = def.zone ?? '+08:00';
  return {
    id: def.mapping,
    direction: 'out',
    fromCanonical(message, environment) {
      const run = newRun(zone, environment);
      const writer = format.target.writer();
      if (message.type === def.reads) {
        const scope = source.open(message);
        for (const write of writes) write(scope, run, writer);
      } else {
        report(run, { path: 'message', source: 'type' }, `is not ${def.reads}`);
      }
      const { problems, misses } = run;
      return problems.length > 0 ? { problems, misses } : { text: writer.text(), misses };
    },
  };
}

function compileSegment(
  doc: unknown,
  at: At,
  source: SourceFormat,
  target: TargetFormat,
  c: Compiling,
): Write | undefined {
  if (!isDoc(doc)) return refuse(c, at, 'must be an object with segment, when, each and fields');
  onlyKeys(c, at, doc, ['segment', 'when', 'each', 'fields']);
  const name = doc.segment;
  const bad = typeof name === 'string' ? target.segment(name)?.bad : 'must be a segment name';
  if (typeof name !== 'string' || bad) return refuse(c, [...at, 'segment'], bad ?? 'must be a segment name');
  const list = doc.each === undefined ? undefined : compileItems(doc.each, [...at, 'each'], source, c);
  const inner = list?.inner ?? source;
  const holds = doc.when === undefined ? () => true : compileCondition(doc.when, [...at, 'when'], inner, c);
  if (!isDoc(doc.fields)) return refuse(c, [...at, 'fields'], 'must be an object of positions');
  const fields = Object.entries(doc.fields).flatMap(
    ([key, field]) => compileField(name, key, field, [...at, 'fields', key], inner, target, c) ?? [],
  );
  return holds && segmentWriter(name, list?.items, holds, fields);
}

function compileItems(path: unknown, at: At, source: SourceFormat, c: Compiling) {
  const each = typeof path === 'string' ? source.each(path) : { bad: 'must be a path' };
  return isBad(each) ? refuse(c, at, each.bad) : each;
}

function compileField(
  segment: string,
  key: string,
  doc: unknown,
  at: At,
  source: SourceFormat,
  target: TargetFormat,
  c: Compiling,
): { pull: Pull; put: Put } | undefined {
  const put = compilePut(target, segment, key);
  if (isBad(put)) return refuse(c, at, put.bad);
  const component = (name: string) => {
    const position = target.position(segment, key, name);
    return isBad(position) ? position.bad : undefined;
  };
  const pull = compileSource(doc, at, { path: key, component }, source, c);
  return pull && { pull, put: put.put };
}

function segmentWriter(
  name: string,
  items: ((scope: Scope) => readonly Scope[]) | undefined,
  holds: (scope: Scope) => boolean,
  fields: readonly { pull: Pull; put: Put }[],
): Write {
  const one: Write = (scope, run, writer) => {
    if (!holds(scope)) return;
    writer.segment(name);
    for (const { pull, put } of fields) put(writer, pull(scope, run));
  };
  if (!items) return one;
  return (scope, run, writer) => {
    let index = 0;
    for (const item of items(scope)) {
      run.index = ++index;
      run.group = `${name}(${index})`;
      one(item, run, writer);
    }
    run.index = 0;
    run.group = undefined;
  };
}
