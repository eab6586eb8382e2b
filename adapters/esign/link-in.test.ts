import { createHash, randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { InboundFrame, Reply } from '../../contracts/adapter/port.ts';
import { Fault } from '../../contracts/kernel/fault.ts';
import { openCallback } from '../../test/peers/ca/callback.ts';

const hash = createHash('sm3').update('a report').digest('hex');
type Open = Awaited<ReturnType<typeof openCallback>>;
const opened: Open[] = [];
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close();
});
async function open(options: Parameters<typeof openCallback>[0] = {}): Promise<Open> {
  const made = await openCallback(options);
  opened.push(made);
  return made;
}
/** What the CA posts for a signature that is good. */
const signed = ({ server }: Open, document: string, of = hash) => ({
  transactionId: 't-1',
  bizNo: document,
  status: '0',
  ...server.signed({ userName: '张医生', hash: of }),
});

describe('[INT-06] a person confirms on the phone and the CA calls back', () => {
  test('the result is verified and kept before the CA is told that it was', async () => {
    let committed = false;
    const one = await open({
      accept: async () => {
        await new Promise((resolve) => setTimeout(resolve, 50));
        committed = true;
        return { outcome: 'kept', results: [] };
      },
    });
    const transaction = await one.ask('D-1', hash);
    expect(await one.server.confirm(transaction)).toBe(200);
    expect(committed).toBe(true);
    expect(one.server.answers).toEqual([{ status: 200, text: '{"code":"0"}' }]);
    expect(one.results()).toMatchObject([
      {
        kind: 'signed',
        document: 'D-1',
        hash,
        order: { placer: 'P-D-1' },
        valid: true,
        algorithm: 'SM2-SM3',
        signer: '张医生',
        transaction,
        answer: expect.stringContaining('"cert"'),
      },
    ]);
    expect(one.listener.address).toBe(one.url);
    expect(one.listener.connections()[0]).toMatchObject({ framesIn: 1, framesOut: 1, pending: 0 });
  });

  test('a person who declines is a result that is not valid', async () => {
    const one = await open();
    expect(await one.server.confirm(await one.ask('D-1', hash), 'refuse')).toBe(200);
    expect(one.results()).toMatchObject([
      { kind: 'signed', document: 'D-1', valid: false, reason: 'CA 答复 · the CA says: the signer declined' },
    ]);
  });

  test.each([
    ['wrong-signature', /does not hold/],
    ['expired', /expired on/],
    ['foreign', /not issued by a configured CA/],
  ] as const)('%s is kept as not valid, with its reason', async (fault, reason) => {
    const one = await open();
    const transaction = await one.ask('D-1', hash);
    one.server.fault = fault;
    expect(await one.server.confirm(transaction)).toBe(200);
    expect(one.results()[0]).toMatchObject({ valid: false, reason: expect.stringMatching(reason) });
  });

  test('a callback before the answer to its request is taken all the same: what binds them is what we signed', async () => {
    const one = await open();
    await one.ask('D-1', hash);
    const url = one.callbackUrl();
    const other = await open();
    // Another node, or the same after a restart, that knows nothing but the secret.
    writeFileSync(other.shared.ca, one.server.ca.bundle);
    const there = url.replace(one.web.url, other.web.url);
    expect(await one.server.callBack(there, signed(one, 'D-1'))).toBe(200);
    expect(other.results()).toMatchObject([{ document: 'D-1', valid: true }]);
  });

  test('news on the way are kept as pending', async () => {
    const one = await open();
    await one.ask('D-1', hash);
    expect(await one.server.callBack(one.callbackUrl(), { bizNo: 'D-1', status: '20' })).toBe(200);
    expect(one.results()).toMatchObject([{ kind: 'pending', document: 'D-1' }]);
  });
});

describe('[INT-06] what is not a callback of ours', () => {
  const post = (url: string, body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) =>
    fetch(url, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body });

  test('without a proof, or with a wrong one, nothing is read and nothing kept', async () => {
    const one = await open();
    await one.ask('D-1', hash);
    const url = one.callbackUrl();
    const body = JSON.stringify(signed(one, 'D-1'));
    const time = String(Date.now());
    const proven = {
      'x-timestamp': time,
      'x-nonce': 'n',
      'x-signature': one.server.hmac(`${time}\nn\n${body}`),
    };
    const old = String(Date.now() - 400_000);
    for (const headers of [
      {},
      { ...proven, 'x-signature': 'ab'.repeat(32) },
      { ...proven, 'x-signature': 'zz' },
      { ...proven, 'x-nonce': 'other' },
      { ...proven, 'x-timestamp': '' },
      { ...proven, 'x-timestamp': old, 'x-signature': one.server.hmac(`${old}\nn\n${body}`) },
    ])
      expect((await post(url, body, headers)).status).toBe(401);
    expect((await post(url, body.replace('D-1', 'D-2'), proven)).status).toBe(401);
    expect(one.frames).toEqual([]);
    expect(one.incidents[0]).toMatchObject({ kind: 'auth-failed', reason: 'no signature' });
    expect((await post(url, body, proven)).status).toBe(200);
  });

  test('the same callback again is answered as before and kept once; one in work has to wait', async () => {
    let go: (reply: Reply) => void = () => undefined;
    const one = await open({ accept: () => new Promise((resolve) => (go = resolve)) });
    await one.ask('D-1', hash);
    const url = one.callbackUrl();
    const body = JSON.stringify(signed(one, 'D-1'));
    const time = String(Date.now());
    const proven = {
      'x-timestamp': time,
      'x-nonce': 'n',
      'x-signature': one.server.hmac(`${time}\nn\n${body}`),
    };
    const first = post(url, body, proven);
    while (one.frames.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    expect((await post(url, body, proven)).status).toBe(503);
    go({ outcome: 'kept', results: [] });
    expect((await first).status).toBe(200);
    const again = await post(url, body, proven);
    expect([again.status, await again.text()]).toEqual([200, '{"code":"0"}']);
    expect(one.frames.length).toBe(1);
  });

  test('twice in two callbacks, both reach the journal, which tells them apart', async () => {
    const one = await open();
    await one.ask('D-1', hash);
    const result = signed(one, 'D-1');
    expect(await one.server.callBack(one.callbackUrl(), result)).toBe(200);
    expect(await one.server.callBack(one.callbackUrl(), result)).toBe(200);
    const [first, second] = one.results();
    expect([first!.document, first!.signature]).toEqual([second!.document, second!.signature]);
  });

  test('a result that belongs to no request of ours is refused, whoever brings it', async () => {
    const one = await open();
    await one.ask('D-1', hash);
    const url = one.callbackUrl();
    const [plain = '', r = ''] = url.split('?r=');
    const [body = '', mac = ''] = r.split('.');
    const other = Buffer.from(body, 'base64url').toString().replace('D-1', 'D-2');
    const forged = `${Buffer.from(other).toString('base64url')}.${mac}`;
    for (const address of [plain, `${plain}?r=`, `${plain}?r=${forged}`, `${plain}?r=${body}`])
      expect(await one.server.callBack(address, signed(one, 'D-1'))).toBe(422);
    expect(await one.server.callBack(url, signed(one, 'D-2'))).toBe(422);
    expect(one.server.answers.at(-1)!.text).toContain('for another document');
    one.clock.ahead = 73 * 3_600_000;
    const late = { 'x-timestamp': String(Date.now() + one.clock.ahead), 'x-nonce': 'n' };
    const result = JSON.stringify(signed(one, 'D-1'));
    const signature = one.server.hmac(`${late['x-timestamp']}\nn\n${result}`);
    expect((await post(url, result, { ...late, 'x-signature': signature })).status).toBe(422);
    expect(one.frames).toEqual([]);
  });

  test('the signature of another document does not sign this one', async () => {
    const one = await open();
    await one.ask('D-1', hash);
    const of = createHash('sm3').update('another report').digest('hex');
    expect(await one.server.callBack(one.callbackUrl(), signed(one, 'D-1', of))).toBe(200);
    expect(one.results()).toMatchObject([{ document: 'D-1', hash, valid: false }]);
  });

  test('huge, empty, of another charset, or not to be read: refused with the reason', async () => {
    const one = await open();
    await one.ask('D-1', hash);
    const url = one.callbackUrl();
    const proven = (body: Buffer) => {
      const time = String(Date.now());
      const nonce = randomUUID();
      const message = Buffer.concat([Buffer.from(`${time}\n${nonce}\n`), body]);
      return { 'x-timestamp': time, 'x-nonce': nonce, 'x-signature': one.server.hmac(message) };
    };
    const send = async (body: Buffer, own: Record<string, string> = {}) => {
      const response = await post(url, new Uint8Array(body), { ...proven(body), ...own });
      return [response.status, await response.text()] as const;
    };
    const gbk = Buffer.from('7b226d657373616765223a22d5c5c8fd227d', 'hex');
    const cases: [Buffer, number, string, Record<string, string>?][] = [
      [Buffer.alloc(300_000, 'a'), 413, ''],
      [Buffer.alloc(0), 422, 'neither JSON nor XML'],
      [Buffer.from('{"status":"0"'), 422, 'neither JSON nor XML'],
      [Buffer.from('[]'), 422, 'no result code'],
      [Buffer.from('null'), 422, 'no result code'],
      [Buffer.from('['.repeat(100_000)), 422, 'neither JSON nor XML'],
      [Buffer.from(`${'['.repeat(60)}${']'.repeat(60)}`), 422, 'nested too deeply'],
      [Buffer.from('<a>'.repeat(50) + '</a>'.repeat(50)), 422, 'nested too deeply'],
      [
        Buffer.from('<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'),
        422,
        'document types',
      ],
      [Buffer.from('{"__proto__":{"status":"0"}}'), 422, 'no result code'],
      [gbk, 422, 'charset'],
      [gbk, 422, 'no result code', { 'content-type': 'application/json; charset=GBK' }],
      [gbk, 422, 'charset', { 'content-type': 'application/json; charset=nonsense' }],
    ];
    for (const [body, status, reason, headers] of cases) {
      const answer = await send(body, headers);
      expect([body.subarray(0, 40).toString(), answer[0]]).toEqual([body.subarray(0, 40).toString(), status]);
      expect(answer[1]).toContain(reason);
    }
    expect((await fetch(url)).status).toBe(405);
    expect(one.frames).toEqual([]);
  });

  test('what cannot be kept is not acknowledged, and may come again', async () => {
    let broken = true;
    const accept = async (_: InboundFrame): Promise<Reply> => {
      if (broken) throw new Fault('kernel.store.unavailable');
      return { outcome: 'kept', results: [] };
    };
    const one = await open({ accept });
    await one.ask('D-1', hash);
    const body = JSON.stringify(signed(one, 'D-1'));
    const time = String(Date.now());
    const proven = {
      'x-timestamp': time,
      'x-nonce': 'n',
      'x-signature': one.server.hmac(`${time}\nn\n${body}`),
    };
    const first = await post(one.callbackUrl(), body, proven);
    expect([first.status, first.headers.get('retry-after')]).toEqual([503, '5']);
    broken = false;
    expect((await post(one.callbackUrl(), body, proven)).status).toBe(200);
  });

  test('certificates of ours that cannot be read for a while are no fault of the CA', async () => {
    const one = await open();
    const transaction = await one.ask('D-1', hash);
    writeFileSync(one.shared.ca, 'in the middle of being replaced');
    expect(await one.server.confirm(transaction)).toBe(503);
    expect(one.frames).toEqual([]);
  });
});

test('[INT-06] settings that cannot work are refused at once', async () => {
  const without = { proof: { kind: 'hmac-sha256' } };
  await expect(openCallback({ settings: without })).rejects.toThrow('hmac-sha256 needs secrets');
  const trust = { ca: ['/nowhere/ca.pem'] };
  await expect(openCallback({ settings: { trust } })).rejects.toThrow('/nowhere/ca.pem');
});
