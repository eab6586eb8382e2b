import type { TSchema } from 'typebox';
import { type At, type Compiling, refuse } from './compiling.ts';

/** The parts of a JSON Schema that the compiler looks at. */
export interface Shape {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Shape>>;
  readonly required?: readonly string[];
  readonly items?: Shape;
  readonly anyOf?: readonly Shape[];
}

export const shapeOf = (schema: TSchema): Shape => schema as Shape;

/**
 * Where a source is going. `shape` is the canonical field's schema in an in mapping; absent in an out mapping, where
 * `component` checks a name such as `.4.2` instead.
 */
export interface Target {
  readonly path: string;
  readonly shape?: Shape;
  /** Shape of the object around it, for `cleared`. */
  readonly around?: Shape;
  readonly component?: (name: string) => string | undefined;
}

/** The target of a nested name, or a refusal. */
export function child(target: Target, name: string, at: At, c: Compiling): Target | undefined {
  const path =
    target.path === '' ? name : name.startsWith('.') ? `${target.path}${name}` : `${target.path}.${name}`;
  if (target.shape === undefined) {
    const bad = target.component?.(name) ?? (target.component ? undefined : 'no nested targets here');
    return bad === undefined ? { path } : refuse(c, at, bad);
  }
  const { properties } = target.shape;
  if (properties === undefined) {
    return refuse(c, at, `${target.path} is ${describe(target.shape)}, not an object`);
  }
  const shape = properties[name];
  if (shape === undefined) {
    return refuse(c, at, `no canonical field "${name}"; known here: ${Object.keys(properties).join(', ')}`);
  }
  return { path, shape, around: target.shape };
}

/** The target of the items of a list. */
export function item(target: Target, at: At, c: Compiling): Target | undefined {
  if (target.shape === undefined) {
    return target.component
      ? target
      : refuse(c, at, `${target.path} takes a single value; use "first" or "join"`);
  }
  if (target.shape.items === undefined) {
    return refuse(c, at, `${target.path} is ${describe(target.shape)}, not a list; use "first" or "join"`);
  }
  return { path: target.path, shape: target.shape.items };
}

/** Refuses required fields that no source fills. */
export function covered(target: Target, names: readonly string[], at: At, c: Compiling): void {
  for (const name of target.shape?.required ?? []) {
    if (!names.includes(name) && !(target.path === '' && name === 'type')) {
      refuse(c, at, `required canonical field "${name}" has no source`);
    }
  }
}

/** Refuses a plain value for an object or a list. */
export function plain(target: Target, number: boolean, at: At, c: Compiling): void {
  const type = target.shape?.type;
  if (type === 'object' || type === 'array') {
    refuse(c, at, `${target.path} is ${describe(target.shape!)}, and this source gives a single value`);
  }
  if ((type === 'number' || type === 'integer') && !number) {
    refuse(c, at, `${target.path} is a number; add the step "number"`);
  }
}

/** Whether the target takes null as a value, rather than as a field the sender cleared. */
export const nullable = ({ shape }: Target): boolean =>
  shape?.anyOf?.some(({ type }) => type === 'null') === true;

const describe = (shape: Shape): string =>
  shape.type === 'object'
    ? 'an object'
    : shape.type === 'array'
      ? 'a list'
      : `a single value (${shape.type ?? 'one of several'})`;
