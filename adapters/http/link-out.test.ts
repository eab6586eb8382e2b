import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { SendOptions } from '../../contracts/adapter/port.ts';
import type { WireIncident } from '../../contracts/adapter/wire.ts';
import { answer, RestPeer } from '../../test/peers/rest/server.ts';
import { adapter } from './index.ts';

const quiet = () => undefined;
const log = { debug: quiet, info: quiet, warn: quiet, error: quiet };
const sample = (name: string): string => join(import.meta.dirname, '../mllp/samples', name);
const noWeb = { url: '', mount: () => quiet };

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

async function partner(options: Parameters<typeof RestPeer.listen>[0] = {}): Promise<RestPeer> {
  const peer = await RestPeer.listen(options);
  cleanups.push(() => peer.close());
  return peer;
}

function sender(settings: Record<string, unknown>, now: () => number = Date.now) {
  const incidents: WireIncident[] = [];
  const made = adapter.connect!({
    endpoint: 'his',
    settings,
    log,
    now,
    incident: (i) => incidents.push(i),
    web: noWeb,
  });
  cleanups.push(() => made.close());
  const send = (text = '{"a":1}', more: Partial<SendOptions> = {}) =>
    made.send(Buffer.from(text), {
      timeoutMs: 3000,
      matches: () => true,
      id: 'delivery-1',
      controlId: 'C1',
      with: {},
      mediaType: 'application/json; charset=utf-8',
      ...more,
    });
  return { made, send, incidents };
}

describe('[INT-01] [INT-02] messages that we send', () => {
  test('method, address, headers and the key for a peer that deduplicates', async () => {
    const peer = await partner();
    const { send } = sender({
      url: `${peer.url}/api/{kind}?v=1`,
      method: 'PUT',
      headers: { 'X-Event': '{event}', 'X-Name': '{name}' },
    });
    const outcome = await send('{"a":"张"}', {
      with: { kind: 'a/b', event: 'order', name: '张三\r\nX-Evil: 1' },
    });
    expect(outcome).toMatchObject({
      kind: 'replied',
      said: { verdict: 'good', code: '200' },
      peer: `127.0.0.1:${peer.port}`,
    });
    const [taken] = peer.taken;
    expect(taken).toMatchObject({ method: 'PUT' });
    expect(taken!.url.pathname + taken!.url.search).toBe('/api/a%2Fb?v=1');
    expect(taken!.headers).toMatchObject({
      'x-event': 'order',
      'x-name': '%E5%BC%A0%E4%B8%89%0D%0AX-Evil: 1',
      'idempotency-key': 'delivery-1',
      'content-type': 'application/json; charset=utf-8',
      'content-length': '11',
    });
    expect(taken!.body.toString()).toBe('{"a":"张"}');
  });

  test('path and method of the channel’s target', async () => {
    const peer = await partner();
    const { send } = sender({ url: `${peer.url}/api/`, contentType: 'text/xml', idempotencyHeader: '' });
    await send('<a/>', { with: { path: '/orders/{controlId}?x=1', method: 'PATCH' } });
    expect(peer.taken[0]).toMatchObject({ method: 'PATCH', headers: { 'content-type': 'text/xml' } });
    expect(peer.taken[0]!.url.href).toBe(`${peer.url}/api/orders/C1?x=1`);
    expect(peer.taken[0]!.headers).not.toHaveProperty('idempotency-key');
    for (const path of ['//evil.example/x', 'orders', '/a b', '\\x'])
      expect(await send('x', { with: { path } })).toMatchObject({ kind: 'not-sent' });
    expect(await send('x', { with: { method: 'DELETE' } })).toMatchObject({ kind: 'not-sent' });
    expect(peer.taken).toHaveLength(1);
  });

  test('a name in braces without a value sends nothing and says which', async () => {
    const peer = await partner();
    const { send } = sender({ url: `${peer.url}/{visit}` });
    expect(await send()).toEqual({
      kind: 'not-sent',
      code: 'hub.peer.refused',
      reason: 'url: no value for {visit}',
    });
    expect(peer.taken).toHaveLength(0);
  });

  test.each([
    [200, 'good'],
    [204, 'good'],
    [409, 'good'],
    [302, 'negative'],
    [400, 'negative'],
    [404, 'negative'],
    [422, 'negative'],
    [408, 'busy'],
    [425, 'busy'],
    [429, 'busy'],
    [500, 'busy'],
    [503, 'busy'],
  ])('status %p is %p', async (status, verdict) => {
    const peer = await partner();
    peer.behave(answer(status, status === 204 ? '' : '{"code":1}', { location: '/elsewhere' }));
    const outcome = await sender({ url: peer.url, good: [409] }).send();
    expect(outcome).toMatchObject({ kind: 'replied', said: { verdict, code: String(status) } });
    expect(peer.taken).toHaveLength(1);
  });

  test('a busy peer says when it wants to be asked again', async () => {
    const peer = await partner();
    const clock = Date.parse('2026-11-25T08:00:00Z');
    const { send } = sender({ url: peer.url }, () => clock);
    peer.behave(answer(503, '', { 'retry-after': '30' }));
    expect(await send()).toMatchObject({ said: { reason: '503 Service Unavailable, again in 30 s' } });
    peer.behave(answer(429, '', { 'retry-after': 'Wed, 25 Nov 2026 08:02:00 GMT' }));
    expect(await send()).toMatchObject({ said: { reason: '429 Too Many Requests, again in 120 s' } });
  });

  test('one request at a time, over one kept connection', async () => {
    const peer = await partner();
    const { send, made } = sender({ url: peer.url });
    await Promise.all([send('1'), send('2'), send('3')]);
    expect(peer.taken.map((t) => t.body.toString())).toEqual(['1', '2', '3']);
    expect(new Set(peer.taken.map((t) => t.connection)).size).toBe(1);
    expect(made.connections()).toMatchObject([{ framesOut: 3, framesIn: 3, bytesOut: 3, pending: 0 }]);
  });

  test('a compressed reply is read, although none was asked for', async () => {
    const peer = await partner();
    peer.behave({
      kind: 'answer',
      status: 200,
      headers: { 'content-encoding': 'gzip' },
      body: gzipSync('{"code":0}'),
    });
    const outcome = await sender({ url: peer.url }).send();
    expect(outcome.kind === 'replied' && Buffer.from(outcome.bytes).toString()).toBe('{"code":0}');
  });
});

describe('what is known when it goes wrong', () => {
  test('a port that refuses, a name that does not exist, a handshake that fails: nothing was sent', async () => {
    const dead = createServer();
    await new Promise<void>((resolve) => dead.listen(0, '127.0.0.1', resolve));
    const { port } = dead.address() as { port: number };
    await new Promise((resolve) => dead.close(resolve));
    expect(await sender({ url: `http://127.0.0.1:${port}` }).send()).toEqual({
      kind: 'not-sent',
      code: 'hub.peer.refused',
      reason: 'ECONNREFUSED',
    });
    expect(await sender({ url: 'http://no-such-host.invalid/' }).send()).toMatchObject({ kind: 'not-sent' });
    const plain = await partner();
    expect(await sender({ url: plain.url.replace('http:', 'https:') }).send()).toMatchObject({
      kind: 'not-sent',
    });
    expect(plain.taken).toHaveLength(0);
  });

  test('a connection that is not made in time', async () => {
    const stuck = createServer((socket) => socket.on('error', quiet));
    await new Promise<void>((resolve) => stuck.listen(0, '127.0.0.1', resolve));
    cleanups.push(() => stuck.close());
    const { port } = stuck.address() as { port: number };
    const outcome = await sender({ url: `https://127.0.0.1:${port}`, connectMs: 60 }).send();
    expect(outcome).toMatchObject({ kind: 'not-sent', reason: 'ETIMEDOUT' });
  });

  test('silence, a hang-up and a reply cut in half leave it unknown', async () => {
    const peer = await partner();
    const { send, incidents } = sender({ url: peer.url });
    peer.behave({ kind: 'silent' });
    expect(await send('1', { timeoutMs: 60 })).toMatchObject({ kind: 'unknown', code: 'hub.peer.timeout' });
    peer.behave({ kind: 'hang-up' });
    expect(await send('2')).toMatchObject({ kind: 'unknown', code: 'hub.peer.lost' });
    peer.behave({ kind: 'cut', body: '{"code"' });
    expect(await send('3')).toMatchObject({ kind: 'unknown', code: 'hub.peer.lost' });
    peer.behave(answer(200));
    expect(await send('4')).toMatchObject({ kind: 'replied' });
    expect(incidents.map((i) => i.kind)).toEqual(['reply-timeout', 'connection-lost']);
  });

  test('a reply beyond its limit is unknown where it might say no, and told where the status does', async () => {
    const peer = await partner();
    const { send } = sender({ url: peer.url, maxReplyBytes: 1000 });
    peer.behave(answer(200, 'x'.repeat(200_000)));
    expect(await send()).toMatchObject({ kind: 'unknown', reason: 'the reply is longer than its limit' });
    peer.behave(answer(400, 'x'.repeat(200_000)));
    expect(await send()).toMatchObject({ kind: 'replied', said: { verdict: 'negative' } });
  });

  test('aborted before it began nothing is sent, aborted later it is unknown', async () => {
    const peer = await partner();
    const { send, made } = sender({ url: peer.url });
    expect(await send('1', { signal: AbortSignal.abort() })).toMatchObject({ kind: 'not-sent' });
    peer.behave({ kind: 'silent' });
    const abort = new AbortController();
    const under = send('2', { signal: abort.signal });
    await peer.waitFor(1);
    abort.abort();
    expect(await under).toMatchObject({ kind: 'unknown', code: 'hub.peer.lost' });
    const closing = send('3');
    await peer.waitFor(2);
    await made.close();
    expect(await closing).toMatchObject({ kind: 'unknown' });
    expect(await send('4')).toMatchObject({ kind: 'not-sent' });
  });
});

describe('[ARC-09] who we are', () => {
  const headerOf = async (auth: object) => {
    const peer = await partner();
    await sender({ url: peer.url, auth }).send();
    return peer.taken[0]!;
  };

  test('a user, a token, a key', async () => {
    expect((await headerOf({ basic: { username: 'u', password: '口令' } })).headers.authorization).toBe(
      `Basic ${Buffer.from('u:口令').toString('base64')}`,
    );
    expect((await headerOf({ bearer: 't' })).headers.authorization).toBe('Bearer t');
    expect((await headerOf({ apiKey: { header: 'appKey', key: 'k' } })).headers.appkey).toBe('k');
  });

  test.each(['sha256', 'sm3'] as const)(
    'an HMAC with %s that the peer can compute too',
    async (algorithm) => {
      const { headers, body } = await headerOf({
        hmac: { secret: 's', algorithm, encoding: 'base64', keyId: 'cyto' },
      });
      const content = `${headers['x-timestamp']}\n${headers['x-nonce']}\n${body.toString()}`;
      expect(headers['x-signature']).toBe(createHmac(algorithm, 's').update(content).digest('base64'));
      expect(headers['x-key-id']).toBe('cyto');
    },
  );

  test('an OAuth token is fetched once, kept, renewed before it ends and when it is refused', async () => {
    const peer = await partner();
    let clock = 1_790_000_000_000;
    const oauth2 = { tokenUrl: `${peer.url}/token`, clientId: 'c', clientSecret: 's' };
    const { send } = sender({ url: `${peer.url}/api`, auth: { oauth2 } }, () => clock);
    const good = (token: string) =>
      peer.behave(({ headers }) => answer(headers.authorization === `Bearer ${token}` ? 200 : 401));
    good('token-1');
    await send('1');
    await send('2');
    expect(peer.tokens).toHaveLength(1);
    clock += 3_600_000 - 20_000;
    good('token-2');
    expect(await send('3')).toMatchObject({ said: { verdict: 'good' } });
    good('token-3');
    expect(await send('4')).toMatchObject({ said: { verdict: 'good' } });
    expect(peer.tokens).toHaveLength(3);
    good('never');
    expect(await send('5')).toMatchObject({ said: { verdict: 'negative', code: '401' } });
    expect(peer.tokens).toHaveLength(4);
  });

  test('without a token nothing is sent', async () => {
    const peer = await partner();
    peer.tokenStatus = 400;
    const oauth2 = { tokenUrl: `${peer.url}/token`, clientId: 'c', clientSecret: 'geheim', style: 'body' };
    const outcome = await sender({ url: peer.url, auth: { oauth2 } }).send();
    expect(outcome).toEqual({
      kind: 'not-sent',
      code: 'hub.peer.refused',
      reason: 'token: status 400 invalid_client',
    });
    expect(peer.taken).toHaveLength(0);
  });
});

describe('[ARC-09] TLS', () => {
  const server = {
    cert: readFileSync(sample('server.pem')),
    key: readFileSync(sample('server.key')),
    ca: readFileSync(sample('ca.pem')),
  };
  const own = {
    ca: sample('ca.pem'),
    certificate: sample('client.pem'),
    key: sample('client.key'),
    serverName: 'localhost',
  };

  test('the peer is verified, and sees our certificate', async () => {
    const peer = await partner({ tls: { ...server, requestCert: true, rejectUnauthorized: true } });
    expect(await sender({ url: peer.url, tls: own }).send()).toMatchObject({
      kind: 'replied',
      said: { verdict: 'good' },
    });
    const { certificate: _, key: __, ...bare } = own;
    expect(await sender({ url: peer.url, tls: bare }).send()).toMatchObject({ kind: 'not-sent' });
    expect(await sender({ url: peer.url }).send()).toMatchObject({ kind: 'not-sent' });
    expect(await sender({ url: peer.url, tls: { ...own, serverName: 'other' } }).send()).toMatchObject({
      kind: 'not-sent',
      reason: 'ERR_TLS_CERT_ALTNAME_INVALID',
    });
    expect(peer.taken).toHaveLength(1);
  });

  test('a certificate file that is not there sends nothing and is named', async () => {
    const outcome = await sender({ url: 'https://127.0.0.1:1/', tls: { ca: 'none.pem' } }).send();
    expect(outcome).toMatchObject({ kind: 'not-sent', reason: expect.stringContaining('none.pem') });
  });
});
