import { type Delimiters, encodingCharacters, readDelimiters } from './delimiters.ts';
import { splitLines } from './lines.ts';
import { part } from './segment.ts';

/** FHS or BHS: who sent the batch (HL7 v2.9 §2.14.2, §2.14.6). Texts as sent. */
export interface BatchHeader {
  readonly kind: 'FHS' | 'BHS';
  readonly text: string;
  readonly sendingApplication: string;
  readonly sendingFacility: string;
  readonly createdAt: string;
  readonly name: string;
  /** FHS-11 or BHS-11. */
  readonly controlId: string;
}

export interface BatchProblem {
  readonly reason: 'count-mismatch' | 'junk-before-message' | 'no-trailer' | 'no-header';
  readonly segment: string;
  readonly declared?: number;
  readonly actual?: number;
}

export interface Batch {
  /** Each message of its own, in order, ended by CR; a malformed one is here too and is answered for itself. */
  readonly messages: readonly { readonly text: string; readonly batch: string }[];
  readonly headers: readonly BatchHeader[];
  readonly problems: readonly BatchProblem[];
}

/** A second header with another control id makes a frame two messages, batch headers or not. */
const AGAIN = /[\r\n]MSH/;

/**
 * Splits a frame that holds a batch (FHS/BHS … BTS/FTS, with or without the outer pair) or simply several messages. Undefined
 * for the ordinary case of one message. Nothing is dropped: counts and stray lines are reported.
 */
export function splitBatch(text: string): Batch | undefined {
  const start = text.charCodeAt(0) === 77 ? 0 : text.search(/[^\s\ufeff\u0000]/);
  if (start < 0) return undefined;
  const head = text.slice(start, start + 3);
  if (head !== 'FHS' && head !== 'BHS' && (head !== 'MSH' || !AGAIN.test(text))) return undefined;
  const reader = new BatchReader(splitLines(text).lines);
  return head === 'MSH' && reader.sameHeaderThroughout() ? undefined : reader.read();
}

class BatchReader {
  private readonly lines: readonly string[];
  private readonly messages: { text: string; batch: string }[] = [];
  private readonly headers: BatchHeader[] = [];
  private readonly problems: BatchProblem[] = [];
  private current: string[] | undefined;
  private batch = '';
  private inBatch = 0;
  private batches = 0;
  private open: 'BHS' | undefined;

  constructor(lines: readonly string[]) {
    this.lines = lines;
  }

  /** A header merely repeated (same MSH-10, or none) is one message with an oddity, not two. */
  sameHeaderThroughout(): boolean {
    const ids = this.lines.filter((line) => line.startsWith('MSH')).map((line) => fieldOf(line, 10));
    return ids.every((id) => id === ids[0] || id === '');
  }

  read(): Batch {
    for (const line of this.lines) this.take(line);
    this.close();
    if (this.open !== undefined) this.problems.push({ reason: 'no-trailer', segment: 'BHS' });
    if (this.headers.length === 0) this.problems.push({ reason: 'no-header', segment: 'MSH' });
    return { messages: this.messages, headers: this.headers, problems: this.problems };
  }

  private take(line: string): void {
    const name = line.slice(0, 3);
    if (name === 'MSH') {
      this.close();
      this.current = [line];
    } else if (name === 'FHS' || name === 'BHS') this.begin(line, name);
    else if (name === 'BTS' || name === 'FTS') this.end(line, name);
    else if (this.current !== undefined) this.current.push(line);
    else {
      const last = this.problems.at(-1);
      if (last?.reason !== 'junk-before-message')
        this.problems.push({ reason: 'junk-before-message', segment: name });
    }
  }

  private begin(line: string, kind: 'FHS' | 'BHS'): void {
    this.close();
    const header = headerOf(line, kind);
    this.headers.push(header);
    if (kind === 'FHS') return;
    if (this.open !== undefined) this.problems.push({ reason: 'no-trailer', segment: 'BHS' });
    this.open = 'BHS';
    this.batch = header.controlId;
    this.batches++;
    this.inBatch = 0;
  }

  private end(line: string, kind: 'BTS' | 'FTS'): void {
    this.close();
    const separator = line[3] ?? '|';
    const told = part(line, separator, 2)?.trim() ?? '';
    const actual = kind === 'BTS' ? this.inBatch : this.batches;
    if (/^\d+$/.test(told) && Number(told) !== actual)
      this.problems.push({ reason: 'count-mismatch', segment: kind, declared: Number(told), actual });
    if (kind === 'BTS') {
      this.open = undefined;
      this.batch = '';
      this.inBatch = 0;
    }
  }

  private close(): void {
    if (this.current === undefined) return;
    this.messages.push({ text: `${this.current.join('\r')}\r`, batch: this.batch });
    this.inBatch++;
    this.current = undefined;
  }
}

const fieldOf = (line: string, number: number): string => part(line, line[3] ?? '|', number) ?? '';

function headerOf(line: string, kind: 'FHS' | 'BHS'): BatchHeader {
  return {
    kind,
    text: line,
    sendingApplication: fieldOf(line, 3),
    sendingFacility: fieldOf(line, 4),
    createdAt: fieldOf(line, 7),
    name: fieldOf(line, 9),
    controlId: fieldOf(line, 11),
  };
}

export interface BatchAckInput {
  /** Headers of the batch answered, from `splitBatch`. */
  readonly headers: readonly BatchHeader[];
  /** One acknowledgement for each message, in order, from `acknowledgement`. */
  readonly acknowledgements: readonly string[];
  readonly controlId: string;
  readonly at: string;
}

/** The batch acknowledgement (HL7 v2.9 §2.10.3.3): the acknowledgements in a batch of their own, in the sender's delimiters. */
export function batchAcknowledgement(input: BatchAckInput): string {
  const file = input.headers.find((header) => header.kind === 'FHS');
  const batch = input.headers.find((header) => header.kind === 'BHS') ?? file;
  const body = input.acknowledgements.join('');
  if (batch === undefined) return body;
  const d = readDelimiters(batch.text).delimiters;
  const inner =
    `${answerHeader('BHS', batch, d, input)}\r${body}` + `BTS${d.field}${input.acknowledgements.length}\r`;
  if (file === undefined) return inner;
  return `${answerHeader('FHS', file, d, input)}\r${inner}FTS${d.field}1\r`;
}

/** Parties swapped; field 11 is ours, field 12 names the batch answered. */
function answerHeader(name: string, to: BatchHeader, d: Delimiters, input: BatchAckInput): string {
  const fields = [
    name + d.field + encodingCharacters(d),
    fieldOf(to.text, 5),
    fieldOf(to.text, 6),
    fieldOf(to.text, 3),
    fieldOf(to.text, 4),
    input.at,
    '',
    to.name,
    '',
    input.controlId,
    to.controlId,
  ];
  return fields.join(d.field).replace(/[|]+$/, '');
}
