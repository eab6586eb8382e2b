import { attributeOf, descendants, type XmlElement } from '../xml/element.ts';
import { type KeyKind, keyOids, oids } from './oids.ts';

export interface BusinessKey {
  readonly kind: KeyKind | 'control';
  readonly value: string;
}

/** What an element numbers where its id has no root. */
const entities: Readonly<Record<string, KeyKind>> = {
  patient: 'patient',
  priorRegisteredRole: 'patient',
  encounter: 'visit',
  encounterEvent: 'visit',
  observationRequest: 'order',
  procedureRequest: 'order',
  substanceAdministrationRequest: 'order',
  observationReport: 'order',
  specimen: 'specimen',
  clinicalDocument: 'report',
};

const mostKeys = 30;
const longest = 64;

type OwnOids = Readonly<Record<string, KeyKind | 'none'>>;

/** Numbers by which people look for a message, each once; those of devices and people are none. */
export function keysOf(root: XmlElement, own: OwnOids = {}): BusinessKey[] {
  const keys = new Map<string, BusinessKey>();
  for (const element of descendants(root)) {
    const found = keyOf(element, own);
    if (found) keys.set(`${found.kind} ${found.value}`, found);
    if (keys.size >= mostKeys) break;
  }
  return [...keys.values()];
}

function keyOf(element: XmlElement, own: OwnOids): BusinessKey | undefined {
  const value = attributeOf(element, 'extension')?.value.trim().slice(0, longest).trim();
  if (!value) return undefined;
  const oid = attributeOf(element, 'root')?.value.trim();
  const kind = oid ? (own[oid] ?? keyOids[oid]) : entityOf(element);
  return kind === undefined || kind === 'none' ? undefined : { kind, value };
}

/** `id` and `id/item` number the element around them. */
function entityOf(element: XmlElement): KeyKind | undefined {
  const id = element.name === 'item' ? element.parent : element;
  return id?.name === 'id' && id.parent ? entities[id.parent.name] : undefined;
}

/**
 * Patients whose messages keep their order, those who cease by a merge among them. A patient known only by a national id is kept
 * in order by a disguise of it.
 */
export function patientLanes(root: XmlElement, keys: readonly BusinessKey[]): string[] {
  const lanes = keys.filter(({ kind }) => kind === 'patient').map(({ value }) => value);
  if (lanes.length > 0) return lanes;
  for (const element of descendants(root)) {
    const number = attributeOf(element, 'extension')?.value.trim();
    if (number && attributeOf(element, 'root')?.value === oids.nationalId) return [disguise(number)];
  }
  return [];
}

/** What is registered (an organisation, a person, a value set) where no patient is: its changes keep their order too. */
export function subjectLane(root: XmlElement): string[] {
  const act = root.children.find(({ name }) => name === 'controlActProcess');
  if (!act) return [];
  for (const element of descendants(act)) {
    const number = attributeOf(element, 'extension')?.value.trim();
    if (number) return [`*${number.slice(0, longest - 1)}`];
  }
  return [];
}

/** The same for the same value, and not the value. */
function disguise(value: string): string {
  let [a, b] = [0x811c9dc5, 0x9e3779b1];
  for (let i = 0; i < value.length; i++) {
    a = Math.imul(a ^ value.charCodeAt(i), 0x01000193);
    b = Math.imul(b ^ value.charCodeAt(i), 0x85ebca77);
  }
  return `#${(a >>> 0).toString(36)}${(b >>> 0).toString(36)}`;
}
