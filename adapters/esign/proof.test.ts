import { generateKeyPairSync, verify } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { Authority } from '../../test/peers/ca/authority.ts';
import { pem } from '../../test/peers/ca/der.ts';
import { derOf } from './der.ts';
import { holds, readKey, usualUserId } from './key.ts';
import { overBody, overFields, Prover, Verifier } from './proof.ts';

test('[INT-06] a request signed with a key of ours holds by its public key: SM2 and RSA', () => {
  const message = overBody('1', 'n', Buffer.from('{}'));
  const made = generateKeyPairSync('ec', { namedCurve: 'SM2' });
  const key = made.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
  const point = readKey(derOf(made.publicKey.export({ type: 'spki', format: 'der' })));
  for (const own of [key, pem('EC PRIVATE KEY', made.privateKey.export({ type: 'sec1', format: 'der' }))]) {
    const signature = new Prover({ kind: 'sm2-sm3', encoding: 'base64', key: own }).prove(message);
    const bytes = Buffer.from(signature, 'base64');
    expect(holds(point, 'SM3', message, bytes, usualUserId)).toBe(true);
    expect(holds(point, 'SM3', message, bytes, 'another-id')).toBe(false);
  }
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const pkcs8 = rsa.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
  const hex = new Prover({ kind: 'rsa-sha256', key: pkcs8 }).prove(message);
  expect(verify('sha256', message, rsa.publicKey, Buffer.from(hex, 'hex'))).toBe(true);
  const none = new Prover({ kind: 'sm2-sm3', key: '-----BEGIN NOTHING-----' });
  expect(() => none.prove(message)).toThrow('holds no private key');
});

test.each(['SM2', 'RSA'] as const)('[INT-06] a callback signed by the platform of a CA: %s', (kind) => {
  const ca = new Authority(kind).issue('platform');
  const proof = kind === 'SM2' ? 'sm2-sm3' : 'rsa-sha256';
  const settings = { kind: proof, encoding: 'base64', certificate: pem('CERTIFICATE', ca.der) } as const;
  const now = Date.now();
  const verifier = new Verifier(settings, () => now);
  const message = Buffer.from('a=1');
  const given = { signature: ca.key.sign(message).toString('base64'), timestamp: String(now) };
  const first = verifier.verify(given, message);
  expect(first).toHaveProperty('done');
  // Another signature over the same message is the same callback.
  const again = { ...given, signature: ca.key.sign(message).toString('base64') };
  expect(verifier.verify(again, message)).toMatchObject({ busy: true });
  if ('done' in first) first.done(true);
  expect(verifier.verify(again, message)).toEqual({ again: true });
  expect(verifier.verify(given, Buffer.from('a=2'))).toEqual({ refusal: 'wrong signature' });
});

test('[INT-06] of fields the top ones count by name, empty ones and the signature left out', () => {
  const tree = { z: '1', a: '2', sign: 'x', empty: '', gone: null, inner: { b: '3' } };
  expect(overFields(tree, 'sign').toString()).toBe('a=2&inner={"b":"3"}&z=1');
  expect(overFields('text', 'sign').toString()).toBe('');
});
