import type { ViewField, ViewPart } from '../engine/format.ts';
import { isList, isNumber, isObject, type Json, type JsonMessage, stringify } from './value.ts';

const simple = /^[^\s.()"':{}[\]$][^.()"{}[\]]*$/;
const stepOf = (name: string): string => (simple.test(name) ? name : JSON.stringify(name));
const below = (path: string, step: string): string => (path === '' ? step : `${path}.${step}`);

/** A message for the eye: its own values, then each object and each item of a list in it, with every value at its path. */
export function* viewJson({ root }: JsonMessage): Iterable<ViewPart> {
  const own = isObject(root) ? [...root].filter(([, value]) => !isObject(value) && !isList(value)) : [];
  const raw = isObject(root) ? stringify(new Map(own), true) : stringify(root, true);
  const single = !isObject(root) && !isList(root);
  yield { name: '.', raw, fields: single ? fieldsOf(root, '') : ownFields(own) };
  if (!isObject(root) && !isList(root)) return;
  for (const [path, value] of partsOf(root))
    yield { name: path, raw: stringify(value, true), fields: fieldsOf(value, path) };
}

function* ownFields(own: readonly (readonly [string, Json])[]): Iterable<ViewField> {
  for (const [name, value] of own) yield* fieldsOf(value, stepOf(name));
}

function* partsOf(root: Json): Iterable<[string, Json]> {
  if (isList(root)) for (const [i, item] of root.entries()) yield [`(${i + 1})`, item];
  else if (isObject(root))
    for (const [name, value] of root) {
      if (isObject(value)) yield [stepOf(name), value];
      else if (isList(value))
        for (const [i, item] of value.entries()) yield [`${stepOf(name)}(${i + 1})`, item];
    }
}

/** Without recursion, in the order of the message. */
function* fieldsOf(from: Json, path: string): Iterable<ViewField> {
  const open: [string, Json][] = [[path, from]];
  for (let next = open.pop(); next; next = open.pop()) {
    const [at, value] = next;
    if (isList(value)) for (let i = value.length - 1; i >= 0; i--) open.push([`${at}(${i + 1})`, value[i]!]);
    else if (isObject(value))
      for (const [name, inner] of [...value].reverse()) open.push([below(at, stepOf(name)), inner]);
    else yield { position: at || '.', value: textOf(value), null: value === null };
  }
}

function textOf(value: string | boolean | null | { readonly text: string }): string {
  if (value === null) return '';
  if (typeof value === 'string') return value;
  return typeof value === 'boolean' ? String(value) : isNumber(value as Json) ? value.text : '';
}
