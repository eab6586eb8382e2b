import { type Bad, isBad, type TargetFormat, type Writer } from './format.ts';
import { type Flow, isList } from './run.ts';

/** Writes one value at its position: a list as repetitions, an object as components. */
export type Put = (writer: Writer, value: Flow) => void;

export function compilePut(target: TargetFormat, segment: string, key: string): { put: Put } | Bad {
  const whole = target.position(segment, key);
  if (isBad(whole)) return whole;
  const field = whole.position;
  const components = new Map<string, unknown>();

  function componentAt(name: string): unknown {
    let position = components.get(name);
    if (position === undefined) {
      const found = target.position(segment, key, name);
      if (isBad(found)) return undefined;
      position = found.position;
      components.set(name, position);
    }
    return position;
  }

  function one(writer: Writer, repetition: number, value: Flow): void {
    if (value === undefined || isList(value)) return;
    if (value === null || typeof value !== 'object') {
      writer.set(field, repetition, value === null ? null : String(value));
      return;
    }
    for (const [name, part] of Object.entries(value)) {
      const position = componentAt(name);
      if (position === undefined || isList(part) || (typeof part === 'object' && part !== null)) continue;
      if (part !== undefined) writer.set(position, repetition, part === null ? null : String(part));
    }
  }

  return {
    put(writer, value) {
      if (!isList(value)) one(writer, 1, value);
      else for (const [i, item] of value.entries()) one(writer, i + 1, item);
    },
  };
}
