import type { Charset } from '../hl7v2/charset-names.ts';
import { type Delimiters, readDelimiters, usual } from './delimiters.ts';
import { unescaped } from './escape.ts';

/** A record with those that belong to it: results to their order, orders to their patient, comments to what they follow. */
export interface AstmRecord {
  /** `H`, `P`, `O`, `R`, `C`, `Q`, `M`, `S`, `L`, or what a manufacturer adds. */
  readonly letter: string;
  /** As it was sent. */
  readonly text: string;
  /** Raw; the first is the letter. */
  readonly fields: readonly string[];
  readonly parent: AstmRecord | undefined;
  readonly children: AstmRecord[];
}

/** Records by their level (LIS2-A2 4.2); comments and manufacturer's records stand below what they follow. */
const levels: Readonly<Record<string, number>> = { H: 0, P: 1, Q: 1, S: 1, O: 2, R: 3 };
const remarks = new Set(['C', 'M']);

/** A message of LIS2-A2 (ASTM E1394): records, ended by CR. Any text can be parsed; `problem` says why it is none. */
export class AstmMessage {
  readonly records: readonly AstmRecord[];
  readonly delimiters: Delimiters;
  readonly charset: Charset;
  /** Where and why it cannot be believed. */
  readonly problem: { readonly segment: string; readonly field: string; readonly reason: string } | undefined;

  constructor(text: string, charset: Charset) {
    const lines = text.split(/[\r\n]+/).filter((line) => line.trim() !== '');
    const head = lines[0] ?? '';
    const found = head.startsWith('H') ? readDelimiters(head) : { delimiters: usual, problem: 'no-header' };
    this.delimiters = found.delimiters;
    this.charset = charset;
    this.records = hierarchy(lines, found.delimiters);
    this.problem = found.problem
      ? { segment: 'H', field: '2', reason: found.problem }
      : problemOf(this.records, this);
  }

  /** Records of a letter in order, all or below one. Comments and manufacturer's records count only where they stand directly below. */
  all(letter: string, below?: AstmRecord): readonly AstmRecord[] {
    if (below === undefined) return this.records.filter((r) => r.letter === letter);
    if (remarks.has(letter)) return below.children.filter((r) => r.letter === letter);
    return below.children.flatMap((r) => (r.letter === letter ? [r] : this.all(letter, r)));
  }

  /** The record a path means: the one at hand, the nth below it, else the one it belongs to. */
  find(letter: string, occurrence: number, at?: AstmRecord): AstmRecord | undefined {
    if (at === undefined) return this.all(letter)[occurrence - 1];
    if (at.letter === letter && occurrence === 1) return at;
    const below = this.all(letter, at)[occurrence - 1];
    if (below) return below;
    for (let r = at.parent; r; r = r.parent) if (r.letter === letter && occurrence === 1) return r;
    return undefined;
  }

  repetitions(record: AstmRecord, field: number): readonly string[] {
    const raw = record.fields[field - 1] ?? '';
    if (raw === '') return [];
    return this.isDelimiters(record, field) || this.delimiters.repeat === ''
      ? [raw]
      : raw.split(this.delimiters.repeat);
  }

  /** Text, null for `""`, undefined where there is nothing; without a component the whole repetition. */
  value(repetition: string | undefined, component = 0): string | null | undefined {
    const { component: separator } = this.delimiters;
    const raw =
      component === 0 || repetition === undefined || separator === ''
        ? component > 1
          ? undefined
          : repetition
        : repetition.split(separator)[component - 1];
    if (raw === undefined || raw === '') return undefined;
    return raw === '""' ? null : unescaped(raw, this.delimiters, this.charset);
  }

  read(record: AstmRecord | undefined, field: number, component = 0): string | undefined {
    if (!record) return undefined;
    return this.value(this.repetitions(record, field)[0], component) ?? undefined;
  }

  private isDelimiters({ letter }: AstmRecord, field: number): boolean {
    return letter === 'H' && field === 2;
  }
}

function hierarchy(lines: readonly string[], { field }: Delimiters): AstmRecord[] {
  const records: AstmRecord[] = [];
  /** The last record of each level that is still open. */
  let open: { record: AstmRecord; level: number }[] = [];
  for (const text of lines) {
    const fields = text.split(field);
    const letter = (fields[0] ?? '').trim().toUpperCase();
    const level = levels[letter];
    const isRemark = remarks.has(letter) || (level === undefined && letter !== 'L');
    if (!isRemark) open = open.filter((o) => o.level < (level ?? 1));
    const parent = open.at(-1)?.record;
    const record: AstmRecord = { letter, text, fields, parent, children: [] };
    parent?.children.push(record);
    records.push(record);
    if (!isRemark && letter !== 'L') open.push({ record, level: level! });
  }
  return records;
}

function problemOf(records: readonly AstmRecord[], message: AstmMessage): AstmMessage['problem'] {
  const odd = records.find(({ letter }) => !/^[A-Z]$/.test(letter));
  if (odd) return { segment: odd.letter.slice(0, 10), field: '1', reason: 'not-a-record-type' };
  if (records.filter(({ letter }) => letter === 'H').length > 1)
    return { segment: 'H', field: '1', reason: 'a second header without an end of the first message' };
  if (records.length < 2) return { segment: 'H', field: '', reason: 'no record but the header' };
  // T: the sender gave up, R: the receiver asked it to, E: an error: what came is not the whole.
  const ended = message.read(
    records.find(({ letter }) => letter === 'L'),
    3,
  );
  return ended && /^[TRE]$/i.test(ended)
    ? { segment: 'L', field: '3', reason: `the sender ended it with ${ended}` }
    : undefined;
}
