import type { DayItem } from './item.ts';
import type { SeenAck, Verdict } from './judge.ts';

export interface Row {
  item: DayItem;
  ack: SeenAck;
  verdict: Verdict;
}

/** The day as a table for a terminal, one line a message. */
export function table(rows: readonly Row[]): string {
  const head = ['', 'type', 'control id', 'what', 'expected', 'answer', 'became', 'problem'];
  const lines = rows.map(({ item, ack, verdict }) => [
    verdict.ok ? ' ok' : '!!!',
    item.type,
    item.controlId,
    item.label,
    [item.expect, ...(item.also ?? [])].join('/'),
    ack,
    verdict.became,
    verdict.problem,
  ]);
  const widths = head.map((title, at) => Math.max(title.length, ...lines.map((line) => line[at]!.length)));
  return [head, ...lines]
    .map((line) =>
      line
        .map((cell, at) => cell.padEnd(widths[at]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Totals by outcome, the time it took, and the seed to send the same day again. */
export function summary(
  rows: readonly Row[],
  run: { seed: string; seconds: number; times: readonly number[] },
): string {
  const wrong = rows.filter((row) => !row.verdict.ok).length;
  const by = new Map<string, number>();
  for (const { item } of rows) by.set(item.expect, (by.get(item.expect) ?? 0) + 1);
  const counts = [...by].map(([outcome, count]) => `${outcome} ${count}`).join(', ');
  const sorted = [...run.times].sort((a, b) => a - b);
  const quantile = (q: number) => (sorted[Math.floor(q * (sorted.length - 1))] ?? 0).toFixed(1);
  return [
    '',
    `${rows.length} sent in ${run.seconds.toFixed(1)} s (seed ${run.seed}); expected: ${counts}`,
    `time to answer: median ${quantile(0.5)} ms, 99 % within ${quantile(0.99)} ms`,
    wrong === 0 ? 'All as expected.' : `${wrong} not as expected.`,
  ].join('\n');
}
