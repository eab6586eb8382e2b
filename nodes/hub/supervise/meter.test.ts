import { expect, test } from '@jest/globals';
import { TestClock } from '../../kit/testing/kit-for-tests.ts';
import { Meter } from './meter.ts';

const row = { orgId: 'org-hy', endpoint: 'his', channel: 'orders', state: 'RECEIVED' } as const;

test('[INT-01] messages are counted for their endpoint and their channel, by what became of them', () => {
  const meter = new Meter(new TestClock().read);
  meter.received(row);
  meter.received({ ...row, state: 'REFUSED', channel: '' });
  meter.received({ ...row, state: 'FILTERED', channel: '' });
  meter.settled(row, 'DONE');
  meter.settled(row, 'PARKED');
  meter.tried({ orgId: 'org-hy', target: 'his-out', channel: 'status' }, 'DELIVERED');
  meter.tried({ orgId: 'org-hy', target: 'his-out', channel: 'status' }, 'QUEUED');
  expect(meter.read('org-hy', 'his')).toMatchObject({ received: 3, done: 1, refused: 1, filtered: 1 });
  expect(meter.read('org-hy', 'orders')).toMatchObject({ received: 1, done: 1, refused: 0 });
  expect(meter.read('org-hy', 'his-out')).toMatchObject({ delivered: 1 });
  expect(meter.read('org-mh', 'his')).toMatchObject({ received: 0 });
});

test('the rate is that of the last ten seconds and falls to nothing', () => {
  const clock = new TestClock();
  const meter = new Meter(clock.read);
  for (let s = 0; s < 20; s++) {
    for (let i = 0; i < 5; i++) meter.received(row);
    clock.advance(1000);
  }
  expect(meter.read('org-hy', 'his').perSecond).toBeCloseTo(4.5);
  const { lastAt } = meter.read('org-hy', 'his');
  expect(lastAt).toBe(clock.now - 1000);
  clock.advance(5000);
  expect(meter.read('org-hy', 'his').perSecond).toBeCloseTo(2);
  clock.advance(3_600_000);
  expect(meter.read('org-hy', 'his')).toMatchObject({ perSecond: 0, received: 100 });
});
