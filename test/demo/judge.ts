import type { DayItem, Outcome } from './item.ts';

/** A message as the journal lists it. */
export interface Listed {
  id?: string;
  state?: string;
  ackCode?: string;
  messageType?: string;
  controlId?: string;
  faultCode?: string;
}

/** What came back over the wire: the code, `none`, or why there was no answer. */
export type SeenAck = string;

export interface Verdict {
  ok: boolean;
  /** What became of it, for the table: states of all that was found. */
  became: string;
  /** Empty when all is as expected. */
  problem: string;
}

const outcomes: Record<string, Outcome> = {
  DONE: 'applied',
  FILTERED: 'filtered',
  REFUSED: 'refused',
  DUPLICATE: 'duplicate',
};

/** True while the platform may still be at work on it. */
export const unsettled = (listed: readonly Listed[]): boolean =>
  listed.length === 0 || listed.some((one) => /^(RECEIVED|HELD)$/.test(one.state ?? ''));

/** Compares what was expected of an item with its answer and, for each of its keys, what the journal lists. */
export function judge(item: DayItem, ack: SeenAck, found: ReadonlyMap<string, readonly Listed[]>): Verdict {
  const outcome = item.keys.map((key) => judgeKey(item, found.get(key) ?? []));
  const became = item.keys.length === 0 ? '-' : [...new Set(outcome.map((one) => one.became))].join(', ');
  const problems = outcome.flatMap((one) => (one.problem === '' ? [] : [one.problem]));
  if (!ackFits(item, ack)) problems.unshift(`answer ${ack}, expected ${item.ack}`);
  return { ok: problems.length === 0, became, problem: problems.join('; ') };
}

function judgeKey(item: DayItem, listed: readonly Listed[]): { became: string; problem: string } {
  if (listed.length === 0) return { became: 'not listed', problem: 'not in the journal' };
  const states = listed.map((one) => one.state ?? '?');
  const became = [...states].sort().join('+');
  const seen = states.map((state) => outcomes[state]);
  const effects = seen.filter((outcome) => outcome === 'applied').length;
  if (effects > 1) return { became, problem: 'took effect twice' };
  if (item.expect === 'duplicate') {
    const odd = seen.some((outcome) => outcome !== 'applied' && outcome !== 'duplicate');
    return { became, problem: odd || effects === 0 ? 'expected one effect and duplicates' : '' };
  }
  const wanted = [item.expect, ...(item.also ?? [])];
  const fits = seen.some((outcome) => outcome !== undefined && wanted.includes(outcome));
  return { became, problem: fits ? '' : `expected ${wanted.join(' or ')}` };
}

function ackFits(item: DayItem, ack: SeenAck): boolean {
  const refusal = ack === 'AE' || ack === 'AR';
  if (item.ack === 'AE' || item.ack === 'AR') return refusal;
  return ack === item.ack || (refusal && (item.also?.includes('refused') ?? false));
}
