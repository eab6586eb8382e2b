import { isDoc } from './compiling.ts';

/** The source paths behind a target, for a problem found after mapping: `['order', 'code']` → `OBR-4.1, ORC-2`. */
export function sourceText(fields: unknown, names: readonly string[]): string {
  const [first, ...rest] = names;
  if (first === undefined || !isDoc(fields)) return 'message';
  let reached: unknown[] = [fields[first]];
  for (const name of rest) {
    const next = reached.flatMap((source) => objects(source)).map((object) => object[name]);
    if (next.every((source) => source === undefined)) break;
    reached = next;
  }
  const paths = [...new Set(reached.flatMap(pathsIn))];
  return paths.length > 0 ? paths.join(', ') : 'message';
}

/** The nested targets a source may give. */
function objects(source: unknown): Record<string, unknown>[] {
  if (!isDoc(source)) return [];
  if (isDoc(source.object)) return [source.object];
  return branches(source).flatMap(objects);
}

function branches(source: Record<string, unknown>): unknown[] {
  const lists = [source.firstOf, source.list].flatMap((list) => (Array.isArray(list) ? list : []));
  return [source.map, source.use, source.else, ...lists].filter((part) => part !== undefined);
}

function pathsIn(source: unknown): string[] {
  if (typeof source === 'string') return [source];
  if (!isDoc(source)) return [];
  const from = Array.isArray(source.from) ? source.from : [source.from];
  const own = from.filter((path) => typeof path === 'string');
  const each = typeof source.each === 'string' ? [source.each] : [];
  const nested = isDoc(source.object) ? Object.values(source.object) : [];
  return [...own, ...each, ...[...branches(source), ...nested].flatMap(pathsIn)];
}
