import type { Static } from 'typebox';
import type { expectSchema } from '../../../contracts/channel/channel.schema.ts';

export type Expect = Static<typeof expectSchema>;

const days = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;
const minute = 60_000;

/** Minutes of the day of `HH:MM`. */
const minutesOf = (text: string): number => Number(text.slice(0, 2)) * 60 + Number(text.slice(3));

/**
 * From when on messages are counted now, as ms since the epoch; undefined where none are expected yet. The calendar is in local
 * time (`zoneMinutes` east of UTC); a span counts within its own day only, so the first look comes one span after its beginning.
 */
export function expectedSince(expect: Expect, now: number, zoneMinutes: number): number | undefined {
  const local = new Date(now + zoneMinutes * minute);
  const day = days[local.getUTCDay()]!;
  if (!expect.days.includes(day)) return undefined;
  const midnight = now - ((now + zoneMinutes * minute) % 86_400_000);
  const from = midnight + minutesOf(expect.from) * minute;
  const to = midnight + minutesOf(expect.to) * minute;
  const since = now - expect.everyMinutes * minute;
  return since >= from && now <= to ? since : undefined;
}
