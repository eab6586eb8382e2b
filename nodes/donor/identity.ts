import { createHash } from 'node:crypto';
import { donorIdentifierTable, donorRecord } from '../../contracts/donor/donor.record.ts';
import type { Row } from '../../contracts/kernel/record.ts';
import type { Identifier, Patient } from '../../contracts/message/canonical.parts.ts';
import type { Work } from '../kit/work.ts';

export type Donor = Row<typeof donorRecord>;

/** Key of an identifier within an organisation: the same number of two authorities is two identifiers. */
export function identifierKey(orgId: string, { number, authority }: Identifier): string {
  const key = `${orgId}|${authority ?? ''}|${number}`;
  return key.length <= 100 ? key : createHash('sha256').update(key).digest('hex');
}

/** The donors that identifiers point to, in memory for one unit of work, their personal data sealed. Merged donors are followed to the one in force. */
export class DonorIndex {
  private readonly byKey = new Map<string, string>();
  private readonly byId = new Map<string, Donor>();
  private readonly orgId: string;

  private constructor(orgId: string) {
    this.orgId = orgId;
  }

  static async load(work: Work, identifiers: readonly Identifier[]): Promise<DonorIndex> {
    const index = new DonorIndex(work.meta.caller.orgId);
    const keys = [...new Set(identifiers.map((i) => identifierKey(index.orgId, i)))];
    const links = await work.load(donorIdentifierTable, { id: keys });
    for (const link of links) index.byKey.set(link.id, link.donorId);
    const ids = [...new Set(links.map((l) => l.donorId))];
    for (const donor of await work.load(donorRecord, { id: ids }, { personal: 'sealed' }))
      index.byId.set(donor.id, donor);
    await index.follow(work);
    return index;
  }

  /** A merge that was committed between the two reads: its links lead to the surviving donor by now. */
  private async follow(work: Work): Promise<void> {
    const ended = [...this.byId.values()].filter((d) => d.mergedInto !== null);
    if (ended.length === 0) return;
    const into = [...new Set(ended.map((d) => d.mergedInto!))];
    for (const donor of await work.load(donorRecord, { id: into }, { personal: 'sealed' }))
      this.byId.set(donor.id, donor);
    for (const d of ended) this.relink(d.id, d.mergedInto!);
  }

  /** Distinct donors that any of the identifiers point to. */
  find(identifiers: readonly Identifier[]): Donor[] {
    const ids = new Set(identifiers.map((i) => this.byKey.get(identifierKey(this.orgId, i))));
    return [...ids].flatMap((id) => (id !== undefined && this.byId.get(id)) || []);
  }

  isLinked(identifier: Identifier): boolean {
    return this.byKey.has(identifierKey(this.orgId, identifier));
  }

  put(donor: Donor): void {
    this.byId.set(donor.id, donor);
  }

  /** Points a new identifier at a donor. */
  link(work: Work, identifier: Identifier, donorId: string): void {
    const id = identifierKey(this.orgId, identifier);
    this.byKey.set(id, donorId);
    work.add(donorIdentifierTable, { id, orgId: this.orgId, donorId, number: identifier.number });
  }

  /** Points all identifiers of one donor at another, in the database and here. */
  relink(from: string, to: string): void {
    for (const [key, donorId] of this.byKey) if (donorId === from) this.byKey.set(key, to);
  }
}

/** A donor as partners know patients: what is not known is left out. `open` unseals what was loaded sealed. */
export function patientShown(donor: Donor, open: (value: unknown) => unknown = (value) => value): Patient {
  const { identifiers, name, namePhonetic, sex, birthDate, idNumber, phone, address } = donor;
  const known = Object.entries({ name, namePhonetic, sex, birthDate, idNumber, phone, address })
    .filter(([, v]) => v !== null)
    .map(([field, v]) => [field, open(v)]);
  return { identifiers, ...Object.fromEntries(known) } as Patient;
}
