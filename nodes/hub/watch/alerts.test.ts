import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { channelAlertActions } from '../../../contracts/channel/channel-alert.actions.ts';
import { channelAlertRecord } from '../../../contracts/channel/channel-alert.record.ts';
import { outboxTable } from '../../../contracts/kernel/system.tables.ts';
import { defineService } from '../../kit/service.ts';
import { kitForTests, type TestKit } from '../../kit/testing/kit-for-tests.ts';
import { settleAlerts } from './alerts.ts';
import { type Condition, certificateConditions } from './conditions.ts';
import { alertHandlers } from './handlers.ts';

const org = 'org-hy';
let mesh: TestKit;
beforeAll(async () => {
  mesh = await kitForTests([defineService('channel', () => ({ handlers: alertHandlers }))]);
});
afterAll(() => mesh.close());

const condition = (kind: Condition['kind'], subject: string, more: Partial<Condition> = {}): Condition => ({
  orgId: org,
  kind,
  subject,
  severity: 'warning',
  data: { count: 1 },
  ...more,
});
const settle = (...conditions: Condition[]) => settleAlerts(mesh.kit, org, conditions);
const alerts = (where = {}) =>
  mesh.kit.find(channelAlertRecord, { orgId: org }, where, { orderBy: 'openedAt' });
const told = async () => (await mesh.kit.find(outboxTable, 'system', {})).map((e) => e.name);

test('[INT-02] an alert opens once and resolves once, however often its cause is seen', async () => {
  for (let i = 0; i < 3; i++) await settle(condition('parked', 'his-orders-in'));
  expect(await alerts()).toMatchObject([{ state: 'OPEN', kind: 'parked', version: 1 }]);
  await settle();
  await settle();
  const [ended] = await alerts();
  expect(ended).toMatchObject({ state: 'RESOLVED', resolvedAt: expect.any(String) });
  expect((await told()).filter((n) => n.startsWith('channel.alert'))).toEqual([
    'channel.alertOpened',
    'channel.alertResolved',
  ]);
});

test('the same cause again is a new alert; another subject is another', async () => {
  await settle(condition('parked', 'his-orders-in'), condition('parked', 'his-adt-in'));
  expect(await alerts({ state: 'OPEN' })).toHaveLength(2);
  expect(await alerts()).toHaveLength(3);
  await settle();
});

test('a graver state of one alert is told on the same alert', async () => {
  await settle(condition('delivery-waiting', 'his-out'));
  await settle(condition('delivery-waiting', 'his-out', { severity: 'critical', data: { count: 9 } }));
  expect(await alerts({ state: 'OPEN' })).toMatchObject([{ severity: 'critical', data: { count: 9 } }]);
});

test('somebody who looks after it is named; it stays open', async () => {
  const [alert] = await alerts({ state: 'OPEN' });
  await mesh.call(
    channelAlertActions.acknowledge,
    { id: alert!.id, comment: '已联系 HIS 厂商' },
    { as: { permissions: ['channel.operate'], name: '工程师' } },
  );
  expect(await alerts({ state: 'OPEN' })).toMatchObject([
    { acknowledgedBy: '工程师', comment: '已联系 HIS 厂商', acknowledgedAt: expect.any(String) },
  ]);
});

test('a certificate that cannot be read is no alert of its own', () => {
  expect(certificateConditions([{ orgId: org, subject: 'his', path: '/nowhere.pem' }], Date.now())).toEqual(
    [],
  );
});
