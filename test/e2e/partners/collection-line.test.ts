import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually } from '../../fault/ward.ts';
import { CollectionLine } from '../../peers/collection-line/line.ts';
import { HisSender } from '../../peers/his/sender.ts';
import { freePort } from '../../platform.ts';
import type { FoundOrder } from '../engineer.ts';
import { Lab } from './lab.ts';

const key = 'a-key-for-this-run-only';
let lab: Lab;
let line: CollectionLine;
let hl7Port: number;
let order: FoundOrder;
const tubes = async (placer: string, count: number) =>
  (await lab.engineer.facts(placer, (facts) => facts.length >= count)).map((f) => [
    f.kind,
    f.number,
    f.status,
  ]);

beforeAll(async () => {
  line = await CollectionLine.listen(key);
  lab = await Lab.open(22);
  hl7Port = await freePort();
  await lab.template('collection-line', 'line-1', { url: line.url, path: 'line-1' }, { key });
  const fill = (text: string): string =>
    text
      .replace('$linePort', String(hl7Port))
      .replace('$lineHostPort', String(line.hl7.port))
      .replace('$lineHost', '127.0.0.1');
  await lab.engineer.connect('collection-line/optional/line-hl7.endpoint.yaml', {}, fill);
  await lab.engineer.connect('collection-line/optional/line-labels-hl7-out.channel.yaml');
  await lab.engineer.connect('collection-line/optional/line-status-hl7-in.channel.yaml');
  order = await lab.place();
}, 60_000);
afterAll(async () => {
  await lab?.close();
  await line?.close();
});

test('[INT-04] the label of an accepted order is printed by the line, over REST and over HL7', async () => {
  await lab.decide(order.placerNumber, 'accept');
  await eventually(
    () => Promise.resolve(line.labels),
    (labels) => labels.get(order.number) === order.number,
  );
  await line.hl7.waitFor(1);
  const [oml] = line.orders;
  expect(oml!.type).toBe('OML^O33');
  expect([oml!.field('ORC.1'), oml!.field('SPM.2'), oml!.field('PID.5.1')]).toEqual([
    'NW',
    order.number,
    lab.patientOf(order.placerNumber).name,
  ]);
}, 60_000);

test('[INT-04] labelled, collected and rejected tubes come back and stand at the order', async () => {
  const url = lab.at('/in/line-1');
  expect((await line.tell(url, order.number, [{ barcode: order.number, status: 'labelled' }])).status).toBe(
    200,
  );
  const told = await line.tell(url, order.number, [
    { barcode: order.number, status: 'collected', tube: 'EDTA', by: '王护士' },
    { barcode: `${order.number}-2`, status: 'rejected', reason: '溶血' },
  ]);
  expect([told.status, JSON.parse(told.text)]).toMatchObject([200, { code: 'AA' }]);
  expect(await tubes(order.placerNumber, 3)).toEqual([
    ['SpecimenCollected', `${order.number}-2`, 'rejected'],
    ['SpecimenCollected', order.number, 'collected'],
    ['SpecimenCollected', order.number, 'labelled'],
  ]);
  const sender = await HisSender.connect({ port: hl7Port });
  const reply = await sender.send(line.update([[order.number, 'A']]));
  expect(reply.code).toBe('AA');
  const lost = await sender.send(line.update([['NOBODY', 'R']]));
  expect(lost.code).toBe('AE');
  await sender.end();
  expect((await tubes(order.placerNumber, 4))[0]).toEqual(['SpecimenCollected', order.number, 'received']);
}, 60_000);

test('[INT-04] a tube without a barcode, or of an order nobody knows, is refused and nothing of its message stands', async () => {
  const url = lab.at('/in/line-1');
  const half = await line.tell(url, order.number, [{ status: 'collected' }]);
  expect([half.status, half.text]).toEqual([422, expect.stringContaining('barcode')]);
  expect((await line.tell(url, 'O99-000001', [{ barcode: 'X-1', status: 'collected' }])).status).toBe(422);
  expect((await line.partner.post(url, '{"kind":"status","tubes":[{')).status).toBe(422);
  expect(await tubes(order.placerNumber, 4)).toHaveLength(4);
}, 60_000);

test('[INT-04] a cancelled order takes its label back, whoever cancels it', async () => {
  await lab.decide(order.placerNumber, 'cancel', { reason: '患者转院' });
  await eventually(
    () => Promise.resolve(line.requests),
    (requests) => requests.some((r) => r.action === 'cancel'),
  );
  expect(line.labels.size).toBe(0);
  await line.hl7.waitFor(2);
  expect(line.orders[1]!.field('ORC.1')).toBe('CA');
}, 60_000);
