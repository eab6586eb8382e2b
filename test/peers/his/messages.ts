import { patient as makePatient, type Patient } from './people.ts';
import { type Random, seeded } from './random.ts';
import { type Charset, encode, msh18 } from './text.ts';

/** What a cell laboratory is asked for. */
export const products = [
  { code: 'UCMSC-P', name: '脐带间充质干细胞制备' },
  { code: 'NK-P', name: 'NK细胞制备' },
  { code: 'PBMC-F', name: 'PBMC冻存' },
  { code: 'DC-P', name: 'DC细胞制备' },
  { code: 'CART-C', name: 'CAR-T细胞采集' },
  { code: 'THAW', name: '细胞复苏' },
] as const;

export type Version = '2.2' | '2.3' | '2.3.1' | '2.4' | '2.5' | '2.5.1' | '2.6' | '2.7' | '2.8';
export type AdtEvent = 'A01' | 'A04' | 'A05' | 'A08' | 'A28' | 'A31';

export interface Order {
  /** Placer order number, ORC-2.1; its authority is `HIS`. */
  placer: string;
  code: string;
  name: string;
  priority: 'R' | 'A' | 'S';
  quantity: number;
  doctor: string;
  department: string;
  diagnosis: string;
  note: string;
  /** YYYYMMDDHHMM. */
  neededAt: string;
}

/** Everything about a message that is not its business. */
export interface Envelope {
  controlId: string;
  at: Date;
  charset: Charset;
  version: Version;
  /** MSH-18 as written; absent: as the charset is called; empty: left out. */
  declared?: string;
  /** Field separator and MSH-2, e.g. `|^~\&`. */
  delimiters: string;
  terminator: string;
  sender: string;
  facility: string;
}

export interface Built {
  bytes: Buffer;
  text: string;
  controlId: string;
  /** `ADT^A01`. */
  type: string;
}

/** Names a field's parts with neutral marks; `write` puts the message's own delimiters in. */
const mark = { component: '\u0001', repetition: '\u0002', sub: '\u0003', filling: '\u0004' } as const;
export const parts = (...values: string[]) => values.join(mark.component);
export const repeat = (...values: string[]) => values.join(mark.repetition);
export const subparts = (...values: string[]) => values.join(mark.sub);
export type Segment = readonly string[];

/** Puts a message together: values are escaped, marks become delimiters, MSH is written from the envelope. */
export function write(type: string, structure: string, body: readonly Segment[], e: Envelope): Built {
  const field = e.delimiters[0]!;
  const escaped = escaperOf(e.delimiters);
  const older = e.version === '2.2' || e.version === '2.3';
  const kind = older
    ? type.replace('^', mark.component)
    : `${type}^${structure}`.replaceAll('^', mark.component);
  const declared = e.declared ?? msh18[e.charset];
  const header = [
    '',
    '',
    e.sender,
    e.facility,
    'CYTOMESH',
    'CELLLAB',
    stamp(e.at),
    '',
    kind,
    e.controlId,
    'P',
    e.version,
  ];
  if (declared !== '') header.push('', '', '', '', 'CHN', declared.replaceAll('~', mark.repetition));
  const msh = `MSH${field}${e.delimiters.slice(1)}${field}${header.slice(2).map(escaped).join(field)}`;
  const lines = body.map((segment) => trimmed(segment).map(escaped).join(field));
  const text = [msh, ...lines].map((line) => line + e.terminator).join('');
  return { bytes: encode(text, e.charset), text, controlId: e.controlId, type };
}

type Escaper = (value: string) => string;
const escapers = new Map<string, Escaper>();

function escaperOf(delimiters: string): Escaper {
  const known = escapers.get(delimiters);
  if (known) return known;
  const [field = '', component, repetition, escaping, sub] = delimiters;
  const written = new Map([
    [mark.component as string, component ?? ' '],
    [mark.repetition as string, repetition ?? ' '],
    [mark.sub as string, sub ?? ' '],
  ]);
  const names = { F: field, S: component, T: sub, R: repetition, E: escaping, '.br': '\n' };
  for (const [name, char] of Object.entries(names)) {
    if (escaping !== undefined && char !== undefined) written.set(char, escaping + name + escaping);
  }
  const made: Escaper = (value) => {
    let out = '';
    for (const char of value) out += written.get(char) ?? char;
    return out;
  };
  escapers.set(delimiters, made);
  return made;
}

export function pid(p: Patient): Segment {
  const mrn = parts(p.mrn, '', '', subparts(p.authority, 'HY', 'L'), 'MR');
  const national = parts(p.idNumber, '', '', 'NATION', 'NNCHN');
  const phonetic = parts(...p.pinyin.split(' '), '', '', '', '', 'L', 'P');
  return [
    'PID',
    '1',
    '',
    p.idNumber === '' ? mrn : repeat(mrn, national),
    '',
    repeat(parts(p.name, '', '', '', '', '', 'L', 'I'), phonetic),
    '',
    p.birth,
    p.sex,
    '',
    '',
    parts(p.address, '', '示范市', '', '990100', 'CHN', 'H'),
    '',
    p.phone === '' ? '' : parts(p.phone, 'PRN', 'CP'),
    ...blank(5),
    p.idNumber,
  ];
}

export function pv1(p: Patient, inpatient: boolean, department = '血液科', doctor = 'D012'): Segment {
  const segment = [
    'PV1',
    '1',
    inpatient ? 'I' : 'O',
    parts(department, inpatient ? '12' : '', inpatient ? '03' : ''),
  ];
  return [...segment, '', '', '', parts(doctor, '沈主任'), ...blank(11), parts(`V${p.mrn}`, '', '', 'HIS')];
}

export function adt(event: AdtEvent, p: Patient, e: Envelope, extra: readonly Segment[] = []): Built {
  const structure = event === 'A28' || event === 'A31' || event === 'A05' ? 'ADT_A05' : 'ADT_A01';
  return write(
    `ADT^${event}`,
    structure,
    [['EVN', event, stamp(e.at)], pid(p), pv1(p, event === 'A01'), ...extra],
    e,
  );
}

/** ADT^A40: `prior` ceases, `survivor` stays. */
export function merge(survivor: Patient, prior: Patient, e: Envelope): Built {
  const mrg = ['MRG', parts(prior.mrn, '', '', subparts(prior.authority, 'HY', 'L'), 'MR')];
  return write('ADT^A40', 'ADT_A39', [['EVN', 'A40', stamp(e.at)], pid(survivor), mrg], e);
}

export type OrderControl = 'NW' | 'XO' | 'CA';

/** ORM^O01 with ORC, OBR, NTE and DG1; a cancel carries its reason in ORC-16. */
export function orm(
  control: OrderControl,
  p: Patient,
  o: Order,
  e: Envelope,
  extra: readonly Segment[] = [],
): Built {
  const timing = parts(String(o.quantity), '', '', stamp(e.at), o.neededAt, o.priority);
  const doctor = parts(o.doctor, '沈主任');
  const orc = [
    'ORC',
    control,
    parts(o.placer, 'HIS'),
    '',
    '',
    control === 'CA' ? 'CA' : 'SC',
    '',
    timing,
    '',
  ];
  orc.push(
    stamp(e.at),
    parts('N031', '护士甲'),
    '',
    doctor,
    '',
    '',
    '',
    control === 'CA' ? parts('PAT', '患者要求取消') : '',
  );
  const obr = [
    'OBR',
    '1',
    parts(o.placer, 'HIS'),
    '',
    service(o),
    o.priority,
    stamp(e.at),
    ...blank(6),
    o.diagnosis,
  ];
  obr.push('', '', doctor, ...blank(10), timing);
  return write(
    'ORM^O01',
    'ORM_O01',
    [pid(p), pv1(p, false, o.department), orc, obr, ...remarks(o), ...extra],
    e,
  );
}

/** OML^O21 with ORC, TQ1, OBR, NTE and DG1 (HL7 2.5 and later carry timing in TQ1). */
export function oml(
  control: OrderControl,
  p: Patient,
  o: Order,
  e: Envelope,
  extra: readonly Segment[] = [],
): Built {
  const doctor = parts(o.doctor, '沈主任');
  const orc = ['ORC', control, parts(o.placer, 'HIS'), ...blank(6), stamp(e.at), '', '', doctor];
  if (control === 'CA') orc.push('', '', '', parts('PAT', '患者要求取消'));
  const tq1 = ['TQ1', '1', parts(String(o.quantity)), ...blank(4), stamp(e.at), o.neededAt, o.priority];
  const obr = ['OBR', '1', parts(o.placer, 'HIS'), '', service(o), ...blank(8), o.diagnosis, '', '', doctor];
  return write(
    'OML^O21',
    'OML_O21',
    [pid(p), pv1(p, false, o.department), orc, tq1, obr, ...remarks(o), ...extra],
    e,
  );
}

const service = (o: Order) => parts(o.code, o.name, 'L');
const remarks = (o: Order): Segment[] => [
  ['NTE', '1', 'P', o.note],
  ['DG1', '1', '', parts('', o.diagnosis), '', '', 'W'],
];

export interface FactoryOptions {
  seed?: number;
  charset?: Charset;
  version?: Version;
  /** Clock of the first message; each next one is some seconds later. */
  start?: Date;
  /** Begins every control id, MRN and placer number; distinct runs need distinct ones. At most 8 characters. */
  prefix?: string;
}

/** Hands out patients, orders and envelopes with running numbers and a clock of its own. */
export class MessageFactory {
  readonly random: Random;
  readonly prefix: string;
  readonly #charset: Charset;
  readonly #version: Version;
  #at: number;
  #message = 0;
  #patient = 0;
  #order = 0;

  constructor(options: FactoryOptions = {}) {
    this.random = seeded(options.seed ?? 1);
    this.prefix = options.prefix ?? (options.seed ?? 1).toString(36).toUpperCase();
    this.#charset = options.charset ?? 'GB18030';
    this.#version = options.version ?? '2.5.1';
    this.#at = (options.start ?? new Date('2026-03-02T07:30:00+08:00')).getTime();
  }

  patient(): Patient {
    return makePatient(this.random, `${this.prefix}P${serial(++this.#patient, 5)}`);
  }

  order(): Order {
    const product = this.random.pick(products);
    return {
      placer: `${this.prefix}R${serial(++this.#order, 5)}`,
      ...product,
      priority: this.random.pick(['R', 'R', 'R', 'A', 'S']),
      quantity: this.random.int(1, 4),
      doctor: `D${serial(this.random.int(1, 60), 3)}`,
      department: this.random.pick(['血液科', '肿瘤科', '骨科', '风湿免疫科']),
      diagnosis: this.random.pick(['急性髓系白血病', '膝骨关节炎', '系统性红斑狼疮', '非霍奇金淋巴瘤']),
      note: this.random.pick([
        '请电话确认采集时间',
        '自体使用，优先安排',
        '采集前复查血常规',
        '家属已签知情同意',
      ]),
      neededAt: stamp(new Date(this.#at + this.random.int(1, 14) * 86_400_000)).slice(0, 12),
    };
  }

  /** The next control id and time, with the factory's charset and version where `over` names no other. */
  envelope(over: Partial<Envelope> = {}): Envelope {
    this.#at += this.random.int(1, 90) * 1000;
    return {
      controlId: `${this.prefix}M${serial(++this.#message, 6)}`,
      at: new Date(this.#at),
      charset: this.#charset,
      version: this.#version,
      delimiters: '|^~\\&',
      terminator: '\r',
      sender: 'HIS',
      facility: 'HOSPITAL',
      ...over,
    };
  }
}

export interface BenchMessage {
  bytes: Buffer;
  controlId: string;
  placer: string;
  mrn: string;
}

/** New orders (ORM^O01) of exactly `size` bytes each, spread over `patients` persons; for measuring. */
export function benchOrders(
  count: number,
  options: FactoryOptions & { patients?: number; size?: number } = {},
): BenchMessage[] {
  const factory = new MessageFactory({ seed: 1024, charset: 'UTF-8', ...options });
  const people = Array.from({ length: options.patients ?? 500 }, () => factory.patient());
  return Array.from({ length: count }, (_, i) => {
    const person = people[i % people.length]!;
    const order = factory.order();
    const envelope = factory.envelope();
    const built = orm('NW', person, { ...order, note: mark.filling }, envelope);
    const room = Math.max(1, (options.size ?? 1024) - built.bytes.length + 1);
    const bytes = encode(built.text.replace(mark.filling, '.'.repeat(room)), envelope.charset);
    const { controlId } = built;
    return { bytes, controlId, placer: order.placer, mrn: person.mrn };
  });
}

/** YYYYMMDDHHMMSS in Beijing time, whatever the machine's zone. */
export function stamp(at: Date): string {
  return new Date(at.getTime() + 8 * 3_600_000).toISOString().replace(/\D/g, '').slice(0, 14);
}

const serial = (n: number, width: number) => String(n).padStart(width, '0');
const blank = (n: number) => Array.from({ length: n }, () => '');

function trimmed(segment: Segment): string[] {
  let end = segment.length;
  while (end > 1 && segment[end - 1] === '') end -= 1;
  return segment.slice(0, end);
}
