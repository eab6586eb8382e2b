import { createHash, randomBytes } from 'node:crypto';
import { Fault } from '../../contracts/kernel/fault.ts';
import type { Row } from '../../contracts/kernel/record.ts';
import { userSecretTable } from '../../contracts/user/user.record.ts';
import { tableCode } from '../kit/db/rows.ts';
import type { Kit } from '../kit/kit.ts';
import type { Work } from '../kit/work.ts';
import { verifyPassword, weakness } from './password.ts';
import type { Policy } from './policy.ts';

export type Secret = Row<typeof userSecretTable>;

/** The user's secret, held until the work ends, so that parallel guesses are counted one by one. */
export async function holdSecret(work: Work, userId: string): Promise<Secret | undefined> {
  const [secret] = await work.load(userSecretTable, { id: userId }, { scope: 'system' });
  return secret;
}

export async function secretOf(kit: Kit, userId: string): Promise<Secret | undefined> {
  const [secret] = await kit.find(userSecretTable, 'system', { id: userId });
  return secret;
}

const stored = (value: unknown): unknown =>
  Array.isArray(value) ? JSON.stringify(value) : typeof value === 'boolean' ? Number(value) : value;

export async function writeSecret(
  work: Work,
  userId: string,
  changes: Partial<Omit<Secret, 'id'>>,
): Promise<void> {
  const code = tableCode(userSecretTable, work.sql);
  const entries = Object.entries(changes);
  await work.sql.execute(
    `UPDATE ${code.table} SET ${entries.map(([f]) => `${code.name(f)} = ?`).join(', ')} WHERE ${code.name('id')} = ?`,
    [...entries.map(([, value]) => stored(value)), userId],
  );
}

/** What is wrong with a new password under the policy, in both languages; undefined where nothing is. */
export async function refusedPassword(
  password: string,
  about: { readonly username: string; readonly secret: Secret | undefined; readonly policy: Policy },
): Promise<string | undefined> {
  const weak = weakness(password, about.policy);
  if (weak) return weak;
  const name = about.username.toLowerCase();
  if (name.length >= 3 && password.toLowerCase().includes(name))
    return '含有用户名 · has the user name in it';
  const { secret, policy } = about;
  if (!secret) return undefined;
  const former = [secret.hash, ...(secret.former ?? [])].slice(0, Math.max(1, policy.history));
  for (const hash of former)
    if (await verifyPassword(password, hash))
      return `与最近 ${former.length} 次口令相同 · was in use before (last ${former.length})`;
  return undefined;
}

export async function demandPassword(
  password: string,
  about: Parameters<typeof refusedPassword>[1],
): Promise<void> {
  const reason = await refusedPassword(password, about);
  if (reason) throw new Fault('user.password.weak', { reason });
}

/** What changes with a new password. */
export const withNewHash = (secret: Secret, hash: string, policy: Policy, now: string) => ({
  hash,
  changedAt: now,
  mustChange: false,
  former: [secret.hash, ...(secret.former ?? [])].slice(0, policy.history),
});

/** Whether the password has to be changed before the person may go on. */
export function passwordIsOver(secret: Secret, policy: Policy, now: number): boolean {
  if (secret.mustChange) return true;
  return policy.maxAgeDays > 0 && now - Date.parse(secret.changedAt) > policy.maxAgeDays * 86_400_000;
}

const letters = 'abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789';

/** A password to be told once: 16 characters nobody mistakes for another, in groups. */
export function oneTimePassword(): string {
  let text = '';
  while (text.replaceAll('-', '').length < 16) {
    const byte = randomBytes(1)[0]!;
    if (byte >= letters.length * Math.floor(256 / letters.length)) continue;
    if (text.length % 5 === 4) text += '-';
    text += letters[byte % letters.length];
  }
  return weakness(text, { minLength: 12, classes: 4 }) === undefined ? text : oneTimePassword();
}

/** Recovery codes, ten digits and letters each; the digests are kept. */
export function recoveryCodes(count = 8): { codes: string[]; digests: string[] } {
  const codes = Array.from({ length: count }, () => {
    const hex = randomBytes(5).toString('hex').toUpperCase();
    return `${hex.slice(0, 5)}-${hex.slice(5)}`;
  });
  return { codes, digests: codes.map(digestOfCode) };
}

export const digestOfCode = (code: string): string =>
  createHash('sha256')
    .update(code.toUpperCase().replace(/[^0-9A-F]/g, ''))
    .digest('hex');
