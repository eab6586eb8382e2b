import { connect } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { Fault } from '../../contracts/kernel/fault.ts';
import { fakeSession } from './fake-kit.ts';
import type { GatewayOptions } from './options.ts';
import { type Started, startForTests } from './start-for-tests.ts';

let started: Started;
const start = async (options: Partial<GatewayOptions> = {}): Promise<Started> => {
  started = await startForTests(options);
  return started;
};
afterEach(() => started.gateway.close());

const bearer = { Authorization: 'Bearer token-all' };
const cookie = { Cookie: 'cytomesh_session=token-all' };
const json = { 'Content-Type': 'application/json' };
const login = (base: string, headers = {}, username = 'planner') =>
  fetch(`${base}/api/v1/auth/login`, {
    method: 'POST',
    headers: { ...json, ...headers },
    body: JSON.stringify({ username, password: 'right' }),
  });

describe('[ARC-09] sign-in', () => {
  test('gives a token and an httpOnly, same-site cookie, and tells the user word the address', async () => {
    const { base, fake } = await start();
    const answer = await login(base);
    expect(answer.status).toBe(200);
    expect(await answer.json()).toMatchObject({ token: 'token-all', session: { username: 'all' } });
    expect(answer.headers.get('Set-Cookie')).toBe(
      'cytomesh_session=token-all; Path=/; HttpOnly; SameSite=Strict',
    );
    expect(answer.headers.get('Cache-Control')).toBe('no-store');
    expect(fake.seen[0]!.meta.caller).toMatchObject({ userId: 'anonymous', orgId: '', station: '127.0.0.1' });
  });

  test('the cookie is Secure behind a proxy that ends TLS', async () => {
    const { base } = await start();
    const answer = await login(base, { 'X-Forwarded-Proto': 'https' });
    expect(answer.headers.get('Set-Cookie')).toContain('; Secure');
    expect(answer.headers.get('Strict-Transport-Security')).toBe('max-age=31536000');
  });

  test('a foreign page gets the token it asked for but no cookie', async () => {
    const { base } = await start({ allowedOrigins: ['https://his.example'] });
    const answer = await login(base, { Origin: 'https://his.example' });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('Set-Cookie')).toBeNull();
    expect(answer.headers.get('Access-Control-Allow-Origin')).toBe('https://his.example');
    expect(answer.headers.get('Access-Control-Allow-Credentials')).toBeNull();
  });

  test('too many tries with one user name are refused with the time to wait, other names go on', async () => {
    const { base } = await start({ rates: { loginByUser: { burst: 2, perSecond: 0.1 } } });
    expect((await login(base)).status).toBe(200);
    expect((await login(base, {}, ' PLANNER ')).status).toBe(200);
    const refused = await login(base);
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get('Retry-After'))).toBe(10);
    expect(await refused.json()).toMatchObject({ code: 'gateway.rate.exceeded' });
    expect((await login(base, {}, 'qa')).status).toBe(200);
  });

  test('signing out forgets the session at once, clears the cookie and names the session to the user word', async () => {
    const { base, fake } = await start();
    const session = () => fetch(`${base}/api/v1/auth/session`, { headers: cookie });
    expect((await session()).status).toBe(200);
    const out = await fetch(`${base}/api/v1/auth/logout`, {
      method: 'POST',
      headers: { ...cookie, 'X-Requested-With': 'cytomesh' },
    });
    expect(out.headers.get('Set-Cookie')).toContain('Max-Age=0');
    fake.sessions.delete('token-all');
    expect((await session()).status).toBe(401);
    expect(fake.seen.find((c) => c.action === 'user.logout')!.meta).toMatchObject({
      sessionId: expect.stringMatching(/^[0-9a-f]{64}$/),
      address: '127.0.0.1',
      agent: 'node',
    });
  });

  test('a session is asked for once in two seconds, and again after them', async () => {
    const { base, fake } = await start();
    const call = () => fetch(`${base}/api/v1/orders`, { headers: bearer });
    const asked = () => fake.seen.filter((s) => s.action === 'user.resolve').length;
    await call();
    await call();
    expect(asked()).toBe(1);
    fake.now += 2001;
    await call();
    expect(asked()).toBe(2);
  });

  test('a right `*` in a session from outside counts for nothing', async () => {
    const { base, fake } = await start();
    fake.sessions.set('token-all', fakeSession('all', 'org-a', ['*']));
    expect((await fetch(`${base}/api/v1/orders`, { headers: bearer })).status).toBe(403);
  });
});

describe('[ARC-09] writes by cookie', () => {
  const accept = (base: string, headers: Record<string, string>) =>
    fetch(`${base}/api/v1/orders/known/actions/accept`, {
      method: 'POST',
      headers: { ...cookie, ...json, 'If-Match': '"3"', ...headers },
      body: '{}',
    });
  const own = { 'X-Requested-With': 'cytomesh' };

  test('are taken from a page of ours and from no other', async () => {
    const { base } = await start();
    expect((await accept(base, { ...own, Origin: base, 'Sec-Fetch-Site': 'same-origin' })).status).toBe(200);
    const foreign: Record<string, string>[] = [
      {},
      { ...own, Origin: 'https://evil.example' },
      { ...own, Origin: 'null' },
      { ...own, 'Sec-Fetch-Site': 'cross-site' },
      { ...own, 'Sec-Fetch-Site': 'same-site' },
    ];
    for (const headers of foreign) {
      const answer = await accept(base, headers);
      expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([
        403,
        'gateway.origin.refused',
      ]);
    }
  });

  test('a bearer token needs no such proof', async () => {
    const { base } = await start();
    expect((await accept(base, { ...bearer, Cookie: '', Origin: 'https://his.example' })).status).toBe(200);
  });
});

describe('records over REST', () => {
  test('a record carries its version as ETag, is not sent again to who has it, and a HEAD has no body', async () => {
    const { base } = await start();
    const get = (headers = {}, method = 'GET') =>
      fetch(`${base}/api/v1/orders/known`, { method, headers: { ...bearer, ...headers } });
    const first = await get();
    expect(first.headers.get('ETag')).toBe('"3"');
    expect((await get({ 'If-None-Match': '"2"' })).status).toBe(200);
    const again = await get({ 'If-None-Match': 'W/"3"' });
    expect([again.status, await again.text()]).toEqual([304, '']);
    expect(await (await get({}, 'HEAD')).text()).toBe('');
  });

  test('If-Match, idempotency key, request id, caller and typed params reach the action', async () => {
    const { base, fake } = await start();
    await fetch(`${base}/api/v1/orders/known/actions/hold`, {
      method: 'POST',
      headers: {
        ...bearer,
        ...json,
        'If-Match': 'W/"3"',
        'Idempotency-Key': 'key-12345',
        'X-Request-Id': 'trace-0001',
      },
      body: '{"reason":"等样本"}',
    });
    expect(fake.seen.at(-1)).toMatchObject({
      action: 'order.hold',
      params: { id: 'known', version: 3, reason: '等样本' },
      meta: {
        requestId: 'trace-0001',
        idempotencyKey: 'key-12345',
        caller: { userId: 'user-all', orgId: 'org-a' },
      },
    });
    await fetch(`${base}/api/v1/orders?q=%E5%BC%A2+1&page=2&filter%5Bstate%5D=NEW,OLD&filter[number]=0012`, {
      headers: bearer,
    });
    expect(fake.seen.at(-1)!.params).toEqual({
      q: '弢 1',
      page: 2,
      filter: { state: 'NEW,OLD', number: '0012' },
    });
  });

  test('a new record answers 201 with its address', async () => {
    const { base } = await start();
    const made = await fetch(`${base}/api/v1/orders`, {
      method: 'POST',
      headers: { ...bearer, ...json },
      body: JSON.stringify({ donorId: 'd', productCode: 'p', productName: 'n' }),
    });
    expect(made.status).toBe(201);
    expect(made.headers.get('Location')).toBe('/api/v1/orders/known');
  });

  test('a fault is told in the language asked for, with data and code, and an inner one without its insides', async () => {
    const { base, fake } = await start();
    const get = (language: string) =>
      fetch(`${base}/api/v1/orders/nope`, { headers: { ...bearer, 'Accept-Language': language } });
    const chinese = (await (await get('fr')).json()) as object;
    expect(chinese).toMatchObject({
      type: 'urn:cytomesh:fault:kernel.record.missing',
      title: '找不到该记录',
      detail: '找不到该记录：order nope',
      status: 404,
      instance: '/api/v1/orders/nope',
      data: { record: 'order', id: 'nope' },
    });
    expect(await (await get('zh;q=0.1, en-GB')).json()).toMatchObject({ title: 'No such record' });
    fake.answers.set('order.get', () => {
      throw new Fault('kernel.internal.error', { secret: 1 }, new Error("Duplicate entry '张三'"));
    });
    const broken = await (await get('en')).text();
    expect(broken).not.toMatch(/secret|张三|Duplicate/);
    expect(fake.errors).toHaveLength(1);
  });

  test('outside production a result that breaks its contract fails loudly; in production it is passed on', async () => {
    const { base, fake } = await start();
    fake.answers.set('user.logout', () => ({ done: 'yes' }));
    const out = (at: string) => fetch(`${at}/api/v1/auth/logout`, { method: 'POST', headers: bearer });
    expect((await out(base)).status).toBe(500);
    expect(fake.errors[0]![0]).toBe('a result is not what its contract says');
    await started.gateway.close();
    const production = await start({ production: true });
    production.fake.answers.set('user.logout', () => ({ done: 'yes' }));
    expect(await (await out(production.base)).json()).toEqual({ done: 'yes' });
  });

  test('a long message may be repaired with more than the usual limit of a body', async () => {
    const { base, fake } = await start();
    const repair = (length: number) =>
      fetch(`${base}/api/v1/messages/known/actions/repair`, {
        method: 'POST',
        headers: { ...bearer, ...json },
        body: JSON.stringify({ reason: 'x', text: 'x'.repeat(length) }),
      });
    expect((await repair(4_900_000)).status).toBe(200);
    expect((fake.seen.at(-1)!.params.text as string).length).toBe(4_900_000);
    expect((await repair(6_200_000)).status).toBe(413);
  });

  test('a chunked body without a length is cut at the limit', async () => {
    const { base } = await start();
    const chunk = new TextEncoder().encode('x'.repeat(65_536));
    let left = 40;
    const body = new ReadableStream({
      pull: (to) => (left-- > 0 ? to.enqueue(chunk) : to.close()),
    });
    const init = { method: 'POST', headers: { ...bearer, ...json }, body, duplex: 'half' };
    expect((await fetch(`${base}/api/v1/orders`, init as RequestInit)).status).toBe(413);
  });

  test('large answers are compressed, those with a token are not', async () => {
    const { base, fake } = await start();
    const long = { done: true, pad: 'x'.repeat(5000) };
    fake.answers.set('user.logout', () => long);
    const document = await fetch(`${base}/openapi.json`);
    expect(document.headers.get('Content-Encoding')).toBe('gzip');
    const plain = await fetch(`${base}/openapi.json`, { headers: { 'Accept-Encoding': 'gzip;q=0' } });
    expect(plain.headers.get('Content-Encoding')).toBeNull();
    const out = await fetch(`${base}/api/v1/auth/logout`, { method: 'POST', headers: bearer });
    expect(out.headers.get('Content-Encoding')).toBeNull();
  });
});

describe('the door itself', () => {
  test('says what it is, that it lives and whether it is ready', async () => {
    const { base } = await start({ readiness: async () => [{ name: 'main', ok: false, detail: 'down' }] });
    expect(await (await fetch(`${base}/api/v1/about`)).json()).toEqual({
      name: 'Cytomesh',
      version: '1.2.3',
      demo: true,
      demoUsers: ['admin', 'planner'],
    });
    expect((await fetch(`${base}/healthz`)).status).toBe(200);
    const ready = await fetch(`${base}/readyz`);
    expect([ready.status, await ready.json()]).toEqual([
      503,
      { ready: false, checks: [{ name: 'main', ok: false, detail: 'down' }] },
    ]);
  });

  test('metrics carry templates and never ids', async () => {
    const { base } = await start();
    await fetch(`${base}/api/v1/orders/secret-id`, { headers: bearer });
    await fetch(`${base}/api/v1/${'x'.repeat(20)}`);
    const text = await (await fetch(`${base}/metrics`)).text();
    expect(text).toContain(
      'cytomesh_http_request_seconds_count{method="GET",route="/orders/{id}",status="404"} 1',
    );
    expect(text).toContain('process_cpu_user_seconds_total');
    expect(text).not.toMatch(/secret-id|xxxx/);
  });

  test('every answer carries the security headers and none says what runs it', async () => {
    const { base } = await start({ frameAncestors: 'https://his.example' });
    for (const path of ['/', '/healthz', '/api/v1/orders', '/docs/', '/nothing.js']) {
      const { headers } = await fetch(base + path);
      expect(headers.get('Content-Security-Policy')).toContain('frame-ancestors https://his.example');
      expect(headers.get('X-Content-Type-Options')).toBe('nosniff');
      expect(headers.get('X-Powered-By')).toBeNull();
      expect(headers.get('X-Request-Id')).toBeTruthy();
    }
  });

  test('a preflight is granted to a named origin and to no other', async () => {
    const { base } = await start({ allowedOrigins: ['https://his.example'] });
    const preflight = (origin: string) =>
      fetch(`${base}/api/v1/orders/known/actions/accept`, {
        method: 'OPTIONS',
        headers: { Origin: origin, 'Access-Control-Request-Method': 'POST' },
      });
    const granted = await preflight('https://his.example');
    expect(granted.status).toBe(204);
    expect(granted.headers.get('Access-Control-Allow-Headers')).toContain('Authorization');
    expect((await preflight('https://evil.example')).headers.get('Access-Control-Allow-Origin')).toBeNull();
  });

  test('what is no HTTP is answered with a problem and not with silence', async () => {
    const { base } = await start();
    const said = await new Promise<string>((resolve) => {
      const socket = connect(Number(new URL(base).port), '127.0.0.1');
      let text = '';
      socket.on('data', (d) => (text += d)).on('close', () => resolve(text));
      socket.write('MSH|^~\\&|HIS\r\r\n\r\n');
    });
    expect(said).toMatch(/^HTTP\/1\.1 400 /);
    expect(said).toContain('gateway.request.malformed');
  });

  test('closing lets a request under way finish and refuses new ones', async () => {
    const { base, fake, gateway } = await start();
    let release: (value: unknown) => void = () => undefined;
    const arrived = new Promise<void>((told) => {
      fake.answers.set('user.logout', () => {
        told();
        return new Promise((done) => (release = done));
      });
    });
    const answer = fetch(`${base}/api/v1/auth/logout`, { method: 'POST', headers: bearer });
    await arrived;
    const closed = gateway.close();
    await expect(fetch(`${base}/healthz`)).rejects.toThrow();
    release({ done: true });
    expect((await answer).status).toBe(200);
    await closed;
  });

  test('Swagger UI comes from files of ours, without inline script, and remembers the token', async () => {
    const { base } = await start();
    const page = await (await fetch(`${base}/docs`)).text();
    expect(page).not.toMatch(/<script(?![^>]*\bsrc=)/);
    expect(page).not.toMatch(/(src|href)="https?:/);
    const init = await (await fetch(`${base}/docs/swagger-ui-init.js`)).text();
    expect(init).toContain("preauthorizeApiKey('bearer'");
    expect(init).toContain('"persistAuthorization": true');
    expect(() => new Function(init)).not.toThrow();
    const bundle = await fetch(`${base}/docs/swagger-ui-bundle.js`);
    expect([bundle.status, (await bundle.text()).length > 100_000]).toEqual([200, true]);
  });
});
