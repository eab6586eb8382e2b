import type { Identifier, Patient } from '../../contracts/message/canonical.parts.ts';

/** Who the donors of orders are, by donor id. */
export type Identities = ReadonlyMap<string, Patient>;

const sameText = (one: string | undefined, other: string | undefined): boolean | undefined =>
  one && other ? one.trim().toUpperCase() === other.trim().toUpperCase() : undefined;

/** True where a patient that a message names cannot be the donor: a number of the same authority, or the national id, differs. */
export function isSomebodyElse(named: Patient, donor: Patient): boolean {
  if (sameText(named.idNumber, donor.idNumber) === false) return true;
  const numbers = (list: readonly Identifier[], authority: string) =>
    list.filter((i) => (i.authority ?? '') === authority).map((i) => i.number.trim().toUpperCase());
  const authorities = new Set(named.identifiers.map((i) => i.authority ?? ''));
  const all = donor.identifiers.map((i) => i.number.trim().toUpperCase());
  for (const authority of authorities) {
    const theirs = numbers(named.identifiers, authority);
    const ours = authority === '' ? all : numbers(donor.identifiers, authority);
    if (ours.length === 0 || theirs.some((n) => ours.includes(n))) continue;
    // A number nobody vouches for may be a laboratory's own: the person counts.
    const person =
      sameText(named.name, donor.name) === true && named.birthDate === donor.birthDate && !!donor.birthDate;
    if (authority !== '' || !(person || sameText(named.idNumber, donor.idNumber))) return true;
  }
  return false;
}
