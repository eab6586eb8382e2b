import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect } from '@jest/globals';
import { stringify } from 'yaml';
import { Engineer } from '../e2e/engineer.ts';
import { freePort, type RunningPlatform, runPlatform } from '../platform.ts';
import { testWith } from '../servers.ts';

const pem = (name: string): string => join(import.meta.dirname, '../../adapters/mllp/samples', name);
const own = { certificate: pem('server.pem'), key: pem('server.key') };
let platform: RunningPlatform;
let secured: RunningPlatform;
/** Ports that speak TLS, by what they are. */
const ports: Record<string, number> = {};

/** `openssl s_client`, to the end of its handshake; its output. */
function handshake(port: number, ...more: string[]): Promise<{ code: number | null; text: string }> {
  return new Promise((resolve, reject) => {
    const args = [
      's_client',
      '-connect',
      `127.0.0.1:${port}`,
      '-servername',
      'localhost',
      '-CAfile',
      pem('ca.pem'),
    ];
    const child = spawn('openssl', [
      ...args,
      '-verify_return_error',
      '-verify_hostname',
      'localhost',
      ...more,
    ]);
    let text = '';
    const add = (chunk: Buffer): void => {
      text += chunk.toString('utf8');
      if (text.includes('Verify return code')) child.stdin.end('Q\n');
    };
    child.stdout.on('data', add);
    child.stderr.on('data', add);
    child.stdin.on('error', () => undefined);
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, text }));
  });
}

const listening = (name: string, adapter: string, listen: object): string =>
  stringify({
    endpoint: name,
    title: { zh: name, en: name },
    org: 'HY',
    adapter,
    format: 'json',
    listen,
    decode: { mode: 'forced', charset: 'UTF-8' },
    ack: { mode: 'original', unrouted: 'accept' },
    lane: 'endpoint',
    retainDays: 30,
  });

beforeAll(async () => {
  for (const name of ['portal and API', 'SOAP and REST', 'MLLP', 'DICOM', 'MQTT'])
    ports[name] = await freePort();
  platform = await runPlatform({
    interfacePort: ports['SOAP and REST']!,
    env: {
      CYTOMESH_INTERFACE_TLS_CERT: own.certificate,
      CYTOMESH_INTERFACE_TLS_KEY: own.key,
      CYTOMESH_MLLP_TLS_PORT: String(ports.MLLP),
      CYTOMESH_MLLP_TLS_CERT: own.certificate,
      CYTOMESH_MLLP_TLS_KEY: own.key,
      CYTOMESH_MLLP_TLS_CA: pem('ca.pem'),
    },
  });
  const engineer = await Engineer.at(platform);
  await engineer.post('/channels', {
    text: listening('tls-dicom', 'dicom', { host: '127.0.0.1', port: ports.DICOM, tls: own }),
  });
  await engineer.post('/channel-secrets', { code: 'tls-device', value: 'secret-1' });
  await engineer.post('/channels', {
    text: listening('tls-mqtt', 'mqtt', {
      broker: {
        host: '127.0.0.1',
        port: ports.MQTT,
        devices: [{ name: 'fridge-1', password: '$secret:tls-device' }],
        tls: own,
      },
    }),
  });
  secured = await runPlatform({
    httpPort: ports['portal and API']!,
    env: { CYTOMESH_HTTP_TLS_CERT: own.certificate, CYTOMESH_HTTP_TLS_KEY: own.key },
  });
}, 120_000);
afterAll(async () => {
  await platform?.kill();
  await secured?.kill();
});

describe.each(['portal and API', 'SOAP and REST', 'MLLP', 'DICOM', 'MQTT'])('[ARC-09] TLS of %s', (name) => {
  testWith('openssl')(
    'openssl s_client finds TLS 1.2 and 1.3 with a certificate that verifies, and nothing older',
    async () => {
      const mutual = name === 'MLLP' ? ['-cert', pem('client.pem'), '-key', pem('client.key')] : [];
      for (const version of ['-tls1_2', '-tls1_3'])
        expect([version, (await handshake(ports[name]!, version, ...mutual)).text]).toEqual([
          version,
          expect.stringContaining('Verify return code: 0 (ok)'),
        ]);
      const old = await handshake(ports[name]!, '-tls1_1', '-cipher', 'DEFAULT:@SECLEVEL=0', ...mutual);
      expect(old.code).not.toBe(0);
      expect(old.text).toContain('Cipher is (NONE)');
    },
    60_000,
  );
});
