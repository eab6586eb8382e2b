import { describe, expect, test } from '@jest/globals';
import { Gate } from './gate.ts';
import { hashPassword, nobodysHash, verifyPassword, weakness } from './password.ts';

describe('[ARC-09] passwords', () => {
  test('a hash carries its scrypt parameters and a salt of its own, and only its password fits', async () => {
    const [one, two] = await Promise.all([hashPassword('Cytomesh#Demo1'), hashPassword('Cytomesh#Demo1')]);
    expect(one).toMatch(/^scrypt\$32768\$8\$1\$[\w-]{22}\$[\w-]{43}$/);
    expect(one).not.toBe(two);
    expect(one.length).toBeLessThanOrEqual(191);
    expect(await verifyPassword('Cytomesh#Demo1', one)).toBe(true);
    expect(await verifyPassword('Cytomesh#Demo2', one)).toBe(false);
  });

  test('parameters of an older hash are honoured', async () => {
    // RFC 7914 section 12, second vector, its first 32 bytes.
    const key = Buffer.from('fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162', 'hex');
    const stored = `scrypt$1024$8$16$${Buffer.from('NaCl').toString('base64url')}$${key.toString('base64url')}`;
    expect(await verifyPassword('password', stored)).toBe(true);
  });

  test('the same password typed in another Unicode form fits', async () => {
    expect(await verifyPassword('caf\u00e9-Ａ-123456', await hashPassword('cafe\u0301-A-123456'))).toBe(true);
  });

  test('the hash of nobody fits no password, and no text that is not a hash does', async () => {
    for (const stored of [nobodysHash, '', 'scrypt$32768$8$1$$', 'plain$1$1$1$YQ$YQ'])
      expect(await verifyPassword('', stored)).toBe(false);
  });

  test('a weak one is named with its reason', () => {
    expect(weakness('Short#1')).toMatch(/12/);
    expect(weakness('alllowercase123')).toMatch(/3 of/);
    expect(weakness('AAAAAAAAAAa1')).toMatch(/repeats/);
    expect(weakness('Harbour-lantern-7')).toBeUndefined();
    expect(weakness('和祐医疗Lantern2026年')).toBeUndefined();
  });
});

test('a gate lets a few through at once, keeps the others in order, and opens again after a failure', async () => {
  const gate = new Gate(2);
  const seen: string[] = [];
  let open: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    open = resolve;
  });
  const run = (name: string) =>
    gate.run(async () => {
      seen.push(name);
      await held;
      if (name === 'b') throw new Error(name);
    });
  const all = Promise.allSettled(['a', 'b', 'c', 'd'].map(run));
  await Promise.resolve();
  expect(seen).toEqual(['a', 'b']);
  open();
  expect((await all).map((r) => r.status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled']);
  expect(seen).toEqual(['a', 'b', 'c', 'd']);
});
