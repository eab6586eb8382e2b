import { Fault } from '../../contracts/kernel/fault.ts';

/** One data structure found in a code. */
export interface Structure {
  readonly kind: string;
  readonly standard: string;
  /** Without identifiers, flags and check character. */
  readonly value: string;
  readonly parts: Readonly<Record<string, string>>;
}

export const unreadable = (zh: string, en: string): Fault =>
  new Fault('numbering.code.unreadable', { reason: `${zh} · ${en}` });

/** `2026-12-31` where that day exists. */
export function calendarDay(year: number, month: number, day: number): string | undefined {
  const at = new Date(Date.UTC(year, month - 1, day));
  return at.getUTCMonth() === month - 1 && at.getUTCDate() === day
    ? at.toISOString().slice(0, 10)
    : undefined;
}
