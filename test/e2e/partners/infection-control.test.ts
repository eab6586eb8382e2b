import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually } from '../../fault/ward.ts';
import { callHip } from '../../peers/hip/client.ts';
import { InfectionControl } from '../../peers/infection-control/infection.ts';
import type { FoundOrder } from '../engineer.ts';
import { Lab } from './lab.ts';

const run = promisify(execFile);
const key = 'a-key-for-this-run-only';
let lab: Lab;
let infection: InfectionControl;
let order: FoundOrder;
const pushed = (kind: 'result' | 'report' | 'alarm', count: number) =>
  eventually(
    () => Promise.resolve(infection.of(kind)),
    (found) => found.length >= count,
    20_000,
  );

beforeAll(async () => {
  infection = await InfectionControl.listen(key);
  lab = await Lab.open(23);
  await lab.template(
    'infection-control',
    'infection-1',
    { url: infection.url, path: 'infection-1' },
    { key },
  );
  await lab.engineer.connect('infection-control/optional/infection-soap.endpoint.yaml');
  await lab.engineer.connect('infection-control/optional/infection-facts-soap-in.channel.yaml');
  await lab.engineer.connect('lab-rest/optional/lab-rest.endpoint.yaml', { labKey: key });
  await lab.engineer.connect('lab-rest/optional/lab-results-in.channel.yaml');
  order = await lab.place();
}, 60_000);
afterAll(async () => {
  await lab?.close();
  await infection?.close();
});

test('[INT-01] a result and a report of an order are pushed to infection control', async () => {
  const placed = { placer: order.placerNumber };
  const result = {
    kind: 'result',
    id: 'r-1',
    system: 'LIS',
    order: placed,
    item: { code: 'STERILE', name: '无菌检查' },
    report: 'R-1',
    values: [{ code: 'BACT', value: '阳性', flag: 'A', kind: 'text' }],
  };
  expect((await infection.partner.post(lab.at('/in/lab'), result)).status).toBe(200);
  const report = {
    kind: 'document',
    id: 'd-1',
    system: 'LIS',
    order: placed,
    document: {
      number: 'DOC-1',
      kind: 'C0007',
      title: '无菌检查报告',
      author: '张医生',
      mediaType: 'text/plain',
    },
    content: Buffer.from('报告').toString('base64'),
  };
  expect((await infection.partner.post(lab.at('/in/lab'), report)).status).toBe(200);
  const patient = { id: lab.patientOf(order.placerNumber).mrn };
  expect(await pushed('result', 1)).toMatchObject([
    {
      order: { number: order.number },
      patient,
      item: { code: 'STERILE' },
      values: [{ value: '阳性', flag: 'A' }],
    },
  ]);
  expect(await pushed('report', 1)).toMatchObject([
    { order: { number: order.number }, patient, report: 'DOC-1', title: '无菌检查报告' },
  ]);
}, 60_000);

test('[INT-01] an alarm of the monitoring system is passed on, and its end', async () => {
  const alarm = {
    kind: 'alarm',
    id: 'al-1',
    system: 'MON',
    alarm: 'AL-77',
    device: 'LN2-03',
    state: 'raised',
    severity: '3',
    value: '-131.5',
    unit: 'Cel',
    at: '2026-11-27T03:04:05+08:00',
  };
  const url = lab.at('/in/infection-1-alarms');
  expect((await infection.partner.post(url, alarm)).status).toBe(200);
  expect((await infection.partner.post(url, { ...alarm, id: 'al-2', state: 'cleared' })).status).toBe(200);
  expect((await infection.partner.post(url, { ...alarm, id: 'al-3', device: '' })).status).toBe(422);
  expect(await pushed('alarm', 2)).toMatchObject([
    { alarm: 'AL-77', device: 'LN2-03', state: 'raised', severity: 'critical', value: -131.5 },
    { state: 'cleared' },
  ]);
}, 60_000);

test('[INT-01] it asks for orders, results and reports, by POST and by GET, and gets what is there', async () => {
  const url = lab.at('/in/infection-1');
  const patient = { id: lab.patientOf(order.placerNumber).mrn };
  const orders = await infection.ask(url, { kind: 'orders', patient });
  expect([orders.status, orders.found]).toMatchObject([
    200,
    {
      code: '0',
      orders: [{ number: order.number, placer: order.placerNumber, status: 'SUBMITTED', patient }],
    },
  ]);
  const facts = await infection.ask(url, { kind: 'facts', order: { number: order.number } });
  expect(facts.found).toMatchObject({
    facts: [
      { kind: 'result', report: 'R-1', title: '无菌检查' },
      { kind: 'report', report: 'DOC-1', title: '无菌检查报告' },
    ],
  });
  const one = await infection.ask(url, { kind: 'facts', report: 'DOC-1' });
  expect(one.found).toMatchObject({ facts: [{ content: Buffer.from('报告').toString('base64') }] });
  const none = await infection.ask(url, { kind: 'orders', patient: { id: 'NOBODY' } });
  expect([none.status, none.found]).toMatchObject([200, { code: '0' }]);
  expect(none.found).not.toHaveProperty('orders');
  const { stdout } = await run('curl', ['-s', '-H', `x-api-key: ${key}`, `${url}?kind=facts&report=R-1`]);
  expect(JSON.parse(stdout)).toMatchObject({ facts: [{ kind: 'result', report: 'R-1' }] });
}, 60_000);

test('[INT-01] the same is asked over SOAP, and a question that is none answered with its reason', async () => {
  const ask = (message: string) => callHip(lab.at('/soap/infection'), 'ReportQuery', message);
  const found = await ask(`<request><orderNo>${order.number}</orderNo><report>DOC-1</report></request>`);
  expect(found.result).toMatch(/<response><code>0<\/code><fact><kind>report<\/kind>/);
  expect(found.result).toContain(`<content>${Buffer.from('报告').toString('base64')}</content>`);
  const wrong = await ask('<request><since>yesterday</since></request>');
  expect(wrong.result).toMatch(/<code>1<\/code><message>.+<\/message>/);
  expect((await ask('<request><report>NOBODY</report></request>')).result).toBe(
    '<response><code>0</code></response>',
  );
}, 60_000);

test('[INT-01] without the key nothing is told, and a question that is none is refused', async () => {
  const url = lab.at('/in/infection-1');
  const ask = { kind: 'orders', since: '2020-01-01T00:00:00+08:00' };
  const stranger = await infection.partner.post(url, ask, { 'x-api-key': 'wrong' });
  expect([stranger.status, stranger.text]).toEqual([401, expect.not.stringContaining(order.number)]);
  expect((await infection.partner.post(url, { kind: 'patients' })).status).toBe(404);
  expect((await infection.partner.post(url, { kind: 'facts', since: 'yesterday' })).status).toBe(422);
  // What cannot be answered holds up nobody.
  expect((await infection.ask(url, { kind: 'facts', report: 'R-1' })).found).toMatchObject({ code: '0' });
}, 60_000);
