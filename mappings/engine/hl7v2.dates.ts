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

const two = (text: string, at: number): number =>
  (text.charCodeAt(at) - 48) * 10 + text.charCodeAt(at + 1) - 48;

/**
 * The everyday forms (8, 12 or 14 digits, a day that every month has), which are most of all dates, without the full
 * parser. Undefined says nothing about the text.
 */
function everyday(text: string): string | undefined {
  const { length } = text;
  if (length !== 8 && length !== 12 && length !== 14) return undefined;
  for (let i = 0; i < length; i++) {
    const c = text.charCodeAt(i);
    if (c < 48 || c > 57) return undefined;
  }
  const [month, day] = [two(text, 4), two(text, 6)];
  if (month < 1 || month > 12 || day < 1 || day > 28 || text.startsWith('0000')) return undefined;
  const date = `${text.slice(0, 4)}-${text.slice(4, 6)}-${text.slice(6, 8)}`;
  if (length === 8) return date;
  const seconds = length === 14 ? text.slice(12, 14) : '00';
  if (two(text, 8) > 23 || two(text, 10) > 59 || Number(seconds) > 59) return undefined;
  return `${date}T${text.slice(8, 10)}:${text.slice(10, 12)}:${seconds}`;
}

/** Dates of HL7 v2 (v2.9 §2A.2.76) and of the canonical messages (ISO 8601). */
export const hl7Dates: DateCodec = {
  day(text) {
    const quick = everyday(text);
    if (quick !== undefined) return quick.slice(0, lengths.day);
    const read = parseHl7Time(text);
    return read.problem === undefined ? read.iso.slice(0, lengths.day) : undefined;
  },
  time(text, zone) {
    const quick = everyday(text);
    if (quick !== undefined) return `${quick}${quick.length === lengths.day ? 'T00:00:00' : ''}${zone}`;
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
