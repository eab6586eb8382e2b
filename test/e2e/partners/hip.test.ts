import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { selfTest } from '../../../mappings/hip/self-test.ts';
import { eventually } from '../../fault/ward.ts';
import { callHip } from '../../peers/hip/client.ts';
import { acknowledgement, HipPlatform } from '../../peers/hip/platform.ts';
import { pairs } from '../../peers/hip/samples.ts';
import { type RunningPlatform, runPlatform } from '../../platform.ts';
import { Engineer } from '../engineer.ts';

const samples = new URL('../../../mappings/hip/samples/', import.meta.url);
let platform: RunningPlatform;
let hip: HipPlatform;
let planner: Engineer;
let engineer: Engineer;
let messages = 0;

/** A sample as another patient's: numbers of its own, so that the self-test and these tests do not meet. */
const mine = (file: string): string =>
  readFileSync(new URL(`${file}.xml`, samples), 'utf8')
    .replace(/(<id root="2\.16\.156\.10011\.2\.5\.1\.1" extension=")[^"]*/, `$1E2E-${++messages}`)
    .replaceAll('M20260001', 'M7001')
    .replaceAll('990101198002030018', '990101198002030026')
    .replaceAll('V20260001', 'V7001')
    .replace(/R000(\d)/g, 'R700$1')
    .replaceAll('A20260001', 'A7001')
    .replaceAll('B20260001', 'B7001')
    .replaceAll('DOC20260001', 'DOC7001');

const call = async (action: string, message: string, version: '1.1' | '1.2' = '1.2') => {
  const url = `http://127.0.0.1:${platform.interfacePort}/soap/hip`;
  const { status, result = '' } = await callHip(url, action, message, { version });
  return { status, result, code: /<acknowledgement typeCode="([A-Z]{2})"/.exec(result)?.[1] ?? '' };
};
const taken = async (action: string, file: string): Promise<void> =>
  expect([file, (await call(action, mine(file))).code]).toEqual([file, 'AA']);

beforeAll(async () => {
  hip = await HipPlatform.listen();
  platform = await runPlatform();
  engineer = await Engineer.at(platform);
  planner = await Engineer.at(platform, 'planner');
}, 60_000);
afterAll(async () => {
  await platform?.kill();
  await hip?.close();
});

test('[EVA-01] every pair of every service passes the self-test against the running platform', async () => {
  const rows = await selfTest(
    async (action, message) => (await call(action, message)).result,
    pairs(),
    'e2e',
  );
  expect(rows.filter(({ passed }) => !passed)).toEqual([]);
  expect(rows.length).toBe(124);
}, 120_000);

test('[INT-01] [INT-02] [INT-03] [EVA-01] patient, order, specimen and document of the platform stand whole at the order', async () => {
  const connect = (file: string, values: Record<string, string> = {}) =>
    engineer.connect(`hip/optional/${file}.yaml`, values);
  await connect('hip-out.endpoint', { hipUrl: hip.url });
  for (const file of [
    'hip-filler-status-out.channel',
    'hip-exam-status-out.channel',
    'hip-order-status-in.channel',
    'hip-specimens-in.channel',
    'hip-documents-in.channel',
    'hip-test-report-out.channel',
  ])
    await connect(file);
  await taken('PatientInfoRegister', 'hip-patient/PatientInfoRegister-t01-r2');
  await taken('InPatientInfoAdd', 'hip-encounter/InPatientInfoAdd-t01-r2');
  await taken('OrderInfoAdd', 'hip-order/OrderInfoAdd-t01-r2');
  expect(await planner.order('R7003')).toMatchObject({ state: 'SUBMITTED' });
  await taken('ExamAppInfoAdd', 'hip-exam-app/ExamAppInfoAdd-t01-r2');
  expect(await planner.order('R7005')).toMatchObject({ state: 'SUBMITTED' });

  await taken('OrderFillerStatusInfoUpdate', 'hip-filler-status-in/OrderFillerStatusInfoUpdate-t01-r2');
  await taken('DocumentRegister', 'hip-document-in/DocumentRegister-t01-r2');
  const facts = await planner.facts('R7003', (all) => all.length >= 2);
  expect(facts).toMatchObject([
    { kind: 'ReportIssued', number: 'DOC7001', title: '检验报告' },
    { kind: 'SpecimenCollected', number: 'B7001', status: 'collected' },
  ]);
}, 60_000);

test('[EVA-01] [INT-03] what is registered is found and opened again by the platform’s own queries', async () => {
  const found = await call('DocumentRetrieve', mine('hip-document-query/DocumentRetrieve-t01-r2'));
  expect(found.code).toBe('AA');
  expect(found.result).toContain('DOC7001');
  const opened = await call('DocumentAccess', mine('hip-document-query/DocumentAccess-t01-r2'));
  expect(opened.code).toBe('AA');
  const contents = [...opened.result.matchAll(/value="([A-Za-z0-9+/=]{80,})"/g)].map(([, base64]) =>
    Buffer.from(base64!, 'base64').toString('utf8'),
  );
  expect(contents.join()).toContain('<title>检验报告</title>');
  const patient = await call('PatientInfoQuery', mine('hip-patient-query/PatientInfoQuery-t01-r2'), '1.1');
  expect(patient.result).toContain('M7001');
}, 60_000);

test('[INT-01] [INT-03] [EVA-01] a decision is told to the platform, again where it was busy, and once', async () => {
  const order = await planner.order('R7003');
  const of = () => hip.received.filter(({ message }) => message.includes('R7003'));
  hip.treat = ({ message }) => (of().length < 3 ? { kind: 'status', status: 503 } : acknowledgement(message));
  await planner.post(`/orders/${order.id}/actions/accept`, {}, { 'if-match': `"${order.version}"` });
  const { items } = await eventually(
    () => engineer.get<{ items: { state: string; target: string }[] }>('/deliveries?q=R7003&pageSize=50'),
    (all) => all.items.some((d) => d.target === 'hip-out' && d.state === 'DELIVERED'),
    40_000,
  );
  expect(items.filter((d) => d.target === 'hip-out')).toHaveLength(1);
  expect(of().map(({ action }) => action)).toEqual(Array(3).fill('OrderFillerStatusInfoUpdate'));
  expect(new Set(of().map(({ message }) => message)).size).toBe(1);
}, 60_000);

test('[EVA-01] a message that is not sound is answered with AE and its reason, and kept in the ledger', async () => {
  const message = mine('hip-order/OrderInfoAdd-t01-r2').replace('</controlActProcess>', '');
  const answered = await call('OrderInfoAdd', message);
  expect(answered.code).toBe('AE');
  const wrong = await call('PatientInfoRegister', mine('hip-order/OrderInfoAdd-t01-r2'));
  expect(wrong.code).toBe('AE');
  const { items } = await engineer.get<{ items: { faultCode: string }[] }>(
    '/messages?filter[endpoint]=hip&filter[state]=REFUSED&pageSize=50',
  );
  expect(items.length).toBeGreaterThanOrEqual(2);
  expect(items.filter((m) => m.faultCode === '')).toEqual([]);
}, 60_000);
