import { describe, expect, test } from '@jest/globals';
import { Intent, queryString, requestParts, uuid } from './request.ts';

describe('parts of a request', () => {
  test('path parameters are escaped and leave the query, filters are written as filter[field]', () => {
    const parts = requestParts(
      { method: 'GET', path: '/orders/{id}/history' },
      { id: 'a/b', q: 'CM 26', filter: { state: 'SUBMITTED,ACCEPTED', priority: '' }, page: 2 },
    );
    expect(parts.url).toBe('/orders/a%2Fb/history?q=CM%2026&filter[state]=SUBMITTED%2CACCEPTED&page=2');
    expect(parts.body).toBeUndefined();
  });

  test('the version goes into If-Match and not into the body, the key into Idempotency-Key', () => {
    const route = {
      method: 'POST',
      path: '/orders/{id}/actions/hold',
      ifMatch: true,
      repeat: 'key',
    } as const;
    const parts = requestParts(route, { id: '1', version: 7, reason: '发热' }, 'key-12345');
    expect(parts.headers).toMatchObject({ 'If-Match': '"7"', 'Idempotency-Key': 'key-12345' });
    expect(parts.body).toBe('{"reason":"发热"}');
  });

  test('a write that deduplicates by itself carries no key', () => {
    const parts = requestParts(
      { method: 'POST', path: '/auth/login', repeat: 'natural' },
      { username: 'a' },
      'k',
    );
    expect(parts.headers['Idempotency-Key']).toBeUndefined();
  });

  test('empty and missing values leave no trace in the query', () => {
    expect(queryString({ a: '', b: undefined, c: null, d: 0 })).toBe('d=0');
  });
});

test('a UUID is one of version 4', () => {
  expect(uuid()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});

test('an intent keeps its key for the same content until it is settled', () => {
  const intent = new Intent();
  const first = intent.key({ reason: 'a' });
  expect(intent.key({ reason: 'a' })).toBe(first);
  expect(intent.key({ reason: 'b' })).not.toBe(first);
  const second = intent.key({ reason: 'b' });
  intent.settle();
  expect(intent.key({ reason: 'b' })).not.toBe(second);
});
