import type { DateCodec } from '../engine/format.ts';
import { day, hl7, hl7day, time } from '../hl7v2/date.ts';

const loose =
  /^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[T ]+(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.\d{1,9})?)?)?(Z|[+-]\d\d:?\d\d)?$/;
const two = (text: string): string => text.padStart(2, '0');

/** `2026/3/2 9:05`, `2026-3-2`, `2026年3月2日`: as people and .NET write them, in the digits of ISO 8601. */
function regular(text: string): string {
  const found = loose.exec(text.trim());
  if (!found) return text;
  const [, y, m, d, h, mi, s = '00', zone = ''] = found as unknown as string[];
  const date = `${y}-${two(m!)}-${two(d!)}`;
  return h === undefined ? date : `${date}T${two(h)}:${two(mi!)}:${two(s)}${zone}`;
}

/** Dates in XML: those of HL7 V3 (`20260302093000`), of XML Schema, and what the field writes in their place. */
export const xmlDates: DateCodec = {
  day: (text) => day(regular(text)),
  time: (text, zone) => time(regular(text), zone),
  hl7: (iso, zone) => digits(hl7(iso, zone)),
  hl7zone: hl7,
  hl7day,
};

const digits = (text: string | undefined): string | undefined =>
  text === undefined || /^\d+/.exec(text)?.[0] === '' ? undefined : /^\d+/.exec(text)![0];
