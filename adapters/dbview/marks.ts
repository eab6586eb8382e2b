/**
 * Arithmetic on high-water marks as text. Times keep the form their column gives them (`2026-11-23T08:30:00.123`,
 * `2026-11-23 08:30:00`, `20261123083000`, `2026-11-23T00:30:00Z`): a mark is compared and moved by its digits, never by a zone.
 */
export interface MarkKind {
  /** Below 0, 0, above 0. */
  compare(a: string, b: string): number;
  /** The mark `by` seconds (or numbers) below; undefined where the text is no such mark. */
  minus(mark: string, by: number): string | undefined;
  /** The earlier of a mark and their clock, in the form of the mark. */
  notAfter(mark: string, clock: string | undefined): string;
  /** A mark written as another one is; undefined where it is none. */
  like(form: string, mark: string): string | undefined;
}

const clockForm =
  /^(\d{4})([-/.]?)(\d\d)\2(\d\d)(?:([T ]?)(\d\d)(:?)(\d\d)(?:\7(\d\d)(?:[.,]?(\d{1,9}))?)?)?(Z?)$/;

/** Milliseconds of the digits, read as if they were UTC. */
export function ticksOf(mark: string): number | undefined {
  const found = clockForm.exec(mark);
  if (!found) return undefined;
  const [, year, , month, day, , hour = '00', , minute = '00', second = '00', fraction = ''] = found;
  const at = Date.UTC(+year!, +month! - 1, +day!, +hour, +minute, +second);
  const real = new Date(at).toISOString().startsWith(`${year}-${month}-${day}T${hour}:${minute}`);
  return real ? at + Number(fraction.padEnd(3, '0').slice(0, 3)) : undefined;
}

/** A moment written in the form of another mark; what that form does not show is cut off. */
function inFormOf(mark: string, ticks: number): string {
  const [, , dash, , , between, hour, colon, , second, fraction, zone] = clockForm.exec(mark)!;
  const iso = new Date(ticks).toISOString();
  const [day, time] = [iso.slice(0, 10).replaceAll('-', dash!), iso.slice(11, 19)];
  if (hour === undefined) return day;
  const shown = second === undefined ? time.slice(0, 5) : time;
  const dot = fraction === undefined ? '' : /[.,]/.test(mark) ? mark.match(/[.,]/g)!.at(-1)! : '';
  const rest =
    fraction === undefined
      ? ''
      : `${dot}${iso.slice(20, 23).padEnd(fraction.length, '0').slice(0, fraction.length)}`;
  return `${day}${between}${shown.replaceAll(':', colon!)}${rest}${zone}`;
}

const digitsOf = (mark: string): string => {
  const [whole = '', fraction = ''] = mark.replace('Z', '').split(/[.,](?=\d+$)/);
  return `${whole.replace(/\D/g, '').padEnd(14, '0')}${fraction.padEnd(9, '0')}`;
};

const order = <T>(a: T, b: T): number => (a < b ? -1 : a > b ? 1 : 0);

export const timeMarks: MarkKind = {
  compare: (a, b) =>
    ticksOf(a) === undefined || ticksOf(b) === undefined ? order(a, b) : order(digitsOf(a), digitsOf(b)),
  minus(mark, by) {
    const ticks = ticksOf(mark);
    return ticks === undefined ? undefined : inFormOf(mark, ticks - by * 1000);
  },
  notAfter(mark, clock) {
    const [at, now] = [ticksOf(mark), clock === undefined ? undefined : ticksOf(clock)];
    return at === undefined || now === undefined || at <= now ? mark : inFormOf(mark, now);
  },
  like(form, mark) {
    const ticks = ticksOf(mark);
    return ticks === undefined || ticksOf(form) === undefined ? undefined : inFormOf(form, ticks);
  },
};

const decimal = /^(-?)(\d+)(?:\.(\d+))?$/;

/** Exact for any number of digits. */
function scaled(mark: string): bigint | undefined {
  const found = decimal.exec(mark);
  if (!found) return undefined;
  const [, sign, whole, fraction = ''] = found;
  return BigInt(`${sign}${whole}${fraction.padEnd(18, '0').slice(0, 18)}`);
}

export const numberMarks: MarkKind = {
  compare(a, b) {
    const [x, y] = [scaled(a), scaled(b)];
    return x === undefined || y === undefined ? order(Number(a), Number(b)) : order(x, y);
  },
  minus(mark, by) {
    const whole = decimal.exec(mark);
    return whole ? (BigInt(`${whole[1]}${whole[2]}`) - BigInt(by)).toString() : undefined;
  },
  notAfter: (mark) => mark,
  like: (_form, mark) => (scaled(mark) === undefined ? undefined : mark),
};
