import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { CanonicalOf } from '../../../contracts/message/canonical.ts';
import { messageActions } from '../../../contracts/message/message.actions.ts';
import { ledgerForTests, orderMessage, type TestLedger } from './testing.ts';

let ledger: TestLedger;
beforeEach(async () => {
  ledger = await ledgerForTests();
});
afterEach(() => ledger?.close());

const reason = '对方已恢复';
const visit = (patient: string, placer: string): string =>
  orderMessage(patient, placer).replace('ORM^O01^ORM_O01', 'SIU^S12');
const statusOf = (status = 'ACCEPTED'): CanonicalOf<'StatusChanged'> => ({
  type: 'StatusChanged',
  patient: { identifiers: [{ number: 'P1' }] },
  placerNumber: { number: 'A1' },
  fillerNumber: { number: 'O26-000001' },
  code: 'UCMSC-P',
  status,
});
const states = async (...messages: { id: string }[]): Promise<string[]> =>
  (await Promise.all(messages.map((m) => ledger.deliveriesOf(m.id)))).flat().map((d) => d.state);

/** Three deliveries of one lane: the first refused by the peer, the others held behind it. */
async function refusedByPeer() {
  const rows = [
    await ledger.arrive(visit('P1', 'A1')),
    await ledger.arrive(visit('P1', 'A2')),
    await ledger.arrive(visit('P1', 'A3')),
  ];
  const [parked, held, last] = (await Promise.all(rows.map((r) => ledger.deliveriesOf(r.id)))).flat();
  await ledger.mark(parked!.id, { state: 'PARKED', faultCode: 'hub.peer.negative' });
  await ledger.mark(held!.id, { state: 'HELD' });
  await ledger.mark(last!.id, { state: 'HELD' });
  return { rows, parked: parked!, held: held!, last: last! };
}

describe('a delivery', () => {
  test('[ARC-11] that is retried leaves before what was held behind it', async () => {
    const { rows, parked } = await refusedByPeer();
    const row = await ledger.mesh.call(messageActions.retryDelivery, { id: parked.id, reason });
    expect(row).toMatchObject({ id: parked.id, state: 'QUEUED', controlId: parked.controlId });
    expect(row).not.toHaveProperty('body');
    expect(await states(...rows)).toEqual(['QUEUED', 'QUEUED', 'QUEUED']);
    expect(ledger.told).toContain('hurry org-hy archive');
    expect(await ledger.mesh.audits('delivery.retry')).toMatchObject([{ recordId: parked.id, reason }]);
    expect(await ledger.mesh.events('message.released')).toHaveLength(1);
  });

  test('that is skipped lets the lane go on, unless another one of it is parked', async () => {
    const { rows, parked, held } = await refusedByPeer();
    await ledger.mark(held.id, { state: 'PARKED' });
    await ledger.mesh.call(messageActions.skipDelivery, { id: parked.id, reason });
    expect(await states(...rows)).toEqual(['SKIPPED', 'PARKED', 'HELD']);
    await ledger.mesh.call(messageActions.skipDelivery, { id: held.id, reason });
    expect(await states(...rows)).toEqual(['SKIPPED', 'SKIPPED', 'QUEUED']);
  });

  test('that is held cannot overtake; one that arrived is not touched', async () => {
    const { parked, held } = await refusedByPeer();
    await expect(
      ledger.mesh.call(messageActions.retryDelivery, { id: held.id, reason }),
    ).rejects.toMatchObject({
      code: 'message.state.refused',
      data: { state: 'HELD' },
    });
    await ledger.mark(parked.id, { state: 'DELIVERED' });
    for (const action of [messageActions.retryDelivery, messageActions.skipDelivery])
      await expect(ledger.mesh.call(action, { id: parked.id, reason })).rejects.toMatchObject({
        code: 'message.state.refused',
      });
  });

  test('of another organisation does not exist', async () => {
    const { parked } = await refusedByPeer();
    await expect(
      ledger.mesh.call(messageActions.skipDelivery, { id: parked.id, reason }, ledger.as('org-mh')),
    ).rejects.toMatchObject({ code: 'kernel.record.missing' });
  });
});

describe('replay to a target', () => {
  test('[INT-02] sends the same bytes with the same control id to that target and does nothing else', async () => {
    const row = await ledger.leave(statusOf());
    const [sent] = await ledger.deliveriesOf(row.id);
    await ledger.mark(sent!.id, { state: 'DELIVERED' });
    const made = await ledger.mesh.call(messageActions.replay, { id: row.id, reason, target: 'his-out' });
    expect(made).toMatchObject({ state: 'DONE', originId: row.id, originKind: 'replay' });
    const [again] = await ledger.deliveriesOf(made.id);
    expect(again).toMatchObject({ state: 'QUEUED', controlId: sent!.controlId, attempts: 0, reason });
    expect(Buffer.from(again!.body).equals(Buffer.from(sent!.body))).toBe(true);
    expect(again!.id).not.toBe(sent!.id);
  });

  test('is refused for a target the message never went to, and while the first one still waits', async () => {
    const row = await ledger.leave(statusOf());
    const replay = (target: string) =>
      ledger.mesh.call(messageActions.replay, { id: row.id, reason, target });
    await expect(replay('archive')).rejects.toMatchObject({ code: 'message.target.missing' });
    await expect(replay('his-out')).rejects.toMatchObject({
      code: 'message.state.refused',
      data: { state: 'QUEUED' },
    });
  });
});

describe('an outbound message', () => {
  test('is mapped again by a replay, as a new message to the peer', async () => {
    const row = await ledger.leave(statusOf());
    const made = await ledger.mesh.call(messageActions.replay, { id: row.id, reason });
    const [sent] = await ledger.deliveriesOf(row.id);
    const [again] = await ledger.deliveriesOf(made.id);
    expect(made).toMatchObject({ direction: 'out', state: 'DONE', originId: row.id });
    expect(again!.controlId).not.toBe(sent!.controlId);
    const { items } = await ledger.mesh.call(messageActions.list, { key: again!.controlId });
    expect(items.map((i) => i.id)).toEqual([made.id]);
  });

  test('that its mapping refused is mapped in its place once that is mended, and refused with the reason until then', async () => {
    ledger.code('order-status-control', 'ACCEPTED');
    const row = await ledger.leave(statusOf());
    expect(row.state).toBe('PARKED');
    const replay = () => ledger.mesh.call(messageActions.replay, { id: row.id, reason });
    await expect(replay()).rejects.toMatchObject({ kind: 'rejected' });
    expect((await ledger.one(row.id)).state).toBe('PARKED');
    ledger.code('order-status-control', 'ACCEPTED', 'SC');
    expect(await replay()).toMatchObject({ id: row.id, state: 'DONE', faultCode: '' });
    expect(await states(row)).toEqual(['QUEUED']);
    await expect(
      ledger.mesh.call(messageActions.repair, { id: row.id, reason, text: '{}' }),
    ).rejects.toMatchObject({
      code: 'message.state.refused',
    });
  });
});
