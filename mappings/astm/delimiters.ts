/** Delimiters as the header record declares them (LIS2-A2 5.4.6): `H|\^&`. An empty one: the sender left it out. */
export interface Delimiters {
  readonly field: string;
  readonly repeat: string;
  readonly component: string;
  readonly escape: string;
}

export const usual: Delimiters = { field: '|', repeat: '\\', component: '^', escape: '&' };

/** Delimiters of a header record, and why they cannot be used where they cannot. */
export function readDelimiters(header: string): { delimiters: Delimiters; problem?: string } {
  const field = header[1];
  if (field === undefined) return { delimiters: usual, problem: 'no-delimiters' };
  const end = header.indexOf(field, 2);
  const given = header.slice(2, end < 0 ? header.length : end);
  const delimiters = {
    field,
    repeat: given[0] ?? '',
    component: given[1] ?? '',
    escape: given[2] ?? '',
  };
  const all = field + given;
  if (given.length < 2) return { delimiters, problem: 'no-delimiters' };
  if (given.length > 3) return { delimiters, problem: 'too-many-delimiters' };
  if (/[\p{L}\p{N}\u0000-\u0020]/u.test(all)) return { delimiters, problem: 'delimiter-not-usable' };
  if (new Set(all).size !== all.length) return { delimiters, problem: 'delimiters-not-distinct' };
  return { delimiters };
}
