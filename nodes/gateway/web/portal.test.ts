import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, test } from '@jest/globals';
import { type Started, startForTests } from '../start-for-tests.ts';

const outside = mkdtempSync(join(tmpdir(), 'cytomesh-portal-'));
const folder = join(outside, 'dist');
mkdirSync(join(folder, 'assets'), { recursive: true });
writeFileSync(join(outside, 'secret.txt'), 'secret');
writeFileSync(join(folder, '.env'), 'secret');
writeFileSync(join(folder, 'index.html'), '<!doctype html><title>portal</title>');
writeFileSync(join(folder, 'assets/app-B1c2D3e4.js'), `export const x = '${'x'.repeat(2000)}';`);
writeFileSync(join(folder, 'embed-components.js'), 'export {};');
afterAll(() => rmSync(outside, { recursive: true }));

let started: Started;
const html = { headers: { Accept: 'text/html' } };
afterEach(() => started.gateway.close());

test('serves the page for every address of the portal and keeps only hashed files', async () => {
  started = await startForTests({ portalFolder: folder });
  const { base } = started;
  for (const path of ['/', '/orders/0192', '/messages?key=1']) {
    const page = await fetch(base + path, html);
    expect([page.status, await page.text()]).toEqual([200, '<!doctype html><title>portal</title>']);
    expect(page.headers.get('Cache-Control')).toBe('no-cache');
  }
  const asset = await fetch(`${base}/assets/app-B1c2D3e4.js`, { headers: { 'Accept-Encoding': 'gzip, br' } });
  expect(asset.headers.get('Cache-Control')).toContain('immutable');
  expect(asset.headers.get('Content-Type')).toContain('javascript');
  expect(asset.headers.get('Content-Encoding')).toBe('br');
  expect(await asset.text()).toContain('xxx');
  expect((await fetch(`${base}/embed-components.js`)).headers.get('Cache-Control')).toBe('no-cache');
  const etag = asset.headers.get('ETag')!;
  const again = await fetch(`${base}/assets/app-B1c2D3e4.js`, { headers: { 'If-None-Match': etag } });
  expect(again.status).toBe(304);
});

test('never leaves its folder and never takes a missing file for a page', async () => {
  started = await startForTests({ portalFolder: folder });
  for (const path of [
    '/%2e%2e/secret.txt',
    '/..%2fsecret.txt',
    '/.env',
    '/assets/gone.js',
    '/api/v2/orders',
  ]) {
    const answer = await fetch(started.base + path, html);
    expect([path, answer.status]).toEqual([path, 404]);
    expect(await answer.json()).toMatchObject({ code: 'gateway.route.missing' });
  }
  const nul = await fetch(`${started.base}/%00`);
  expect(await nul.text()).not.toContain('secret');
  expect((await fetch(`${started.base}/%ff.js`)).status).toBe(400);
});

test('says what to do where the portal has not been built', async () => {
  started = await startForTests({ portalFolder: join(outside, 'none') });
  const page = await fetch(`${started.base}/`, html);
  expect(page.status).toBe(503);
  expect(await page.text()).toContain('npm run build');
});
