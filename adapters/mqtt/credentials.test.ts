import { expect, test } from '@jest/globals';
import { Credentials, hashPassword } from './credentials.ts';

const bytes = (text: string): Buffer => Buffer.from(text);

test('[INT-07] a password is kept as a scrypt hash with its own salt, and only the right one holds', async () => {
  const [one, two] = [await hashPassword('right'), await hashPassword('right')];
  expect(one).toMatch(/^scrypt:16384:8:1:[\w-]{22}:[\w-]{43}$/);
  expect(one).not.toBe(two);
  const known = new Credentials([{ name: 'd', password: one }, { name: 'certificate-only' }], () => 0);
  expect(await known.check('d', bytes('right'), 'a')).toMatchObject({ name: 'd' });
  expect(await known.check('d', bytes('right'), 'a')).toMatchObject({ name: 'd' });
  for (const [name, password] of [
    ['d', 'wrong'],
    ['d', ''],
    ['nobody', 'right'],
    ['certificate-only', ''],
  ] as const)
    expect([name, await known.check(name, bytes(password), 'a')]).toEqual([name, 'wrong']);
  expect(await known.check('d', undefined, 'a')).toBe('wrong');
});

test('a hash that is cut or malformed lets nobody in', async () => {
  const [, , , , salt] = (await hashPassword('x')).split(':');
  for (const password of [
    `scrypt:16384:8:1:${salt}:`,
    'scrypt:0:8:1:AAAA:AAAA',
    'scrypt:9999999:8:1:AAAA:AAAAAAAAAAAAAAAAAAAAAA',
  ])
    for (const given of ['', 'x', password.slice(0, 5)])
      expect(await new Credentials([{ name: 'd', password }], () => 0).check('d', bytes(given), 'a')).toBe(
        'wrong',
      );
});

test('after ten wrong ones a name waits a minute at that address, not elsewhere', async () => {
  let now = 0;
  const known = new Credentials([{ name: 'd', password: 'plain-from-a-setting' }], () => now);
  for (let i = 0; i < 10; i++) expect(await known.check('d', bytes('no'), 'a')).toBe('wrong');
  expect(await known.check('d', bytes('no'), 'a')).toBe('busy');
  expect(await known.check('d', bytes('plain-from-a-setting'), 'a')).toBe('busy');
  expect(await known.check('d', bytes('plain-from-a-setting'), 'b')).toMatchObject({ name: 'd' });
  now += 60_001;
  expect(await known.check('d', bytes('plain-from-a-setting'), 'a')).toMatchObject({ name: 'd' });
});

test('many that come at once are all let in, a few at a time', async () => {
  const devices = await Promise.all(
    Array.from({ length: 20 }, async (_, i) => ({ name: `d${i}`, password: await hashPassword(`p${i}`) })),
  );
  const known = new Credentials(devices, () => 0);
  const found = await Promise.all(devices.map((d, i) => known.check(d.name, bytes(`p${i}`), 'a')));
  expect(found).toEqual(devices.map((d) => expect.objectContaining({ name: d.name })));
});
