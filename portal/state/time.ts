import { language, locale } from './language.ts';

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/** `刚刚`, `3 分钟前`, `2 小时后`, … of an instant, seen from `now` (ms). Older than a month gives the date. */
export function relativeTime(iso: string, now: number): string {
  const at = Date.parse(iso);
  if (Number.isNaN(at)) return iso;
  const diff = at - now;
  const size = Math.abs(diff);
  if (size < 45_000 && diff <= 5000) return language.value === 'zh' ? '刚刚' : 'just now';
  const format = new Intl.RelativeTimeFormat(locale(), { numeric: 'always', style: 'short' });
  if (size < hour) return format.format(Math.round(diff / minute) || Math.sign(diff), 'minute');
  if (size < day) return format.format(Math.round(diff / hour), 'hour');
  if (size < 30 * day) return format.format(Math.round(diff / day), 'day');
  return shortDate(iso);
}

const two = (n: number) => String(n).padStart(2, '0');

/** `2026-11-23 09:05:07` in the zone of the person. A text that is no instant is given back as it is. */
export function absoluteTime(iso: string, milliseconds = false): string {
  const d = new Date(iso);
  if (Number.isNaN(d.getTime())) return iso;
  const ms = milliseconds ? `.${String(d.getMilliseconds()).padStart(3, '0')}` : '';
  return `${shortDate(iso)} ${two(d.getHours())}:${two(d.getMinutes())}:${two(d.getSeconds())}${ms}`;
}

export function shortDate(iso: string): string {
  const d = new Date(iso);
  if (Number.isNaN(d.getTime())) return iso;
  return `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())}`;
}

/** As short as it can be said without doubt: `09:05:07` today, `11-20 09:05` this year, else the date. */
export function compactTime(iso: string, now: number, milliseconds = false): string {
  const d = new Date(iso);
  if (Number.isNaN(d.getTime())) return iso;
  const full = absoluteTime(iso, milliseconds);
  const today = new Date(now);
  if (d.toDateString() === today.toDateString()) return full.slice(11);
  if (d.getFullYear() === today.getFullYear()) return full.slice(5, 16);
  return full.slice(0, 10);
}

/** `UTC+8` and the name where the browser knows it, for the hover text. */
export function zoneName(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone ?? '';
}

/** The instant a range like `1h`, `24h`, `7d` begins, to the minute; ISO 8601. */
export function sinceOf(range: string, now: number): string {
  const [, count = '1', unit = 'h'] = /^(\d+)([hd])$/.exec(range) ?? [];
  const from = now - Number(count) * (unit === 'd' ? day : hour);
  return new Date(Math.floor(from / minute) * minute).toISOString();
}

/** A duration for people: `38 ms`, `1.2 s`, `3 min`, `2 h`. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < minute) return `${(ms / 1000).toFixed(1)} s`;
  if (ms < hour) return `${Math.round(ms / minute)} min`;
  return ms < 2 * day ? `${Math.round(ms / hour)} h` : `${Math.round(ms / day)} d`;
}

/** `1.2 KB`; bytes below 1024 as they are. */
export function bytes(count: number): string {
  if (count < 1024) return `${count} B`;
  if (count < 1024 ** 2) return `${(count / 1024).toFixed(1)} KB`;
  return count < 1024 ** 3 ? `${(count / 1024 ** 2).toFixed(1)} MB` : `${(count / 1024 ** 3).toFixed(2)} GB`;
}

export const number = (value: number): string => new Intl.NumberFormat(locale()).format(value);
