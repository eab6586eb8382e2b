import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { messageActions } from '../../../contracts/message/message.actions.ts';
import { releaseUnmapped } from './operate.ts';
import { ledgerForTests, orderMessage, type TestLedger } from './testing.ts';

let ledger: TestLedger;
beforeEach(async () => {
  ledger = await ledgerForTests();
});
afterEach(() => ledger?.close());

const reason = '值班处理';
const states = async (...ids: string[]): Promise<string[]> =>
  Promise.all(ids.map(async (id) => (await ledger.one(id)).state));

const mergeOfP2IntoP1 = [
  'MSH|^~\\&|HIS|HOSP|LAB|CELL|20260302090000||ADT^A40^ADT_A39|M1|P|2.4',
  'EVN|A40|20260302090000',
  'PID|1||P1^^^HIS^MR||测试^一',
  'MRG|P2^^^HIS^MR',
  '',
].join('\r');

/** Three orders of one patient of which the first parks, as its product is in no table. */
async function barred() {
  const first = await ledger.arrive(orderMessage('P1', 'A1', 'NEW-1'));
  const second = await ledger.arrive(orderMessage('P1', 'A2'));
  const third = await ledger.arrive(orderMessage('P1', 'A3'));
  expect(await states(first.id, second.id, third.id)).toEqual(['PARKED', 'HELD', 'HELD']);
  return { first, second, third };
}

describe('replay', () => {
  test('[INT-02] gives a new message with the same bytes that links to its original', async () => {
    const row = await ledger.arrive(orderMessage('P1', 'A1'));
    ledger.clock.advance(1000);
    const made = await ledger.mesh.call(messageActions.replay, { id: row.id, reason });
    expect(made).toMatchObject({
      originId: row.id,
      originKind: 'replay',
      reason,
      ack: 'NOT_OWED',
      lane: 'P1',
      digest: row.digest,
    });
    await ledger.idle();
    expect(await states(row.id, made.id)).toEqual(['DONE', 'DONE']);
    expect(ledger.words.orders).toEqual(['A1', 'A1']);
    const { descendants } = await ledger.mesh.call(messageActions.get, { id: row.id });
    expect(descendants.map((d) => d.id)).toEqual([made.id]);
    expect(await ledger.mesh.audits('message.replay')).toMatchObject([
      { recordId: row.id, reason, actor: 'user-test' },
    ]);
  });

  test('is no reason to take the next arrival of those bytes for new', async () => {
    const text = orderMessage('P1', 'A1');
    const row = await ledger.arrive(text);
    await ledger.mesh.call(messageActions.replay, { id: row.id, reason });
    await ledger.idle();
    expect((await ledger.arrive(text)).state).toBe('DUPLICATE');
  });

  test('with an idempotency key makes one copy however often it is asked for', async () => {
    const row = await ledger.arrive(orderMessage('P1', 'A1'));
    const options = { idempotencyKey: 'replay-once-1' };
    const first = await ledger.mesh.call(messageActions.replay, { id: row.id, reason }, options);
    const second = await ledger.mesh.call(messageActions.replay, { id: row.id, reason }, options);
    expect(second.id).toBe(first.id);
    await ledger.idle();
    expect(ledger.words.orders).toEqual(['A1', 'A1']);
  });

  test('[ARC-11] of a parked message tries it in its place and what it held after it, in order', async () => {
    const { first, second, third } = await barred();
    ledger.code('product', 'NEW-1', 'NK-P');
    const row = await ledger.mesh.call(messageActions.replay, { id: first.id, reason });
    expect(row).toMatchObject({ id: first.id, state: 'RECEIVED', faultCode: '' });
    await ledger.idle();
    expect(await states(first.id, second.id, third.id)).toEqual(['DONE', 'DONE', 'DONE']);
    expect(ledger.words.orders).toEqual(['A1', 'A2', 'A3']);
    expect(await ledger.mesh.events('message.released')).toMatchObject([
      { payload: { messageId: first.id } },
    ]);
  });

  test('of a parked message does not repeat what was done of it before', async () => {
    ledger.words.refuse = (m) => m.type === 'OrderPlaced' && m.order.placerNumber.number === 'A1';
    const row = await ledger.arrive(orderMessage('P1', 'A1'));
    expect(row.state).toBe('PARKED');
    expect(ledger.words.donors).toHaveLength(1);
    ledger.words.refuse = () => false;
    await ledger.mesh.call(messageActions.replay, { id: row.id, reason });
    await ledger.idle();
    expect((await ledger.one(row.id)).state).toBe('DONE');
    expect(ledger.words.donors).toHaveLength(1);
    expect(ledger.words.orders).toEqual(['A1']);
  });

  test('of a held message is refused while its lane is barred', async () => {
    const { second } = await barred();
    await expect(ledger.mesh.call(messageActions.replay, { id: second.id, reason })).rejects.toMatchObject({
      code: 'message.state.refused',
      data: { state: 'HELD' },
    });
  });

  test('of what was refused at the door, or belongs to another organisation, is refused', async () => {
    const row = await ledger.arrive('MSH|^~\\&|HIS\rPID|1||P1\r');
    expect(row.state).toBe('REFUSED');
    await expect(ledger.mesh.call(messageActions.replay, { id: row.id, reason })).rejects.toMatchObject({
      code: 'message.state.refused',
    });
    await expect(
      ledger.mesh.call(messageActions.replay, { id: row.id, reason }, ledger.as('org-other')),
    ).rejects.toMatchObject({ code: 'kernel.record.missing' });
  });
});

describe('skip', () => {
  test('[ARC-11] settles a parked message with its reason and lets the lane go on', async () => {
    const { first, second, third } = await barred();
    const row = await ledger.mesh.call(messageActions.skip, { id: first.id, reason: '重复下单' });
    expect(row).toMatchObject({ state: 'SKIPPED', reason: '重复下单', faultCode: 'codeset.code.unmapped' });
    await ledger.idle();
    expect(await states(second.id, third.id)).toEqual(['DONE', 'DONE']);
    expect(ledger.words.orders).toEqual(['A2', 'A3']);
    expect(await ledger.mesh.audits('message.skip')).toMatchObject([
      {
        recordId: first.id,
        reason: '重复下单',
        before: expect.stringContaining('PARKED'),
        after: '{"state":"SKIPPED"}',
      },
    ]);
  });

  test('lets a merge go on that was held for the patient who ends in it', async () => {
    const parked = await ledger.arrive(orderMessage('P2', 'B1', 'NEW-1'));
    const merge = await ledger.arrive(mergeOfP2IntoP1);
    expect(await states(merge.id)).toEqual(['HELD']);
    expect(merge.lane).toBe('P1');
    await ledger.mesh.call(messageActions.skip, { id: parked.id, reason });
    await ledger.idle();
    expect(await states(merge.id)).toEqual(['DONE']);
  });

  test('of a parked merge lets both patients go on', async () => {
    ledger.words.refuse = (m) => m.type === 'PatientMerged';
    const merge = await ledger.arrive(mergeOfP2IntoP1);
    expect(merge.state).toBe('PARKED');
    const surviving = await ledger.arrive(orderMessage('P1', 'E1'));
    const ending = await ledger.arrive(orderMessage('P2', 'E2'));
    expect(await states(ending.id, surviving.id)).toEqual(['HELD', 'HELD']);
    await ledger.mesh.call(messageActions.skip, { id: merge.id, reason });
    await ledger.idle();
    expect(await states(ending.id, surviving.id)).toEqual(['DONE', 'DONE']);
  });

  test('of a held message leaves the bar where it is', async () => {
    const { first, second, third } = await barred();
    await ledger.mesh.call(messageActions.skip, { id: second.id, reason });
    await ledger.idle();
    expect(await states(first.id, second.id, third.id)).toEqual(['PARKED', 'SKIPPED', 'HELD']);
    expect(await ledger.mesh.events('message.released')).toEqual([]);
  });

  test('is refused of what was handled', async () => {
    const row = await ledger.arrive(orderMessage('P1', 'A1'));
    await expect(ledger.mesh.call(messageActions.skip, { id: row.id, reason })).rejects.toMatchObject({
      code: 'message.state.refused',
      data: { state: 'DONE' },
    });
  });
});

describe('the lane of a patient', () => {
  test('[ARC-11] keeps the order of arrival when it is freed while a later message is at hand already', async () => {
    const { first } = await barred();
    let open = (): void => undefined;
    ledger.words.gate = new Promise((resolve) => {
      open = resolve;
    });
    await ledger.keep(orderMessage('P9', 'Z1')); // a wave is on
    await ledger.keep(orderMessage('P1', 'A4'));
    ledger.code('product', 'NEW-1', 'NK-P');
    await ledger.mesh.call(messageActions.replay, { id: first.id, reason });
    ledger.words.gate = undefined;
    open();
    await ledger.idle();
    expect(ledger.words.orders.filter((o) => o.startsWith('A'))).toEqual(['A1', 'A2', 'A3', 'A4']);
  });

  test('is not barred by a message of ours to a partner that could not be mapped', async () => {
    ledger.code('order-status-control', 'ACCEPTED');
    const row = await ledger.leave({
      type: 'StatusChanged',
      patient: { identifiers: [{ number: 'P1' }] },
      placerNumber: { number: 'A1' },
      fillerNumber: { number: 'O26-000001' },
      code: 'UCMSC-P',
      status: 'ACCEPTED',
    });
    expect(row).toMatchObject({ state: 'PARKED', lane: 'P1' });
    await ledger.reset();
    expect((await ledger.arrive(orderMessage('P1', 'A1'))).state).toBe('DONE');
  });
});

describe('a code is mapped', () => {
  test('[INT-02] sets free the messages that missed it and no others, in order', async () => {
    const { first, second, third } = await barred();
    const other = await ledger.arrive(orderMessage('P2', 'B1', 'NEW-2'));
    ledger.code('product', 'NEW-1', 'NK-P');
    expect(await releaseUnmapped(ledger.hub, 'org-hy', 'product', 'NEW-1')).toBe(1);
    await ledger.idle();
    expect(await states(first.id, second.id, third.id, other.id)).toEqual(['DONE', 'DONE', 'DONE', 'PARKED']);
    expect(ledger.words.orders).toEqual(['A1', 'A2', 'A3']);
    expect(await releaseUnmapped(ledger.hub, 'org-other', 'product', 'NEW-2')).toBe(0);
  });
});
