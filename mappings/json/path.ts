import type { Bad } from '../engine/format.ts';
import { isList, isObject, type Json } from './value.ts';

/** A name of an object, or a place of a list, from 0. */
export type Step = string | number;

export interface JsonPath {
  /** Begins with `.`: read from the item inside `each`. */
  readonly relative: boolean;
  readonly steps: readonly Step[];
}

const notAPath = (text: string): Bad => ({
  bad: `"${text}" is not a path; write patient.name, list(1).name, "odd name".x, or .name inside each`,
});

const name = /"((?:[^"\\]|\\.)*)"|([^\s.()"':{}[\]$][^.()"{}[\]]*)/y;
const place = /\(([1-9]\d{0,8})\)/y;

/** `patient.identifiers(2).number`, `"first name"`, `.` for the item itself; places count from 1. */
export function parsePath(text: string): JsonPath | Bad {
  const relative = text.startsWith('.');
  const steps: Step[] = [];
  let at = relative ? 1 : 0;
  if (text === '.') return { relative, steps };
  const next = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (found) at += found[0].length;
    return found;
  };
  for (let first = true; ; first = false) {
    const found = next(name);
    const own = found && (found[2] ?? unquoted(found[1] ?? ''));
    if (typeof own === 'string') steps.push(own);
    else if (!first) return notAPath(text);
    const before = at;
    for (let index = next(place); index; index = next(place)) steps.push(Number(index[1]) - 1);
    if (typeof own !== 'string' && before === at) return notAPath(text);
    if (at === text.length) return { relative, steps };
    if (text[at] !== '.') return notAPath(text);
    at++;
  }
}

function unquoted(text: string): string | undefined {
  try {
    return JSON.parse(`"${text}"`) as string;
  } catch {
    return undefined;
  }
}

/** One value; of a list that is met without a place, its first item counts. Null is an item like any other. */
export function valueAt(from: Json, steps: readonly Step[]): Json | undefined {
  let value: Json | undefined = from;
  for (const step of steps) {
    if (typeof step === 'number') {
      // A lone item in place of a list of one.
      value = isList(value) ? value[step] : step === 0 ? value : undefined;
      continue;
    }
    while (isList(value)) value = value[0];
    value = isObject(value) ? value.get(step) : undefined;
  }
  return value;
}

/** Every value; a list that is met without a place counts with all its items, the last one too. */
export function valuesAt(from: Json, steps: readonly Step[]): Json[] {
  let values: Json[] = [from];
  for (const step of steps) {
    const next: Json[] = [];
    for (const value of typeof step === 'number' ? values : values.flatMap(items)) {
      const found = valueAt(value, [step]);
      if (found !== undefined) next.push(found);
    }
    values = next;
  }
  return values.flatMap(items);
}

/** Items of a list; anything else is a list of itself, and null of nothing. */
const items = (value: Json): readonly Json[] => (isList(value) ? value : value === null ? [] : [value]);
