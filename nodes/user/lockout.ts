import { iso } from '../kit/ids.ts';
import type { Policy } from './policy.ts';

export type LockRule = Pick<Policy, 'lockFailures' | 'lockMinutes'>;

export interface Strikes {
  readonly failures: number;
  /** ISO time or null. */
  readonly lockedUntil: string | null;
}

export const none: Strikes = { failures: 0, lockedUntil: null };

/** Minutes until the lock opens, 0 where there is none. */
export const lockedMinutes = ({ lockedUntil }: Strikes, now: number): number =>
  lockedUntil === null ? 0 : Math.max(0, Math.ceil((Date.parse(lockedUntil) - now) / 60_000));

/** One more failure. A lock is not prolonged; once it has opened the count begins anew. */
export function strike(before: Strikes, now: number, rule: LockRule): Strikes {
  if (lockedMinutes(before, now) > 0) return before;
  const failures = (before.lockedUntil === null ? before.failures : 0) + 1;
  return {
    failures,
    lockedUntil: failures >= rule.lockFailures ? iso(now + rule.lockMinutes * 60_000) : null,
  };
}

/** Strikes of names nobody has: they lock like real ones, so that a lock does not tell which names exist. */
export class UnknownNames {
  private readonly strikes = new Map<string, Strikes>();

  lockedMinutes(name: string, now: number): number {
    return lockedMinutes(this.strikes.get(name) ?? none, now);
  }

  strike(name: string, now: number, rule: LockRule): void {
    const next = strike(this.strikes.get(name) ?? none, now, rule);
    this.strikes.delete(name);
    if (this.strikes.size >= 5000) this.strikes.delete(this.strikes.keys().next().value!);
    this.strikes.set(name, next);
  }
}
