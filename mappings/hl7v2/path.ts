import { Fault } from '../../contracts/kernel/fault.ts';

/** A compiled reference. Positions count from 1; 0 means the level was not given. */
export interface PathRef {
  readonly path: string;
  /** Empty for a reference relative to a repetition (`.1`, `.4.2`). */
  readonly segment: string;
  /** Which of the segments of that name, 1 by default. */
  readonly occurrence: number;
  readonly field: number;
  readonly repetition: number;
  readonly component: number;
  readonly subcomponent: number;
}

const PATH =
  /^(?:([A-Z][A-Z0-9]{1,3})(?:\[(\d{1,5})\])?(?:-(\d{1,4})(?:\((\d{1,5})\))?)?)?(?:\.(\d{1,4})(?:\.(\d{1,4}))?)?$/;

const cache = new Map<string, PathRef>();

/**
 * Compiles `PID-3`, `PID-3(2)`, `PID-3.1`, `PID-3(1).4.2`, `OBX[2]-5`, `ORC` (the segment itself) or, inside a
 * repetition, `.1` and `.4.2`. Throws `hub.mapping.failed` for anything else.
 */
export function compilePath(path: string): PathRef {
  const known = cache.get(path);
  if (known !== undefined) return known;
  const m = PATH.exec(path);
  const ref = m === null ? undefined : build(path, m);
  if (ref === undefined) throw new Fault('hub.mapping.failed', { path, reason: 'not a path' });
  if (cache.size < 5000) cache.set(path, ref);
  return ref;
}

function build(path: string, m: RegExpExecArray): PathRef | undefined {
  const at = (group: number): number => (m[group] === undefined ? 0 : Number(m[group]));
  const given = [m[2], m[3], m[4], m[5], m[6]];
  if (given.some((part) => part !== undefined && Number(part) === 0)) return undefined;
  const segment = m[1] ?? '';
  if (segment === '' && m[5] === undefined) return undefined;
  if (segment !== '' && m[3] === undefined && m[5] !== undefined) return undefined;
  return {
    path,
    segment,
    occurrence: at(2) || 1,
    field: at(3),
    repetition: at(4),
    component: at(5),
    subcomponent: at(6),
  };
}
