import type { Hl7Message } from './message.ts';
import { compilePath } from './path.ts';
import type { Segment } from './segment.ts';
import { standardSegments } from './segment-names.ts';

/** One thing that is wrong or odd. `fatal`: the message is refused with `answer`; otherwise it is only listed. */
export interface SoundnessProblem {
  /** Name of the segment as sent, cut to 3 characters where it is no name. */
  readonly segment: string;
  /** Position in the message, from 1. */
  readonly index: number;
  readonly field?: number;
  readonly reason:
    | 'empty'
    | 'no-header'
    | 'no-delimiters'
    | 'too-many-delimiters'
    | 'delimiter-not-usable'
    | 'delimiters-not-distinct'
    | 'field-required'
    | 'segment-name-invalid'
    | 'segment-name-odd'
    | 'segment-name-unknown'
    | 'header-repeated'
    | 'version-missing'
    | 'leading-bytes'
    | 'mixed-terminators'
    | 'value-type-odd';
  readonly fatal: boolean;
  /** AR: this cannot be a message at all; AE: it is one, with an error in it (HL7 Table 0008). */
  readonly answer?: 'AR' | 'AE';
}

const MSH9 = compilePath('MSH-9');
const MSH10 = compilePath('MSH-10');
const MSH12 = compilePath('MSH-12');

/**
 * Structure only: any v2.2 to v2.9 message whose header, delimiters and segment names hold together passes, whatever its
 * type. What can be read all the same (unknown, lower-case, two-letter, blank names, wrong order) is a warning. A raw CR
 * inside a field leaves a line that is no segment: fatal, with its index, never guessed at.
 */
export function checkSoundness(message: Hl7Message): SoundnessProblem[] {
  const problems: SoundnessProblem[] = [];
  const first = message.segments[0];
  if (first === undefined) return [{ segment: '', index: 1, reason: 'empty', fatal: true, answer: 'AR' }];
  if (message.header === undefined)
    return [
      { segment: first.sentName.slice(0, 3), index: 1, reason: 'no-header', fatal: true, answer: 'AR' },
    ];
  if (message.delimiterProblem !== undefined) {
    const reason = message.delimiterProblem as SoundnessProblem['reason'];
    const fatal = reason !== 'too-many-delimiters';
    problems.push({
      segment: 'MSH',
      index: 1,
      field: 2,
      reason,
      fatal,
      ...(fatal && { answer: 'AR' as const }),
    });
    if (fatal) return problems;
  }
  for (const [ref, field] of [
    [MSH9, 9],
    [MSH10, 10],
  ] as const)
    if (typeof message.read(ref) !== 'string')
      problems.push({ segment: 'MSH', index: 1, field, reason: 'field-required', fatal: true, answer: 'AE' });
  if (typeof message.read(MSH12) !== 'string')
    problems.push({ segment: 'MSH', index: 1, field: 12, reason: 'version-missing', fatal: false });
  for (const { code } of message.warnings)
    if (code === 'leading-bytes' || code === 'mixed-terminators')
      problems.push({ segment: 'MSH', index: 1, reason: code, fatal: false });
  for (let i = 1; i < message.segments.length; i++) {
    const problem = segmentProblem(message.segments[i]!, i + 1);
    if (problem !== undefined) problems.push(problem);
  }
  return problems;
}

/** The first problem that forbids the message; undefined where it is sound. */
export function firstFatal(problems: readonly SoundnessProblem[]): SoundnessProblem | undefined {
  return problems.find((problem) => problem.fatal);
}

function segmentProblem(segment: Segment, index: number): SoundnessProblem | undefined {
  const { sentName: sent, name } = segment;
  if (standardSegments.has(sent)) {
    if (sent === 'MSH') return { segment: 'MSH', index, reason: 'header-repeated', fatal: false };
    return sent === 'OBX' ? valueType(segment, index) : undefined;
  }
  if (/^Z[A-Z0-9]{2}$/.test(sent)) return undefined;
  const shown = sent.slice(0, 3);
  if (/^[A-Z][A-Z0-9]{2}$/.test(sent))
    return { segment: shown, index, reason: 'segment-name-unknown', fatal: false };
  const followed = segment.text.length > sent.length;
  if (followed && (name === '' || /^[A-Z][A-Z0-9]{1,2}$/.test(name) || /^Z[A-Z0-9]{3}$/.test(sent)))
    return { segment: shown, index, reason: 'segment-name-odd', fatal: false };
  return { segment: shown, index, reason: 'segment-name-invalid', fatal: true, answer: 'AE' };
}

/** OBX-2 absent or in lower case while there is a value: read as ST (HL7 v2.9 §7.4.2.2 makes it conditional). */
function valueType(segment: Segment, index: number): SoundnessProblem | undefined {
  const type = segment.field(2);
  if (type !== undefined && /^[A-Z]{2,3}$/.test(type)) return undefined;
  const value = segment.field(5);
  return value === undefined || value === ''
    ? undefined
    : { segment: 'OBX', index, field: 2, reason: 'value-type-odd', fatal: false };
}
