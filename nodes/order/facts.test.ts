import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { donorActions } from '../../contracts/donor/donor.actions.ts';
import type { ReceiveOutcome } from '../../contracts/kernel/receive.ts';
import type { Canonical } from '../../contracts/message/canonical.ts';
import { orderActions } from '../../contracts/order/order.actions.ts';
import { orderFactAdded } from '../../contracts/order/order.events.ts';
import { orderRecord } from '../../contracts/order/order.record.ts';
import { orderFactTable } from '../../contracts/order/order-fact.record.ts';
import { donorService } from '../donor/donor.service.ts';
import { systemCaller } from '../kit/caller.ts';
import { kitForTests, type TestKit } from '../kit/testing/kit-for-tests.ts';
import { orderService } from './order.service.ts';

const org = 'org-hy';
let mesh: TestKit;
let serial = 0;

/** Through the words in the order a channel calls them. */
async function receive(...messages: Canonical[]): Promise<ReceiveOutcome[]> {
  const meta = { caller: systemCaller('hub', org), requestId: 'r' };
  const items = messages.map((message) => ({ id: `f${++serial}`, message, context: {} }));
  const donors = await mesh.kit.call(donorActions.receive, { items }, meta);
  const next = items.map((item, i) => ({ ...item, context: donors.outcomes[i]!.context }));
  const orders = await mesh.kit.call(orderActions.receive, { items: next }, meta);
  return orders.outcomes.map((o, i) => ({ ...o, answer: o.answer ?? donors.outcomes[i]!.answer }));
}

const patient = { identifiers: [{ number: 'P1', authority: 'HIS' }], name: '张三', sex: 'M' as const };
const placed = (number: string): Canonical => ({
  type: 'OrderPlaced',
  control: 'new',
  patient,
  order: { placerNumber: { number, authority: 'HIS' }, code: 'NK', name: 'NK 细胞' },
});
const specimen = (placer: string, number: string, status: 'labelled' | 'collected'): Canonical => ({
  type: 'SpecimenCollected',
  placerNumber: { number: placer },
  specimen: number,
  status,
  occurredAt: '2026-11-25T09:00:00+08:00',
});
const facts = async (placer: string) => {
  const [order] = await mesh.kit.find(orderRecord, { orgId: org }, { placerNumber: placer });
  const { items } = await mesh.call(
    orderActions.facts,
    { id: order!.id },
    { as: { permissions: ['order.read'] } },
  );
  return items;
};

beforeAll(async () => {
  mesh = await kitForTests([donorService, orderService]);
  await receive(placed('A1'), placed('A2'));
});
afterAll(() => mesh.close());

test('[INT-02] a specimen by the placer number, then a result by the specimen alone: both stand at the order', async () => {
  await receive(specimen('A1', 'S-1', 'collected'));
  const [outcome] = await receive({
    type: 'ResultReported',
    specimen: 'S-1',
    device: 'counter-1',
    code: 'CD34',
    status: 'final',
    observations: [{ code: 'CD34', value: '1.8', unit: '%', kind: 'number' }],
  });
  expect(outcome).toMatchObject({
    status: 'applied',
    context: { orderNumber: expect.stringMatching(/^O\d/) },
  });
  expect(await facts('A1')).toMatchObject([
    { kind: 'ResultReported', status: 'final', data: { observations: [{ value: '1.8' }] } },
    { kind: 'SpecimenCollected', number: 'S-1', at: '2026-11-25T01:00:00.000Z' },
  ]);
  expect(await facts('A2')).toEqual([]);
});

test('what belongs to no order is refused, and the others of its batch stand', async () => {
  const [lost, found] = await receive(
    specimen('NOBODY', 'S-9', 'collected'),
    specimen('A2', 'S-2', 'labelled'),
  );
  expect(lost).toMatchObject({ status: 'refused', fault: { code: 'order.number.unknown' } });
  expect(found).toMatchObject({ status: 'applied' });
});

test('[QUA-4.1.5] what names another patient than the order’s donor is refused, and touches nothing', async () => {
  const before = await facts('A1');
  const result = (patientNumber: string, authority?: string): Canonical => ({
    type: 'ResultReported',
    patient: { identifiers: [{ number: patientNumber, ...(authority ? { authority } : {}) }] },
    placerNumber: { number: 'A1', authority: 'HIS' },
    code: 'CD34',
    status: 'final',
    observations: [],
  });
  const [wrong, bare, right] = await receive(result('P2', 'HIS'), result('P2'), result('P1', 'HIS'));
  expect(wrong).toMatchObject({ status: 'refused', fault: { code: 'order.patient.mismatch' } });
  expect(bare).toMatchObject({ status: 'refused', fault: { code: 'order.patient.mismatch' } });
  expect(right).toMatchObject({ status: 'applied' });
  expect(await facts('A1')).toHaveLength(before.length + 1);
});

test('[QUA-4.1.5] numbers that belong to two orders at once are refused: a tube under another request', async () => {
  await receive(specimen('A1', 'S-77', 'collected'));
  const [moved, straight] = await receive(
    specimen('A2', 'S-77', 'collected'),
    specimen('A1', 'S-77', 'collected'),
  );
  expect(moved).toMatchObject({ status: 'refused', fault: { code: 'order.number.conflict' } });
  expect(straight).toMatchObject({ status: 'applied' });
});

test('contents of a document are kept apart, once, and given to who may read orders', async () => {
  const content = Buffer.from('<ClinicalDocument/>').toString('base64');
  const report: Canonical = {
    type: 'ReportIssued',
    placerNumber: { number: 'A2', authority: 'HIS' },
    document: 'DOC-1',
    kind: 'C0007',
    title: '检验报告',
    mediaType: 'text/xml',
    content,
  };
  await receive(report);
  const [fact] = await facts('A2');
  expect(fact).toMatchObject({ hasContents: true, number: 'DOC-1', title: '检验报告' });
  expect(JSON.stringify(fact!.data)).not.toContain(content);
  const [event] = (await mesh.events(orderFactAdded.name)).slice(-1);
  const { messages } = await mesh.call(orderActions.factMessages, {
    events: [{ id: event!.id, payload: event!.payload }],
  });
  // What may be signed: digests of the contents, not the contents.
  expect(messages[0]!.message).toMatchObject({
    type: 'ReportIssued',
    patient: { name: '张三' },
    blob: createHash('sha256').update('<ClinicalDocument/>').digest('hex'),
    sm3: createHash('sm3').update('<ClinicalDocument/>').digest('hex'),
  });
  expect(messages[0]!.message).not.toHaveProperty('content');
  const [order] = await mesh.kit.find(orderRecord, { orgId: org }, { placerNumber: 'A2' });
  const given = await mesh.call(
    orderActions.factContents,
    { id: order!.id, fact: fact!.id },
    { as: { permissions: ['order.read'] } },
  );
  expect(given).toEqual({ mediaType: 'text/xml', contents: content });
  await expect(
    mesh.call(
      orderActions.factContents,
      { id: 'other', fact: fact!.id },
      { as: { permissions: ['order.read'] } },
    ),
  ).rejects.toMatchObject({ code: 'kernel.record.missing' });
});

test('[INT-02] queries are answered and make nothing: patients, orders of a patient, documents with their contents', async () => {
  const before = await mesh.kit.find(orderFactTable, 'system', {});
  const [patients, stranger, orders, documents, none] = await receive(
    { type: 'PatientQuery', patient: { identifiers: [{ number: 'P1', authority: 'HIS' }] } },
    { type: 'PatientQuery', patient: { identifiers: [{ number: 'P404', authority: 'HIS' }] } },
    { type: 'OrderQuery', patient: { identifiers: [{ number: 'P1', authority: 'HIS' }] } },
    { type: 'FactQuery', document: 'DOC-1' },
    { type: 'FactQuery' },
  );
  expect(patients!.answer).toMatchObject({ type: 'PatientsFound', patients: [{ name: '张三', sex: 'M' }] });
  expect(stranger!.answer).toEqual({ type: 'PatientsFound', patients: [] });
  expect(orders!.answer).toMatchObject({
    type: 'OrdersFound',
    orders: [{ placerNumber: { number: 'A1' }, status: 'SUBMITTED' }, { placerNumber: { number: 'A2' } }],
  });
  expect(documents!.answer).toMatchObject({
    facts: [{ kind: 'ReportIssued', placerNumber: 'A2', content: expect.any(String) }],
  });
  expect(none!.answer).toEqual({ type: 'FactsFound', facts: [] });
  expect(await mesh.kit.find(orderFactTable, 'system', {})).toHaveLength(before.length);
});

test('[INT-07] an analyser that asks for a specimen learns the orders it was taken for, and of an unknown one nothing', async () => {
  const [found, stranger, other] = await receive(
    { type: 'OrderQuery', specimen: 'S-1' },
    { type: 'OrderQuery', specimen: 'S-404' },
    { type: 'OrderQuery', specimen: 'S-1', states: ['ACCEPTED'] },
  );
  expect(found!.answer).toMatchObject({
    orders: [{ placerNumber: { number: 'A1' }, specimen: 'S-1', patient: { name: '张三' } }],
  });
  expect(stranger!.answer).toEqual({ type: 'OrdersFound', orders: [] });
  expect(other!.answer).toEqual({ type: 'OrdersFound', orders: [] });
});

test('a worklist shows accepted orders only, within the organisation', async () => {
  const ask = (params: object) =>
    mesh.kit.call(orderActions.worklist, params, { caller: systemCaller('hub', org), requestId: 'w' });
  expect((await ask({})).items).toEqual([]);
  const [order] = await mesh.kit.find(orderRecord, { orgId: org }, { placerNumber: 'A1' });
  await mesh.kit.work({ caller: systemCaller('test', org), requestId: 'r' }, async (work) =>
    work.update(orderRecord, await work.loadOne(orderRecord, order!.id), { state: 'ACCEPTED' }),
  );
  expect((await ask({ accession: order!.number })).items).toMatchObject([
    { accession: order!.number, patientId: 'P1', patientName: '张三', code: 'NK' },
  ]);
  expect((await ask({ patientId: 'P2' })).items).toEqual([]);
  const other = { caller: systemCaller('hub', 'org-other'), requestId: 'w' };
  expect((await mesh.kit.call(orderActions.worklist, {}, other)).items).toEqual([]);
});
