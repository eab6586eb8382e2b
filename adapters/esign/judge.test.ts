import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { Authority, type Issued } from '../../test/peers/ca/authority.ts';
import { type Evidence, judge, type Rules } from './judge.ts';
import { Trust } from './trust.ts';

const folder = mkdtempSync(join(tmpdir(), 'esign-'));
afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));

let files = 0;
const file = (text: string): string => {
  const path = join(folder, `${files++}.pem`);
  writeFileSync(path, text);
  return path;
};
const now = Date.now();
const day = 86_400_000;

describe.each([
  ['SM2', 'SM3', 'sm3', 'SM2-SM3'],
  ['RSA', 'SHA-256', 'sha256', 'RSA-SHA256'],
] as const)('[INT-06] what a CA gave, signed with %s', (kind, digest, node, algorithm) => {
  const ca = new Authority(kind, () => now);
  const doctor = ca.issue('张医生');
  const hash = createHash(node).update('a report').digest();
  const trust = new Trust({ ca: [file(ca.bundle)] }, () => now);
  const rules: Rules = { digest, signedAs: 'bytes', signer: 'any', timestamp: 'optional' };
  const given = (by: Issued = doctor, more: Partial<Evidence> = {}): Evidence => ({
    hash,
    signer: '张医生',
    signature: by.key.sign(hash),
    certificate: by.der.toString('base64'),
    timestamp: ca.token(hash, now - 5000),
    ...more,
  });
  const judged = (evidence: Evidence, own: Partial<Rules> = {}, by = trust) =>
    judge(evidence, { ...rules, ...own }, by, now);

  test('holds: by the key of a certificate of a configured CA, at the time of the timestamp', () => {
    expect(judged(given(), { signer: 'name', timestamp: 'required' })).toEqual({
      valid: true,
      algorithm,
      signer: '张医生',
      certificate: doctor.der.toString('base64'),
      at: Math.floor((now - 5000) / 1000) * 1000,
    });
    expect(judged(given(ca.issuer)).reason).toContain('the certificate is not for signatures');
  });

  test.each([
    ['hex', (h: Buffer) => Buffer.from(h.toString('hex'))],
    ['base64', (h: Buffer) => Buffer.from(h.toString('base64'))],
  ] as const)('holds where the CA signed the %s text of the digest, and then only so', (signedAs, text) => {
    const evidence = given(doctor, { signature: doctor.key.sign(text(hash)) });
    expect(judged(evidence, { signedAs }).valid).toBe(true);
    expect(judged(evidence).reason).toContain('the signature does not hold for this digest and certificate');
  });

  test.each<[string, string, () => Evidence, Partial<Rules>]>([
    ['no signature', 'gave no signature', () => given(doctor, { signature: undefined }), {}],
    ['an empty one', 'gave no signature', () => given(doctor, { signature: Buffer.alloc(0) }), {}],
    ['noise for a signature', 'does not hold', () => given(doctor, { signature: Buffer.alloc(64) }), {}],
    [
      'one of another digest',
      'does not hold',
      () => given(doctor, { signature: doctor.key.sign(Buffer.alloc(32)) }),
      {},
    ],
    [
      'one by another key',
      'does not hold',
      () => given(doctor, { signature: ca.issue('x').key.sign(hash) }),
      {},
    ],
    ['no certificate', 'gave no certificate', () => given(doctor, { certificate: undefined }), {}],
    ['noise for a certificate', 'cannot be read', () => given(doctor, { certificate: 'bm9pc2U=' }), {}],
    [
      'a cut certificate',
      'cannot be read',
      () => given(doctor, { certificate: doctor.der.subarray(0, 200).toString('base64') }),
      {},
    ],
    ['a certificate that expired', 'expired on', () => given(ca.issue('张医生', { until: now - day })), {}],
    [
      'a certificate of tomorrow',
      'is valid only from',
      () => given(ca.issue('张医生', { from: now + day })),
      {},
    ],
    [
      'a certificate for something else',
      'not for signatures',
      () => given(ca.issue('张医生', { usage: 0x20 })),
      {},
    ],
    ['another CA', 'not issued by a configured CA', () => given(new Authority(kind).issue('张医生')), {}],
    ['somebody else', 'name of somebody else', () => given(ca.issue('李医生')), { signer: 'name' }],
    [
      'no timestamp where it must be',
      'no timestamp',
      () => given(doctor, { timestamp: undefined }),
      { timestamp: 'required' },
    ],
    [
      'a timestamp for another digest',
      'for another digest',
      () => given(doctor, { timestamp: ca.token(Buffer.alloc(32)) }),
      {},
    ],
    [
      'a timestamp by a person',
      'not for time stamping',
      () => given(doctor, { timestamp: ca.token(hash, now, doctor) }),
      {},
    ],
    [
      'a timestamp of the future',
      'in the future',
      () => given(doctor, { timestamp: ca.token(hash, now + day) }),
      {},
    ],
    [
      'noise for a timestamp',
      'cannot be read',
      () => given(doctor, { timestamp: Buffer.from('3003020101', 'hex') }),
      {},
    ],
    [
      'a timestamp of another CA',
      'configured CA',
      () => given(doctor, { timestamp: new Authority(kind).token(hash) }),
      {},
    ],
  ])('does not hold with %s', (_, reason, evidence, own) => {
    const result = judged(evidence(), own);
    expect(result).toMatchObject({ valid: false, reason: expect.stringContaining(reason) });
  });

  test('a bit changed anywhere in a timestamp voids it, or changes nothing that it says', () => {
    const token = ca.token(hash, now - 60_000);
    const { at } = judged(given(doctor, { timestamp: token }));
    let voided = 0;
    for (let i = 0; i < token.length; i += 5) {
      const changed = Buffer.from(token);
      changed[i]! ^= 1;
      const result = judged(given(doctor, { timestamp: changed }));
      if (result.valid) expect(result.at).toBe(at);
      else voided++;
    }
    expect(voided).toBeGreaterThan(token.length / 8);
  });

  test('a certificate that was revoked before it signed does not count, one revoked later does', () => {
    const other = ca.issue('王医生');
    ca.revoke(other);
    const crl = file(ca.list());
    const strict = new Trust({ ca: [file(ca.bundle)], crl: [crl] }, () => now);
    expect(judged(given(doctor), {}, strict).valid).toBe(true);
    expect(judged(given(other, { timestamp: undefined }), {}, strict).reason).toMatch(/was revoked on/);
    const before = given(other, { timestamp: ca.token(hash, now - 3_600_000) });
    expect(judged(before, {}, strict).valid).toBe(true);
    writeFileSync(crl, ca.list(now - 1000));
    expect(judged(given(doctor), {}, strict).reason).toMatch(/list of revoked certificates ended/);
    writeFileSync(crl, new Authority(kind).list());
    expect(judged(given(doctor), {}, strict).reason).toMatch(/is not signed by its CA/);
    writeFileSync(crl, 'no list');
    expect(() => judged(given(doctor), {}, strict)).toThrow('holds what is no list of revocations');
  });

  test('a certificate that no authority may have issued does not count', () => {
    const faked = new Authority(kind);
    // Same names, other keys.
    expect(judged(given(faked.issue('张医生'))).valid).toBe(false);
  });
});
