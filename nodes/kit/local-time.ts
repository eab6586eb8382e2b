/** Minutes east of UTC by which days begin: the whole country keeps one zone. */
export const zoneMinutes = 480;

/** Calendar parts of a moment in local time, each of fixed width. */
export function localDate(now: number): {
  yyyy: string;
  yy: string;
  MM: string;
  dd: string;
  /** Day of the year, 001 to 366. */
  ddd: string;
} {
  const local = new Date(now + zoneMinutes * 60_000);
  const [yyyy = '', MM = '', dd = ''] = local.toISOString().slice(0, 10).split('-');
  const first = Date.UTC(local.getUTCFullYear(), 0, 1);
  const ddd = String(Math.floor((local.getTime() - first) / 86_400_000) + 1).padStart(3, '0');
  return { yyyy, yy: yyyy.slice(2), MM, dd, ddd };
}
