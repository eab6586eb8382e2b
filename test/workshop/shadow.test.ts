import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { shadowRunActions } from '../../contracts/channel/shadow-run.actions.ts';
import { orderMessage } from '../../nodes/hub/ledger/testing.ts';
import { type Workshop, workshop } from './workshop.ts';

let shop: Workshop;
beforeAll(async () => {
  shop = await workshop();
  for (let i = 0; i < 60; i++) await shop.arrive(orderMessage(`P${i % 7}`, `A${i}`));
  for (let i = 0; i < 3; i++) await shop.arrive(orderMessage('P9', `B${i}`, 'NO-SUCH'));
}, 60_000);
afterAll(() => shop?.close());

const finished = async (id: string) => {
  for (;;) {
    const run = await shop.call(shadowRunActions.get, { id });
    if (run.state !== 'RUNNING') return run;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
};
const changed = async () =>
  (await shop.textOf('his-orders')).replace(
    'name: { from: OBR-4.2, do: [trim: true, max: 200] }',
    'name: { value: changed }',
  );

test('[ARC-15] [INT-02] a text is tried over stored messages, and its differences are counted by field', async () => {
  const called = shop.applied.length;
  const { id, total } = await shop.call(shadowRunActions.start, { text: await changed(), last: 1000 });
  expect(total).toBe(63);
  const run = await finished(id);
  expect(run).toMatchObject({
    state: 'DONE',
    done: 63,
    different: 60,
    same: 3,
    failedNow: 0,
    mended: 0,
    against: 0,
  });
  expect(run.fields).toMatchObject([{ path: '[].order.name', count: 60 }]);
  expect(shop.applied.length).toBe(called);
  expect(shop.sender.sent).toEqual([]);
  const { items } = await shop.call(shadowRunActions.results, { id, outcome: 'different' });
  expect(items).toHaveLength(60);
  const pair = await shop.call(shadowRunActions.compare, { id, message: items[0]!.messageId });
  expect(pair.differences).toEqual([
    { path: '[0].order.name', kind: 'changed', before: '制备', after: 'changed' },
  ]);
  expect(pair.before.text).toContain('ORM^O01');
});

test('[INT-02] what fails only now, and what failed before and no longer does, is told apart', async () => {
  const text = await shop.textOf('his-orders');
  const strict = text.replace('code: { from: OBR-4.1', 'code: { from: OBR-44.1');
  const worse = await finished((await shop.call(shadowRunActions.start, { text: strict, last: 10 })).id);
  expect(worse).toMatchObject({ total: 10, failedNow: 7, mended: 0 });
  const lax = text.replace('do: [trim: true, code: product]', 'do: [trim: true]');
  const better = await finished((await shop.call(shadowRunActions.start, { text: lax, last: 5 })).id);
  expect(better).toMatchObject({ total: 5, mended: 3 });
});

test('[INT-02] a run stops when told, and is seen by its own organisation only', async () => {
  const { id } = await shop.call(shadowRunActions.start, { text: await changed(), last: 60 });
  const stopped = await shop.call(shadowRunActions.stop, { id });
  expect(['STOPPED', 'DONE']).toContain(stopped.state);
  const imc = { as: { orgId: 'org-mh' } };
  await expect(shop.call(shadowRunActions.get, { id }, imc)).rejects.toMatchObject({
    code: 'kernel.record.missing',
  });
  expect((await shop.call(shadowRunActions.list, {}, imc)).items).toEqual([]);
  await expect(shop.call(shadowRunActions.start, { text: 'mapping: x', last: 1 })).rejects.toMatchObject({
    code: 'channel.text.invalid',
  });
});
