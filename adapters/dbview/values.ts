import type { Column } from './driver.ts';

/** A value of JSON; the same value of theirs always gives the same text. */
export type Plain = string | number | boolean | null;

/**
 * Drivers hand over text, numbers, booleans, bytes; never a `Date`. Times are ISO 8601, with `Z` where their column knows its
 * zone; decimals and 64-bit numbers are text, so that no digit is lost; bytes are base64.
 */
export function plain(raw: unknown, { family }: Column): Plain {
  if (raw === null || raw === undefined) return null;
  if (ArrayBuffer.isView(raw))
    return Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength).toString('base64');
  switch (family) {
    case 'integer':
    case 'float': {
      const number = Number(raw);
      return Number.isFinite(number) && raw !== '' ? number : String(raw);
    }
    case 'bool':
      return typeof raw === 'boolean' ? raw : ['t', 'true', '1', 'Y'].includes(String(raw));
    case 'time':
      return timeOf(String(raw));
    case 'instant':
      return instantOf(String(raw));
    case 'date':
      return noDate(String(raw)) ? null : String(raw);
    default:
      return scalar(raw);
  }
}

/** SQLite has types by value, not by column. */
function scalar(raw: unknown): Plain {
  if (typeof raw === 'number' || typeof raw === 'boolean') return raw;
  if (typeof raw === 'bigint') {
    const number = Number(raw);
    return Number.isSafeInteger(number) ? number : raw.toString();
  }
  return String(raw);
}

/** `0000-00-00` is how MySQL says that there is none. */
const noDate = (text: string): boolean => text.startsWith('0000-00-00');

const timeOf = (text: string): Plain => (noDate(text) ? null : text.replace(/^(\d{4}-\d\d-\d\d) /, '$1T'));

const zoned = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(\.\d+)? ?(?:Z|([+-]\d\d)(?::?(\d\d))?(?::\d\d)?)$/;

/** `2026-11-23 08:30:00.123456+08` → `2026-11-23T00:30:00.123456Z`; digits of the second stay as they are. */
function instantOf(text: string): string {
  const found = zoned.exec(text);
  if (!found) return text;
  const [, day, time, fraction = '', hours, minutes = '00'] = found;
  const offset = hours === undefined ? '+00:00' : `${hours}:${minutes}`;
  const at = Date.parse(`${day}T${time}${offset}`);
  return `${new Date(at).toISOString().slice(0, 19)}${fraction}Z`;
}
