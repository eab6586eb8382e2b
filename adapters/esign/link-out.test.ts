import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { Compile } from 'typebox/compile';
import type { Sender, SendOptions } from '../../contracts/adapter/port.ts';
import type { WebHost } from '../../contracts/adapter/web.ts';
import type { WireIncident } from '../../contracts/adapter/wire.ts';
import { CaServer } from '../../test/peers/ca/server.ts';
import { restSend, type Shared, soapSend } from '../../test/peers/ca/settings.ts';
import { adapter } from './index.ts';

const quiet = () => undefined;
const log = { debug: quiet, info: quiet, warn: quiet, error: quiet };
const folder = mkdtempSync(join(tmpdir(), 'esign-out-'));
const check = Compile(adapter.descriptor.send!);
const web = { url: 'http://127.0.0.1:9', mount: () => () => undefined } as WebHost;

const servers: CaServer[] = [];
afterAll(async () => {
  for (const server of servers) await server.close();
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
});
const shared = (server: CaServer): Shared => {
  const ca = join(folder, `${server.ca.kind}.pem`);
  writeFileSync(ca, server.ca.bundle);
  return { secret: 'of-the-ca', reference: 'ours', ca };
};

const senders: Sender[] = [];
afterEach(async () => {
  for (const sender of senders.splice(0)) await sender.close();
  for (const server of servers) {
    server.fault = undefined;
    server.mode = 'sync';
    server.requests.length = 0;
  }
});
const incidents: WireIncident[] = [];
function open(settings: Record<string, unknown>): Sender {
  expect([...check.Errors(settings)]).toEqual([]);
  const incident = (one: WireIncident): void => void incidents.push(one);
  const sender = adapter.connect!({ endpoint: 'ca', settings, log, now: Date.now, incident, web });
  senders.push(sender);
  return sender;
}
const options = (more: Partial<SendOptions> = {}): SendOptions => ({
  timeoutMs: 5000,
  matches: () => true,
  id: 'd-1',
  controlId: 'C1',
  with: {},
  mediaType: 'application/json',
  ...more,
});

const sha256 = createHash('sha256').update('报告').digest('hex');
const sm3 = createHash('sm3').update('报告').digest('hex');
const request = (more: object = {}) =>
  Buffer.from(
    JSON.stringify({
      operation: 'sign',
      document: 'DOC-1',
      title: '检验报告',
      signer: '张医生',
      order: { placer: 'P-1', authority: 'HIS', filler: 'O26-000001' },
      hashes: { sha256, sm3 },
      ...more,
    }),
  );
async function ask(sender: Sender, more: object = {}, own: Partial<SendOptions> = {}) {
  const outcome = await sender.send(request(more), options(own));
  const result =
    outcome.kind === 'replied' && outcome.said?.verdict === 'good'
      ? (JSON.parse(Buffer.from(outcome.bytes).toString()) as Record<string, unknown>)
      : undefined;
  return { outcome, result, said: outcome.kind === 'replied' ? outcome.said : undefined };
}

describe.each([
  ['SM2', 'REST', restSend],
  ['SM2', 'SOAP', soapSend],
  ['RSA', 'REST', restSend],
  ['RSA', 'SOAP', soapSend],
] as const)('[INT-06] a CA of %s asked by %s', (kind, _style, settingsOf) => {
  let ca: CaServer;
  let settings: ReturnType<typeof restSend>;
  beforeAll(async () => {
    ca = await CaServer.listen({ kind, secret: 'of-the-ca' });
    servers.push(ca);
    settings = settingsOf(ca, shared(ca)) as ReturnType<typeof restSend>;
  });
  const [algorithm, hash] = kind === 'SM2' ? ['SM2-SM3', sm3] : ['RSA-SHA256', sha256];

  test('signs a digest, stamps it, and what it gave is verified', async () => {
    const sender = open({ ...settings, check: true });
    const { result } = await ask(sender);
    expect(result).toMatchObject({
      kind: 'signed',
      document: 'DOC-1',
      order: { placer: 'P-1', authority: 'HIS', filler: 'O26-000001' },
      valid: true,
      algorithm,
      hash,
      signer: '张医生',
      timestamp: expect.any(String),
      signature: expect.any(String),
      certificate: ca.person('张医生').der.toString('base64'),
    });
    expect(ca.requests.map((r) => r.operation)).toEqual(['sign', 'timestamp', 'verify']);
    expect(ca.requests[0]!.fields).toMatchObject({ bizNo: 'DOC-1', hash, userName: '张医生' });
    expect(sender.connections()[0]).toMatchObject({ framesOut: 3, framesIn: 3, pending: 0 });
  });

  test('verifies a signature and gives a timestamp', async () => {
    const sender = open(settings);
    const { result: signed } = await ask(sender);
    const again = { operation: 'verify', signature: signed!.signature, certificate: signed!.certificate };
    expect((await ask(sender, again)).result).toMatchObject({ kind: 'verified', valid: true, algorithm });
    const other = { ...again, hashes: { sha256: 'ab'.repeat(32), sm3: 'ab'.repeat(32) } };
    expect((await ask(sender, other)).result).toMatchObject({ kind: 'verified', valid: false });
    const stamp = await ask(sender, {}, { with: { operation: 'timestamp' } });
    expect(stamp.result).toMatchObject({ kind: 'stamped', valid: true, at: expect.stringMatching(/Z$/) });
  });

  test.each([
    ['wrong-signature', /does not hold for this digest/],
    ['expired', /expired on/],
    ['foreign', /was not issued by a configured CA/],
    ['revoked', /the CA says: certificate revoked/],
    ['other-document', /names another document/],
  ] as const)('%s becomes a result that is not valid, with its reason', async (fault, reason) => {
    ca.fault = fault;
    const { result } = await ask(open({ ...settings, check: true }));
    expect(result).toMatchObject({ kind: 'signed', valid: false, reason: expect.stringMatching(reason) });
  });

  test.each([
    ['500', 'busy', '500'],
    ['busy', 'busy', '503'],
    ['refuses', 'negative', '1001'],
    ['garbage', 'negative', 'garbage'],
  ] as const)('%s is told as what it is', async (fault, verdict, code) => {
    ca.fault = fault;
    expect((await ask(open(settings))).said).toMatchObject({ verdict, code });
  });

  test('silence and a lost connection leave it open whether it was signed; nothing listening does not', async () => {
    ca.fault = 'slow';
    const { outcome: late } = await ask(open(settings), {}, { timeoutMs: 300 });
    expect(late).toMatchObject({ kind: 'unknown', code: 'hub.peer.timeout' });
    ca.fault = 'hang-up';
    expect((await ask(open(settings))).outcome).toMatchObject({ kind: 'unknown', code: 'hub.peer.lost' });
    const { outcome: gone } = await ask(open({ ...settings, url: 'http://127.0.0.1:9/api' }));
    expect(gone).toMatchObject({ kind: 'not-sent', reason: expect.stringContaining('ECONNREFUSED') });
  });

  test('a signer who has to confirm makes it pending, with a callback bound to the request', async () => {
    ca.mode = 'async';
    const { result } = await ask(open(settings));
    expect(result).toMatchObject({ kind: 'pending', document: 'DOC-1', transaction: ca.waiting[0] });
    expect(result).not.toHaveProperty('valid');
    const { callbackUrl } = ca.requests[0]!.fields;
    expect(callbackUrl).toMatch(/^http:\/\/127\.0\.0\.1:9\/esign\/ca\?r=[\w-]+\.[\w-]{32}$/);
  });
});

describe('[INT-06] requests of channels', () => {
  let ca: CaServer;
  beforeAll(async () => {
    ca = await CaServer.listen({ kind: 'SM2', secret: 'of-the-ca' });
    servers.push(ca);
  });

  test.each<[string, object, string]>([
    ['an operation nobody knows', { operation: 'seal' }, 'operation'],
    ['no document', { document: '' }, 'document'],
    ['no digest', { hashes: {} }, 'hashes'],
    ['a digest of the other kind', { hashes: { sha256 } }, 'hashes'],
    ['half a digest', { hashes: { sm3: sm3.slice(2) } }, 'hashes'],
  ])('%s is refused for good, and nothing is asked', async (_, more, reason) => {
    const { said } = await ask(open(restSend(ca, shared(ca))), more);
    expect(said).toMatchObject({
      verdict: 'negative',
      code: 'request',
      reason: expect.stringContaining(reason),
    });
    expect(ca.requests).toEqual([]);
  });

  test('the digest of a text or of contents is made here', async () => {
    const sender = open(restSend(ca, shared(ca)));
    for (const what of [{ text: '报告' }, { content: Buffer.from('报告').toString('base64') }])
      expect((await ask(sender, { hashes: undefined, ...what })).result).toMatchObject({
        valid: true,
        hash: sm3,
      });
  });

  test('a proof in the fields is over all of them; the names of others are written as they like', async () => {
    const base = restSend(ca, shared(ca));
    const sender = open({
      ...base,
      names: { SM3: 'sm3-digest' },
      hash: 'base64',
      proof: { kind: 'hmac-sm3', over: 'fields', secret: 's', signature: 'sig' },
      operations: {
        sign: { path: '/sign', send: { 'head.app': 'app', v: '=1.0', hash: 'hash', alg: 'algorithm' } },
      },
    });
    await ask(sender);
    const { fields } = ca.requests[0]!;
    expect(fields).toMatchObject({ head: { app: 'cytomesh' }, v: '1.0', alg: 'sm3-digest' });
    expect(fields.hash).toBe(Buffer.from(sm3, 'hex').toString('base64'));
    expect(fields.sig).toMatch(/^[0-9a-f]{64}$/);
  });

  test.each([
    ['no timestamp where one was asked for', 'nothing.there'],
    ['a timestamp that is none', 'code'],
  ])('%s voids the signature', async (_, place) => {
    const { operations, answer, ...settings } = restSend(ca, shared(ca));
    const timestamp = { ...operations.timestamp, answer: { ...answer, read: { timestamp: place } } };
    const sender = open({ ...settings, answer, operations: { ...operations, timestamp } });
    const { result } = await ask(sender);
    expect(result).toMatchObject({
      valid: false,
      reason: expect.stringContaining('the timestamp cannot be read'),
    });
    expect(result).not.toHaveProperty('timestamp');
  });

  test('files that are not there keep it from asking, with the reason', async () => {
    const settings = restSend(ca, { ...shared(ca), ca: join(folder, 'none.pem') });
    const { outcome } = await ask(open(settings));
    expect(outcome).toMatchObject({ kind: 'not-sent', reason: expect.stringContaining('none.pem') });
  });

  test('a callback without a secret for its reference is refused at once', () => {
    const { reference: _, ...settings } = restSend(ca, shared(ca));
    expect(() => open(settings)).toThrow('send.callback needs send.reference');
  });

  test('closed, it asks nothing any more', async () => {
    const sender = open(restSend(ca, shared(ca)));
    await sender.close();
    expect((await ask(sender)).outcome).toMatchObject({ kind: 'not-sent' });
  });
});
