import { donorChanged, donorMerged, donorRegistered } from '../../contracts/donor/donor.events.ts';
import { donorIdentifierTable, donorRecord } from '../../contracts/donor/donor.record.ts';
import { Fault } from '../../contracts/kernel/fault.ts';
import type { ReceiveItem } from '../../contracts/kernel/receive.ts';
import type { Identifier, Patient } from '../../contracts/message/canonical.parts.ts';
import type { Canonical, CanonicalOf } from '../../contracts/message/canonical.ts';
import { tableCode } from '../kit/db/rows.ts';
import type { Apply, Prepared } from '../kit/receive.ts';
import type { Work } from '../kit/work.ts';
import { type Donor, DonorIndex, patientShown } from './identity.ts';

const copied = ['name', 'namePhonetic', 'sex', 'birthDate', 'idNumber', 'phone', 'address'] as const;
type Copied = { -readonly [F in (typeof copied)[number]]?: Donor[F] };

const messageOf = (item: ReceiveItem): Canonical => item.message as Canonical;

/** The patient a message speaks of; a query only asks. */
const patientOf = (m: Canonical): Patient | undefined =>
  'patient' in m && !isQuery(m) ? m.patient : undefined;

type Query = CanonicalOf<'PatientQuery'> | CanonicalOf<'OrderQuery'> | CanonicalOf<'FactQuery'>;
const isQuery = (m: Canonical): m is Query => m.type.endsWith('Query');

/** A query makes nobody: later calls learn which donor it speaks of, and one for patients is answered with them. */
function look(
  work: Work,
  index: DonorIndex,
  query: Query,
  answer: (message: object) => void,
): Record<string, string> {
  const found = index.find(query.patient?.identifiers ?? []);
  if (query.type === 'PatientQuery') {
    const patients = found.slice(0, query.limit ?? 50).map((d) => patientShown(d, (v) => work.reveal(v)));
    answer({ type: 'PatientsFound', patients });
  }
  return found.length === 1 ? { donorId: found[0]!.id } : {};
}

/** An order only fills what is not known of its patient: applied again it changes nothing, so it need not be remembered. */
export const statesDemographics = (item: ReceiveItem): boolean =>
  ['PatientRegistered', 'PatientMerged'].includes(messageOf(item).type);

/** Loads every donor a batch speaks of and gives the function that applies one message to them. */
export async function prepareDonors(items: readonly ReceiveItem[], work: Work): Promise<Prepared> {
  const messages = items.map(messageOf);
  const index = await DonorIndex.load(
    work,
    messages.flatMap((m) => [
      ...((isQuery(m) ? m.patient : patientOf(m))?.identifiers ?? []),
      ...(m.type === 'PatientMerged' ? m.prior : []),
    ]),
  );
  const unknown = messages.filter((m) => {
    const patient = patientOf(m);
    return patient && index.find(patient.identifiers).length === 0;
  }).length;
  const year = work.now.slice(2, 4);
  const nextNumber = await work.numbers(`donor/${work.meta.caller.orgId}/${year}`, unknown);
  const number = (): string => `D${year}-${String(nextNumber()).padStart(6, '0')}`;
  const desk = new Desk(work, index, number);
  const apply: Apply = (item, answer) => {
    const message = messageOf(item);
    if (isQuery(message)) return look(work, index, message, answer);
    const patient = patientOf(message);
    if (!patient) return undefined;
    const donor =
      message.type === 'PatientMerged'
        ? desk.merge(message)
        : desk.register(patient, message.type === 'PatientRegistered');
    return { donorId: donor.id };
  };
  return { apply };
}

class Desk {
  private readonly work: Work;
  private readonly index: DonorIndex;
  private readonly number: () => string;

  constructor(work: Work, index: DonorIndex, number: () => string) {
    this.work = work;
    this.index = index;
    this.number = number;
  }

  /**
   * The donor of a patient, made where there is none. A registration overwrites what it states; an order's patient only
   * fills what is not known, since the ordering system is not the keeper of demographics.
   */
  register(patient: Patient, authoritative: boolean): Donor {
    const identifiers = distinct(patient.identifiers);
    if (identifiers.length === 0) throw new Fault('donor.identity.missing');
    const found = this.index.find(identifiers);
    if (found.length > 1) throw new Fault('donor.identity.conflict', { number: identifiers[0]!.number });
    const donor = found[0];
    if (!donor) return this.create(patient, identifiers);
    const fresh = identifiers.filter((i) => !this.index.isLinked(i));
    const changes = changesOf(this.work, donor, patient, authoritative);
    if (fresh.length === 0 && Object.keys(changes).length === 0) return donor;
    return this.change(donor, changes, fresh);
  }

  /** HL7 A40: the prior registration ends in the surviving one. */
  merge(message: CanonicalOf<'PatientMerged'>): Donor {
    if (message.prior.length === 0) throw new Fault('donor.merge.missing');
    const surviving = this.index.find(message.patient.identifiers);
    const ending = this.index.find(message.prior);
    if (surviving.length > 1 || ending.length > 1)
      throw new Fault('donor.identity.conflict', { number: message.prior[0]!.number });
    const target = this.register(message.patient, true);
    const prior = ending[0];
    if (!prior)
      return this.change(
        target,
        {},
        distinct(message.prior).filter((i) => !this.index.isLinked(i)),
      );
    if (prior.id === target.id) return target;
    return this.fold(prior, target);
  }

  private fold(prior: Donor, target: Donor): Donor {
    const ended = this.work.update(donorRecord, prior, { status: 'MERGED', mergedInto: target.id }, 'merge');
    this.index.put(ended);
    this.index.relink(prior.id, target.id);
    this.work.defer((sql) => {
      const code = tableCode(donorIdentifierTable, sql);
      return sql.execute(
        `UPDATE ${code.table} SET ${code.name('donorId')} = ? WHERE ${code.name('donorId')} = ?`,
        [target.id, prior.id],
      );
    });
    this.work.defer((sql) => {
      const code = tableCode(donorRecord, sql);
      return sql.execute(
        `UPDATE ${code.table} SET ${code.name('mergedInto')} = ? WHERE ${code.name('mergedInto')} = ?`,
        [target.id, prior.id],
      );
    });
    const merged = this.work.update(
      donorRecord,
      target,
      {
        identifiers: distinct([...target.identifiers, ...prior.identifiers]),
        ...fill(this.work, target, prior),
      },
      'absorb',
    );
    this.index.put(merged);
    this.work.event(donorMerged, target.orgId, target.id, {
      donorId: prior.id,
      into: target.id,
      number: prior.number,
    });
    return merged;
  }

  private create(patient: Patient, identifiers: Identifier[]): Donor {
    const values: Copied = {};
    for (const f of copied) if (patient[f] !== undefined) values[f] = patient[f] as never;
    const donor = this.work.insert(donorRecord, {
      ...values,
      number: this.number(),
      identifiers,
      status: 'ACTIVE',
      mergedInto: null,
    });
    for (const i of identifiers) this.index.link(this.work, i, donor.id);
    this.index.put(donor);
    this.work.event(donorRegistered, donor.orgId, donor.id, { donorId: donor.id, number: donor.number });
    return donor;
  }

  private change(donor: Donor, changes: Copied, fresh: Identifier[]): Donor {
    if (fresh.length === 0 && Object.keys(changes).length === 0) return donor;
    for (const i of fresh) this.index.link(this.work, i, donor.id);
    const next = this.work.update(
      donorRecord,
      donor,
      fresh.length ? { ...changes, identifiers: [...donor.identifiers, ...fresh] } : changes,
    );
    this.index.put(next);
    const fields = [...Object.keys(changes), ...(fresh.length ? ['identifiers'] : [])];
    this.work.event(donorChanged, donor.orgId, donor.id, { donorId: donor.id, number: donor.number, fields });
    return next;
  }
}

function changesOf(work: Work, donor: Donor, patient: Patient, authoritative: boolean): Copied {
  const changes: Copied = {};
  for (const f of copied) {
    const given = patient[f];
    if (given !== undefined && (authoritative ? given !== work.reveal(donor[f]) : donor[f] === null))
      changes[f] = given as never;
    if (authoritative && patient.cleared?.includes(f) && donor[f] !== null) changes[f] = null as never;
  }
  return changes;
}

/** What the surviving registration lacks and the prior one knows. */
function fill(work: Work, target: Donor, prior: Donor): Copied {
  const values: Copied = {};
  for (const f of copied)
    if (target[f] === null && prior[f] !== null) values[f] = work.reveal(prior[f]) as never;
  return values;
}

const distinct = (identifiers: readonly Identifier[]): Identifier[] => {
  const seen = new Set<string>();
  return identifiers.filter(
    (i) =>
      i.number.trim() && !seen.has(`${i.authority}|${i.number}`) && seen.add(`${i.authority}|${i.number}`),
  );
};
