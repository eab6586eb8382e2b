import { createHash } from 'node:crypto';
import type { Canonical } from '../../../contracts/message/canonical.ts';
import type { ViewPart } from '../../../mappings/engine/format.ts';

/**
 * Personal data of a message replaced: the same value always by the same other one within an organisation, of the same shape, so
 * that a mapping treats it alike. What is personal is known from the canonical messages it becomes, from where it stands, and
 * from the shapes of Chinese id and mobile numbers.
 */
export function pseudonyms(
  orgId: string,
  text: string,
  canonical: readonly Canonical[],
  parts: Iterable<ViewPart>,
  keys: readonly { readonly kind: string; readonly value: string }[],
): { readonly text: string; readonly replaced: ReadonlySet<string> } {
  const found = new Map<string, Sort>();
  const add = (value: unknown, sort: Sort): void => {
    if (typeof value === 'string' && value.trim().length >= shortest[sort] && !found.has(value))
      found.set(value, sort);
  };
  for (const { kind, value } of keys) if (personalKeys.has(kind)) add(value, 'number');
  for (const message of canonical) fromCanonical(message, add);
  for (const part of parts)
    for (const { position, value } of part.fields) {
      const sort = sortOf(part.name, position);
      if (sort) add(value, sort);
    }
  for (const [number] of text.matchAll(/(?<!\d)(?:\d{17}[\dXx]|1[3-9]\d{9})(?!\d)/g)) add(number, 'number');
  return { text: replaceAll(text, found, orgId), replaced: new Set(found.keys()) };
}

type Sort = 'name' | 'number' | 'date' | 'address';
/** What is shorter says nothing about anybody, and would be found in half the message. */
const shortest: Record<Sort, number> = { name: 2, number: 4, date: 8, address: 4 };
const personalKeys = new Set(['patient', 'visit']);

const canonicalSorts: Record<string, Sort> = {
  name: 'name',
  namePhonetic: 'name',
  idNumber: 'number',
  phone: 'number',
  address: 'address',
  birthDate: 'date',
};

function fromCanonical(message: Canonical, add: (value: unknown, sort: Sort) => void): void {
  for (const [key, value] of Object.entries(message)) {
    if (typeof value !== 'object' || value === null) continue;
    const one = value as Record<string, unknown>;
    if (!/patient|person|donor|prior|survivor|retired/i.test(key)) {
      for (const staff of ['doctor', 'orderedBy', 'performer', 'reviewer']) add(one[staff], 'name');
      continue;
    }
    for (const person of [one].flat() as Record<string, unknown>[]) {
      for (const [field, sort] of Object.entries(canonicalSorts)) {
        add(person[field], sort);
        if (sort === 'date') add(String(person[field] ?? '').replaceAll('-', ''), sort);
      }
      for (const id of (person.identifiers ?? []) as { number?: string }[]) add(id.number, 'number');
    }
  }
}

/** Of HL7 v2 by segment and field, of other formats by what the field is called. */
function sortOf(part: string, position: string): Sort | undefined {
  const hl7 = /^([A-Z][A-Z0-9]{2})-(\d+)(?:\(\d+\))?(?:\.(\d+))?/.exec(position);
  if (hl7 && hl7[1] === part) {
    const component = Number(hl7[3] ?? 1);
    const sort = hl7Fields[`${hl7[1]}-${hl7[2]}`];
    // Beside a number stand its authority and type; beside a doctor's code, his name.
    if (sort === 'number') return component === 1 ? 'number' : undefined;
    return sort === 'staff' ? (component >= 2 && component <= 3 ? 'name' : undefined) : sort;
  }
  const last = position.slice(Math.max(position.lastIndexOf('.'), position.lastIndexOf('/')) + 1);
  if (/姓名|患者名|病人名|patient_?name|^name$|contact_?name/i.test(last)) return 'name';
  if (
    /身份证|证件|电话|手机|住院号|门诊号|病历号|id_?(card|number|no)|phone|mobile|tel|mrn|patient_?(id|no)/i.test(
      last,
    )
  )
    return 'number';
  if (/出生|birth/i.test(last)) return 'date';
  return /地址|住址|address|addr/i.test(last) ? 'address' : undefined;
}

const hl7Fields: Record<string, Sort | 'staff'> = {
  ...Object.fromEntries([2, 3, 4, 18, 19, 20, 21].map((n) => [`PID-${n}`, 'number' as const])),
  ...Object.fromEntries([5, 6, 9].map((n) => [`PID-${n}`, 'name' as const])),
  'PID-7': 'date',
  'PID-11': 'address',
  'PID-13': 'number',
  'PID-14': 'number',
  'MRG-1': 'number',
  'MRG-4': 'number',
  'MRG-7': 'name',
  'PV1-5': 'number',
  'PV1-19': 'number',
  'PV1-50': 'number',
  ...Object.fromEntries([7, 8, 9, 17].map((n) => [`PV1-${n}`, 'staff' as const])),
  'ORC-12': 'staff',
  'OBR-16': 'staff',
  'NK1-2': 'name',
  'NK1-4': 'address',
  'NK1-5': 'number',
  'NK1-6': 'number',
  'GT1-3': 'name',
  'GT1-5': 'address',
  'GT1-6': 'number',
  'IN1-16': 'name',
  'IN1-19': 'address',
  'IN1-36': 'number',
};

/** Longest first, so that a name within an address does not tear it. */
function replaceAll(text: string, found: ReadonlyMap<string, Sort>, orgId: string): string {
  const values = [...found.keys()].sort((a, b) => b.length - a.length);
  if (values.length === 0) return text;
  const pattern = new RegExp(
    values.map((v) => `${edge(v[0]!, '<!')}${escaped(v)}${edge(v.at(-1)!, '!')}`).join('|'),
    'g',
  );
  return text.replace(pattern, (value) => other(value, found.get(value)!, orgId));
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
/** A number is not replaced inside a longer one, nor a word inside a word. */
const edge = (end: string, way: '<!' | '!'): string =>
  /[A-Za-z0-9]/.test(end) ? `(?${way}[A-Za-z0-9])` : '';

const given = [...'安平和宁远清明晨晓雨林川山海云风星辰'];
const family = [...'甲乙丙丁戊己庚辛壬癸'];
const latin = 'abcdefghijklmnopqrstuvwxyz';

/** Another value of the same shape: digits for digits, letters for letters, Chinese for Chinese. */
function other(value: string, sort: Sort, orgId: string): string {
  const hash = createHash('sha256').update(`${orgId}\n${sort}\n${value}`).digest();
  let n = 0;
  const next = (): number => hash[n++ % hash.length]! + (n >> 5);
  if (sort === 'date')
    return value.replace(/^(\d{4})-?(\d{2})-?(\d{2})/, (all, year: string) => {
      const month = String((next() % 12) + 1).padStart(2, '0');
      const day = String((next() % 28) + 1).padStart(2, '0');
      return all.includes('-') ? `${year}-${month}-${day}` : `${year}${month}${day}`;
    });
  let first = true;
  return value.replace(/./gu, (c) => {
    if (/\d/.test(c)) return String(next() % 10);
    if (/[a-z]/.test(c)) return latin[next() % 26]!;
    if (/[A-Z]/.test(c)) return latin[next() % 26]!.toUpperCase();
    if (!/\p{Script=Han}/u.test(c)) return c;
    const pool = first && sort === 'name' ? family : given;
    first = false;
    return pool[next() % pool.length]!;
  });
}
