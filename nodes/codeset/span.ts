import type { codeEntryRecord } from '../../contracts/codeset/codeset.record.ts';
import { Fault } from '../../contracts/kernel/fault.ts';
import type { Row } from '../../contracts/kernel/record.ts';
import { iso } from '../kit/ids.ts';

type Span = Pick<Row<typeof codeEntryRecord>, 'validFrom' | 'validUntil'>;

/** Whether a pair holds at a time: from its beginning on, up to and without its end. */
export const holds = ({ validFrom, validUntil }: Span, now: string): boolean =>
  (validFrom === null || validFrom <= now) && (validUntil === null || validUntil > now);

/** Times as they are stored; refuses a span that is empty. */
export function spanOf(from: string | null, until: string | null): Span {
  const stored = (time: string | null) => (time === null ? null : iso(Date.parse(time)));
  const span = { validFrom: stored(from), validUntil: stored(until) };
  if (span.validFrom !== null && span.validUntil !== null && span.validUntil <= span.validFrom)
    throw new Fault('codeset.span.empty');
  return span;
}
