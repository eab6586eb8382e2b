import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { eventually } from '../../fault/ward.ts';
import { invoke, QueueSystem } from '../../peers/queue/queue.ts';
import type { FoundOrder } from '../engineer.ts';
import { Lab } from './lab.ts';

const key = 'a-key-for-this-run-only';
let lab: Lab;
let queue: QueueSystem;
let first: FoundOrder;
const states = async (placer: string, count: number) =>
  (await lab.engineer.facts(placer, (facts) => facts.length >= count)).map((f) => [
    f.number,
    f.status,
    f.title,
  ]);

beforeAll(async () => {
  queue = await QueueSystem.listen(key);
  lab = await Lab.open(21);
  await lab.template('queue-call', 'qms', { url: queue.url, path: 'qms' }, { key });
  await lab.engineer.connect('queue-call/optional/queue-soap.endpoint.yaml');
  await lab.engineer.connect('queue-call/optional/queue-invoke-in.channel.yaml');
  first = await lab.place();
}, 60_000);
afterAll(async () => {
  await lab?.close();
  await queue?.close();
});

test('[INT-05] an accepted order gets a ticket of the queue-calling system, which stands at the order', async () => {
  expect(queue.tickets).toEqual([]);
  await lab.decide(first.placerNumber, 'accept');
  expect(await states(first.placerNumber, 1)).toEqual([['A001', 'issued', '']]);
  const patient = lab.patientOf(first.placerNumber);
  expect(queue.tickets).toMatchObject([
    { order: first.number, request: { action: 'issue', patient: { id: patient.mrn, name: patient.name } } },
  ]);
}, 60_000);

test('[INT-05] called, passed, arrived and done come back, by REST and by SOAP invoke', async () => {
  const url = lab.at('/in/qms');
  expect((await queue.tell(url, 'A001', '1', { window: '3 号窗' })).status).toBe(200);
  expect((await queue.tell(url, 'A001', 'passed')).status).toBe(200);
  const notice = (state: string, request: string) =>
    `<request><requestId>${request}</requestId><orderNo>${first.number}</orderNo><queueNo>A001</queueNo><state>${state}</state><window>&lt;5&gt;</window></request>`;
  const arrived = await invoke(lab.at('/soap/queue'), 'QueueStateNotify', notice('2', 'r-1'));
  expect([arrived.status, arrived.text]).toEqual([
    200,
    expect.stringContaining('&lt;code&gt;0&lt;/code&gt;'),
  ]);
  await invoke(lab.at('/soap/queue'), 'QueueStateNotify', notice('4', 'r-2'));
  expect(await states(first.placerNumber, 5)).toEqual([
    ['A001', 'done', '<5>'],
    ['A001', 'arrived', '<5>'],
    ['A001', 'passed', ''],
    ['A001', 'called', '3 号窗'],
    ['A001', 'issued', ''],
  ]);
}, 60_000);

test('[INT-05] a state sent again is taken once; one that is of no order, or has no meaning, is refused with the reason', async () => {
  const url = lab.at('/in/qms');
  const state = {
    kind: 'status',
    id: 'same',
    order: { number: first.number },
    ticket: 'A001',
    status: '1',
    at: '2026-11-27T09:00:00+08:00',
  };
  expect((await queue.partner.post(url, state)).status).toBe(200);
  expect((await queue.partner.post(url, state)).status).toBe(200);
  expect(await states(first.placerNumber, 6)).toHaveLength(6);
  const stranger = await queue.partner.post(url, { ...state, id: 'x', order: { number: 'O99-1' } });
  expect([stranger.status, stranger.text]).toEqual([422, expect.stringContaining('O99-1')]);
  const odd = await queue.partner.post(url, { ...state, id: 'y', status: '77' });
  expect([odd.status, odd.text]).toEqual([422, expect.stringContaining('77')]);
  const soap = await invoke(
    lab.at('/soap/queue'),
    'QueueStateNotify',
    '<request><queueNo>A</queueNo></request>',
  );
  expect(soap.text).toContain('&lt;code&gt;1&lt;/code&gt;');
  expect(await states(first.placerNumber, 6)).toHaveLength(6);
}, 60_000);

test('[INT-05] a queue that is down gets its ticket when it is back; a cancellation of the HIS takes the ticket back', async () => {
  const second = await lab.place();
  queue.partner.down = true;
  await lab.decide(second.placerNumber, 'accept');
  await eventually(
    () => Promise.resolve(queue.partner.peer.taken.length),
    (count) => count >= 2,
  );
  queue.partner.down = false;
  expect(await states(second.placerNumber, 1)).toEqual([['A002', 'issued', '']]);
  await lab.cancel(second.placerNumber);
  expect(await states(second.placerNumber, 2)).toEqual([
    ['A002', 'cancelled', ''],
    ['A002', 'issued', ''],
  ]);
  expect(queue.tickets.map((t) => t.state)).toEqual(['waiting', 'cancelled']);
}, 60_000);
