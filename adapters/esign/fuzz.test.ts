import { createHash, randomUUID } from 'node:crypto';
import { request } from 'node:http';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { openCallback } from '../../test/peers/ca/callback.ts';
import { type Random, seeded } from '../../test/peers/his/random.ts';
import { readCertificate } from './certificate.ts';
import { readRevocationList } from './revocation.ts';
import { checkToken } from './timestamp.ts';
import { Trust } from './trust.ts';

/** A case that fails is found again by the seed and its number. */
const SEED = 20261127;
const CASES = 2500;

const hash = createHash('sm3').update('a report').digest('hex');
let one: Awaited<ReturnType<typeof openCallback>>;
beforeAll(async () => {
  one = await openCallback({ settings: { maxBytes: 20_000 } });
  await one.ask('D-1', hash);
});
afterAll(() => one.close());

const scraps = [
  '{',
  '}',
  '[',
  ']',
  '"',
  ',',
  ':',
  '\\',
  '\0',
  '\u2028',
  '0',
  'null',
  '<a>',
  '</a>',
  '<!DOCTYPE a>',
  '&amp;',
  '"status":"0"',
  '"bizNo":"D-2"',
  '"reference":"x.y"',
  '"signature":null',
  '"cert":{}',
  '%',
  '\ud800',
  '报告',
];

function mutated(bytes: Buffer, random: Random): Buffer {
  let out: Buffer = Buffer.from(bytes);
  for (let n = random.int(1, 6); n > 0; n--) {
    const at = random.int(0, out.length);
    const end = Math.min(out.length, at + random.int(0, 30));
    const cut = (middle: Buffer, to = at): Buffer =>
      Buffer.concat([out.subarray(0, at), middle, out.subarray(to)]);
    switch (random.int(0, 5)) {
      case 0:
        out = cut(Buffer.from([random.int(0, 255)]), at + 1);
        break;
      case 1:
        out = cut(Buffer.alloc(0), end);
        break;
      case 2:
        out = cut(out.subarray(at, end));
        break;
      case 3:
        out = cut(Buffer.from(random.pick(scraps)));
        break;
      case 4:
        out = out.subarray(0, at);
        break;
      default:
        out = cut(Buffer.alloc(random.int(0, 400), random.pick(['[', '<', '{"a":', 'A'])));
    }
  }
  return out;
}

function post(url: string, body: Buffer, headers: Record<string, string>): Promise<number> {
  return new Promise((resolve) => {
    const to = new URL(url);
    const req = request(to, {
      method: 'POST',
      headers: { ...headers, 'content-length': String(body.length) },
    });
    req.on('response', (response) => {
      response.resume().on('end', () => resolve(response.statusCode!));
    });
    req.on('error', () => resolve(0));
    req.end(body);
  });
}

const types = [
  'application/json',
  'application/json; charset=utf-8',
  'application/json; charset=gbk',
  'application/json; charset=utf-16le',
  'application/json; charset=nonsense',
  'text/xml',
  'multipart/form-data; boundary=x',
  '',
];

test(`[INT-06] ${CASES} callbacks that are broken in some way: a status for each, and nothing true that was not signed`, async () => {
  const random = seeded(SEED);
  const url = one.callbackUrl();
  const good = Buffer.from(
    JSON.stringify({ bizNo: 'D-1', status: '0', ...one.server.signed({ userName: '张医生', hash }) }),
  );
  const statuses = new Map<number, number>();
  for (let n = 0; n < CASES; n++) {
    const body = random.chance(0.9) ? mutated(good, random) : good;
    const time = String(Date.now());
    const nonce = randomUUID();
    const message = Buffer.concat([Buffer.from(`${time}\n${nonce}\n`), body]);
    const proven = random.chance(0.85);
    const signature = proven
      ? one.server.hmac(message)
      : random.pick(['', 'zz', 'ab'.repeat(32), '0'.repeat(5000)]);
    const to = random.chance(0.85)
      ? url
      : `${url.split('?')[0]}?r=${encodeURIComponent(mutated(Buffer.from(url.split('=')[1]!), random).toString('latin1'))}`;
    const headers = {
      'content-type': random.pick(types),
      'x-timestamp': random.chance(0.95) ? time : random.pick(['0', '-1', '9'.repeat(13), 'x']),
      'x-nonce': nonce,
      'x-signature': signature,
    };
    const before = one.frames.length;
    const status = await post(to, body, headers);
    statuses.set(status, (statuses.get(status) ?? 0) + 1);
    expect([n, status, [200, 401, 413, 422].includes(status)]).toEqual([n, status, true]);
    if (status === 200) expect(one.frames.length).toBe(before + 1);
    else expect(one.frames.length).toBe(before);
    if (!proven) expect([n, status === 401 || status === 413]).toEqual([n, true]);
  }
  for (const result of one.results()) {
    expect(result.document).toBe('D-1');
    if (result.kind === 'signed' && result.valid === true)
      expect(result).toMatchObject({ hash, signer: '张医生' });
  }
  expect([...statuses.keys()].sort()).toEqual(expect.arrayContaining([200, 401, 422]));
  expect(await one.server.callBack(url, JSON.parse(good.toString()) as object)).toBe(200);
  expect(one.results().at(-1)).toMatchObject({ valid: true });
}, 120_000);

test('[INT-06] 4000 broken certificates, tokens and lists are read as none, whatever is wrong with them', () => {
  const random = seeded(SEED + 1);
  const { ca } = one.server;
  const trust = new Trust({ ca: [one.shared.ca] }, Date.now);
  const digest = Buffer.from(hash, 'hex');
  const token = ca.token(digest);
  const person = one.server.person('张医生');
  const list = Buffer.from(ca.list().replace(/-----.*-----/g, ''), 'base64');
  for (let n = 0; n < 4000; n++) {
    const certificate = readCertificate(mutated(person.der, random));
    if (certificate) expect(certificate.der.length).toBeGreaterThan(0);
    const checked = checkToken(mutated(token, random), { digest: 'SM3', hash: digest }, trust);
    expect('at' in checked || typeof checked.refusal === 'string').toBe(true);
    const revocations = readRevocationList(mutated(list, random));
    if (revocations) expect(revocations.revoked.size).toBeLessThan(5);
  }
}, 120_000);
