/** A span of a week in which traffic is expected. */
export interface Span {
  readonly days: readonly string[];
  /** `08:00` */
  readonly from: string;
  readonly to: string;
  readonly label: string;
}

export const weekDays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

interface Bar {
  readonly label: string;
  /** Percent of the day. */
  readonly left: number;
  readonly width: number;
  /** Row below others it overlaps. */
  readonly row: number;
}

const percent = (time: string): number =>
  ((Number(time.slice(0, 2)) * 60 + Number(time.slice(3))) / 1440) * 100;

/** The bars of one day, each in the first row that is free. */
export function barsOf(spans: readonly Span[], day: string): Bar[] {
  const ends: number[] = [];
  return spans
    .filter((s) => s.days.includes(day))
    .map((s) => ({ label: s.label, left: percent(s.from), right: percent(s.to) }))
    .sort((a, b) => a.left - b.left)
    .map(({ label, left, right }) => {
      let row = ends.findIndex((end) => end <= left);
      if (row < 0) row = ends.length;
      ends[row] = right;
      return { label, left, width: right - left, row };
    });
}
