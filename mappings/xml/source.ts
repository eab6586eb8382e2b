import { type Bad, isBad, type Scope, type SourceFormat, type Value } from '../engine/format.ts';
import type { XmlElement, XmlMessage } from './element.ts';
import { elementsAt, valueAt } from './evaluate.ts';
import { parsePath } from './path.ts';

/** A reading of the elements that a path names, by the name it is called with: `:name`. */
export type Reading =
  | {
      readonly argument: 'none' | 'needed' | 'allowed';
      readonly value: (elements: readonly XmlElement[], argument: string | undefined) => Value;
    }
  | { readonly argument: 'none'; readonly items: (elements: readonly XmlElement[]) => readonly XmlElement[] };
export type Readings = Readonly<Record<string, Reading>>;

interface Place {
  readonly element: XmlElement;
  readonly message: XmlMessage;
}

const ofMeta = /^meta:([A-Za-z][A-Za-z0-9]*)$/;

/** Paths of an XML message, below the root element; inside `each` below the item. */
export function xmlSource(readings: Readings): SourceFormat {
  const find = (name: string): Reading | undefined =>
    Object.hasOwn(readings, name) ? readings[name] : undefined;
  const unknown = (name: string): Bad => ({
    bad: `no reading ":${name}"; known here: ${Object.keys(readings).join(', ') || 'none'}`,
  });
  const from = (absolute: boolean) =>
    absolute ? (scope: Scope) => (scope as Place).message.root : (scope: Scope) => (scope as Place).element;

  const source: SourceFormat = {
    open: (message) =>
      ({ element: (message as XmlMessage).root, message: message as XmlMessage }) satisfies Place,
    value(text, test = false) {
      const meta = ofMeta.exec(text)?.[1];
      if (meta !== undefined) return { get: (scope) => metaOf((scope as Place).message, meta) };
      const path = parsePath(text);
      if (isBad(path)) return path;
      const start = from(path.absolute);
      const { call, steps } = path;
      if (!call) return { get: (scope) => valueAt(path, start(scope), test) };
      const reading = find(call.name);
      if (!reading || !('value' in reading))
        return reading ? { bad: `":${call.name}" gives a list; use it in "each"` } : unknown(call.name);
      const bad = argumentProblem(reading, call);
      return bad ?? { get: (scope) => reading.value(elementsAt(steps, start(scope)), call.argument) };
    },
    each(text) {
      const path = parsePath(text);
      if (isBad(path)) return path;
      const { call, steps } = path;
      if (path.attribute || steps.length === 0)
        return { bad: `"${text}" cannot be repeated; name an element` };
      const reading = call && find(call.name);
      if (call && !reading) return unknown(call.name);
      if (reading && !('items' in reading)) return { bad: `":${call?.name}" gives one value, not a list` };
      const start = from(path.absolute);
      return {
        items: (scope) => {
          const { message } = scope as Place;
          const found = elementsAt(steps, start(scope));
          return (reading ? reading.items(found) : found).map((element) => ({ element, message }));
        },
        inner: source,
        label: steps.at(-1)?.name === '*' ? text : (steps.at(-1)?.name ?? text),
      };
    },
  };
  return source;
}

const metaOf = ({ meta }: XmlMessage, name: string): Value =>
  Object.hasOwn(meta, name) ? meta[name] || null : undefined;

function argumentProblem(
  { argument }: Reading,
  call: { name: string; argument: string | undefined },
): Bad | undefined {
  if (argument === 'none' && call.argument !== undefined)
    return { bad: `":${call.name}" takes nothing in parentheses` };
  return argument === 'needed' && !call.argument
    ? { bad: `":${call.name}" needs a value in parentheses` }
    : undefined;
}
