import type { DateCodec } from '../engine/format.ts';
import { hl7Dates } from '../engine/hl7v2.dates.ts';
import { serialToIso } from './serial.ts';

/** `2026/1/2`, `2026.1.2`, `2026年1月2日`, each with a time behind it or not. */
const WRITTEN =
  /^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[T\s]*(上午|下午|AM|PM)?\s*(\d{1,2})[:：时](\d{1,2})(?:[:：分](\d{1,2})秒?(\.\d{1,9})?|分)?\s*(AM|PM)?)?\s*(Z|[+-]\d{2}:?\d{2})?$/i;

/** Day number of a spreadsheet: five digits reach from 1927 to 2173. Shorter and longer ones are years, months or days. */
const SERIAL = /^\d{5}(\.\d+)?$/;

const pad = (n: number | string): string => String(n).padStart(2, '0');

/** ISO text, local where no offset was written: `2026-01-02`, `2026-01-02T03:04:05`. */
function plain(text: string): string | undefined {
  const trimmed = text.trim();
  if (SERIAL.test(trimmed)) return serialToIso(Number(trimmed));
  const found = WRITTEN.exec(trimmed);
  if (found === null) return undefined;
  const [, year, month, day, before, hour, minute, second = '0', fraction = '', after, offset] = found;
  const date = `${year}-${pad(month!)}-${pad(day!)}`;
  const real = new Date(`${date}T00:00:00Z`);
  if (Number.isNaN(real.getTime()) || real.toISOString().slice(0, 10) !== date) return undefined;
  if (hour === undefined) return offset === undefined ? date : undefined;
  const h = hourOf(Number(hour), before ?? after);
  if (h === undefined || Number(minute) > 59 || Number(second) > 59) return undefined;
  return `${date}T${pad(h)}:${pad(minute!)}:${pad(second)}${fraction}${withColon(offset)}`;
}

function hourOf(hour: number, half: string | undefined): number | undefined {
  if (half === undefined) return hour <= 23 ? hour : undefined;
  if (hour < 1 || hour > 12) return hour <= 23 && /下午|PM/i.test(half) ? hour : undefined;
  return (hour % 12) + (/下午|PM/i.test(half) ? 12 : 0);
}

const withColon = (offset: string | undefined): string =>
  offset === undefined ? '' : offset.replace(/^([+-]\d{2})(\d{2})$/, '$1:$2').toUpperCase();

/** Dates as files write them, beside what HL7 v2 knows (`20260102`, `202601020304`, ISO 8601). */
export const rowsDates: DateCodec = {
  ...hl7Dates,
  day(text) {
    return plain(text)?.slice(0, 10) ?? (SERIAL.test(text.trim()) ? undefined : hl7Dates.day(text));
  },
  time(text, zone) {
    const found = plain(text);
    if (found === undefined) return SERIAL.test(text.trim()) ? undefined : hl7Dates.time(text, zone);
    if (found.length === 10) return `${found}T00:00:00${zone}`;
    return /(Z|[+-]\d{2}:\d{2})$/.test(found) ? found : `${found}${zone}`;
  },
};
