import type { EndpointDef } from '../../contracts/channel/endpoint.schema.ts';
import { isBad, type Value } from '../engine/format.ts';
import type { XmlElement, XmlMessage } from './element.ts';
import { elementsAt, valueAt } from './evaluate.ts';
import { parsePath, type XmlPath } from './path.ts';
import type { XmlSettings } from './settings.ts';

/** The settings of an endpoint with their paths ready to read. */
export interface Compiled {
  readonly settings: XmlSettings;
  readonly type: (message: XmlMessage) => string;
  readonly control: (message: XmlMessage) => string;
  readonly keys: (message: XmlMessage) => { kind: string; value: string }[];
  readonly lane: ((message: XmlMessage) => string[]) | undefined;
  /** Undefined: the document is one message. */
  readonly each: ((root: XmlElement) => XmlElement[]) | undefined;
}

const known = new WeakMap<object, Compiled>();
const none: XmlSettings = {};

export function compiledSettings({ read = none }: Pick<EndpointDef, 'read'>): Compiled {
  const found = known.get(read);
  if (found) return found;
  const made = compile(read as XmlSettings);
  known.set(read, made);
  return made;
}

const mostKeys = 30;
const longest = 64;

function compile(settings: XmlSettings): Compiled {
  const { type = 'root', control, keys = [], lane, each } = settings;
  const readKeys = keys.map(({ kind, path }) => ({ kind, values: valuesOf(path) }));
  const items = each === undefined ? undefined : pathOf(each);
  return {
    settings,
    type: typeOf(type),
    control: firstOf(control),
    keys: (message) =>
      readKeys
        .flatMap(({ kind, values }) => values(message).map((value) => ({ kind, value })))
        .slice(0, mostKeys),
    lane: lane === undefined ? undefined : valuesOf(lane),
    each: items && ((root) => elementsAt(items.steps, root)),
  };
}

function typeOf(setting: string): Compiled['type'] {
  if (setting === 'root') return ({ root }) => root.name;
  const meta = /^meta:(\w+)$/.exec(setting)?.[1];
  if (meta !== undefined) return (message) => message.meta[meta] ?? message.root.name;
  return firstOf(setting);
}

/** A path that does not hold reads nothing; the schema of the settings refuses it before. */
const pathOf = (text: string): XmlPath | undefined => {
  const path = parsePath(text);
  return isBad(path) ? undefined : path;
};

function firstOf(text: string | undefined): (message: XmlMessage) => string {
  const path = text === undefined ? undefined : pathOf(text);
  return path ? ({ root }) => shown(valueAt(path, root, false)) : () => '';
}

/** Each value once, trimmed, at most 64 characters. */
function valuesOf(text: string): (message: XmlMessage) => string[] {
  const path = pathOf(text);
  if (!path) return () => [];
  const leaf: XmlPath = { ...path, steps: [] };
  return ({ root }) => {
    const found = elementsAt(path.steps, root).map((e) => shown(valueAt(leaf, e, false)).slice(0, longest));
    return [...new Set(found.filter((value) => value !== ''))].slice(0, mostKeys);
  };
}

const shown = (value: Value): string => (typeof value === 'string' ? value.trim() : '');
