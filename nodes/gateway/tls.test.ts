import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { afterEach, expect, test } from '@jest/globals';
import { startForTests } from './start-for-tests.ts';

const samples = join(import.meta.dirname, '../../adapters/mllp/samples');
const sample = (name: string): string => join(samples, name);

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

/** Status and the serial number of the certificate that answered. */
const ask = (base: string): Promise<{ status: number; serial: string }> =>
  new Promise((resolve, reject) => {
    const { port } = new URL(base);
    const trust = {
      ca: readFileSync(sample('ca.pem')),
      servername: 'localhost',
      checkServerIdentity: () => undefined,
    };
    const req = request({ host: '127.0.0.1', port, path: '/healthz', agent: false, ...trust }, (res) => {
      const serial = (res.socket as TLSSocket).getPeerCertificate().serialNumber;
      res.resume().on('end', () => resolve({ status: res.statusCode ?? 0, serial }));
    });
    req.on('error', reject);
    req.end();
  });

test('[INT-02] [ARC-09] the port of people is HTTPS where a certificate is set, and takes a renewed one without a restart', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-'));
  const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
  copyFileSync(sample('server.pem'), cert);
  copyFileSync(sample('server.key'), key);
  const { base, gateway, fake } = await startForTests({ tls: { cert, key } });
  cleanups.push(
    () => rmSync(folder, { recursive: true }),
    () => gateway.close(),
  );
  const before = await ask(base);
  expect(before.status).toBe(200);
  copyFileSync(sample('client.pem'), cert);
  copyFileSync(sample('client.key'), key);
  fake.now += 5000;
  expect((await ask(base)).serial).not.toBe(before.serial);
});

test('a certificate file that is not there stops the gateway with its name', async () => {
  const tls = { cert: 'none.pem', key: 'none.key' };
  await expect(startForTests({ tls })).rejects.toMatchObject({ code: 'hub.certificate.unusable' });
});
