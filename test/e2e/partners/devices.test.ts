import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { ask } from '../../api/api.ts';
import { Analyser } from '../../peers/astm/analyser.ts';
import { adt, MessageFactory, orm } from '../../peers/his/messages.ts';
import { HisSender } from '../../peers/his/sender.ts';
import { ModbusSlave } from '../../peers/modbus/slave.ts';
import { freePort, type RunningPlatform, runPlatform } from '../../platform.ts';

const mappings = join(import.meta.dirname, '../../../mappings');
const deviceKey = 'a-key-of-devices-for-this-run';
const labKey = 'a-key-of-the-lab-for-this-run';
const factory = new MessageFactory({ seed: 23, charset: 'GB18030' });
const patient = factory.patient();
const order = factory.order();

let platform: RunningPlatform;
let slave: ModbusSlave;
let his: HisSender;
let base: string;
let engineer: string;
let orderId: string;
let astmPort: number;
let hl7Port: number;

interface Listed {
  readonly id: string;
  readonly state: string;
  readonly messageType: string;
}

const until = async <T>(look: () => Promise<T | undefined>): Promise<T> => {
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
};
const get = async (path: string): Promise<unknown> =>
  (await ask(base, 'GET', path, { token: engineer })).json;
const create = async (profile: string, file: string, changes: Record<string, string> = {}): Promise<void> => {
  let text = readFileSync(join(mappings, profile, 'optional', file), 'utf8');
  for (const [from, to] of Object.entries(changes)) {
    expect(text).toContain(from);
    text = text.replace(from, to);
  }
  const made = await ask(base, 'POST', '/channels', {
    token: engineer,
    headers: { 'Idempotency-Key': file },
    body: { text },
  });
  expect([made.status, made.text]).toEqual([201, expect.any(String)]);
};
const messages = async (query: string): Promise<Listed[]> =>
  ((await get(`/messages?${query}`)) as { items: Listed[] }).items;
const post = (path: string, key: string, body: object) =>
  fetch(`http://127.0.0.1:${platform.interfacePort}/in/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': key },
    body: JSON.stringify(body),
  });
interface Fact {
  readonly kind: string;
  readonly number: string;
  readonly title: string;
  readonly status: string;
  readonly data: { readonly observations?: readonly { value: string }[] };
}
const facts = async (): Promise<Fact[]> =>
  ((await get(`/orders/${orderId}/facts`)) as { items: Fact[] }).items;

beforeAll(async () => {
  platform = await runPlatform();
  base = `http://127.0.0.1:${platform.httpPort}`;
  const body = { username: 'engineer', password: 'Cytomesh#Demo1' };
  engineer = ((await ask(base, 'POST', '/auth/login', { body })).json as { token: string }).token;
  [astmPort, hl7Port] = [await freePort(), await freePort()];
  slave = await ModbusSlave.listen();
  slave.unit(1).set('input', 1, 0xff9c, 482);

  await create('iot-devices', 'iot-modbus.endpoint.yaml', {
    'port: 502': `port: ${slave.port}`,
    'everySeconds: 10': 'everySeconds: 0.2',
  });
  await create('iot-devices', 'iot-modbus-in.channel.yaml');
  await create('iot-devices', 'iot-push.endpoint.yaml', { $deviceKey: deviceKey });
  await create('iot-devices', 'iot-push-in.channel.yaml');
  await create('analyser-astm', 'analyser-astm.endpoint.yaml', { 'port: 4001': `port: ${astmPort}` });
  await create('analyser-astm', 'analyser-astm-results-in.channel.yaml');
  await create('analyser-astm', 'analyser-astm-query-in.channel.yaml');
  await create('analyser-hl7', 'analyser-hl7.endpoint.yaml', { 'port: 4002': `port: ${hl7Port}` });
  await create('analyser-hl7', 'analyser-hl7-results-in.channel.yaml');
  await create('lab-rest', 'lab-rest.endpoint.yaml', { $labKey: labKey });
  await create('lab-rest', 'lab-results-in.channel.yaml');

  // The HIS orders, and a specimen is taken for the order.
  his = await HisSender.connect({ port: platform.mllpPort });
  await his.send(adt('A01', patient, factory.envelope()).bytes);
  await his.send(orm('NW', patient, order, factory.envelope()).bytes);
  orderId = await until(async () => {
    const { items } = (await get(`/orders?q=${order.placer}`)) as { items: { id: string }[] };
    return items[0]?.id;
  });
  const specimen = { barcode: 'S-501', status: 'collected' };
  const told = { kind: 'specimen', id: 'sp-1', system: 'LIS', order: { placer: order.placer }, specimen };
  await until(async () => ((await post('lab', labKey, told)).status === 200 ? true : undefined));
}, 90_000);
afterAll(async () => {
  await his?.end();
  await slave?.close();
  await platform?.kill();
});

test('[INT-07] [DEV-04] readings polled over Modbus arrive by themselves, with device, point, value, unit, quality and time', async () => {
  const found = await until(async () => {
    const items = await messages('filter[endpoint]=iot-modbus&pageSize=20');
    return items.length >= 2 && items.every((m) => m.state === 'DONE') ? items : undefined;
  });
  const { canonical } = (await get(`/messages/${found[0]!.id}`)) as { canonical: unknown };
  expect(canonical).toEqual([
    {
      type: 'ReadingTaken',
      device: 'ROOM-101',
      occurredAt: expect.any(String),
      sender: 'xy-md02',
      readings: [
        { point: 'temperature', value: -10, unit: 'Cel', quality: 'good', at: expect.any(String) },
        { point: 'humidity', value: 48.2, unit: '%', quality: 'good', at: expect.any(String) },
      ],
    },
  ]);
  // The device goes silent: its values are bad at once, and never the last good ones.
  slave.behave({ kind: 'silent' });
  const bad = await until(async () => {
    const [newest] = await messages('filter[endpoint]=iot-modbus&pageSize=1');
    const shown = (await get(`/messages/${newest!.id}`)) as {
      canonical?: { readings: { quality: string; value: unknown }[] }[];
    };
    const readings = shown.canonical?.[0]?.readings;
    return readings?.some((r) => r.quality === 'bad') ? readings : undefined;
  });
  expect(bad.map(({ value, quality }) => [value, quality])).toEqual([
    [null, 'bad'],
    [null, 'bad'],
  ]);
}, 60_000);

test('[INT-07] [DEV-04] a gateway posts readings by HTTP; without the key, or without a device, nothing is taken for one', async () => {
  const reading = {
    id: '1',
    gateway: 'GW-3',
    device: 'ULT-12',
    time: '2026-11-27T08:30:00+08:00',
    readings: [{ point: 'temperature', value: -79.8, unit: '℃' }],
  };
  expect((await post('devices', deviceKey, reading)).status).toBe(200);
  expect((await post('devices', 'wrong', reading)).status).toBe(401);
  const [one] = await until(async () => {
    const items = await messages('key=ULT-12');
    return items[0]?.state === 'DONE' ? items : undefined;
  });
  const { canonical } = (await get(`/messages/${one!.id}`)) as { canonical: unknown };
  expect(canonical).toMatchObject([
    { type: 'ReadingTaken', device: 'ULT-12', readings: [{ value: -79.8, unit: 'Cel', quality: 'good' }] },
  ]);
}, 60_000);

const result = Buffer.from(
  'H|\\^&|||XN-L|||||||P|LIS2-A2|20261127083005\rP|1\rO|1|S-501||^^^CBC\rR|1|^^^WBC|5.4|10*9/L||N||F||||20261127083000\rL|1|N\r',
);

test('[INT-07] [INT-02] a result over ASTM stands at the order its specimen was taken for, once, however often it is sent', async () => {
  const analyser = await Analyser.connect(astmPort);
  expect(await analyser.send(result)).toBe(true);
  expect(await analyser.send(result, { spoil: [2], textBytes: 20 })).toBe(true);
  const found = (await facts()).filter((f) => f.kind === 'ResultReported' && f.title === 'CBC');
  expect(found).toMatchObject([
    { number: 'S-501', status: 'final', data: { observations: [{ value: '5.4' }] } },
  ]);
  const kept = await messages('filter[endpoint]=analyser-astm');
  expect(kept.map((m) => m.state).sort()).toEqual(['DONE', 'DUPLICATE']);
  analyser.hangUp();
}, 60_000);

test('[INT-07] an analyser asks for its specimen and is sent what is ordered once the order is accepted', async () => {
  const query = Buffer.from('H|\\^&|||XN-L\rQ|1|^S-501||ALL||||||||O\rL|1|N\r');
  const analyser = await Analyser.connect(astmPort);
  expect(await analyser.send(query)).toBe(true);
  await analyser.until(() => analyser.got.length === 1);
  expect(analyser.got[0]!.toString()).toMatch(/\rL\|1\|I\r$/);

  const body = { username: 'planner', password: 'Cytomesh#Demo1' };
  const planner = ((await ask(base, 'POST', '/auth/login', { body })).json as { token: string }).token;
  const shown = (await get(`/orders/${orderId}`)) as { version: number };
  const accepted = await ask(base, 'POST', `/orders/${orderId}/actions/accept`, {
    token: planner,
    headers: { 'Idempotency-Key': 'accept-1', 'If-Match': `"${shown.version}"` },
    body: {},
  });
  expect([accepted.status, accepted.text]).toEqual([200, expect.any(String)]);
  expect(await analyser.send(query)).toBe(true);
  await analyser.until(() => analyser.got.length === 2);
  const text = analyser.got[1]!.toString('utf8');
  expect(text).toMatch(/\rO\|1\|S-501\|\|\^\^\^/);
  expect(text).toMatch(/\rL\|1\|F\r$/);
  analyser.hangUp();
}, 60_000);

test('[INT-07] [INT-02] a result by HL7 of an analyser stands at the order; quality control is kept and stands nowhere', async () => {
  const head = (control: string, kind: string) =>
    `MSH|^~\\&|Mindray|BS-240|||20261127083000||ORU^R01|${control}|P|2.3.1||||${kind}||ASCII|||\r`;
  const line = await HisSender.connect({ port: hl7Port });
  const send = async (text: string): Promise<string> => (await line.send(Buffer.from(text, 'utf8'))).ackText;
  const obx = 'OBX|1|NM|2|总胆红素|14.2|umol/L|3.4-20.5|N|||F\r';
  expect(await send(`${head('1', '0')}OBR|1|S-501|12|Mindray^BS-240|Y\r${obx}`)).toContain('MSA|AA|1');
  expect(await send(`${head('1', '2')}OBR|1|QC-1|3|Mindray^BS-240\r`)).toContain('MSA|AA|1');
  const found = await until(async () => {
    const one = (await facts()).find((f) => f.kind === 'ResultReported' && f.title === 'BS-240');
    return one;
  });
  expect(found).toMatchObject({ number: 'S-501', data: { observations: [{ value: '14.2', code: 'TBIL' }] } });
  const kept = await until(async () => {
    const items = await messages('filter[endpoint]=analyser-hl7');
    return items.every((m) => m.state !== 'RECEIVED') ? items : undefined;
  });
  expect(kept.map((m) => m.state).sort()).toEqual(['DONE', 'FILTERED']);
  await line.end();
}, 60_000);

test('[INT-02] the samples of the analyser go through the real port, and the address of a device is tried', async () => {
  const { items } = (await get('/channels?pageSize=100')) as { items: { id: string; code: string }[] };
  const idOf = (code: string): string => items.find((c) => c.code === code)!.id;
  const tested = await ask(base, 'POST', `/channels/${idOf('analyser-astm-results-in')}/actions/self-test`, {
    token: engineer,
    headers: { 'Idempotency-Key': 'self-test-1' },
    body: {},
  });
  expect(tested.json).toMatchObject({ failed: 0, note: '', passed: 6 });
  expect(await get(`/channels/${idOf('iot-modbus')}/reach`)).toMatchObject({
    items: [{ way: 'listen', target: `127.0.0.1:${slave.port}`, outcome: 'good' }],
  });
}, 60_000);

test('[INT-02] a result for a specimen nobody knows waits for a person with its reason', async () => {
  const analyser = await Analyser.connect(astmPort);
  expect(await analyser.send(Buffer.from(result.toString().replaceAll('S-501', 'S-404')))).toBe(true);
  analyser.hangUp();
  const [parked] = await messages('key=S-404');
  expect(parked).toMatchObject({ state: 'PARKED', faultCode: 'order.number.unknown' });
}, 60_000);
