const DAY = 86_400_000;
const pad = (n: number, width = 2): string => String(n).padStart(width, '0');

/**
 * A spreadsheet's day number as local ISO text: `2026-01-02`, `2026-01-02T03:04:05`, of less than a day `03:04:05`. The day
 * that never was (29 February 1900, number 60) and what is out of range give undefined.
 */
export function serialToIso(serial: number, from1904 = false): string | undefined {
  const days = from1904 ? serial + 1462 : serial;
  if (!(days >= 0) || days >= 2_958_466 || Math.floor(days) === 60) return undefined;
  const seconds = Math.round((days - Math.floor(days)) * 86_400);
  const whole = Math.floor(days) + (seconds === 86_400 ? 1 : 0);
  const clock = seconds % 86_400;
  const time = `${pad(Math.floor(clock / 3600))}:${pad(Math.floor(clock / 60) % 60)}:${pad(clock % 60)}`;
  if (whole === 0) return time;
  const date = new Date(Date.UTC(1899, 11, whole < 60 ? 31 : 30) + whole * DAY);
  const day = `${pad(date.getUTCFullYear(), 4)}-${pad(date.getUTCMonth() + 1)}-${pad(date.getUTCDate())}`;
  return clock === 0 ? day : `${day}T${time}`;
}
