const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ*';

/** Sum of ISO/IEC 7064 MOD 37-2 over the characters it knows; separators do not count. */
function sum37(text: string): number {
  let sum = 0;
  for (const c of text.toUpperCase()) {
    const value = alphabet.indexOf(c);
    if (value >= 0) sum = ((sum + value) * 2) % 37;
  }
  return sum;
}

/** ISO/IEC 7064 MOD 37-2: the character that makes the whole congruent to 1, `0`–`9`, `A`–`Z` or `*`. ISBT 128 calls it K. */
export const check37 = (text: string): string => alphabet[(38 - sum37(text)) % 37]!;

/** The same as a number, for the flag characters 60 to 96 of a DIN. */
export const check37Value = (text: string): number => (38 - sum37(text)) % 37;

/** GS1 General Specifications 7.9.1: weights 3 and 1 from the right. Digits only; others do not count. */
export function check10(text: string): string {
  const digits = text.replace(/\D/g, '');
  let sum = 0;
  for (let i = 0; i < digits.length; i++)
    sum += Number(digits[digits.length - 1 - i]) * (i % 2 === 0 ? 3 : 1);
  return String((10 - (sum % 10)) % 10);
}
