import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { Gate } from './gate.ts';

const cost = { N: 2 ** 15, r: 8, p: 1 };
const bytes = 32;

/** Each derivation takes 32 MiB and a thread of the pool that name look-ups and files need too: two at a time. */
const gate = new Gate(2);

const derive = (password: string, salt: Buffer, { N, r, p }: typeof cost): Promise<Buffer> =>
  gate.run(
    () =>
      new Promise((resolve, reject) => {
        const options = { N, r, p, maxmem: 256 * N * r };
        scrypt(password.normalize('NFKC'), salt, bytes, options, (error, key) =>
          error ? reject(error) : resolve(key),
        );
      }),
  );

const text = (salt: Buffer, key: Buffer): string =>
  `scrypt$${cost.N}$${cost.r}$${cost.p}$${salt.toString('base64url')}$${key.toString('base64url')}`;

/** `scrypt$N$r$p$salt$hash`, salt and hash in base64url. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  return text(salt, await derive(password, salt, cost));
}

/** Compares in constant time, under the parameters the hash was made with. */
export async function verifyPassword(password: string, stored: string): Promise<boolean> {
  const [scheme, N, r, p, salt, hash] = stored.split('$');
  if (scheme !== 'scrypt' || !salt || !hash) return false;
  const made = await derive(password, Buffer.from(salt, 'base64url'), {
    N: Number(N),
    r: Number(r),
    p: Number(p),
  });
  const expected = Buffer.from(hash, 'base64url');
  return expected.length === made.length && timingSafeEqual(expected, made);
}

/** A hash that no password has: an unknown user costs as much time as a known one. */
export const nobodysHash = text(randomBytes(16), randomBytes(bytes));

const classes = [/\p{Ll}/u, /\p{Lu}/u, /\p{Nd}/u, /[^\p{Ll}\p{Lu}\p{Nd}]/u];

/** What is wrong with a new password, in both languages, or undefined. */
export function weakness(
  password: string,
  rule: { readonly minLength: number; readonly classes: number } = { minLength: 12, classes: 3 },
): string | undefined {
  if ([...password].length < rule.minLength)
    return `少于 ${rule.minLength} 个字符 · has fewer than ${rule.minLength} characters`;
  if (classes.filter((c) => c.test(password)).length < rule.classes)
    return `大写、小写、数字、其他字符不足 ${rule.classes} 类 · has fewer than ${rule.classes} of: lower case, upper case, digits, other characters`;
  if (new Set(password).size < 6) return '重复字符过多 · repeats too few characters';
  return undefined;
}
