import { createHash } from 'node:crypto';
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { eventually } from '../../fault/ward.ts';
import { CaServer } from '../../peers/ca/server.ts';
import type { Fact, FoundOrder } from '../engineer.ts';
import { Lab } from './lab.ts';

const key = 'a-key-for-this-run-only';
const secret = 'secret-of-the-ca-for-this-run';
let lab: Lab;
let ca: CaServer;
let other: CaServer;
let order: FoundOrder;
let documents = 0;

interface Signed extends Fact {
  readonly data: { readonly [name: string]: unknown };
}

beforeAll(async () => {
  ca = await CaServer.listen({ kind: 'SM2', secret });
  other = await CaServer.listen({ kind: 'RSA', secret });
  lab = await Lab.open(24);
  await lab.template(
    'esign',
    'bjca',
    { url: `${ca.url}/api`, callback: 'bjca' },
    { secret, certificates: ca.ca.bundle, reference: 'known-to-us-alone' },
  );
  await lab.engineer.connect('lab-rest/optional/lab-rest.endpoint.yaml', { labKey: key });
  await lab.engineer.connect('lab-rest/optional/lab-results-in.channel.yaml');
  order = await lab.place();
}, 60_000);
afterAll(async () => {
  await lab?.close();
  await ca?.close();
  await other?.close();
});
afterEach(() => {
  ca.fault = undefined;
  ca.mode = 'sync';
});

const contents = (document: string): Buffer => Buffer.from(`报告 ${document}`);
/** A partner hands in a report of the order. */
async function issue(kind = 'C0007'): Promise<string> {
  const number = `DOC-${++documents}`;
  const response = await fetch(lab.at('/in/lab'), {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': key },
    body: JSON.stringify({
      kind: 'document',
      id: number,
      system: 'LIS',
      order: { placer: order.placerNumber },
      document: { number, kind, title: '检验报告', author: '张医生', mediaType: 'text/plain' },
      content: contents(number).toString('base64'),
    }),
  });
  expect(response.status).toBe(200);
  return number;
}
/** Signatures of a document at its order, newest first, once there are so many. */
async function signatures(document: string, count: number): Promise<Signed[]> {
  const of = (facts: readonly Fact[]) =>
    facts.filter((f) => f.kind === 'DocumentSigned' && f.number === document) as Signed[];
  return of(await lab.engineer.facts(order.placerNumber, (facts) => of(facts).length >= count));
}
const digestOf = (document: string): string => createHash('sm3').update(contents(document)).digest('hex');

test('[INT-06] a report of an order is signed by the CA, stamped, verified here, and stands at the order', async () => {
  const document = await issue();
  const [signed] = await signatures(document, 1);
  expect(signed).toMatchObject({
    status: 'valid',
    title: '张医生',
    data: {
      valid: true,
      algorithm: 'SM2-SM3',
      hash: digestOf(document),
      signer: '张医生',
      certificate: ca.person('张医生').der.toString('base64'),
      timestamp: expect.any(String),
    },
  });
  expect(ca.requests.map((r) => r.operation)).toEqual(['sign', 'timestamp', 'verify']);
  expect(ca.requests[0]!.fields).toMatchObject({ bizNo: document, appId: 'cytomesh', hashAlg: 'SM3' });
  // What leaves is the digest; neither the report nor the patient does.
  const sent = ca.requests.map((r) => r.body).join();
  expect(sent).not.toContain(lab.patientOf(order.placerNumber).name);
  expect(sent).not.toContain(contents(document).toString('base64'));
}, 60_000);

test.each([
  ['wrong-signature', /does not hold/],
  ['expired', /expired on/],
  ['foreign', /not issued by a configured CA/],
  ['revoked', /certificate revoked/],
] as const)(
  '[INT-06] %s is a signature that is not valid, and says why',
  async (fault, reason) => {
    ca.fault = fault;
    const document = await issue();
    const [signed] = await signatures(document, 1);
    expect(signed).toMatchObject({
      status: 'invalid',
      data: { valid: false, reason: expect.stringMatching(reason) },
    });
  },
  60_000,
);

test('[INT-06] a CA that is down is asked again until it signs', async () => {
  ca.fault = '500';
  const document = await issue();
  const asked = ca.requests.length;
  await eventually(
    () => Promise.resolve(ca.requests.length),
    (count) => count > asked,
  );
  ca.fault = undefined;
  expect(await signatures(document, 1)).toMatchObject([{ status: 'valid' }]);
}, 60_000);

test('[INT-06] a person confirms on the phone: the result is taken by callback, once, however often it is sent', async () => {
  ca.mode = 'async';
  const document = await issue();
  await eventually(
    () => Promise.resolve(ca.waiting),
    (waiting) => waiting.length === 1,
  );
  const { fields } = ca.requests.at(-1)!;
  expect(fields.callbackUrl).toContain('/esign/bjca?r=');
  const result = { transactionId: 't-1', bizNo: document, status: '0', ...ca.signed(fields) };
  const forged = await ca.callBack(fields.callbackUrl!, result, { 'x-signature': 'ab'.repeat(32) });
  const stolen = await ca.callBack(fields.callbackUrl!, { ...result, bizNo: 'DOC-1' });
  const unasked = await ca.callBack(fields.callbackUrl!.replace(/r=..../, 'r=AAAA'), result);
  expect([forged, stolen, unasked]).toEqual([401, 422, 422]);
  expect(await signatures(document, 0)).toEqual([]);
  expect(await ca.callBack(fields.callbackUrl!, result)).toBe(200);
  expect(await ca.callBack(fields.callbackUrl!, result)).toBe(200);
  expect(await signatures(document, 1)).toMatchObject([
    { status: 'valid', data: { hash: digestOf(document), signer: '张医生' } },
  ]);
  const repeated = await lab.engineer.get<{ total: number }>(
    '/messages?filter[endpoint]=bjca&filter[state]=DUPLICATE',
  );
  expect(repeated.total).toBe(1);
}, 60_000);

test('[INT-06] a person who declines leaves a signature that is not valid', async () => {
  ca.mode = 'async';
  const document = await issue();
  const before = ca.waiting.length;
  await eventually(
    () => Promise.resolve(ca.requests.at(-1)!.fields.bizNo),
    (asked) => asked === document,
  );
  await eventually(
    () => Promise.resolve(ca.waiting.length),
    (now) => now >= Math.max(1, before),
  );
  expect(await ca.confirm(ca.waiting.at(-1)!, 'refuse')).toBe(200);
  expect(await signatures(document, 1)).toMatchObject([
    { status: 'invalid', data: { reason: 'CA 答复 · the CA says: the signer declined' } },
  ]);
}, 60_000);

test('[INT-06] a second CA, of RSA and over SOAP, signs beside the first', async () => {
  await lab.engineer.connect(
    'esign/optional/esign-soap.endpoint.yaml',
    {
      caUrl: `${other.url}/ws`,
      caSecret: secret,
      caReference: 'known-to-us-alone',
      caCertificates: other.ca.bundle,
    },
    (text) => text.replaceAll('digest: SM3', 'digest: SHA-256'),
  );
  const second = (text: string): string =>
    text
      .replace(/^channel: esign-/m, 'channel: esign-soap-')
      .replace('endpoint: esign', 'endpoint: esign-soap')
      .replace('filter: { path: blob, present: true }', 'filter: { path: kind, is: C0013 }');
  await lab.engineer.connect('esign/optional/esign-sign-out.channel.yaml', {}, second);
  await lab.engineer.connect('esign/optional/esign-result-in.channel.yaml', {}, second);
  const document = await issue('C0013');
  const both = await signatures(document, 2);
  expect(both.map((f) => f.status)).toEqual(['valid', 'valid']);
  expect(both.map((f) => f.data.algorithm).sort()).toEqual(['RSA-SHA256', 'SM2-SM3']);
}, 60_000);

test('[INT-06] a CA that refuses parks the document with its words, and a person sends it again', async () => {
  ca.fault = 'refuses';
  const document = await issue();
  const list = () =>
    lab.engineer.get<{ items: { id: string; messageId: string; faultCode: string }[] }>(
      '/deliveries?filter[target]=bjca&filter[state]=PARKED',
    );
  const { items } = await eventually(list, (found) => found.items.length > 0);
  expect(items[0]).toMatchObject({ faultCode: 'hub.peer.negative' });
  ca.fault = undefined;
  await lab.engineer.post(`/deliveries/${items[0]!.id}/actions/retry`, { reason: 'CA 已开通' });
  expect(await signatures(document, 1)).toMatchObject([{ status: 'valid' }]);
}, 60_000);

test('[INT-06] what the CA was told is kept is kept: the platform ends at once after a callback, and before one', async () => {
  ca.mode = 'async';
  const asked = async (): Promise<[document: string, url: string, result: object]> => {
    const document = await issue();
    const { fields } = await eventually(
      () => Promise.resolve(ca.requests.at(-1)!),
      (request) => request.fields.bizNo === document,
    );
    const result = { transactionId: document, bizNo: document, status: '0', ...ca.signed(fields) };
    return [document, fields.callbackUrl!, result];
  };
  const [first, firstUrl, firstResult] = await asked();
  const [second, secondUrl, secondResult] = await asked();
  expect(await ca.callBack(firstUrl, firstResult)).toBe(200);
  await lab.kill();
  expect(await signatures(first, 1)).toMatchObject([{ status: 'valid' }]);
  // A CA that did not hear the answer comes again; one whose person took long comes to a platform that remembers nothing.
  expect(await ca.callBack(firstUrl, firstResult)).toBe(200);
  expect(await ca.callBack(secondUrl, secondResult)).toBe(200);
  expect(await signatures(second, 1)).toMatchObject([{ status: 'valid' }]);
  expect(await signatures(first, 1)).toHaveLength(1);
}, 60_000);
