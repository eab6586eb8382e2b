import type { Bad, Scope, SourceFormat, Value } from './format.ts';
import type { Shape } from './target.ts';

interface At {
  readonly root: unknown;
  readonly item: unknown;
}

type Step = string | number;
const notAPath = (path: string): Bad => ({
  bad: `"${path}" is not a path; write patient.name or list(1).name`,
});

/** `patient.identifiers(2).number` → its steps; list positions count from 1. */
function stepsOf(path: string): Step[] | undefined {
  const steps: Step[] = [];
  for (const part of path.split('.')) {
    const found = /^([A-Za-z]\w*)(?:\((\d+)\))?$/.exec(part);
    if (!found?.[1] || found[2] === '0') return undefined;
    steps.push(found[1]);
    if (found[2]) steps.push(Number(found[2]) - 1);
  }
  return steps;
}

function shapeAt(shape: Shape, steps: readonly Step[]): Shape | Bad {
  for (const step of steps) {
    const next = typeof step === 'number' ? shape.items : shape.properties?.[step];
    if (next === undefined) {
      const known = Object.keys(shape.properties ?? {}).join(', ');
      return { bad: `the canonical message has no "${step}" here${known && `; known: ${known}`}` };
    }
    shape = next;
  }
  return shape;
}

function dig(from: unknown, steps: readonly Step[]): unknown {
  for (const step of steps) {
    if (typeof from !== 'object' || from === null) return undefined;
    from = (from as Record<Step, unknown>)[step];
  }
  return from;
}

/** Reads a canonical message; paths are checked against its schema. */
export function canonicalFormat(root: Shape, item: Shape = root): SourceFormat {
  const resolve = (path: string) => {
    const relative = path.startsWith('.');
    const steps = stepsOf(relative ? path.slice(1) : path);
    if (!steps || (relative && item === root)) return notAPath(path);
    const shape = shapeAt(relative ? item : root, steps);
    return 'bad' in shape ? shape : { steps, shape, relative };
  };
  const reach = (relative: boolean, steps: readonly Step[]) =>
    relative
      ? (scope: Scope) => dig((scope as At).item, steps)
      : (scope: Scope) => dig((scope as At).root, steps);

  return {
    open: (message) => ({ root: message, item: message }) satisfies At,
    value(path) {
      const found = resolve(path);
      if ('bad' in found) return found;
      if (found.shape.properties || found.shape.items) {
        return {
          bad: `"${path}" is ${found.shape.items ? 'a list; use each' : 'an object; name one of its fields'}`,
        };
      }
      const get = reach(found.relative, found.steps);
      return { get: (scope) => get(scope) as Value };
    },
    each(path) {
      const found = resolve(path);
      if ('bad' in found) return found;
      if (!found.shape.items) return { bad: `"${path}" is not a list` };
      const get = reach(found.relative, found.steps);
      return {
        items: (scope) => {
          const list = get(scope);
          return Array.isArray(list) ? list.map((one) => ({ root: (scope as At).root, item: one })) : [];
        },
        inner: canonicalFormat(root, found.shape.items),
        label: path,
      };
    },
  };
}
