import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { adt, MessageFactory } from '../peers/his/messages.ts';
import { HisSender } from '../peers/his/sender.ts';
import { freePort, type RunningPlatform, runPlatform } from '../platform.ts';

const samples = join(import.meta.dirname, '../../adapters/mllp/samples');
const pem = (name: string): Buffer => readFileSync(join(samples, name));
const factory = new MessageFactory({ seed: 3 });
let platform: RunningPlatform;
let tlsPort: number;

beforeAll(async () => {
  tlsPort = await freePort();
  platform = await runPlatform({
    env: {
      CYTOMESH_MLLP_TLS_PORT: String(tlsPort),
      CYTOMESH_MLLP_TLS_CERT: join(samples, 'server.pem'),
      CYTOMESH_MLLP_TLS_KEY: join(samples, 'server.key'),
      CYTOMESH_MLLP_TLS_CA: join(samples, 'ca.pem'),
    },
  });
}, 60_000);
afterAll(() => platform?.kill());

test('[INT-02] [ARC-09] the same endpoint listens in the clear and over mutual TLS', async () => {
  const tls = { ca: pem('ca.pem'), cert: pem('client.pem'), key: pem('client.key'), servername: 'localhost' };
  const secure = await HisSender.connect({ port: tlsPort, tls });
  expect((await secure.send(adt('A28', factory.patient(), factory.envelope()).bytes)).code).toBe('AA');
  await secure.end();
  const plain = await HisSender.connect({ port: platform.mllpPort });
  expect((await plain.send(adt('A28', factory.patient(), factory.envelope()).bytes)).code).toBe('AA');
  await plain.end();
}, 30_000);

test('[ARC-09] a client without a certificate is not let in', async () => {
  const tls = { ca: pem('ca.pem'), servername: 'localhost' };
  const attempt = async (): Promise<string> => {
    const peer = await HisSender.connect({ port: tlsPort, tls, timeoutMs: 5000 });
    const reply = await peer.send(adt('A28', factory.patient(), factory.envelope()).bytes);
    return reply.code;
  };
  await expect(attempt()).rejects.toThrow();
}, 30_000);
