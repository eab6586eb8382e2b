import { hl7Instant, hl7Time, parseHl7Time } from '../hl7v2/date.ts';
import type { DateCodec } from './format.ts';

const lengths = { day: 10, minute: 16 };

function minutesOf(zone: string): number {
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4, 6));
  return zone.startsWith('-') ? -minutes : minutes;
}

/** A time with an offset as an instant; undefined for a day alone or a time without one. */
function instant(iso: string): number | undefined {
  if (!/T.*(Z|[+-]\d\d:\d\d)$/.test(iso)) return undefined;
  const ms = Date.parse(iso);
  return Number.isNaN(ms) ? undefined : ms;
}

/** Dates of HL7 v2 (v2.9 §2A.2.76) and of the canonical messages (ISO 8601). */
export const hl7Dates: DateCodec = {
  day(text) {
    const read = parseHl7Time(text);
    return read.problem === undefined ? read.iso.slice(0, lengths.day) : undefined;
  },
  time(text, zone) {
    const read = parseHl7Time(text);
    if (read.problem !== undefined || read.precision === 'year' || read.precision === 'month')
      return undefined;
    const { iso, offset = zone } = read;
    const local =
      read.offset === undefined || !iso.endsWith(read.offset) ? iso : iso.slice(0, -offset.length);
    if (local.length === lengths.day) return `${local}T00:00:00${offset}`;
    return `${local}${local.length === lengths.minute ? ':00' : ''}${offset}`;
  },
  hl7(iso, zone) {
    return hl7Dates.hl7zone(iso, zone)?.slice(0, 14);
  },
  hl7zone(iso, zone) {
    const ms = instant(iso);
    return ms === undefined ? undefined : hl7Instant(ms, minutesOf(zone));
  },
  hl7day(iso, zone) {
    const ms = instant(iso);
    return ms === undefined ? hl7Time(iso, 'day') : hl7Instant(ms, minutesOf(zone)).slice(0, 8);
  },
};
