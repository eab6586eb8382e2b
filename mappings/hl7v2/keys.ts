import type { Hl7Message, Value } from './message.ts';
import { compilePath } from './path.ts';
import { part, type Segment } from './segment.ts';

export type KeyKind = 'patient' | 'visit' | 'order' | 'filler' | 'specimen' | 'report' | 'control' | 'batch';

export interface BusinessKey {
  readonly kind: KeyKind;
  /** Trimmed, 1 to 64 characters. */
  readonly value: string;
}

interface KeyPlace {
  readonly field: number;
  readonly component: number;
  readonly subcomponent: number;
  readonly kind: KeyKind;
}

const at = (kind: KeyKind, field: number, component = 1, subcomponent = 1): KeyPlace => ({
  field,
  component,
  subcomponent,
  kind,
});

/** Where the identifiers of each segment stand; all repetitions and all occurrences count. */
const places: Readonly<Record<string, readonly KeyPlace[]>> = {
  MSH: [at('control', 10)],
  MSA: [at('control', 2)],
  PID: [at('patient', 3), at('patient', 2), at('patient', 4)],
  MRG: [at('patient', 1), at('patient', 4), at('visit', 5)],
  PV1: [at('visit', 19), at('visit', 50)],
  ORC: [at('order', 2), at('filler', 3)],
  OBR: [at('order', 2), at('filler', 3)],
  SPM: [at('specimen', 2, 1), at('specimen', 2, 2)],
  SAC: [at('specimen', 3)],
  TXA: [at('report', 12)],
};

const MAX_KEYS = 30;
const MAX_LENGTH = 64;

/**
 * The identifiers by which people look for a message: unique, trimmed, at most 64 characters each and 30 in all. `batch`
 * is the control id of the batch the message came in.
 */
export function businessKeys(message: Hl7Message, batch?: string): BusinessKey[] {
  const keys: BusinessKey[] = [];
  if (batch !== undefined) add(keys, 'batch', batch);
  for (const segment of message.segments) {
    const wanted = places[segment.name];
    if (wanted !== undefined) for (const place of wanted) collect(message, segment, place, keys);
    if (keys.length >= MAX_KEYS) break;
  }
  return keys;
}

function collect(message: Hl7Message, segment: Segment, place: KeyPlace, keys: BusinessKey[]): void {
  const field = segment.field(place.field);
  if (field === undefined || field === '') return;
  const { repetition } = message.delimiters;
  if (repetition === '' || field.indexOf(repetition) < 0) add(keys, place.kind, idOf(message, field, place));
  else for (const one of field.split(repetition)) add(keys, place.kind, idOf(message, one, place));
}

/** Identifier types (CX.5) of national ids: personal data that has no place in an index or a lane in clear. */
const national = new Set(['NNCHN', 'NI', 'SFZH', '身份证']);

const isNational = (field: string, component: string): boolean => {
  const type = part(field, component, 5);
  return type !== undefined && national.has(type.trim());
};

function idOf(message: Hl7Message, field: string, place: KeyPlace): Value {
  const d = message.delimiters;
  if (place.kind === 'patient' && isNational(field, d.component)) return undefined;
  const component = part(field, d.component, place.component);
  const raw = component === undefined ? undefined : part(component, d.subcomponent, place.subcomponent);
  return raw === undefined || raw === '""' ? undefined : message.decoded(raw);
}

function add(keys: BusinessKey[], kind: KeyKind, text: Value): void {
  if (typeof text !== 'string' || keys.length >= MAX_KEYS) return;
  const value = text.trim().slice(0, MAX_LENGTH).trim();
  if (value === '') return;
  for (const key of keys) if (key.value === value && key.kind === kind) return;
  keys.push({ kind, value });
}

const lanePaths = ['PID-3', 'PID-2', 'PID-4'].map(compilePath);
const priorPaths = ['MRG-1', 'MRG-4'].map(compilePath);
const ID = compilePath('.1');

/**
 * Patient whose messages keep their order: the first PID-3.1 with a value (a national id only where there is no other, and
 * disguised), else PID-2.1, PID-4.1. Undefined: no patient in it.
 */
export function laneKey(message: Hl7Message): string | undefined {
  for (const ref of lanePaths) {
    const [first] = identifiers(message, ref);
    if (first !== undefined) return first;
  }
  return undefined;
}

/** Patients merged away by the message (MRG-1, MRG-4): their lanes wait for it too. */
export function priorLanes(message: Hl7Message): string[] {
  if (message.find('MRG') === undefined) return [];
  return [...new Set(priorPaths.flatMap((ref) => identifiers(message, ref)))];
}

function identifiers(message: Hl7Message, ref: (typeof lanePaths)[number]): string[] {
  const found: string[] = [];
  const disguised: string[] = [];
  for (const repetition of message.repetitions(ref)) {
    const value = message.read(ID, repetition)?.trim();
    if (!value) continue;
    if (isNational(repetition.raw, message.delimiters.component)) disguised.push(disguise(value));
    else found.push(value.slice(0, MAX_LENGTH));
  }
  return found.length ? found : disguised;
}

/** The same for the same value, and not the value: enough to keep the order of a patient who has no other number. */
function disguise(value: string): string {
  let [a, b] = [0x9e3779b1, 0x85ebca77];
  for (let i = 0; i < value.length; i++) {
    a = Math.imul(a ^ value.charCodeAt(i), 0x01000193);
    b = Math.imul(b ^ value.charCodeAt(i), 0xc2b2ae3d);
  }
  return `#${(a >>> 0).toString(36)}${(b >>> 0).toString(36)}`;
}
