/** Encoding characters of a message (HL7 v2.9 §2.5.4). An empty string: the sender left that one out, the feature is off. */
export interface Delimiters {
  readonly field: string;
  readonly component: string;
  readonly repetition: string;
  readonly escape: string;
  readonly subcomponent: string;
  /** v2.7 and later, fifth character of MSH-2. */
  readonly truncation: string;
}

export const defaultDelimiters: Delimiters = {
  field: '|',
  component: '^',
  repetition: '~',
  escape: '\\',
  subcomponent: '&',
  truncation: '',
};

/** MSH-2 as it is written. */
export function encodingCharacters(d: Delimiters): string {
  return d.component + d.repetition + d.escape + d.subcomponent + d.truncation;
}

let lastHead = '';
let last: { delimiters: Delimiters; problem?: string } = { delimiters: defaultDelimiters };

/**
 * Delimiters of a header segment (MSH, BHS, FHS). `problem` says why they cannot be used; the delimiters are then the
 * best guess, so that the rest can still be shown.
 */
export function readDelimiters(header: string): { delimiters: Delimiters; problem?: string } {
  const field = header[3];
  if (field === undefined) return { delimiters: defaultDelimiters, problem: 'no-delimiters' };
  const end = header.indexOf(field, 4);
  const head = header.slice(3, end < 0 ? header.length : end);
  if (head === lastHead) return last;
  const characters = head.slice(1);
  const delimiters: Delimiters = {
    field,
    component: characters[0] ?? '',
    repetition: characters[1] ?? '',
    escape: characters[2] ?? '',
    subcomponent: characters[3] ?? '',
    truncation: characters[4] ?? '',
  };
  const problem = problemOf(head);
  last = problem === undefined ? { delimiters } : { delimiters, problem };
  lastHead = head;
  return last;
}

function problemOf(head: string): string | undefined {
  if (head.length < 2) return 'no-delimiters';
  if (head.length > 6) return 'too-many-delimiters';
  if (/[\p{L}\p{N}\u0000-\u0020]/u.test(head)) return 'delimiter-not-usable';
  if (new Set(head).size !== head.length) return 'delimiters-not-distinct';
  return undefined;
}
