/** Attribute matching of PS3.4 §C.2.2.2: universal, single value, wildcard, list, range. */

export const isUniversal = (key: string): boolean => /^\**$/.test(key);

export const wild = /[*?]/;
/** `*` is any number of characters, `?` is one; never more steps than the product of both lengths. */
function glob(key: readonly string[], value: readonly string[]): boolean {
  let [k, v] = [0, 0];
  let [star, mark] = [-1, 0];
  while (v < value.length) {
    if (k < key.length && (key[k] === '?' || (key[k] !== '*' && key[k] === value[v]))) {
      k++;
      v++;
    } else if (key[k] === '*') {
      star = k++;
      mark = v;
    } else if (star >= 0) {
      k = star + 1;
      v = ++mark;
    } else return false;
  }
  while (key[k] === '*') k++;
  return k === key.length;
}

/** Any of the values of the key; a value that has `*` or `?` is a pattern. */
export function matchesText(key: string, value: string): boolean {
  if (isUniversal(key)) return true;
  return key
    .split('\\')
    .map((one) => one.trim())
    .some((one) => (wild.test(one) ? glob([...one], [...value]) : one === value));
}

/** Names are compared without regard to case, blanks and the marks between their components. */
export function matchesName(key: string, value: string): boolean {
  const flat = (name: string): string[] =>
    name
      .split('=')
      .map((group) =>
        group
          .normalize('NFC')
          .replace(/[\^\s]/g, '')
          .toUpperCase(),
      )
      .filter((group) => group !== '');
  const wanted = flat(key);
  if (wanted.every(isUniversal)) return true;
  const given = flat(value);
  return wanted.some((one) => given.some((name) => matchesText(one, name)));
}

interface Range {
  readonly from: string;
  readonly to: string;
}

/** `20260301`, `20260301-`, `-20260331`, `20260301-20260331`; undefined: any. */
function rangeOf(key: string): Range | undefined {
  const plain = key.replace(/[.:\s]/g, '');
  if (isUniversal(plain)) return undefined;
  const dash = plain.indexOf('-');
  return dash < 0 ? { from: plain, to: plain } : { from: plain.slice(0, dash), to: plain.slice(dash + 1) };
}

/** `YYYYMMDD` in a range; no value is in none. */
export function matchesDate(key: string, value: string): boolean {
  const range = rangeOf(key);
  if (range === undefined) return true;
  return value !== '' && value >= range.from && (range.to === '' || value <= range.to);
}

export interface Moments {
  /** `YYYYMMDDHHMMSS`; empty: open. */
  readonly from: string;
  readonly to: string;
}

/**
 * The time between two moments that start date and start time ask for: with both as ranges, from the first day's time to the
 * last day's (PS3.4 §K.6.1.2.2). Undefined: any. Times without a date are matched by `matchesTime`.
 */
export function momentsOf(date: string, time: string): Moments | undefined {
  const days = rangeOf(date);
  if (days === undefined) return undefined;
  const clock = rangeOf(time);
  return {
    from: days.from && days.from + earliest(clock?.from ?? ''),
    to: days.to && days.to + latest(clock?.to ?? ''),
  };
}

export const within = (moments: Moments, moment: string): boolean =>
  moment !== '' && moment >= moments.from && (moments.to === '' || moment <= moments.to);

/** `HHMMSS` of any day. */
export function matchesTime(key: string, value: string): boolean {
  const range = rangeOf(key);
  if (range === undefined) return true;
  return value !== '' && value >= earliest(range.from) && value <= latest(range.to);
}

/** `HH`, `HHMM` or `HHMMSS` as the first and the last second it means. */
const earliest = (time: string): string => time.slice(0, 6) + '000000'.slice(time.length);
const latest = (time: string): string => time.slice(0, 6) + '235959'.slice(time.length);
