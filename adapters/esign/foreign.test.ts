import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { judge, type Rules } from './judge.ts';
import { Trust } from './trust.ts';

/** Certificates, signatures and timestamps that OpenSSL made, so that we do not agree with ourselves alone. */

const folder = mkdtempSync(join(tmpdir(), 'esign-openssl-'));
afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
const openssl = (...args: string[]): Buffer =>
  execFileSync('openssl', args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
const at = (name: string): string => join(folder, name);

const there = spawnSync('openssl', ['version']).status === 0;
const describeHere = there || process.env.CI === 'true' ? describe : describe.skip;

const distinguished = ['-sigopt', 'distid:1234567812345678'];
const conf = `
[tsa]
serial = ${at('serial')}
crypto_device = builtin
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
ess_cert_id_alg = sha256
[authority]
basicConstraints = critical,CA:TRUE,pathlen:0
keyUsage = critical,keyCertSign,cRLSign
[person]
basicConstraints = CA:FALSE
keyUsage = critical,digitalSignature,nonRepudiation
subjectKeyIdentifier = hash
[stamper]
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
`;

function makeCa(kind: 'SM2' | 'RSA'): void {
  writeFileSync(at('conf'), conf);
  const how = kind === 'SM2' ? ['-sm3', ...distinguished] : ['-sha256'];
  const key = (name: string): void => {
    const pick =
      kind === 'SM2'
        ? ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:SM2']
        : ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048'];
    openssl('genpkey', ...pick, '-out', `${kind}-${name}.key`);
  };
  for (const name of ['ca', 'person', 'stamper']) {
    key(name);
    const common = name === 'person' ? '/C=CN/CN=张医生' : `/C=CN/O=Test/CN=${name}`;
    const request = ['-new', '-key', `${kind}-${name}.key`, '-subj', common, '-utf8', ...how];
    openssl('req', ...request, '-out', `${kind}-${name}.csr`);
  }
  const verify = kind === 'SM2' ? ['-vfyopt', 'distid:1234567812345678'] : [];
  const issue = (name: string, section: string, by: string[]): void => {
    const from = ['-req', '-in', `${kind}-${name}.csr`, '-days', '30', ...how, ...verify, ...by];
    openssl('x509', ...from, '-extfile', 'conf', '-extensions', section, '-out', `${kind}-${name}.pem`);
  };
  issue('ca', 'authority', ['-signkey', `${kind}-ca.key`]);
  const byCa = ['-CA', `${kind}-ca.pem`, '-CAkey', `${kind}-ca.key`, '-CAcreateserial'];
  issue('person', 'person', byCa);
  issue('stamper', 'stamper', byCa);
}

describeHere('[INT-06] what OpenSSL made', () => {
  const now = () => Date.now();
  const rules = (digest: Rules['digest'], more: Partial<Rules> = {}): Rules => ({
    digest,
    signedAs: 'bytes',
    signer: 'name',
    timestamp: 'optional',
    ...more,
  });

  test('SM2 with SM3: chain and signature hold, over the digest and over its text', () => {
    makeCa('SM2');
    const trust = new Trust({ ca: [at('SM2-ca.pem')] }, now);
    const hash = createHash('sm3').update('a report').digest();
    const certificate = readFileSync(at('SM2-person.pem'), 'utf8');
    for (const [signedAs, message] of [
      ['bytes', hash],
      ['hex', Buffer.from(hash.toString('hex'))],
    ] as const) {
      writeFileSync(at('message'), message);
      const sign = ['-rawin', '-digest', 'sm3', '-pkeyopt', 'distid:1234567812345678', '-in', 'message'];
      const signature = openssl('pkeyutl', '-sign', '-inkey', 'SM2-person.key', ...sign);
      const evidence = { hash, signer: '张医生', signature, certificate };
      expect(judge(evidence, rules('SM3', { signedAs }), trust, Date.now())).toMatchObject({
        valid: true,
        algorithm: 'SM2-SM3',
        signer: '张医生',
      });
      signature[signature.length - 1]! ^= 1;
      expect(judge(evidence, rules('SM3', { signedAs }), trust, Date.now()).valid).toBe(false);
    }
  });

  test('RSA: chain, signature over the digest, signature over the document, timestamp of a TSA', () => {
    makeCa('RSA');
    const trust = new Trust({ ca: [at('RSA-ca.pem')] }, now);
    const hash = createHash('sha256').update('a report').digest();
    const certificate = readFileSync(at('RSA-person.pem'), 'utf8');
    writeFileSync(at('serial'), '01');
    const query = ['-query', '-digest', hash.toString('hex'), '-sha256', '-cert', '-out', 'query'];
    openssl('ts', ...query);
    const reply = ['-reply', '-queryfile', 'query', '-config', 'conf', '-section', 'tsa'];
    openssl('ts', ...reply, '-inkey', 'RSA-stamper.key', '-signer', 'RSA-stamper.pem', '-out', 'reply');
    const response = readFileSync(at('reply'));
    openssl('ts', '-reply', '-in', 'reply', '-token_out', '-out', 'token');
    for (const [signedAs, message] of [
      ['bytes', hash],
      ['document', Buffer.from('a report')],
    ] as const) {
      writeFileSync(at('message'), message);
      const signature = openssl('dgst', '-sha256', '-sign', 'RSA-person.key', 'message');
      for (const timestamp of [response, readFileSync(at('token'))])
        expect(
          judge(
            { hash, signer: '张医生', signature, certificate, timestamp },
            rules('SHA-256', { signedAs, timestamp: 'required' }),
            trust,
            Date.now() + 2000,
          ),
        ).toMatchObject({ valid: true, algorithm: 'RSA-SHA256' });
    }
    const other = createHash('sha256').update('another').digest();
    const signature = openssl('dgst', '-sha256', '-sign', 'RSA-person.key', 'message');
    expect(
      judge(
        { hash: other, signer: '张医生', signature, certificate },
        rules('SHA-256', { signedAs: 'document' }),
        trust,
        Date.now(),
      ).valid,
    ).toBe(false);
  });
});
