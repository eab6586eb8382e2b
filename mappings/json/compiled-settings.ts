import type { EndpointDef } from '../../contracts/channel/endpoint.schema.ts';
import { isBad } from '../engine/format.ts';
import { parsePath, valueAt, valuesAt } from './path.ts';
import type { JsonSettings } from './settings.ts';
import { metaOf, shown } from './source.ts';
import type { Json, JsonMessage } from './value.ts';

/** The settings of an endpoint with their paths ready to read. */
export interface Compiled {
  readonly settings: JsonSettings;
  /** Undefined where the message does not say. */
  readonly type: (message: JsonMessage) => string | undefined;
  readonly control: (message: JsonMessage) => string;
  readonly keys: (message: JsonMessage) => { kind: string; value: string }[];
  readonly lane: ((message: JsonMessage) => string[]) | undefined;
  /** Undefined: the document is one message. */
  readonly each: ((message: JsonMessage) => readonly Json[]) | undefined;
  readonly identity: (message: JsonMessage) => string;
}

const known = new WeakMap<object, Compiled>();
const none: JsonSettings = {};

export function compiledSettings(endpoint: Pick<EndpointDef, 'read'> | undefined): Compiled {
  const read = endpoint?.read ?? none;
  const found = known.get(read);
  if (found) return found;
  const made = compile(read as JsonSettings);
  known.set(read, made);
  return made;
}

const mostKeys = 30;
const longest = 64;

function compile(settings: JsonSettings): Compiled {
  const { type = '=JSON', control = 'meta:idempotencyKey', keys = [], lane, each, identity = [] } = settings;
  const readKeys = keys.map(({ kind, path }) => ({ kind, values: allOf(path) }));
  const readControl = firstOf(control);
  const readIdentity = identity.map(firstOf);
  const steps = each === undefined ? undefined : stepsOf(each);
  return {
    settings,
    type: type.startsWith('=') ? () => type.slice(1) : firstOf(type),
    control: (message) => readControl(message) ?? '',
    keys: (message) =>
      readKeys
        .flatMap(({ kind, values }) => values(message).map((value) => ({ kind, value })))
        .slice(0, mostKeys),
    lane: lane === undefined ? undefined : allOf(lane),
    each: steps && (({ root }) => valuesAt(root, steps)),
    identity: (message) =>
      JSON.stringify(readIdentity.map((read) => read(message) ?? null)).replace(/^\[(null,?)*\]$/, ''),
  };
}

type Steps = Exclude<ReturnType<typeof parsePath>, { bad: string }>['steps'];

/** A path that does not hold reads nothing; the schema of the settings refuses it before. */
function stepsOf(text: string): Steps | undefined {
  const path = parsePath(text);
  return isBad(path) ? undefined : path.steps;
}

const metaIn = (text: string): string | undefined => /^meta:(.+)$/.exec(text)?.[1];

function firstOf(text: string): (message: JsonMessage) => string | undefined {
  const meta = metaIn(text);
  if (meta !== undefined) return (message) => plain(metaOf(message, meta));
  const steps = stepsOf(text) ?? ['\0'];
  return ({ root }) => plain(shown(valueAt(root, steps)));
}

/** Each value once, at most 64 characters. */
function allOf(text: string): (message: JsonMessage) => string[] {
  const meta = metaIn(text);
  const steps = meta === undefined ? stepsOf(text) : undefined;
  return (message) => {
    const found = steps ? valuesAt(message.root, steps).map(shown) : [meta && metaOf(message, meta)];
    const texts = found.flatMap((value) => plain(value) ?? []).map((value) => value.slice(0, longest));
    return [...new Set(texts)].slice(0, mostKeys);
  };
}

/** Trimmed, without NUL, which PostgreSQL does not keep; undefined where nothing is left. */
export function plain(value: string | number | boolean | null | undefined): string | undefined {
  if (value === null || value === undefined) return undefined;
  const text = String(value).replaceAll('\u0000', '').trim();
  return text === '' ? undefined : text;
}
