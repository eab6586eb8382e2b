import type { Scope, SourceFormat, Value } from '../engine/format.ts';
import { isBad } from '../engine/format.ts';
import { parsePath, valueAt, valuesAt } from './path.ts';
import { isList, isNumber, isObject, type Json, type JsonMessage, plainNumber, stringify } from './value.ts';

interface Place {
  readonly message: JsonMessage;
  readonly item: Json;
}

/** `values.*`: every member of an object is an item with its `.name` and `.value`. */
const ofMembers = /^(?:(.*)\.)?\*$/;
const ofMeta = /^meta:([A-Za-z][\w.-]*)$/;

/** Empty texts, objects and lists are absent; what is inside an object or a list is its text. */
export function shown(value: Json | undefined): Value {
  if (typeof value === 'string') return value === '' ? undefined : value;
  if (isNumber(value)) return plainNumber(value.text);
  if (isList(value)) return value.length === 0 ? undefined : stringify(value);
  return isObject(value) ? (value.size === 0 ? undefined : stringify(value)) : value;
}

/** Paths of a JSON message; `meta:name` is what the protocol said beside it. */
export const jsonSource: SourceFormat = {
  open: (message) =>
    ({ message: message as JsonMessage, item: (message as JsonMessage).root }) satisfies Place,
  value(text) {
    const meta = ofMeta.exec(text)?.[1];
    if (meta !== undefined) return { get: (scope) => metaOf((scope as Place).message, meta) };
    const path = parsePath(text);
    if (isBad(path)) return path;
    const { relative, steps } = path;
    return { get: (scope) => shown(valueAt(start(scope, relative), steps)) };
  },
  each(text) {
    const members = ofMembers.exec(text);
    const path = members ? parsePath(members[1] || '.') : parsePath(text);
    if (isBad(path)) return path;
    const { steps } = path;
    const relative = path.relative && text !== '*';
    return {
      items: (scope) => {
        const { message } = scope as Place;
        const found = valuesAt(start(scope, relative), steps);
        return (members ? found.flatMap(membersOf) : found).map((item): Place => ({ message, item }));
      },
      inner: jsonSource,
      label: text,
    };
  },
};

const membersOf = (value: Json): Json[] =>
  isObject(value)
    ? [...value].map(
        ([name, own]) =>
          new Map<string, Json>([
            ['name', name],
            ['value', own],
          ]),
      )
    : [];

const start = (scope: Scope, relative: boolean): Json =>
  relative ? (scope as Place).item : (scope as Place).message.root;

export const metaOf = ({ meta }: JsonMessage, name: string): string | undefined =>
  Object.hasOwn(meta, name) && meta[name] !== '' ? meta[name] : undefined;
