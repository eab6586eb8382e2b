import { execFile } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { InboundFrame, Listener, Reply } from '../../contracts/adapter/port.ts';
import type { WireIncident } from '../../contracts/adapter/wire.ts';
import { Fault } from '../../contracts/kernel/fault.ts';
import { openWebHost } from '../../nodes/hub/supervise/web-host.ts';
import { adapter } from './index.ts';

const quiet = () => undefined;
const log = { debug: quiet, info: quiet, warn: quiet, error: quiet };
const kept = (more: Partial<Reply> = {}): Reply => ({
  outcome: 'kept',
  results: [{ id: 'm1', outcome: 'kept' }],
  ...more,
});

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

interface Options {
  settings?: Record<string, unknown>;
  accept?: (frame: InboundFrame) => Promise<Reply>;
  now?: () => number;
}

async function serve({
  settings = {},
  accept = () => Promise.resolve(kept()),
  now = Date.now,
}: Options = {}) {
  const web = openWebHost({ host: '127.0.0.1', port: 0, log, now });
  const frames: InboundFrame[] = [];
  const incidents: WireIncident[] = [];
  const listener: Listener = await adapter.listen!({
    endpoint: 'lab',
    settings: { path: 'lab', ...settings },
    log,
    now,
    incident: (one) => incidents.push(one),
    accept: (frame) => {
      frames.push(frame);
      return accept(frame);
    },
    web: web.host,
    mark: () => Promise.resolve(undefined),
    query: () => Promise.reject(new Error('not asked')),
  });
  await web.opened();
  cleanups.push(
    () => web.stop(0),
    () => listener.stop(0),
  );
  const url = `${web.host.url}/in/lab`;
  const post = async (
    body: string | Buffer,
    headers: Record<string, string> = {},
    method = 'POST',
    query = '',
  ) => {
    const own = { 'content-type': 'application/json', ...headers };
    const response = await fetch(`${url}${query}`, {
      method,
      headers: own,
      ...(method !== 'GET' && { body: new Uint8Array(Buffer.from(body)) }),
    });
    return { status: response.status, headers: response.headers, text: await response.text() };
  };
  return {
    url,
    post,
    frames,
    incidents,
    listener,
    web,
    texts: () => frames.map((f) => Buffer.from(f.bytes).toString()),
  };
}

const curl = (...args: string[]): Promise<string> =>
  new Promise((resolve) =>
    execFile('curl', ['-s', '-i', ...args], { timeout: 8000 }, (_e, out) => resolve(out)),
  );

describe('[INT-01] [INT-02] messages that partners send', () => {
  test('bytes arrive as they are, with what the request says beside them', async () => {
    const { post, frames } = await serve({ settings: { keepHeaders: ['X-Event'] } });
    const gbk = Buffer.from('7b226e616d65223a22d5c5c8fd227d', 'hex');
    const headers = {
      'content-type': 'application/json; charset=GBK',
      'idempotency-key': 'k-1',
      'x-event': 'order',
    };
    expect((await post(gbk, headers, 'PUT', '/sub?type=ORM&x=')).status).toBe(200);
    expect(Buffer.from(frames[0]!.bytes)).toEqual(gbk);
    expect(frames[0]!.meta).toEqual({
      method: 'PUT',
      path: '/sub',
      contentType: 'application/json; charset=GBK',
      idempotencyKey: 'k-1',
      'header.x-event': 'order',
      'query.type': 'ORM',
      'query.x': '',
    });
  });

  test('the outcome is the status, and every message is named in the answer', async () => {
    const answers: Reply[] = [
      kept(),
      kept({ outcome: 'repeated', results: [{ id: 'm2', outcome: 'repeated' }] }),
      kept({ outcome: 'unwanted', reason: 'no channel', results: [{ id: 'm3', outcome: 'unwanted' }] }),
      kept({
        outcome: 'refused',
        reason: 'not sound',
        results: [{ id: 'm4', outcome: 'refused', reason: 'not sound' }],
      }),
    ];
    const { post } = await serve({ accept: () => Promise.resolve(answers.shift()!) });
    const told: unknown[] = [];
    for (let i = 0; i < 4; i++) {
      const { status, text } = await post('{}');
      told.push([status, JSON.parse(text)]);
    }
    expect(told).toEqual([
      [200, { outcome: 'kept', messages: [{ id: 'm1', outcome: 'kept' }] }],
      [200, { outcome: 'repeated', messages: [{ id: 'm2', outcome: 'repeated' }] }],
      [404, { outcome: 'unwanted', reason: 'no channel', messages: [{ id: 'm3', outcome: 'unwanted' }] }],
      [
        422,
        {
          outcome: 'refused',
          reason: 'not sound',
          messages: [{ id: 'm4', outcome: 'refused', reason: 'not sound' }],
        },
      ],
    ]);
  });

  test('statuses are the partner’s where the settings say so', async () => {
    const settings = { statuses: { kept: 202, refused: 200, unwanted: 422 } };
    const outcomes: Reply['outcome'][] = ['kept', 'refused', 'unwanted', 'repeated'];
    const { post } = await serve({
      settings,
      accept: () => Promise.resolve(kept({ outcome: outcomes.shift()! })),
    });
    const statuses: number[] = [];
    for (let i = 0; i < 4; i++) statuses.push((await post('{}')).status);
    expect(statuses).toEqual([202, 200, 422, 200]);
  });

  test('the answer of the format leaves as it is, and its writing is told', async () => {
    const written: string[] = [];
    const bodies = ['{"code":0}', '<ack/>', 'MSA|AA'];
    const { post } = await serve({
      accept: () =>
        Promise.resolve(kept({ bytes: Buffer.from(bodies.shift()!), written: (o) => written.push(o) })),
    });
    const json = await post('x', { 'content-type': 'text/plain' });
    expect([json.text, json.headers.get('content-type')]).toEqual(['{"code":0}', 'application/json']);
    expect((await post('<a/>', { 'content-type': 'text/xml' })).headers.get('content-type')).toBe(
      'application/xml',
    );
    const hl7 = await post('MSH|', { 'content-type': 'application/hl7-v2; charset=utf-8' });
    expect(hl7.headers.get('content-type')).toBe('application/hl7-v2');
    expect(written).toEqual(['sent', 'sent', 'sent']);
  });

  test('nothing is acknowledged that could not be kept', async () => {
    const { post, incidents } = await serve({
      accept: () => Promise.reject(new Fault('kernel.store.unavailable')),
    });
    const { status, headers, text } = await post('{}');
    expect([status, headers.get('retry-after')]).toEqual([503, '5']);
    expect(JSON.parse(text)).toMatchObject({ outcome: 'refused', messages: [] });
    expect(incidents.map((i) => i.kind)).toEqual(['intake-refused']);
  });

  test('queries come as JSON where the settings allow GET', async () => {
    const { post, texts } = await serve({ settings: { query: true } });
    expect((await post('', {}, 'GET', '?id=7&state=a&state=%E5%BC%A0&__proto__=x')).status).toBe(200);
    expect(texts()).toEqual(['{"id":"7","state":["a","张"],"__proto__":"x"}']);
    const strict = await serve();
    const refused = await strict.post('', {}, 'GET');
    expect([refused.status, refused.headers.get('allow')]).toEqual([405, 'POST, PUT']);
    expect((await strict.post('{}', {}, 'DELETE')).status).toBe(405);
  });

  test('content types that are not taken are refused', async () => {
    const { post } = await serve({ settings: { contentTypes: ['application/json', 'text/*'] } });
    const status = async (type: string) => (await post('x', { 'content-type': type })).status;
    expect(await status('Application/JSON; charset=utf-8')).toBe(200);
    expect(await status('text/xml')).toBe(200);
    expect(await status('application/jsonp')).toBe(415);
    expect(await status('')).toBe(415);
  });

  test('an empty body is no message', async () => {
    const { post, frames } = await serve();
    expect((await post('')).status).toBe(400);
    expect(frames).toHaveLength(0);
  });
});

describe('content codings and forms', () => {
  test('gzip and both kinds of deflate are undone; a bomb is not', async () => {
    const { post, texts, frames } = await serve({ settings: { maxBytes: 5000 } });
    const text = '{"name":"张三"}';
    for (const [coding, body] of [
      ['gzip', gzipSync(text)],
      ['deflate', deflateSync(text)],
      ['deflate', deflateRawSync(text)],
    ] as const)
      expect((await post(body, { 'content-encoding': coding })).status).toBe(200);
    expect(texts()).toEqual([text, text, text]);
    const bomb = gzipSync(Buffer.alloc(10_000_000));
    expect((await post(bomb.subarray(0, 4999), { 'content-encoding': 'gzip' })).status).toBe(413);
    expect((await post('not gzip', { 'content-encoding': 'gzip' })).status).toBe(400);
    expect((await post(gzipSync(text).subarray(0, 15), { 'content-encoding': 'gzip' })).status).toBe(400);
    expect((await post('x', { 'content-encoding': 'br' })).status).toBe(415);
    expect(frames).toHaveLength(3);
  });

  test('of a multipart the one file is the message and the other fields stand beside it', async () => {
    const { url, frames } = await serve();
    const folder = mkdtempSync(join(tmpdir(), 'http-'));
    cleanups.push(() => rmSync(folder, { recursive: true }));
    const bytes = Buffer.from('00ff0d0a2d2d0d0ad5c5', 'hex');
    writeFileSync(join(folder, 'report.pdf'), bytes);
    const file = `doc=@${join(folder, 'report.pdf')};type=application/pdf`;
    expect(await curl('-F', 'patient=P1', '-F', file, url)).toContain('200 OK');
    expect(Buffer.from(frames[0]!.bytes)).toEqual(bytes);
    expect(frames[0]!.meta).toMatchObject({
      file: 'report.pdf',
      contentType: 'application/pdf',
      'form.patient': 'P1',
    });
    expect(await curl('-F', file, '-F', file.replace('doc', 'more'), url)).toContain('400 Bad Request');
    expect(await curl('-F', 'a=b', url)).toContain('400 Bad Request');
    const torn = [
      '-H',
      'Content-Type: multipart/form-data; boundary=x',
      '--data-binary',
      '--x\r\nContent-Dis',
    ];
    expect(await curl(...torn, url)).toContain('400 Bad Request');
    expect(await curl('-H', 'Content-Type: multipart/form-data', '-d', 'x', url)).toContain(
      '400 Bad Request',
    );
  });

  test('a named field of a form is the message', async () => {
    const { url, texts, frames } = await serve({ settings: { field: 'param' } });
    expect(await curl('--data-urlencode', 'param={"name":"张三"}', '-d', 'sign=1', url)).toContain('200 OK');
    expect(await curl('--form-string', 'param=<order/>', '-F', 'x=y', url)).toContain('200 OK');
    expect(texts()).toEqual(['{"name":"张三"}', '<order/>']);
    expect(frames[0]!.meta).toMatchObject({ 'form.sign': '1' });
    expect(await curl('-d', 'other=1', url)).toContain('400 Bad Request');
  });

  test('what stands beside a message is bounded', async () => {
    const { post, frames } = await serve();
    const many = Array.from({ length: 100 }, (_, i) => `q${i}=${'x'.repeat(i === 0 ? 2000 : 3)}`).join('&');
    await post('{}', {}, 'POST', `?${many}`);
    const meta = frames[0]!.meta!;
    expect(Object.keys(meta)).toHaveLength(40);
    expect(meta['query.q0']).toHaveLength(500);
  });
});

describe('[ARC-09] who may send', () => {
  test('an API key in its header or as a bearer token', async () => {
    const { post, incidents } = await serve({
      settings: { auth: { apiKeys: ['old-key', 'new-key'], apiKeyHeader: 'X-Lab-Key' } },
    });
    const status = async (headers: Record<string, string>) => (await post('{}', headers)).status;
    expect(await status({ 'x-lab-key': 'new-key' })).toBe(200);
    expect(await status({ authorization: 'Bearer old-key' })).toBe(200);
    expect(await status({ 'x-lab-key': 'new-key2' })).toBe(401);
    const none = await post('{}');
    expect([none.status, none.headers.get('www-authenticate')]).toEqual([401, 'Bearer realm="cytomesh"']);
    expect(incidents.map((i) => i.kind)).toEqual(['auth-failed']);
  });

  test('a user with a password, in any script', async () => {
    const { url } = await serve({ settings: { auth: { basic: [{ username: 'his', password: '口令:1' }] } } });
    expect(await curl('-u', 'his:口令:1', '-d', '{}', url)).toContain('200 OK');
    expect(await curl('-u', 'his:wrong', '-d', '{}', url)).toMatch(/401 Unauthorized[\s\S]*Basic realm/i);
  });

  test('every kind of proof that is set must hold', async () => {
    const auth = { apiKeys: ['k'], basic: [{ username: 'u', password: 'p' }] };
    const { post } = await serve({ settings: { auth } });
    const basic = `Basic ${Buffer.from('u:p').toString('base64')}`;
    expect((await post('{}', { 'x-api-key': 'k', authorization: basic })).status).toBe(200);
    expect((await post('{}', { 'x-api-key': 'k' })).status).toBe(401);
    expect((await post('{}', { authorization: basic })).status).toBe(401);
  });

  test.each(['sha256', 'sm3'] as const)(
    'an HMAC with %s over timestamp, nonce and body, once',
    async (algorithm) => {
      let clock = 1_790_000_000_000;
      let down = false;
      const { post } = await serve({
        settings: { query: true, auth: { hmac: { secrets: ['s1', 's2'], algorithm, windowSeconds: 60 } } },
        now: () => clock,
        accept: () =>
          down ? Promise.reject(new Fault('kernel.store.unavailable')) : Promise.resolve(kept()),
      });
      const signed = (body: string, { at = clock, secret = 's2', nonce = 'n1' } = {}) => {
        const timestamp = String(Math.floor(at / 1000));
        const content = `${timestamp}\n${nonce}\n${body}`;
        const signature = createHmac(algorithm, secret).update(content).digest('hex');
        return { 'x-timestamp': timestamp, 'x-nonce': nonce, 'x-signature': signature };
      };
      const status = async (body: string, headers: Record<string, string>) =>
        (await post(body, headers)).status;
      const first = signed('{"a":1}');
      expect(await status('{"a":2}', first)).toBe(401);
      expect(await status('{"a":1}', first)).toBe(200);
      expect(await status('{"a":1}', first)).toBe(401);
      expect(await status('{"a":1}', signed('{"a":1}', { nonce: 'n2', secret: 's1' }))).toBe(200);
      expect(await status('{"a":1}', signed('{"a":1}', { nonce: 'n3', secret: 'other' }))).toBe(401);
      expect(await status('{"a":1}', signed('{"a":1}', { at: clock - 61_000 }))).toBe(401);
      expect(await status('{"a":1}', { ...signed('{"a":1}', { nonce: 'n4' }), 'x-timestamp': '' })).toBe(401);
      const query = await post('', signed('id=7&name=%E5%BC%A0', { nonce: 'n5' }), 'GET', '?id=7&name=张');
      expect(query.status).toBe(200);
      down = true;
      const again = signed('{"b":1}', { nonce: 'n6' });
      expect(await status('{"b":1}', again)).toBe(503);
      down = false;
      expect(await status('{"b":1}', again)).toBe(200);
      clock += 3_600_000;
      expect(await status('{"a":1}', first)).toBe(401);
    },
  );

  test('the shell sample signs what it sends', async () => {
    const { url, texts } = await serve({ settings: { auth: { hmac: { secrets: ['geheim'] } } } });
    const order = join(import.meta.dirname, 'samples/order.json');
    const sample = (secret: string): Promise<string> =>
      new Promise((resolve) => {
        const script = join(import.meta.dirname, 'samples/sign.sh');
        execFile('sh', [script, url, secret, order], { timeout: 8000 }, (_e, out) => resolve(out));
      });
    expect(await sample('geheim')).toContain('200 OK');
    expect(await sample('wrong')).toContain('401 Unauthorized');
    expect(texts()).toEqual([readFileSync(order, 'utf8')]);
  });

  test('an address that is refused over and over must wait, and then may try again', async () => {
    let clock = Date.now();
    const { post } = await serve({ settings: { auth: { apiKeys: ['k'] } }, now: () => clock });
    for (let i = 0; i < 20; i++) expect((await post('{}', { 'x-api-key': String(i) })).status).toBe(401);
    const barred = await post('{}', { 'x-api-key': 'k' });
    expect([barred.status, barred.headers.get('retry-after')]).toEqual([429, '60']);
    clock += 61_000;
    expect((await post('{}', { 'x-api-key': 'k' })).status).toBe(200);
  });
});

describe('life', () => {
  test('more requests at once than the settings bear are answered 429', async () => {
    let go: () => void = quiet;
    const held = new Promise<void>((resolve) => (go = resolve));
    const { post, frames } = await serve({
      settings: { maxPending: 2 },
      accept: async () => {
        await held;
        return kept();
      },
    });
    const under = [post('1'), post('2')];
    while (frames.length < 2) await new Promise(setImmediate);
    expect((await post('3')).status).toBe(429);
    go();
    expect((await Promise.all(under)).map((a) => a.status)).toEqual([200, 200]);
  });

  test('stopping waits for what is under way and leaves the path to others', async () => {
    let go: () => void = quiet;
    const held = new Promise<void>((resolve) => (go = resolve));
    const { post, frames, listener } = await serve({
      accept: async () => {
        await held;
        return kept();
      },
    });
    const under = post('1');
    while (frames.length < 1) await new Promise(setImmediate);
    const stopped = listener.stop(5000);
    go();
    await stopped;
    expect((await under).status).toBe(200);
    expect((await post('2')).status).toBe(404);
  });

  test('what went over the wire is shown, with no more than the settings keep', async () => {
    const { post, listener, url } = await serve({ settings: { captureBytes: 10 } });
    await post('{"a":"0123456789"}');
    const [line] = listener.connections();
    expect(line).toMatchObject({ bytesIn: 18, framesIn: 1, framesOut: 1, pending: 0, open: true });
    expect(Buffer.from(listener.capture(line!.id)[0]!.bytes).toString()).toBe('23456789"}');
    expect(listener.address).toBe(url);
    expect(listener.port).toBe(Number(new URL(url).port));
  });

  test('settings without a path and without a poll, or with both, are refused', async () => {
    const base = {
      endpoint: 'lab',
      log,
      now: Date.now,
      incident: quiet,
      accept: () => Promise.resolve(kept()),
    };
    const web = openWebHost({ host: '127.0.0.1', port: 0, log, now: Date.now }).host;
    const more = { web, mark: () => Promise.resolve(undefined), query: () => Promise.resolve() };
    for (const settings of [{}, { path: 'x', poll: { url: 'http://127.0.0.1/' } }])
      await expect(adapter.listen!({ ...base, ...more, settings })).rejects.toMatchObject({
        code: 'channel.text.invalid',
      });
  });
});
