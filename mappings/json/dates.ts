import type { DateCodec } from '../engine/format.ts';
import { hl7Dates } from '../engine/hl7v2.dates.ts';

const loose =
  /^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[T ]+(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.\d{1,9})?)?)? ?(Z|[+-]\d\d:?\d\d)?$/;
const epoch = /^(?:\/Date\((-?\d{1,14})(?:[+-]\d{4})?\)\/|(\d{13})|(1[5-9]\d{8}))$/;
const two = (text: string): string => text.padStart(2, '0');

/** Minutes east of UTC. */
function eastOf(zone: string): number {
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2));
  return zone.startsWith('-') ? -minutes : minutes;
}

/**
 * ISO 8601 of what JSON partners write: `2026-11-23 08:30`, `2026/3/2 9:05`, `2026年3月2日`, milliseconds or seconds since 1970,
 * `/Date(…)/`.
 * Anything else, HL7 digits above all, as it came.
 */
function regular(given: string, zone: string): string {
  const text = given.trim();
  const instant = epoch.exec(text);
  if (instant) {
    const ms = Number(instant[1] ?? instant[2] ?? `${instant[3]}000`);
    const local = new Date(ms + eastOf(zone) * 60_000);
    return Number.isNaN(local.getTime()) ? text : `${local.toISOString().slice(0, 19)}${zone}`;
  }
  const found = loose.exec(text);
  if (!found) return text;
  const [, y, m, d, h, mi, s = '00', offset = ''] = found as unknown as string[];
  const date = `${y}-${two(m!)}-${two(d!)}`;
  return h === undefined ? date : `${date}T${two(h)}:${two(mi!)}:${two(s)}${offset}`;
}

/** A day has no zone of its own: an instant that stands for one is a midnight in China. */
const home = '+08:00';

/** Dates in JSON: ISO 8601 and its loose forms, HL7 digits, instants; written are ISO 8601 or, by the steps `hl7…`, HL7 digits. */
export const jsonDates: DateCodec = {
  ...hl7Dates,
  day: (text) => hl7Dates.day(regular(text, home)),
  time: (text, zone) => hl7Dates.time(regular(text, zone), zone),
};
