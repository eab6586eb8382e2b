import type { Difference, TrialResult } from '../../../contracts/channel/trial.schema.ts';
import type { Format } from '../../../mappings/engine/format.ts';
import { Room } from '../ledger/room.ts';
import { lineDifferences, segmentDifferences, valueDifferences } from './differences.ts';
import { plainEndpoint, segmentsOf } from './run.ts';

/** What a sample must give; what is absent is not looked at. */
export interface Expected {
  readonly outcome: TrialResult['outcome'];
  readonly canonical?: readonly unknown[];
  readonly sends?: readonly { readonly target: string; readonly text: string }[];
  /** Targets of the refusals. */
  readonly problems?: readonly string[];
}

/** A result made the expectation. A mapping's sample says nothing about what its channels send. */
export const expectedOf = (result: TrialResult): Expected => ({
  outcome: result.outcome,
  ...(result.outcome === 'refused' ? { problems: result.problems.map((p) => p.path) } : {}),
  canonical: JSON.parse(JSON.stringify(result.canonical)) as unknown[],
  sends: result.sends.map(({ target, text }) => ({ target, text })),
});

/** Differences of a result to what is expected; `formatOf` knows how a target's messages are read. */
export function differencesTo(
  expected: Expected,
  result: TrialResult,
  formatOf: (target: string) => Format | undefined,
): Difference[] {
  const found: Difference[] = [];
  if (expected.outcome !== result.outcome)
    found.push({ path: 'outcome', kind: 'changed', before: expected.outcome, after: result.outcome });
  if (expected.problems)
    found.push(
      ...valueDifferences(
        [...expected.problems].sort(),
        result.problems.map((p) => p.path).sort(),
        'problems',
      ),
    );
  if (expected.canonical && expected.outcome === result.outcome)
    found.push(...valueDifferences(expected.canonical, JSON.parse(JSON.stringify(result.canonical))));
  if (expected.sends) {
    const most = Math.max(expected.sends.length, result.sends.length);
    for (let i = 0; i < most; i++)
      found.push(...sentDifferences(expected.sends[i], result.sends[i], formatOf));
  }
  return found;
}

type SentText = { readonly target: string; readonly text: string };

export function sentDifferences(
  before: SentText | undefined,
  after: SentText | undefined,
  formatOf: (target: string) => Format | undefined,
): Difference[] {
  const target = (before ?? after)?.target ?? '';
  const prefix = target === '' ? '' : `${target} `;
  if (!before || !after || before.target !== after.target) {
    const name = (s: SentText | undefined) => (s ? s.target || 'message' : null);
    const kind = !before ? 'added' : !after ? 'removed' : 'changed';
    return [{ path: `${prefix}message`, kind, before: name(before), after: name(after) }];
  }
  const [a, b] = [lined(before.text), lined(after.text)];
  if (a === b) return [];
  const format = formatOf(target);
  if (format?.view) {
    const [one, two] = [a, b].map((text) =>
      segmentsOf(
        format,
        text,
        plainEndpoint(format.name),
        new Room({ positions: 4000, characters: 800_000, bytes: 0 }),
      ),
    );
    if (one!.length && two!.length) return segmentDifferences(one!, two!, prefix);
  }
  return lineDifferences(a, b, prefix);
}

/** Segments end by CR on the wire and by LF in files, which end with one. */
const lined = (text: string): string => text.replaceAll('\r\n', '\n').replaceAll('\r', '\n').trimEnd();
