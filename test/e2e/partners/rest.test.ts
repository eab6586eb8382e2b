import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ask } from '../../api/api.ts';
import { adt, MessageFactory, orm } from '../../peers/his/messages.ts';
import { HisSender } from '../../peers/his/sender.ts';
import { type RunningPlatform, runPlatform } from '../../platform.ts';

const run = promisify(execFile);
const folder = join(import.meta.dirname, '../../../mappings/lab-rest/optional');
const key = 'a-key-for-this-run-only';
let platform: RunningPlatform;
let sender: HisSender;
let base: string;
let engineer: string;
const factory = new MessageFactory({ seed: 11, charset: 'GB18030' });
const patient = factory.patient();
const order = factory.order();

const signIn = async (username: string): Promise<string> => {
  const { json } = await ask(base, 'POST', '/auth/login', { body: { username, password: 'Cytomesh#Demo1' } });
  return (json as { token: string }).token;
};
const create = async (file: string): Promise<void> => {
  const text = readFileSync(join(folder, file), 'utf8').replace('$labKey', key);
  const made = await ask(base, 'POST', '/channels', {
    token: engineer,
    headers: { 'Idempotency-Key': file },
    body: { text },
  });
  expect([made.status, made.text]).toEqual([201, expect.any(String)]);
};
/** Posts with curl, a client that nobody here wrote. */
async function curl(body: object | string, headers: readonly string[] = [`x-api-key: ${key}`]) {
  const { stdout } = await run('curl', [
    '-s',
    '-w',
    '\n%{http_code}',
    '-H',
    'Content-Type: application/json',
    ...headers.flatMap((h) => ['-H', h]),
    '--data-binary',
    typeof body === 'string' ? body : JSON.stringify(body),
    `http://127.0.0.1:${platform.interfacePort}/in/lab`,
  ]);
  const [text, status] = [
    stdout.slice(0, stdout.lastIndexOf('\n')),
    Number(stdout.slice(stdout.lastIndexOf('\n') + 1)),
  ];
  return { status, text };
}
const orderId = async (): Promise<string> => {
  for (let i = 0; i < 100; i++) {
    const { json } = await ask(base, 'GET', `/orders?q=${order.placer}`, { token: engineer });
    const [found] = (json as { items: { id: string }[] }).items;
    if (found) return found.id;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('the order did not come');
};

beforeAll(async () => {
  platform = await runPlatform();
  base = `http://127.0.0.1:${platform.httpPort}`;
  sender = await HisSender.connect({ port: platform.mllpPort });
  await sender.send(adt('A01', patient, factory.envelope()).bytes);
  await sender.send(orm('NW', patient, order, factory.envelope()).bytes);
  engineer = await signIn('engineer');
  await create('lab-rest.endpoint.yaml');
  await create('lab-results-in.channel.yaml');
}, 60_000);
afterAll(async () => {
  await sender?.end();
  await platform?.kill();
});

const specimen = (status: string) => ({
  kind: 'specimen',
  id: `sp-${status}`,
  system: 'LIS',
  order: { placer: order.placer },
  specimen: { barcode: 'S-77', status },
});
const result = {
  kind: 'result',
  id: 'r-1',
  system: 'LIS',
  specimen: { barcode: 'S-77' },
  item: { code: 'CD34', name: 'CD34+ 细胞' },
  report: 'R-77',
  values: [{ code: 'CD34', value: '1.8', unit: '%', kind: 'number' }],
};

test('[INT-01] [INT-02] a specimen and then a result by REST stand at the order the HIS placed by HL7', async () => {
  const id = await orderId();
  expect(await curl(specimen('collected'))).toMatchObject({ status: 200 });
  const answered = await curl(result);
  expect(answered.status).toBe(200);
  expect(JSON.parse(answered.text)).toMatchObject({ code: 'AA', outcome: 'kept', id: 'r-1' });
  const { json } = await ask(base, 'GET', `/orders/${id}/facts`, { token: engineer });
  expect((json as { items: unknown[] }).items).toMatchObject([
    { kind: 'ResultReported', number: 'R-77', title: 'CD34+ 细胞' },
    { kind: 'SpecimenCollected', number: 'S-77', status: 'collected' },
  ]);
}, 30_000);

test('[INT-02] the same result again is kept as a repetition and stands once', async () => {
  expect(await curl(result)).toMatchObject({ status: 200 });
  const { json } = await ask(base, 'GET', `/orders/${await orderId()}/facts`, { token: engineer });
  expect((json as { items: unknown[] }).items).toHaveLength(2);
}, 30_000);

test('[INT-02] what cannot be used is answered with its reason, and found in the ledger', async () => {
  const stranger = await curl({ ...result, id: 'r-2', specimen: { barcode: 'NOBODY' } });
  expect(stranger.status).toBe(422);
  expect(JSON.parse(stranger.text)).toMatchObject({ code: 'AE', outcome: 'refused' });
  const half = await curl('{"kind":"result"');
  expect(half.status).toBe(422);
  expect(half.text).toContain('unexpected-end');
  const unauthorised = await curl(result, []);
  expect(unauthorised.status).toBe(401);
  const { json } = await ask(
    base,
    'GET',
    '/messages?filter[endpoint]=lab-rest&filter[state]=PARKED,REFUSED',
    {
      token: engineer,
    },
  );
  expect((json as { total: number }).total).toBe(2);
}, 30_000);
