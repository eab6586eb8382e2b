import { describe, expect, test } from '@jest/globals';
import { ApiFault, faultText } from './fault.ts';
import { Http } from './http.ts';

interface Sent {
  url: string;
  init: RequestInit;
}

/** A server that gives the answers in turn; a number is a status with a problem, `null` a lost connection. */
function server(...answers: (object | number | null)[]) {
  const sent: Sent[] = [];
  const waits: number[] = [];
  const fetch = async (url: unknown, init: RequestInit = {}) => {
    sent.push({ url: String(url), init });
    const answer = answers.shift();
    if (answer === null || answer === undefined) throw new TypeError('network');
    if (typeof answer === 'number') {
      const code = answer === 401 ? 'user.session.expired' : `test.status.${answer}`;
      const problem = { code, detail: 'no', requestId: 'r-1', data: { field: 'x' } };
      return new Response(JSON.stringify(problem), { status: answer });
    }
    return new Response(JSON.stringify(answer), { status: 200 });
  };
  const http = (token?: string) =>
    new Http({
      fetch: fetch as typeof globalThis.fetch,
      token,
      wait: async (ms) => {
        waits.push(ms);
      },
    });
  return { sent, waits, http };
}

const write = { method: 'POST', path: '/orders', repeat: 'key' } as const;
const header = (sent: Sent | undefined, name: string) =>
  (sent?.init.headers as Record<string, string> | undefined)?.[name];

describe('calls', () => {
  test('a lost connection and a 503 are tried again with the same idempotency key', async () => {
    const s = server(null, 503, { id: '1' });
    expect(await s.http().call(write, { productCode: 'NK-P' })).toEqual({ id: '1' });
    expect(s.waits).toEqual([250, 800]);
    const keys = s.sent.map((x) => header(x, 'Idempotency-Key'));
    expect(new Set(keys).size).toBe(1);
    expect(keys[0]).toMatch(/^[0-9a-f-]{36}$/);
  });

  test('a write without a key is not repeated', async () => {
    const s = server(null, { id: '1' });
    const natural = { method: 'POST', path: '/auth/login', repeat: 'natural' } as const;
    await expect(s.http().call(natural, {})).rejects.toMatchObject({
      code: 'portal.network.lost',
      status: 0,
    });
    expect(s.sent).toHaveLength(1);
  });

  test('a refusal is a fault with code, status, data and request id, and is not repeated', async () => {
    const s = server(412);
    await expect(s.http().call(write, {})).rejects.toMatchObject({
      code: 'test.status.412',
      status: 412,
      requestId: 'r-1',
      data: { field: 'x' },
    });
    expect(s.sent).toHaveLength(1);
  });

  test('a cookie session marks its writes, a token goes without cookies', async () => {
    const s = server({}, {});
    await s.http().call(write, {});
    await s.http('t').call(write, {});
    expect(header(s.sent[0], 'X-Requested-With')).toBe('cytomesh');
    expect(s.sent[0]?.init.credentials).toBe('same-origin');
    expect(header(s.sent[1], 'Authorization')).toBe('Bearer t');
    expect(s.sent[1]?.init.credentials).toBe('omit');
  });

  test('an answer 401 tells that the session has ended, but not at the sign-in itself', async () => {
    const s = server(401, 401);
    const http = s.http();
    const told: number[] = [];
    http.onExpired = (fault) => told.push(fault.status);
    await expect(http.call({ method: 'GET', path: '/orders' }, {})).rejects.toThrow();
    await expect(http.call({ method: 'POST', path: '/auth/login' }, {})).rejects.toThrow();
    expect(told).toEqual([401]);
  });

  test('a wrong password within a session does not end it', async () => {
    const told: number[] = [];
    const body = JSON.stringify({ code: 'user.login.failed', detail: 'no' });
    const http = new Http({ fetch: (async () => new Response(body, { status: 401 })) as typeof fetch });
    http.onExpired = (fault) => told.push(fault.status);
    await expect(http.call({ method: 'POST', path: '/auth/password' }, {})).rejects.toThrow();
    expect(told).toEqual([]);
  });

  test('an answer that is no JSON is a fault and not a crash', async () => {
    const http = new Http({ fetch: (async () => new Response('<html>', { status: 502 })) as typeof fetch });
    await expect(http.call(write, {})).rejects.toMatchObject({ code: 'portal.answer.broken', status: 502 });
  });
});

test('a fault is told in both languages with its data', () => {
  const fault = new ApiFault('kernel.machine.illegal', 409, '', { state: 'CLOSED', action: 'accept' });
  expect(faultText(fault, 'zh')).toBe('当前状态 CLOSED 不允许 accept');
  expect(faultText(fault, 'en')).toBe('Action accept is not allowed in state CLOSED');
  const issues = new ApiFault('kernel.params.invalid', 422, '', {
    issues: [{ path: 'q', message: 'too long' }],
  });
  expect(faultText(issues, 'en')).toBe('Invalid parameters: q: too long');
});
