import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { messageActions } from '../../../contracts/message/message.actions.ts';
import { ReplayRunner } from './replay-many.ts';
import { ledgerForTests, orderMessage, type TestLedger } from './testing.ts';

let ledger: TestLedger;
beforeEach(async () => {
  ledger = await ledgerForTests();
});
afterEach(() => ledger?.close());

const reason = '接口更新后重跑';
const channel = 'his-orders-in';
const start = (selection: object = { channel }, dryRun = false) =>
  ledger.mesh.call(messageActions.replayMany, { selection, reason, dryRun });
const status = (id: string) => ledger.mesh.call(messageActions.replayStatus, { id });
const copies = async (): Promise<string[]> => {
  const { items } = await ledger.mesh.call(messageActions.list, { sort: 'receivedAt', pageSize: 200 });
  return items.filter((m) => m.originKind === 'replay').map((m) => m.originId!);
};

async function arrived(n: number) {
  const rows = [];
  for (let i = 0; i < n; i++) rows.push(await ledger.arrive(orderMessage(`P${i % 3}`, `A${i}`)));
  return rows;
}

describe('bulk replay', () => {
  test('[INT-02] counts first, then replays exactly those that were there at the start, in order, each once', async () => {
    const rows = await arrived(7);
    expect(await start({ channel }, true)).toEqual({ total: 7, replay: null });
    const { total, replay } = await start();
    expect(total).toBe(7);
    await ledger.arrive(orderMessage('P9', 'LATER'));
    const runner = new ReplayRunner(ledger.hub, { step: 3 });
    expect(await runner.step()).toBe(true);
    expect(await status(replay!.id)).toMatchObject({ state: 'RUNNING', done: 3, total: 7 });
    while (await runner.step());
    await ledger.idle();
    expect(await status(replay!.id)).toMatchObject({ state: 'DONE', done: 7 });
    expect(await copies()).toEqual(rows.map((r) => r.id));
    expect(
      (await ledger.mesh.call(messageActions.replayMany, { selection: { channel }, reason, dryRun: true }))
        .total,
    ).toBe(8);
  });

  test('[ARC-11] goes on where it stood when its node died, neither losing nor doubling any', async () => {
    const rows = await arrived(6);
    const { replay } = await start();
    await new ReplayRunner(ledger.hub, { step: 2 }).step();
    const { hub } = ledger;
    const dying = new ReplayRunner(
      { ...hub, kit: hub.kit, journal: brokenAfterInsert(hub.journal) } as typeof hub,
      { step: 2 },
    );
    await expect(dying.step()).rejects.toThrow('power lost');
    expect(await status(replay!.id)).toMatchObject({ done: 2 });
    const other = await ledger.second();
    expect(await new ReplayRunner(other.hub, { step: 2 }).step()).toBe(false); // the lease is still held
    ledger.clock.advance(20_000);
    const next = new ReplayRunner(other.hub, { step: 2 });
    while (await next.step());
    await other.close();
    expect(await status(replay!.id)).toMatchObject({ state: 'DONE', done: 6 });
    expect(await copies()).toEqual(rows.map((r) => r.id));
  });

  test('stops before the next step and keeps what it did', async () => {
    await arrived(5);
    const { replay } = await start();
    const runner = new ReplayRunner(ledger.hub, { step: 2 });
    await runner.step();
    const stopped = await ledger.mesh.call(messageActions.stopReplay, { id: replay!.id });
    expect(stopped).toMatchObject({ state: 'STOPPED', done: 2 });
    expect(await runner.step()).toBe(false);
    expect(await copies()).toHaveLength(2);
    await expect(ledger.mesh.call(messageActions.stopReplay, { id: replay!.id })).rejects.toMatchObject({
      code: 'message.state.refused',
      data: { state: 'STOPPED' },
    });
  });

  test('tries parked messages again in their places instead of copying them', async () => {
    const parked = await ledger.arrive(orderMessage('P1', 'A1', 'NEW-1'));
    await ledger.arrive(orderMessage('P1', 'A2'));
    ledger.code('product', 'NEW-1', 'NK-P');
    const { total } = await start({ state: 'PARKED', faultCode: 'codeset.code.unmapped' });
    expect(total).toBe(1);
    const runner = new ReplayRunner(ledger.hub);
    while (await runner.step());
    await ledger.idle();
    expect((await ledger.one(parked.id)).state).toBe('DONE');
    expect(ledger.words.orders).toEqual(['A1', 'A2']);
    expect(await copies()).toEqual([]);
  });

  test('leaves out copies of earlier replays, duplicates, and what a person decided to skip', async () => {
    const [row] = await arrived(1);
    await ledger.mesh.call(messageActions.replay, { id: row!.id, reason });
    await ledger.idle();
    const parked = await ledger.arrive(orderMessage('P1', 'B1', 'NEW-1'));
    await ledger.mesh.call(messageActions.skip, { id: parked.id, reason });
    ledger.clock.advance(1);
    expect((await start({}, true)).total).toBe(1);
    expect((await start({ state: 'SKIPPED' }, true)).total).toBe(1);
    expect((await start({ state: 'RECEIVED' }, true)).total).toBe(0);
    expect((await start({ from: '2031-01-01T00:00:00Z' }, true)).total).toBe(0);
    expect(
      (await start({ from: row!.receivedAt, to: new Date(ledger.clock.now).toISOString() }, true)).total,
    ).toBe(1);
  });

  test('of nothing is done at once; of another organisation does not exist', async () => {
    const { replay } = await start({ channel: 'none' });
    expect(replay).toMatchObject({ state: 'DONE', total: 0 });
    await expect(
      ledger.mesh.call(messageActions.replayStatus, { id: replay!.id }, ledger.as('org-mh')),
    ).rejects.toMatchObject({ code: 'kernel.record.missing' });
    await arrived(1);
    expect(
      (
        await ledger.mesh.call(
          messageActions.replayMany,
          { selection: {}, reason, dryRun: true },
          ledger.as('org-mh'),
        )
      ).total,
    ).toBe(0);
  });

  test('is woken by its start and ends by itself', async () => {
    await arrived(2);
    const { replay } = await start();
    const { kit } = ledger.hub;
    const ended = new Promise<void>((resolve) => {
      const inner = kit.broadcast.bind(kit);
      kit.broadcast = (event, payload) => {
        inner(event, payload);
        const { name, data } = payload as { name?: string; data?: { state?: string } };
        if (name === 'replay' && data?.state === 'DONE') resolve();
      };
    });
    const runner = new ReplayRunner(ledger.hub, { step: 1, pauseMs: 1 });
    runner.start();
    await ended;
    await runner.stop();
    expect(await status(replay!.id)).toMatchObject({ state: 'DONE', done: 2 });
    expect(ledger.told).toContain('replays');
  });
});

function brokenAfterInsert<J extends { insert: (...args: never[]) => Promise<unknown> }>(journal: J): J {
  return new Proxy(journal, {
    get(target, name) {
      const value = Reflect.get(target, name) as unknown;
      if (typeof value !== 'function') return value;
      if (name !== 'insert') return value.bind(target);
      return async (...args: unknown[]) => {
        await value.apply(target, args);
        throw new Error('power lost');
      };
    },
  });
}
