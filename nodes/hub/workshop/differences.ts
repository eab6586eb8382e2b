import type { Difference } from '../../../contracts/channel/trial.schema.ts';

/** Most that are told of one comparison. */
const most = 500;

/** Fields that differ between two JSON values: `[0].patient.name`. Lists are compared by place. */
export function valueDifferences(before: unknown, after: unknown, path = ''): Difference[] {
  const found: Difference[] = [];
  compare(before, after, path, found);
  return found;
}

function compare(before: unknown, after: unknown, path: string, found: Difference[]): void {
  if (found.length >= most || Object.is(before, after)) return;
  if (before !== undefined && after !== undefined && bothContainers(before, after)) {
    const [a, b] = [entries(before), entries(after)];
    for (const key of new Set([...a.keys(), ...b.keys()])) {
      const inner = typeof key === 'number' ? `${path}[${key}]` : path === '' ? key : `${path}.${key}`;
      compare(a.get(key), b.get(key), inner, found);
    }
    return;
  }
  const kind = before === undefined ? 'added' : after === undefined ? 'removed' : 'changed';
  found.push({ path, kind, before: shown(before), after: shown(after) });
}

const isContainer = (x: unknown): x is object => typeof x === 'object' && x !== null;
const bothContainers = (a: unknown, b: unknown): boolean =>
  isContainer(a) && isContainer(b) && Array.isArray(a) === Array.isArray(b);

const entries = (value: unknown): Map<string | number, unknown> =>
  Array.isArray(value)
    ? new Map(value.map((v, i) => [i, v]))
    : new Map(Object.entries(value as object).filter(([, v]) => v !== undefined));

const shown = (value: unknown): string | null =>
  value === undefined ? null : typeof value === 'string' ? value : JSON.stringify(value);

type Segment = {
  readonly name: string;
  readonly raw: string;
  readonly fields: readonly { position: string; value: string }[];
};

/** Positions that differ between two messages: `PID-5`, `OBX(2)-5`. */
export function segmentDifferences(
  before: readonly Segment[],
  after: readonly Segment[],
  prefix: string,
): Difference[] {
  const [a, b] = [positions(before), positions(after)];
  return [...new Set([...a.keys(), ...b.keys()])]
    .filter((key) => a.get(key) !== b.get(key))
    .slice(0, most)
    .map((key) => entryOf(`${prefix}${key}`, a.get(key), b.get(key)));
}

function positions(segments: readonly Segment[]): Map<string, string> {
  const seen = new Map<string, number>();
  const all = new Map<string, string>();
  for (const { name, raw, fields } of segments) {
    const n = (seen.get(name) ?? 0) + 1;
    seen.set(name, n);
    if (fields.length === 0) all.set(n > 1 ? `${name}(${n})` : name, raw);
    for (const { position, value } of fields)
      all.set(n > 1 ? position.replace(name, `${name}(${n})`) : position, value);
  }
  return all;
}

/** Lines that differ, by place; for what has no positions. */
export function lineDifferences(before: string, after: string, prefix: string): Difference[] {
  const [a, b] = [before.split('\n'), after.split('\n')];
  return Array.from({ length: Math.max(a.length, b.length) }, (_, i) => i)
    .filter((i) => a[i] !== b[i])
    .slice(0, most)
    .map((i) => entryOf(`${prefix}line ${i + 1}`, a[i], b[i]));
}

const entryOf = (path: string, before: string | undefined, after: string | undefined): Difference => ({
  path,
  kind: before === undefined ? 'added' : after === undefined ? 'removed' : 'changed',
  before: before ?? null,
  after: after ?? null,
});
