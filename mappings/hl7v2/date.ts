export type Precision = 'year' | 'month' | 'day' | 'hour' | 'minute' | 'second' | 'fraction';

/** A point in time as precise as it was sent. `iso` has an offset only where one was sent: else it is local to the sender. */
export interface Hl7Time {
  readonly iso: string;
  readonly precision: Precision;
  /** `+08:00`, `Z`; absent where the sender gave none. */
  readonly offset?: string;
  readonly raw: string;
  readonly problem?: undefined;
}

export interface NotATime {
  readonly raw: string;
  readonly problem: 'not-a-time' | 'out-of-range';
}

const HL7 =
  /^(\d{4})(?:(\d{2})(?:(\d{2})(?:(\d{2})(?:(\d{2})(?:(\d{2})(?:\.(\d{1,9}))?)?)?)?)?)?([+-]\d{4}|Z)?$/;
const ISO =
  /^(\d{4})-(\d{2})(?:-(\d{2})(?:[T ](\d{2})(?::?(\d{2})(?::?(\d{2})(?:\.(\d{1,9}))?)?)?)?)?([+-]\d{2}:?\d{2}|Z)?$/;

const precisions: readonly Precision[] = ['year', 'month', 'day', 'hour', 'minute', 'second', 'fraction'];

/**
 * Reads TS, DTM or DT of any precision (HL7 v2.9 §2A.2.76), and the ISO 8601 spelling that partners also send. 24:00 is
 * the midnight that begins the next day. The value as sent is kept in `raw` in every case.
 */
export function parseHl7Time(raw: string): Hl7Time | NotATime {
  const m = HL7.exec(raw.trim()) ?? ISO.exec(raw.trim());
  if (m === null) return { raw, problem: 'not-a-time' };
  const parts: readonly (string | undefined)[] = m.slice(1, 8);
  const given = parts.indexOf(undefined);
  const depth = (given < 0 ? 7 : given) - 1;
  const [y, mo, d, h, mi, s] = [m[1], m[2], m[3], m[4], m[5], m[6]].map((part) => Number(part ?? -1)) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const offset = normalOffset(m[8]);
  if (offset === null || !inRange(y, mo, d, h, mi, s)) return { raw, problem: 'out-of-range' };
  const [year, month, day, hour] = h === 24 ? nextDay(y, mo, d) : [y, mo, d, h];
  const date = [pad(year, 4), pad(month), pad(day)].slice(0, Math.min(depth + 1, 3)).join('-');
  const clock =
    depth < 3
      ? ''
      : `T${pad(hour)}:${pad(Math.max(mi, 0))}${depth < 5 ? '' : `:${pad(s)}`}${m[7] === undefined ? '' : `.${m[7]}`}`;
  return {
    iso: date + clock + (depth < 3 ? '' : (offset ?? '')),
    precision: precisions[depth]!,
    ...(offset !== undefined && { offset }),
    raw,
  };
}

/** Writes an ISO 8601 date or time as HL7 DTM, cut to a precision where one is asked for; undefined where it is none. */
export function hl7Time(iso: string, precision?: Precision): string | undefined {
  const m = ISO.exec(iso.trim()) ?? /^(\d{4})$/.exec(iso.trim());
  if (m === null || parseHl7Time(iso).problem !== undefined) return undefined;
  const depth = precision === undefined ? 6 : precisions.indexOf(precision);
  let out = '';
  for (let i = 1; i <= Math.min(depth, 5) + 1 && m[i] !== undefined; i++) out += m[i];
  if (depth === 6 && m[7] !== undefined) out += `.${m[7].slice(0, 4)}`;
  const offset = normalOffset(m[8]);
  return m[4] === undefined || depth < 3 || !offset
    ? out
    : out + (offset === 'Z' ? '+0000' : offset.replace(':', ''));
}

/** An instant as HL7 DTM to the second, in the offset of the site (minutes east of UTC). */
export function hl7Instant(epochMs: number, offsetMinutes: number): string {
  const t = new Date(epochMs + offsetMinutes * 60_000);
  const east = Math.abs(offsetMinutes);
  return (
    pad(t.getUTCFullYear(), 4) +
    pad(t.getUTCMonth() + 1) +
    pad(t.getUTCDate()) +
    pad(t.getUTCHours()) +
    pad(t.getUTCMinutes()) +
    pad(t.getUTCSeconds()) +
    (offsetMinutes < 0 ? '-' : '+') +
    pad(Math.floor(east / 60)) +
    pad(east % 60)
  );
}

/** Date of an HL7 time, as precise as sent: `19800203` gives `1980-02-03`, `1980` gives `1980`. */
export function day(text: string): string | undefined {
  const time = parseHl7Time(text);
  return time.problem === undefined ? time.iso.slice(0, 10) : undefined;
}

/** Instant of an HL7 time, `2026-11-23T08:30:00+08:00`; `zone` where none was sent, midnight where only a day was. */
export function time(text: string, zone: string): string | undefined {
  const parsed = parseHl7Time(text);
  if (parsed.problem !== undefined || parsed.iso.length < 10) return undefined;
  const clock = /T[\d:.]+/.exec(parsed.iso)?.[0] ?? 'T00:00';
  return `${parsed.iso.slice(0, 10)}${clock}${clock.length === 6 ? ':00' : ''}${parsed.offset ?? zone}`;
}

/** ISO 8601 as HL7 DTM to the second in the given zone: `20261123083000+0800`; a day stays a day. */
export function hl7(iso: string, zone: string): string | undefined {
  const parsed = parseHl7Time(iso);
  if (parsed.problem !== undefined) return undefined;
  const instant = time(iso, zone);
  if (!parsed.iso.includes('T') || instant === undefined) return hl7Time(iso);
  const east = zone === 'Z' ? 0 : Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2));
  return hl7Instant(Date.parse(instant), zone.startsWith('-') ? -east : east);
}

/** ISO 8601 as an HL7 date in the given zone. */
export function hl7day(iso: string, zone: string): string | undefined {
  return hl7(iso, zone)?.slice(0, 8);
}

const pad = (n: number, width = 2): string => String(n).padStart(width, '0');

function normalOffset(text: string | undefined): string | undefined | null {
  if (text === undefined || text === 'Z') return text;
  const [hours, minutes] = [Number(text.slice(1, 3)), Number(text.slice(-2))];
  return hours > 14 || minutes > 59 ? null : `${text.slice(0, 3)}:${text.slice(-2)}`;
}

/** -1 stands for a part that was not sent. */
function inRange(y: number, mo: number, d: number, h: number, mi: number, s: number): boolean {
  if (y === 0 || mo === 0 || mo > 12 || d === 0 || mi > 59 || s > 59 || h > 24) return false;
  if (d > 0 && d > new Date(Date.UTC(2000 + (y % 400), mo, 0)).getUTCDate()) return false;
  return h !== 24 || (mi <= 0 && s <= 0);
}

function nextDay(y: number, mo: number, d: number): [number, number, number, number] {
  const t = new Date(Date.UTC(y, mo - 1, d + 1));
  return [t.getUTCFullYear(), t.getUTCMonth() + 1, t.getUTCDate(), 0];
}
