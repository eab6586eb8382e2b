import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request as httpRequest } from 'node:http';
import { request as httpsRequest, type RequestOptions } from 'node:https';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import type { WebRequest, WebResponse } from '../../../contracts/adapter/web.ts';
import type { WireIncident } from '../../../contracts/adapter/wire.ts';
import { openWebHost, type WebHostOptions } from './web-host.ts';

const samples = join(import.meta.dirname, '../../../adapters/mllp/samples');
const sample = (name: string): string => join(samples, name);
const pem = (name: string): Buffer => readFileSync(sample(name));
const quiet = () => undefined;

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

interface Mounted {
  path?: string;
  maxBytes?: number;
  clientCertificate?: boolean;
  serve?: (request: WebRequest) => Promise<WebResponse>;
}

const echo = (request: WebRequest): Promise<WebResponse> =>
  Promise.resolve({
    status: 200,
    headers: { 'content-type': 'text/plain' },
    body: `${request.method} ${request.path} ${request.query.toString()} ${Buffer.from(request.body).toString('latin1')}`,
  });

async function start(options: Partial<WebHostOptions> = {}, mounts: Mounted[] = [{}]) {
  const warned: object[] = [];
  const incidents: WireIncident[] = [];
  const requests: WebRequest[] = [];
  const web = openWebHost({
    host: '127.0.0.1',
    port: 0,
    log: { debug: quiet, info: quiet, warn: (_, data) => warned.push(data ?? {}), error: quiet },
    now: Date.now,
    ...options,
  });
  const ends = mounts.map(({ path = '/in', maxBytes = 1000, clientCertificate, serve = echo }) =>
    web.host.mount(
      path,
      {
        maxBytes,
        ...(clientCertificate !== undefined && { clientCertificate }),
        incident: (one) => incidents.push(one),
      },
      (request) => {
        requests.push(request);
        return serve(request);
      },
    ),
  );
  await web.opened();
  cleanups.push(() => web.stop(0));
  const port = Number(/:(\d+)$/.exec(web.address() ?? '')?.[1]);
  return { web, port, ends, incidents, requests, warned, kinds: () => incidents.map((i) => i.kind) };
}

interface Answer {
  status: number;
  headers: Record<string, unknown>;
  text: string;
}

function ask(port: number, options: RequestOptions & { body?: string | Buffer; tls?: boolean } = {}) {
  const { body, tls, ...rest } = options;
  return new Promise<Answer>((resolve, reject) => {
    const make = tls ? httpsRequest : httpRequest;
    const req = make(
      { host: '127.0.0.1', port, path: '/in', method: 'POST', agent: false, ...rest },
      (res) => {
        const chunks: Buffer[] = [];
        res.on('data', (chunk: Buffer) => chunks.push(chunk));
        res.on('end', () =>
          resolve({
            status: res.statusCode ?? 0,
            headers: res.headers,
            text: Buffer.concat(chunks).toString('utf8'),
          }),
        );
      },
    );
    req.on('error', reject);
    req.end(body);
  });
}

/** Writes bytes as they are and gives all that comes back until the port closes. */
async function raw(port: number, ...pieces: (string | Buffer)[]): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port });
  socket.on('error', quiet);
  cleanups.push(() => socket.destroy());
  let text = '';
  socket.setEncoding('latin1').on('data', (chunk: string) => (text += chunk));
  for (const piece of pieces) socket.write(piece);
  await once(socket, 'close');
  return text;
}

const run = (command: string, args: string[], input?: string): Promise<string> =>
  new Promise((resolve) => {
    const child = execFile(command, args, { timeout: 8000 }, (_error, out, err) => resolve(out + err));
    child.stdin?.end(input);
  });

async function until(holds: () => boolean): Promise<void> {
  for (let i = 0; i < 400 && !holds(); i++) await new Promise((resolve) => setTimeout(resolve, 10));
  expect(holds()).toBe(true);
}

describe('paths', () => {
  test('the longest prefix in whole segments serves, and what no endpoint serves is a plain 404', async () => {
    const named = (name: string) => () => Promise.resolve({ status: 200, body: name });
    const { port, ends } = await start({}, [
      { path: '/in', serve: named('in') },
      { path: '/in/lab', serve: named('lab') },
      { path: '/in/质控', serve: named('qc') },
    ]);
    const text = async (path: string) => (await ask(port, { path })).text;
    expect(await text('/in')).toBe('in');
    expect(await text('/in/labels')).toBe('in');
    expect(await text('/in/lab')).toBe('lab');
    expect(await text('/in/lab/orders?x=1')).toBe('lab');
    expect(await text(`/in/${encodeURIComponent('质控')}/x`)).toBe('qc');
    expect(await text('http://other.example/in/lab')).toBe('lab');
    const root = await ask(port, { path: '/', method: 'GET' });
    expect(root).toMatchObject({ status: 404, headers: { 'content-type': 'application/problem+json' } });
    expect(JSON.parse(root.text)).toMatchObject({ status: 404, code: 'gateway.route.missing' });
    ends[1]?.();
    expect(await text('/in/lab')).toBe('in');
  });

  test('a path is held by one endpoint, and free again when it ends', async () => {
    const { web, ends } = await start();
    const again = () => web.host.mount('/in/', { maxBytes: 1, incident: quiet }, echo);
    expect(again).toThrow(expect.objectContaining({ code: 'hub.listener.unavailable' }));
    ends[0]?.();
    again();
    ends[0]?.();
    expect(again).toThrow(expect.objectContaining({ code: 'hub.listener.unavailable' }));
  });

  test('what is not validly encoded is refused', async () => {
    const { port } = await start();
    for (const path of ['/in/%', '/in/%ff', '/in/%00', '*'])
      expect((await ask(port, { path, method: 'OPTIONS' })).status).toBe(400);
  });

  test('a request carries method, rest of the path, query, headers and bytes', async () => {
    const { port, requests, web } = await start();
    const body = Buffer.from([0, 0xff, 0x0d, 0x0a]);
    await ask(port, { path: '/in/a%20b?x=%E4%BA%8C&x=3', method: 'PUT', headers: { 'X-Key': 'k' }, body });
    expect(requests[0]).toMatchObject({ method: 'PUT', path: '/a b', headers: { 'x-key': 'k' } });
    expect(requests[0]!.query.getAll('x')).toEqual(['二', '3']);
    expect(Buffer.from(requests[0]!.body)).toEqual(body);
    expect(web.host.url).toBe(`http://127.0.0.1:${port}`);
  });
});

describe('limits', () => {
  test('a body that is too long is answered 413, declared or not, and does not reach the endpoint', async () => {
    const { port, requests, kinds } = await start();
    const body = Buffer.alloc(300_000, 65);
    expect((await ask(port, { body, headers: { 'content-length': body.length } })).status).toBe(413);
    const chunked = await ask(port, { body, headers: { 'transfer-encoding': 'chunked' } });
    expect(JSON.parse(chunked.text)).toMatchObject({ status: 413, code: 'gateway.body.large' });
    expect((await ask(port, { body: 'x'.repeat(1000) })).status).toBe(200);
    expect(requests).toHaveLength(1);
    expect(kinds()).toEqual(['too-large']);
  });

  test('a client that asks first is told 413 before it sends', async () => {
    const { port } = await start();
    const out = await run('curl', [
      '-s',
      '-i',
      '-H',
      'Expect: 100-continue',
      '-d',
      'x'.repeat(5000),
      `http://127.0.0.1:${port}/in`,
    ]);
    expect(out).not.toContain('100 Continue');
    expect(out).toContain('413');
    const small = await run('curl', [
      '-s',
      '-i',
      '-H',
      'Expect: 100-continue',
      '-d',
      'abc',
      `http://127.0.0.1:${port}/in`,
    ]);
    expect(small).toMatch(/100 Continue[\s\S]*200 OK[\s\S]*POST \/ {2}abc/);
  });

  test('headers too long, too slow, or no HTTP at all are answered and noted', async () => {
    const { port, kinds, warned } = await start({ limits: { headersMs: 150 } });
    expect(await raw(port, `POST /in HTTP/1.1\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`)).toContain('431');
    expect(await raw(port, 'POST /in HTTP/1.1\r\nHost: a\r\n')).toContain('408');
    expect(await raw(port, '\x0bMSH|^~\\&|HIS\r\x1c\r')).toContain('400');
    expect(
      await raw(port, 'POST /in HTTP/1.1\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc'),
    ).toContain('400');
    expect(kinds()).toContain('broken-frame');
    expect(warned.length + kinds().length).toBeGreaterThan(0);
  });

  test('a body that stops coming is answered 408', async () => {
    const { port, kinds } = await start({ limits: { bodyIdleMs: 80 } });
    expect(await raw(port, 'POST /in HTTP/1.1\r\nContent-Length: 10\r\n\r\nabc')).toContain('408');
    expect(kinds()).toEqual(['slow-body']);
  });

  test('a peer that goes away in mid-body leaves its bytes as an incident, and no request', async () => {
    const { port, incidents, requests } = await start();
    const socket = connect({ host: '127.0.0.1', port });
    socket.write('POST /in HTTP/1.1\r\nContent-Length: 10\r\n\r\nabc');
    socket.end();
    await until(() => incidents.length > 0);
    expect(incidents[0]).toMatchObject({ kind: 'broken-frame', hex: '616263' });
    expect(Buffer.from(incidents[0]!.bytes!).toString()).toBe('abc');
    expect(requests).toHaveLength(0);
  });

  test('bytes after a body that was declared too short break the connection after the answer, not the answer', async () => {
    let go: () => void = quiet;
    const held = new Promise<void>((resolve) => (go = resolve));
    const serve = async (): Promise<WebResponse> => {
      await held;
      return { status: 200, body: 'kept' };
    };
    const { port, kinds } = await start({}, [{ serve }]);
    const answer = raw(port, Buffer.from('POST /in HTTP/1.1\r\nContent-Length: 2\r\n\r\n张三 and more'));
    await until(() => kinds().length > 0);
    go();
    expect(await answer).toMatch(/^HTTP\/1\.1 200 OK[\s\S]*kept$/);
    expect(kinds()).toEqual(['broken-frame']);
  });

  test('a broken chunk is answered 400 at once', async () => {
    const { port, requests } = await start();
    const head = 'POST /in HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n';
    expect(await raw(port, head, '3\r\nabc\r\nzz\r\n')).toContain('400');
    expect(requests).toHaveLength(0);
  });

  test('more requests at once than the port bears are told to come again', async () => {
    let go: () => void = quiet;
    const held = new Promise<void>((resolve) => (go = resolve));
    const serve = async (): Promise<WebResponse> => {
      await held;
      return { status: 202 };
    };
    const { port, kinds, requests } = await start({ limits: { requestsOfMount: 3 } }, [{ serve }]);
    const first = [1, 2, 3].map(() => ask(port, { body: 'x' }));
    await until(() => requests.length === 3);
    const late = await ask(port, { body: 'x' });
    expect(late).toMatchObject({ status: 503, headers: { 'retry-after': '5' } });
    go();
    expect((await Promise.all(first)).map((a) => a.status)).toEqual([202, 202, 202]);
    expect(kinds()).toEqual(['request-limit']);
    expect((await ask(port, { body: 'x' })).status).toBe(202);
  });

  test('bytes in memory are bounded over all requests, and given back', async () => {
    const { port } = await start({ limits: { bodyBytes: 600 } }, [{ maxBytes: 1000 }]);
    expect((await ask(port, { body: 'x'.repeat(700) })).status).toBe(503);
    for (let i = 0; i < 5; i++) expect((await ask(port, { body: 'x'.repeat(600) })).status).toBe(200);
  });

  test('connections beyond the limit are not served', async () => {
    const { port, warned } = await start({ limits: { connections: 2 } });
    const agent = new Agent({ keepAlive: true, maxSockets: 2 });
    cleanups.push(() => agent.destroy());
    await Promise.all([ask(port, { agent }), ask(port, { agent })]);
    await expect(ask(port)).rejects.toThrow();
    expect(warned).toEqual([expect.objectContaining({ kind: 'connection-limit' })]);
  });
});

describe('answers', () => {
  test('an endpoint that throws is answered 500 without its reason', async () => {
    const { port } = await start({}, [{ serve: () => Promise.reject(new Error('secret of 张三')) }]);
    const { status, text } = await ask(port);
    expect(status).toBe(500);
    expect(text).not.toContain('张三');
  });

  test('the endpoint hears whether its answer left', async () => {
    const heard: string[] = [];
    let go: () => void = quiet;
    const held = new Promise<void>((resolve) => (go = resolve));
    const serve = async (request: WebRequest): Promise<WebResponse> => {
      if (request.path === '/slow') await held;
      return { status: 200, body: 'ok', written: (outcome) => heard.push(outcome) };
    };
    const { port, requests } = await start({}, [{ serve }]);
    await ask(port, { path: '/in' });
    await until(() => heard.length === 1);
    const socket = connect({ host: '127.0.0.1', port });
    socket.write('POST /in/slow HTTP/1.1\r\nContent-Length: 0\r\n\r\n');
    await until(() => requests.length === 2);
    socket.destroy();
    await until(() => requests[1]!.signal.aborted);
    go();
    await until(() => heard.length === 2);
    expect(heard).toEqual(['sent', 'failed']);
  });

  test('pipelined requests are answered in order on one connection', async () => {
    const { port } = await start();
    const one = (n: number) => `POST /in/${n} HTTP/1.1\r\nContent-Length: 1\r\n\r\n${n}`;
    const text = await raw(
      port,
      one(1) + one(2) + one(3).replace('HTTP/1.1', 'HTTP/1.1\r\nConnection: close'),
    );
    expect([...text.matchAll(/POST \/(\d)/g)].map((m) => m[1])).toEqual(['1', '2', '3']);
  });
});

describe('life', () => {
  test('the port is open from the first mount on, and a taken one is a fault that can be tried again', async () => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const { port } = taken.address() as { port: number };
    const log = { debug: quiet, info: quiet, warn: quiet, error: quiet };
    const web = openWebHost({ host: '127.0.0.1', port, log, now: Date.now });
    cleanups.push(() => web.stop(0));
    await web.opened();
    expect(web.address()).toBeUndefined();
    web.host.mount('/in', { maxBytes: 10, incident: quiet }, echo);
    await expect(web.opened()).rejects.toMatchObject({ code: 'hub.address.taken' });
    await new Promise((resolve) => taken.close(resolve));
    await web.opened();
    expect((await ask(port)).status).toBe(200);
  });

  test('stopping answers what is under way and takes nothing new', async () => {
    let go: () => void = quiet;
    const held = new Promise<void>((resolve) => (go = resolve));
    const serve = async (): Promise<WebResponse> => {
      await held;
      return { status: 200, body: 'late' };
    };
    const { port, web, requests } = await start({}, [{ serve }]);
    const under = ask(port, { agent: new Agent({ keepAlive: true }) });
    await until(() => requests.length === 1);
    const stopped = web.stop(5000);
    await expect(ask(port)).rejects.toThrow();
    go();
    expect(await under).toMatchObject({ status: 200, headers: { connection: 'close' } });
    await stopped;
  });

  test('stopping waits no longer than it was told', async () => {
    const { port, web, requests } = await start({}, [{ serve: () => new Promise(quiet) }]);
    const under = expect(ask(port)).rejects.toThrow();
    await until(() => requests.length === 1);
    await web.stop(20);
    await under;
  });
});

describe('[INT-02] [ARC-09] TLS', () => {
  const tls = { cert: sample('server.pem'), key: sample('server.key'), ca: sample('ca.pem') };
  const trust = { tls: true, ca: pem('ca.pem'), servername: 'localhost' };
  const own = { cert: pem('client.pem'), key: pem('client.key') };

  test('an endpoint that wants a client certificate serves nobody else; its neighbour serves all', async () => {
    const { port, requests, web } = await start({ tls }, [
      { path: '/in', clientCertificate: true },
      { path: '/open' },
    ]);
    expect(web.host.url).toBe(`https://127.0.0.1:${port}`);
    expect((await ask(port, { ...trust })).status).toBe(403);
    expect((await ask(port, { ...trust, path: '/open' })).status).toBe(200);
    const stranger = { cert: pem('stranger.pem'), key: pem('stranger.key') };
    expect((await ask(port, { ...trust, ...stranger })).status).toBe(403);
    expect((await ask(port, { ...trust, ...own })).status).toBe(200);
    expect(requests.at(-1)?.peerCertificate).toMatch(/^CN=|, CN=/);
    expect(requests.at(0)?.peerCertificate).toBeUndefined();
  });

  test('a resumed session counts no more than its certificate', async () => {
    const { port } = await start({ tls }, [{ clientCertificate: true }]);
    const folder = mkdtempSync(join(tmpdir(), 'web-'));
    cleanups.push(() => rmSync(folder, { recursive: true }));
    const session = join(folder, 'session.pem');
    const get = 'POST /in HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nConnection: close\r\n\r\n';
    const s = ['s_client', '-quiet', '-connect', `127.0.0.1:${port}`];
    for (const version of ['-tls1_2', '-tls1_3']) {
      expect(await run('openssl', [...s, version, '-sess_out', session], get)).toContain('403');
      expect(await run('openssl', [...s, version, '-sess_in', session], get)).toContain('403');
    }
  });

  test('plain HTTP on a TLS port and TLS on a plain port are told apart and answered', async () => {
    const secure = await start({ tls });
    expect(await run('curl', ['-s', '-i', `http://127.0.0.1:${secure.port}/in`])).toContain('400 Refused');
    expect(secure.incidents[0]).toMatchObject({
      kind: 'tls-failed',
      reason: 'HTTP without TLS on a TLS port',
    });
    const plain = await start();
    const told = await run('openssl', ['s_client', '-connect', `127.0.0.1:${plain.port}`], '');
    expect(told).toMatch(/alert protocol version|alert number 70/);
    expect(plain.incidents[0]).toMatchObject({ kind: 'tls-failed', reason: 'TLS on a port without TLS' });
    expect((await ask(plain.port)).status).toBe(200);
  });

  test('old TLS versions are refused, and a renewed certificate is taken without a restart', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'web-'));
    cleanups.push(() => rmSync(folder, { recursive: true }));
    const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
    copyFileSync(sample('server.pem'), cert);
    copyFileSync(sample('server.key'), key);
    let clock = Date.now();
    const { port } = await start({ tls: { cert, key }, now: () => clock });
    const subject = async () =>
      /subject=(.*)/.exec(await run('openssl', ['s_client', '-connect', `127.0.0.1:${port}`], ''))?.[1];
    const before = await subject();
    expect(await run('openssl', ['s_client', '-tls1_1', '-connect', `127.0.0.1:${port}`], '')).toContain(
      'alert',
    );
    copyFileSync(sample('client.pem'), cert);
    copyFileSync(sample('client.key'), key);
    clock += 5000;
    expect(await subject()).not.toBe(before);
    writeFileSync(cert, 'not a certificate');
    clock += 5000;
    const after = await subject();
    expect(after).toBeDefined();
    expect(after).not.toBe(before);
  });

  test('a certificate file that is not there is a fault that names it', async () => {
    const log = { debug: quiet, info: quiet, warn: quiet, error: quiet };
    const web = openWebHost({
      host: '127.0.0.1',
      port: 0,
      tls: { cert: 'none.pem', key: 'none.key' },
      log,
      now: Date.now,
    });
    web.host.mount('/in', { maxBytes: 10, incident: quiet }, echo);
    await expect(web.opened()).rejects.toMatchObject({
      code: 'hub.certificate.unusable',
      data: { file: 'none.pem' },
    });
  });
});
