import type { Row } from '../../contracts/kernel/record.ts';
import { userSecretTable } from '../../contracts/user/user.record.ts';
import { tableCode } from '../kit/db/rows.ts';
import { iso } from '../kit/ids.ts';
import type { Work } from '../kit/work.ts';

export const lockout = { failures: 5, lockMs: 15 * 60_000 };

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
export function strike(before: Strikes, now: number): Strikes {
  if (lockedMinutes(before, now) > 0) return before;
  const failures = (before.lockedUntil === null ? before.failures : 0) + 1;
  return { failures, lockedUntil: failures >= lockout.failures ? iso(now + lockout.lockMs) : null };
}

/** The user's secret, held until the work ends, so that parallel guesses are counted one by one. */
export async function holdSecret(
  work: Work,
  userId: string,
): Promise<Row<typeof userSecretTable> | undefined> {
  const [secret] = await work.load(userSecretTable, { id: userId }, { scope: 'system' });
  return secret;
}

export async function writeStrikes(
  work: Work,
  userId: string,
  { failures, lockedUntil }: Strikes,
): Promise<void> {
  const code = tableCode(userSecretTable, work.sql);
  await work.sql.execute(
    `UPDATE ${code.table} SET ${code.name('failures')} = ?, ${code.name('lockedUntil')} = ? WHERE ${code.name('id')} = ?`,
    [failures, lockedUntil, userId],
  );
}

/** Strikes of names nobody has: they lock like real ones, so that a lock does not tell which names exist. */
export class UnknownNames {
  private readonly strikes = new Map<string, Strikes>();

  lockedMinutes(name: string, now: number): number {
    return lockedMinutes(this.strikes.get(name) ?? none, now);
  }

  strike(name: string, now: number): void {
    const next = strike(this.strikes.get(name) ?? none, now);
    this.strikes.delete(name);
    if (this.strikes.size >= 5000) this.strikes.delete(this.strikes.keys().next().value!);
    this.strikes.set(name, next);
  }
}
