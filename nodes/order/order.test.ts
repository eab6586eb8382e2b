import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { donorActions } from '../../contracts/donor/donor.actions.ts';
import { donorMerged } from '../../contracts/donor/donor.events.ts';
import { idempotencyTable } from '../../contracts/kernel/system.tables.ts';
import type { Canonical, CanonicalOf } from '../../contracts/message/canonical.ts';
import { orderActions, orderTransitions } from '../../contracts/order/order.actions.ts';
import { orderMoved, orderStatusChanged } from '../../contracts/order/order.events.ts';
import { orderMachine } from '../../contracts/order/order.machine.ts';
import { orderRecord } from '../../contracts/order/order.record.ts';
import { systemCaller } from '../kit/caller.ts';
import { consumeAction, defineService, handle } from '../kit/service.ts';
import { type CallOptions, kitForTests, type TestKit } from '../kit/testing/kit-for-tests.ts';
import type { Order } from './effects.ts';
import { orderService } from './order.service.ts';

/** Donors as the neighbour tells of them: id, the number in force, state. */
const donors = new Map<string, { number: string; status: string }>();
const donorWord = defineService('donor', () => ({
  handlers: [
    handle(donorActions.patients, async ({ ids }) => ({
      patients: ids.flatMap((donorId) => {
        const known = donors.get(donorId);
        return known
          ? [{ donorId, ...known, patient: { identifiers: [{ number: `MRN-${donorId}` }], name: '病人' } }]
          : [];
      }),
    })),
  ],
}));

let mesh: TestKit;
beforeAll(async () => {
  mesh = await kitForTests([orderService, donorWord]);
  for (const id of ['d1', 'd2', 'd3']) donors.set(id, { number: id.toUpperCase(), status: 'ACTIVE' });
});
afterAll(() => mesh.close());

const person = { as: { userId: 'user-planner', permissions: ['order.*'] } };
const call = (name: string, params: object, options: CallOptions = person) =>
  mesh.call(orderTransitions[name]!, params as never, options) as Promise<Order>;
let serial = 0;
const draft = (more: object = {}) =>
  mesh.call(
    orderActions.create,
    { donorId: 'd1', productCode: 'NK', productName: 'NK 细胞', ...more },
    person,
  );
const row = async (id: string) => (await mesh.kit.find(orderRecord, { orgId: 'org-hy' }, { id }))[0]!;
/** An order in any state, put there directly. */
const inState = async (state: string, more: Partial<Order> = {}) => {
  const { id } = await draft();
  return mesh.kit.work({ caller: systemCaller('test', 'org-hy'), requestId: 'r' }, async (work) =>
    work.update(orderRecord, await work.loadOne(orderRecord, id), { state, ...more }),
  );
};

const placed = (
  number: string,
  order: Partial<CanonicalOf<'OrderPlaced'>['order']> = {},
  control: 'new' | 'change' = 'new',
) =>
  ({
    type: 'OrderPlaced',
    control,
    patient: { identifiers: [{ number: 'MRN-d1' }] },
    order: { placerNumber: { number, authority: 'HIS' }, code: 'NK', name: 'NK 细胞', ...order },
  }) as CanonicalOf<'OrderPlaced'>;
const cancelled = (number: string, reason?: string): Canonical => ({
  type: 'OrderCancelled',
  patient: { identifiers: [{ number: 'MRN-d1' }] },
  placerNumber: { number, authority: 'HIS' },
  ...(reason ? { reason } : {}),
});
const send = async (messages: Canonical[], donorId = 'd1') =>
  (
    await mesh.call(
      orderActions.receive,
      {
        items: messages.map((message) => ({
          id: `m-${++serial}`,
          message,
          context: donorId ? { donorId } : {},
        })),
      },
      { as: systemCaller('hub', 'org-hy') },
    )
  ).outcomes;
const receive = async (number: string, order = {}) => {
  const [outcome] = await send([placed(number, order)]);
  return row(outcome!.context.orderId!);
};
const eventsOf = async (name: string, id: string) =>
  (await mesh.events(name)).map((e) => e.payload as Record<string, unknown>).filter((p) => p.orderId === id);

describe('[PRO-3.1.1] orders that arrive', () => {
  test('an order is placed, its personal data sealed, its event written', async () => {
    const order = await receive('H1', { diagnosis: '肝癌', priority: 'stat', quantity: 2 });
    expect(order).toMatchObject({
      state: 'SUBMITTED',
      donorId: 'd1',
      placerNumber: 'H1',
      placerAuthority: 'HIS',
      priority: 'stat',
      quantity: 2,
      diagnosis: '肝癌',
      note: null,
      source: 'message',
    });
    expect(order.number).toMatch(/^O26-\d{6}$/);
    expect(await eventsOf('order.placed', order.id)).toMatchObject([
      { state: 'SUBMITTED', placerNumber: 'H1' },
    ]);
    expect((await mesh.call(orderActions.get, { id: order.id }, person)).diagnosis).toBe('肝*');
  });

  test('the same number of another authority is another order', async () => {
    const [a, b] = await send([
      placed('H2'),
      placed('H2', { placerNumber: { number: 'H2', authority: 'EMR' } }),
    ]);
    expect(a!.context.orderId).not.toBe(b!.context.orderId);
  });

  test('a second new and a change alike amend what they state; what is the same changes nothing', async () => {
    const order = await receive('H3', { note: '空腹', department: '肿瘤科' });
    await send([placed('H3', { note: '空腹' })]);
    expect((await row(order.id)).version).toBe(1);
    await send([placed('H3', { priority: 'urgent' }), placed('H3', { note: '不空腹' }, 'change')]);
    expect(await row(order.id)).toMatchObject({ priority: 'urgent', note: '不空腹', department: '肿瘤科' });
    expect(await eventsOf('order.changed', order.id)).toMatchObject([
      { fields: ['priority'] },
      { fields: ['note'] },
    ]);
  });

  test('placed, changed and cancelled in one batch', async () => {
    const outcomes = await send([placed('H4'), placed('H4', { quantity: 3 }), cancelled('H4', '误开')]);
    expect(outcomes.map((o) => o.status)).toEqual(['applied', 'applied', 'applied']);
    const order = await row(outcomes[0]!.context.orderId!);
    expect(order).toMatchObject({
      state: 'CANCELLED',
      quantity: 3,
      stateReason: '误开',
      previousState: 'SUBMITTED',
    });
  });

  test('[PRO-3.1.3] the placer cancels an order, even one that was accepted, and need not be told', async () => {
    const order = await receive('H5');
    await call('accept', { id: order.id });
    await send([cancelled('H5')]);
    expect(await row(order.id)).toMatchObject({ state: 'CANCELLED' });
    expect((await row(order.id)).stateReason).not.toBe('');
    expect((await eventsOf('order.statusChanged', order.id)).map((e) => [e.to, e.byPlacer])).toEqual([
      ['ACCEPTED', false],
      ['CANCELLED', true],
    ]);
    const [again] = await send([cancelled('H5')]);
    expect(again).toMatchObject({ status: 'applied', context: { orderId: order.id } });
  });

  test('what cannot be done is refused with its reason, and leaves the others', async () => {
    const done = await inState('FULFILLED', { placerNumber: 'H6', placerAuthority: 'HIS' });
    const outcomes = await send([
      cancelled('H-nobody'),
      cancelled('H6'),
      placed('H6', { quantity: 9 }),
      placed('H6b'),
    ]);
    expect(outcomes.map((o) => o.fault?.code ?? o.status)).toEqual([
      'order.number.unknown',
      'kernel.machine.illegal',
      'kernel.machine.illegal',
      'applied',
    ]);
    expect(await row(done.id)).toMatchObject({ state: 'FULFILLED', version: done.version });
    expect((await send([placed('H7')], ''))[0]!.fault).toMatchObject({ code: 'donor.identity.missing' });
  });

  test('[PRO-3.1.3] a change after acceptance is refused; the same contents again are not a change', async () => {
    const order = await receive('H8', { quantity: 1 });
    await call('accept', { id: order.id });
    const [same, other] = await send([placed('H8', { quantity: 1 }), placed('H8', { quantity: 2 })]);
    expect(same!.status).toBe('applied');
    expect(other!.fault).toMatchObject({ code: 'kernel.machine.illegal', data: { state: 'ACCEPTED' } });
  });

  test('an order of one donor does not become that of another; of a donor merged a moment ago it does', async () => {
    const order = await receive('H9');
    const [wrong] = await send([placed('H9', { quantity: 5 })], 'd2');
    expect(wrong!.fault).toMatchObject({ code: 'order.donor.mismatch' });
    donors.set('old', { number: 'D1', status: 'ACTIVE' });
    const [right] = await send([placed('H9', { quantity: 5 })], 'old');
    expect(right).toMatchObject({ status: 'applied' });
    expect(await row(order.id)).toMatchObject({ quantity: 5 });
  });

  test('numbers run without gaps', async () => {
    const n = async (number: string) => Number((await receive(number)).number.slice(4));
    const first = await n('G1');
    await send([placed('G1'), cancelled('G-none'), placed('G1', { quantity: 2 })]);
    expect(await n('G2')).toBe(first + 1);
  });

  test('the same message again gives the first result and changes nothing', async () => {
    const items = [{ id: 'twice', message: placed('R1'), context: { donorId: 'd1' } }];
    const runs = await Promise.all([1, 2, 3].map(() => mesh.call(orderActions.receive, { items })));
    expect(new Set(runs.map((r) => r.outcomes[0]!.context.orderId)).size).toBe(1);
    expect(runs.map((r) => r.outcomes[0]!.status).sort()).toEqual(['applied', 'duplicate', 'duplicate']);
  });

  test('the message of an order again, after a later one changed it and a planner accepted it, changes nothing', async () => {
    const give = async (id: string, quantity: number) => {
      const items = [{ id, message: placed('R2', { quantity }), context: { donorId: 'd1' } }];
      const { outcomes } = await mesh.call(orderActions.receive, { items });
      return outcomes[0]!;
    };
    const first = await give('made', 1);
    const second = await give('amended', 7);
    const again = { status: 'duplicate', context: first.context };
    expect([await give('made', 1), await give('amended', 7)]).toMatchObject([again, again]);
    expect(second.context).toEqual(first.context);
    const { id, version } = await row(first.context.orderId!);
    await call('accept', { id });
    expect(await give('made', 1)).toMatchObject(again);
    expect(await give('amended', 7)).toMatchObject(again);
    expect(await row(id)).toMatchObject({ quantity: 7, version: version + 1, state: 'ACCEPTED' });
  });

  test('two messages of one new order in a batch are told apart when they come again', async () => {
    const items = [1, 5].map((quantity, i) => ({
      id: `pair#${i}`,
      message: placed('R3', { quantity }),
      context: { donorId: 'd1' },
    }));
    const { outcomes } = await mesh.call(orderActions.receive, { items });
    const repeated = await mesh.call(orderActions.receive, { items });
    expect(repeated.outcomes.map((o) => o.status)).toEqual(['duplicate', 'duplicate']);
    expect(await row(outcomes[0]!.context.orderId!)).toMatchObject({ quantity: 5, version: 2 });
  });
});

describe('[PRO-3.1.1] the machine of an order', () => {
  const { states, transitions } = orderMachine;
  for (const [name, rule] of Object.entries(transitions))
    for (const state of Object.keys(states)) {
      const allowed = (rule.from as readonly string[]).includes(state);
      test(`${name} from ${state} is ${allowed ? 'made' : 'refused'}`, async () => {
        const before = await inState(state, { previousState: 'ACCEPTED' });
        const system = { as: { permissions: ['*'] } };
        const run = call(
          name,
          { id: before.id, reason: '因为' },
          rule.permission === 'mesh' ? system : person,
        );
        if (!allowed) {
          await expect(run).rejects.toMatchObject({
            code: 'kernel.machine.illegal',
            data: { state, action: name },
          });
          expect(await row(before.id)).toEqual(before);
          return;
        }
        const to = rule.to === '@previous' ? 'ACCEPTED' : rule.to;
        expect(await run).toMatchObject({ state: to, version: before.version + 1, previousState: state });
        const { items } = await mesh.call(orderActions.history, { id: before.id }, person);
        expect(items.at(-1)).toMatchObject({ action: name, from: state, to, reason: '因为' });
        expect((await eventsOf('order.statusChanged', before.id)).at(-1)).toMatchObject({ from: state, to });
        expect((await mesh.audits(`order.${name}`)).at(-1)).toMatchObject({
          recordId: before.id,
          reason: '因为',
        });
      });
      if (allowed && rule.reason)
        test(`${name} from ${state} without a reason is refused`, async () => {
          const { id } = await inState(state);
          for (const reason of [undefined, '', '  '])
            await expect(
              call(name, { id, ...(reason === undefined ? {} : { reason }) }),
            ).rejects.toMatchObject({
              code: 'kernel.machine.reason',
            });
        });
    }

  test('a hold returns to where it began, also after a second hold', async () => {
    const { id } = await inState('ACCEPTED');
    for (let i = 0; i < 2; i++) {
      await call('hold', { id, reason: '等' });
      expect(await call('resume', { id })).toMatchObject({ state: 'ACCEPTED' });
    }
  });

  test('an order without a product is not submitted, one of an ended donor not accepted', async () => {
    const bare = await inState('DRAFT', { productCode: '' });
    await expect(call('submit', { id: bare.id })).rejects.toMatchObject({
      code: 'kernel.machine.guard',
      data: { guard: 'complete' },
    });
    const ended = await inState('SUBMITTED', { donorId: 'd-ended' });
    donors.set('d-ended', { number: 'X', status: 'MERGED' });
    await expect(call('accept', { id: ended.id })).rejects.toMatchObject({ data: { guard: 'donorActive' } });
    donors.delete('d-ended');
    await expect(call('accept', { id: ended.id })).rejects.toMatchObject({ data: { guard: 'donorActive' } });
  });

  test('each transition needs its right, and those of the system are closed to people', async () => {
    const { id } = await inState('ACCEPTED');
    const as = (...permissions: string[]) => ({ as: { permissions } });
    await expect(call('hold', { id, reason: 'x' }, as('order.read', 'order.write'))).rejects.toMatchObject({
      code: 'user.permission.missing',
    });
    await expect(call('start', { id }, as('order.*', 'mesh'))).rejects.toMatchObject({ kind: 'denied' });
    await expect(call('hold', { id, reason: 'x' }, { as: { orgId: 'org-mh' } })).rejects.toMatchObject({
      code: 'kernel.record.missing',
    });
  });

  test('a stale version is refused, of two at once one is made', async () => {
    const { id, version } = await inState('SUBMITTED');
    await expect(call('accept', { id, version: version - 1 })).rejects.toMatchObject({
      code: 'kernel.record.stale',
      data: { current: version },
    });
    const runs = await Promise.allSettled([1, 2].map(() => call('accept', { id, version })));
    expect(runs.map((r) => r.status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  test('personal data comes back in part with a transition, whole to those who may see it', async () => {
    const { id } = await draft({ diagnosis: '急性髓系白血病', note: '请致电家属' });
    expect(await call('submit', { id })).toMatchObject({ diagnosis: '急***', note: '请***' });
    const may = { as: { permissions: ['order.*', 'order.personal'] } };
    expect(await call('accept', { id }, may)).toMatchObject({ diagnosis: '急性髓系白血病' });
    expect(await row(id)).toMatchObject({ diagnosis: '急性髓系白血病', note: '请致电家属' });
  });
});

describe('[PRO-3.1.1] an idempotency key', () => {
  const keyed = (idempotencyKey: string, more: object = {}) => ({ ...person, idempotencyKey, ...more });

  test('gives the first result again, one after the other and at once, and its effect is made once', async () => {
    const params = { donorId: 'd1', productCode: 'NK', productName: 'NK' };
    const results = await Promise.all(
      [1, 2, 3, 4].map(() => mesh.call(orderActions.create, params, keyed('create-0001'))),
    );
    results.push(await mesh.call(orderActions.create, params, keyed('create-0001')));
    expect(new Set(results.map((r) => r.id)).size).toBe(1);
    expect(new Set(results.map((r) => JSON.stringify(r))).size).toBe(1);
  });

  test('of a transition repeated while the first still runs gives the first result, not a refusal', async () => {
    const { id, version } = await inState('SUBMITTED');
    const results = await Promise.all(
      [1, 2, 3].map(() => call('accept', { id, version }, keyed('accept-0001'))),
    );
    expect(results.map((r) => [r.state, r.version])).toEqual(Array(3).fill(['ACCEPTED', version + 1]));
    const later = await inState('SUBMITTED');
    await call('accept', { id: later.id }, keyed('accept-0002'));
    expect(await call('accept', { id: later.id }, keyed('accept-0002'))).toMatchObject({ state: 'ACCEPTED' });
    expect(await eventsOf('order.statusChanged', later.id)).toHaveLength(1);
  });

  test('with other params is refused; of another person, organisation or action it is another key', async () => {
    const params = { donorId: 'd1', productCode: 'NK', productName: 'NK' };
    const first = await mesh.call(orderActions.create, params, keyed('create-0002'));
    await expect(
      mesh.call(orderActions.create, { ...params, productCode: 'CIK' }, keyed('create-0002')),
    ).rejects.toMatchObject({ code: 'kernel.idempotency.mismatch' });
    const other = await mesh.call(orderActions.create, params, {
      as: { userId: 'user-2' },
      idempotencyKey: 'create-0002',
    });
    expect(other.id).not.toBe(first.id);
    expect(await call('submit', { id: first.id }, keyed('create-0002'))).toMatchObject({
      state: 'SUBMITTED',
    });
  });

  test('a refused call leaves no key behind: mended, it may be made again with it', async () => {
    const { id } = await inState('SUBMITTED', { productCode: '' });
    await expect(call('accept', { id }, keyed('accept-0003'))).rejects.toMatchObject({
      code: 'kernel.machine.guard',
    });
    await mesh.call(orderActions.change, { id, productCode: 'NK' }, person);
    expect(await call('accept', { id }, keyed('accept-0003'))).toMatchObject({ state: 'ACCEPTED' });
  });

  test('the stored result is sealed', async () => {
    await mesh.call(
      orderActions.create,
      { donorId: 'd1', productCode: 'NK', productName: '独一无二' },
      keyed('create-0003'),
    );
    const rows = await mesh.kit.find(idempotencyTable, 'system', {});
    expect(rows.length).toBeGreaterThan(0);
    expect(JSON.stringify(rows)).not.toContain('独一无二');
  });
});

describe('[PRO-3.1.3] changes by people', () => {
  test('an order is changed while it is open, and not after', async () => {
    const { id } = await draft();
    expect(
      await mesh.call(orderActions.change, { id, version: 1, quantity: 4, reason: '补' }, person),
    ).toMatchObject({
      quantity: 4,
      version: 2,
    });
    await expect(
      mesh.call(orderActions.change, { id, version: 1, quantity: 5 }, person),
    ).rejects.toMatchObject({
      code: 'kernel.record.stale',
    });
    for (const state of ['ACCEPTED', 'ON_HOLD', 'CANCELLED', 'FULFILLED']) {
      const closed = await inState(state);
      await expect(
        mesh.call(orderActions.change, { id: closed.id, quantity: 9 }, person),
      ).rejects.toMatchObject({
        code: 'kernel.machine.illegal',
      });
    }
  });

  test('what the system sets cannot be given', async () => {
    const { id } = await draft();
    for (const more of [{ state: 'ACCEPTED' }, { number: 'O-1' }, { orgId: 'org-mh' }, { donorId: 'd2' }])
      await expect(mesh.call(orderActions.change, { id, ...more } as never, person)).rejects.toMatchObject({
        code: 'kernel.params.invalid',
      });
  });

  test('an order is made for a donor in force only', async () => {
    donors.set('d-merged', { number: 'D-NEW', status: 'MERGED' });
    await expect(draft({ donorId: 'd-merged' })).rejects.toMatchObject({ code: 'donor.record.merged' });
    await expect(draft({ donorId: 'd-none' })).rejects.toMatchObject({ code: 'kernel.record.missing' });
  });
});

describe('[CUS-2.1.2] orders of a merged donor', () => {
  const follow = (events: [string, string][]) =>
    mesh.call(consumeAction('order'), {
      events: events.map(([donorId, into], i) => ({
        id: `merge-${donorId}-${into}-${i}`,
        name: donorMerged.name,
        orgId: 'org-hy',
        key: into,
        at: '2026-03-02T01:00:00.000Z',
        actor: 'system:hub',
        requestId: 'r',
        payload: { donorId, into, number: 'D' },
      })),
    });

  test('follow to the surviving one, once, whatever their state', async () => {
    const a = await inState('CLOSED', { donorId: 'old-1' });
    const b = await inState('SUBMITTED', { donorId: 'old-1' });
    await follow([['old-1', 'new-1']]);
    for (const { id } of [a, b]) expect(await row(id)).toMatchObject({ donorId: 'new-1' });
    const { version } = await row(a.id);
    await follow([['old-1', 'new-1']]);
    expect((await row(a.id)).version).toBe(version);
    expect((await mesh.audits('order.followMerge')).filter((r) => r.recordId === a.id)).toHaveLength(1);
  });

  test('and on along a chain', async () => {
    const a = await inState('ACCEPTED', { donorId: 'c-1' });
    await follow([
      ['c-1', 'c-2'],
      ['c-2', 'c-3'],
    ]);
    expect(await row(a.id)).toMatchObject({ donorId: 'c-3' });
  });
});

describe('[PRO-3.1.3] word to the placer', () => {
  const messages = async (id: string) => {
    const events = (await mesh.events(orderStatusChanged.name)).filter(
      (e) => (e.payload as { orderId: string }).orderId === id,
    );
    return (
      await mesh.call(orderActions.statusMessages, {
        events: events.map(({ id: event, payload }) => ({ id: event, payload })),
      })
    ).messages.map((m) => m.message as CanonicalOf<'StatusChanged'>);
  };

  test('a change made here is told with the patient, both numbers and the reason', async () => {
    const order = await receive('S1');
    await call('reject', { id: order.id, reason: '库存不足' });
    expect(await messages(order.id)).toEqual([
      {
        type: 'StatusChanged',
        occurredAt: expect.any(String),
        patient: { identifiers: [{ number: 'MRN-d1' }], name: '病人' },
        placerNumber: { number: 'S1', authority: 'HIS' },
        fillerNumber: { number: order.number, authority: 'CYTOMESH' },
        code: 'NK',
        name: 'NK 细胞',
        status: 'REJECTED',
        previous: 'SUBMITTED',
        reason: '库存不足',
        changedBy: '测试员',
      },
    ]);
  });

  test('what the placer did itself, and orders written here, are told to nobody', async () => {
    const order = await receive('S2');
    await send([cancelled('S2')]);
    expect(await messages(order.id)).toEqual([]);
    const own = await draft();
    await call('submit', { id: own.id });
    expect(await messages(own.id)).toEqual([]);
  });
});

describe('[INT-04] [INT-05] word to queues, lines and others', () => {
  const messages = async (id: string) => {
    const events = (await mesh.events(orderMoved.name)).filter(
      (e) => (e.payload as { orderId: string }).orderId === id,
    );
    const asked = { events: events.map(({ id: event, payload }) => ({ id: event, payload })) };
    const { messages: told } = await mesh.call(orderActions.moveMessages, asked);
    return told.map((m) => m.message as CanonicalOf<'StatusChanged'>);
  };

  test('every change is told, whoever made it, with what a ticket or a label shows', async () => {
    const order = await receive('M1', { priority: 'stat', department: '血液科' });
    await call('accept', { id: order.id });
    await send([cancelled('M1')]);
    expect(await messages(order.id)).toMatchObject([
      {
        type: 'StatusChanged',
        patient: { name: '病人' },
        placerNumber: { number: 'M1', authority: 'HIS' },
        fillerNumber: { number: order.number, authority: 'CYTOMESH' },
        status: 'ACCEPTED',
        previous: 'SUBMITTED',
        priority: 'stat',
        department: '血液科',
      },
      { status: 'CANCELLED', previous: 'ACCEPTED' },
    ]);
    const own = await draft();
    await call('submit', { id: own.id });
    expect(await messages(own.id)).toMatchObject([{ status: 'SUBMITTED', code: 'NK' }]);
  });
});
