import { donorActions } from '../../contracts/donor/donor.actions.ts';
import { donorMerged } from '../../contracts/donor/donor.events.ts';
import type { Result } from '../../contracts/kernel/action.ts';
import type { EventEnvelope, Payload } from '../../contracts/kernel/event.ts';
import { Fault } from '../../contracts/kernel/fault.ts';
import type { Row } from '../../contracts/kernel/record.ts';
import { historyTable } from '../../contracts/kernel/system.tables.ts';
import type { CanonicalOf } from '../../contracts/message/canonical.ts';
import { orderActions, orderTransitions } from '../../contracts/order/order.actions.ts';
import {
  orderChanged,
  type orderFactAdded,
  type orderMoved,
  orderPlaced,
  type orderStatusChanged,
} from '../../contracts/order/order.events.ts';
import { orderMachine } from '../../contracts/order/order.machine.ts';
import { orderRecord } from '../../contracts/order/order.record.ts';
import { orderFactTable } from '../../contracts/order/order-fact.record.ts';
import { systemCaller } from '../kit/caller.ts';
import type { Kit } from '../kit/kit.ts';
import { machineHandlers } from '../kit/machine.ts';
import { receiveHandler } from '../kit/receive.ts';
import { defineService, handle, readHandlers, refuseStale, shown } from '../kit/service.ts';
import { contentsOf, patientsOf, worklist } from './answers.ts';
import { type Order, orderEffects } from './effects.ts';
import { askBefore, isRemembered, orderNumbers, prepareOrders } from './receive.ts';

export const orderService = defineService('order', () => ({
  handlers: [
    ...readHandlers(orderRecord, orderActions),
    ...machineHandlers(orderMachine, orderTransitions, orderEffects),
    handle(orderActions.create, async (params, call) => {
      const { patients } = await call.callAsSystem(donorActions.patients, { ids: [params.donorId] });
      const donor = patients[0];
      if (!donor) throw new Fault('kernel.record.missing', { record: 'donor', id: params.donorId });
      if (donor.status !== 'ACTIVE') throw new Fault('donor.record.merged', { into: donor.number });
      return call.write(async (work) => {
        const number = (await orderNumbers(work, 1))();
        const order = work.insert(orderRecord, {
          priority: 'routine',
          quantity: 1,
          orderedBy: call.meta.caller.name,
          department: '',
          ...params,
          number,
          placerNumber: number,
          placerAuthority: 'CYTOMESH',
          requestedAt: work.now,
          visitNumber: '',
          state: 'DRAFT',
          previousState: '',
          stateReason: '',
          source: 'portal',
          sourceId: call.meta.requestId,
        });
        work.history(orderRecord, order, { action: 'create', from: '', to: 'DRAFT' });
        work.event(orderPlaced, order.orgId, order.donorId, {
          orderId: order.id,
          number,
          donorId: order.donorId,
          placerNumber: number,
          state: order.state,
          productCode: order.productCode,
        });
        return shown(orderRecord, order, call.meta);
      });
    }),
    handle(orderActions.change, (params, call) =>
      call.write(async (work) => {
        const { id, version, reason, ...changes } = params;
        const order = await work.loadOne(orderRecord, id);
        refuseStale(version, order.version);
        if (!['DRAFT', 'SUBMITTED'].includes(order.state))
          throw new Fault('kernel.machine.illegal', { state: order.state, action: 'change' });
        const next = work.update(orderRecord, order, changes, 'change', reason ?? '');
        work.event(orderChanged, next.orgId, next.donorId, {
          orderId: id,
          number: next.number,
          donorId: next.donorId,
          placerNumber: next.placerNumber,
          fields: Object.keys(changes),
        });
        return shown(orderRecord, next, call.meta);
      }),
    ),
    handle(orderActions.history, async ({ id }, { kit, meta }) => {
      const [order] = await kit.find(orderRecord, meta.caller, { id });
      if (!order) throw new Fault('kernel.record.missing', { record: 'order', id });
      const rows = await kit.find(
        historyTable,
        meta.caller,
        { recordId: id },
        { orderBy: 'seq', limit: 500 },
      );
      return {
        items: rows.map(({ seq: _seq, orgId: _org, record: _record, recordId: _id, ...item }) => item),
      };
    }),
    handle(orderActions.facts, async ({ id }, { kit, meta }) => {
      const [order] = await kit.find(orderRecord, meta.caller, { id }, { personal: 'sealed' });
      if (!order) throw new Fault('kernel.record.missing', { record: 'order', id });
      const rows = await kit.find(
        orderFactTable,
        meta.caller,
        { orderId: id },
        { orderBy: 'seq', descending: true, limit: 200 },
      );
      return {
        items: rows.map(
          ({ seq: _seq, orgId: _org, orderId: _order, donorId: _donor, blob, data, ...item }) => ({
            ...item,
            hasContents: blob !== '',
            data: JSON.parse(data) as unknown,
          }),
        ),
      };
    }),
    handle(orderActions.factContents, async ({ id, fact }, { kit, meta }) => {
      const [row] = await kit.find(orderFactTable, meta.caller, { id: fact, orderId: id });
      const contents = row && (await contentsOf(kit, [row.blob])).get(row.blob);
      if (!row || contents === undefined)
        throw new Fault('kernel.record.missing', { record: 'order_fact', id: fact });
      await kit.work(meta, async (work) => work.audit(orderFactTable, row, 'view', null, null));
      return { mediaType: row.mediaType, contents };
    }),
    handle(orderActions.worklist, worklist),
    receiveHandler(orderActions.receive, 'order', prepareOrders, isRemembered, askBefore),
    handle(orderActions.factMessages, async ({ events }, call) => {
      const payloads = events.map((e) => [e.id, e.payload as Payload<typeof orderFactAdded>] as const);
      const facts = await call.kit.find(orderFactTable, call.meta.caller, {
        id: payloads.map(([, p]) => p.factId),
      });
      const { patients } = await call.callAsSystem(donorActions.patients, {
        ids: [...new Set(facts.map((f) => f.donorId))],
      });
      return { messages: payloads.flatMap(([id, p]) => factMessage(id, p, facts, patients)) };
    }),
    handle(orderActions.moveMessages, async ({ events }, call) => {
      const payloads = events.map((e) => [e.id, e.payload as Payload<typeof orderMoved>] as const);
      const ids = [...new Set(payloads.map(([, p]) => p.orderId))];
      const orders = await call.kit.find(orderRecord, call.meta.caller, { id: ids }, { personal: 'sealed' });
      const patients = await patientsOf(orders, call);
      return { messages: payloads.flatMap(([id, p]) => moveMessage(id, p, orders, patients)) };
    }),
    handle(orderActions.statusMessages, async ({ events }, call) => {
      const payloads = events.map((e) => [e.id, e.payload as Payload<typeof orderStatusChanged>] as const);
      const { patients } = await call.callAsSystem(donorActions.patients, {
        ids: payloads.map(([, p]) => p.donorId),
      });
      const byDonor = new Map(patients.map((p) => [p.donorId, p.patient]));
      return { messages: payloads.flatMap(([id, p]) => statusMessage(id, p, byDonor.get(p.donorId))) };
    }),
  ],
  consume: followMergedDonors,
}));

function statusMessage(
  id: string,
  p: Payload<typeof orderStatusChanged>,
  patient: CanonicalOf<'StatusChanged'>['patient'] | undefined,
) {
  if (!patient || p.byPlacer || p.placerAuthority === 'CYTOMESH') return [];
  const message: CanonicalOf<'StatusChanged'> = {
    type: 'StatusChanged',
    occurredAt: p.at,
    patient,
    placerNumber: { number: p.placerNumber, ...(p.placerAuthority ? { authority: p.placerAuthority } : {}) },
    fillerNumber: { number: p.number, authority: 'CYTOMESH' },
    code: p.productCode,
    name: p.productName,
    status: p.to,
    previous: p.from,
    ...(p.reason ? { reason: p.reason } : {}),
    changedBy: p.changedBy,
  };
  return [{ id, message }];
}

/** Of the order as it is by now, but for the state it reached then. */
function moveMessage(
  id: string,
  p: Payload<typeof orderMoved>,
  orders: readonly Order[],
  patients: ReadonlyMap<string, CanonicalOf<'StatusChanged'>['patient']>,
) {
  const order = orders.find((o) => o.id === p.orderId);
  const patient = order && patients.get(order.donorId);
  if (!order || !patient) return [];
  const { placerAuthority: authority } = order;
  const message: CanonicalOf<'StatusChanged'> = {
    type: 'StatusChanged',
    occurredAt: p.at,
    patient,
    placerNumber: { number: order.placerNumber, ...(authority && { authority }) },
    fillerNumber: { number: order.number, authority: 'CYTOMESH' },
    code: order.productCode,
    name: order.productName,
    status: p.to,
    previous: p.from,
    ...(p.reason && { reason: p.reason }),
    changedBy: p.changedBy,
    priority: order.priority,
    ...(order.department && { department: order.department }),
    ...(order.visitNumber && { visitNumber: order.visitNumber }),
  };
  return [{ id, message }];
}

/** The message a fact was, with the patient and both numbers of its order as we know them. */
function factMessage(
  id: string,
  { factId, number, placerNumber }: Payload<typeof orderFactAdded>,
  facts: readonly Row<typeof orderFactTable>[],
  patients: Result<typeof donorActions.patients>['patients'],
) {
  const fact = facts.find((f) => f.id === factId);
  const patient = patients.find((p) => p.donorId === fact?.donorId)?.patient;
  if (!fact || !patient) return [];
  const told = JSON.parse(fact.data) as Record<string, unknown>;
  const message = {
    ...told,
    // Where its contents were kept apart.
    ...(fact.kind === 'ReportIssued' && fact.blob !== '' && { blob: fact.blob }),
    patient,
    placerNumber: told.placerNumber ?? { number: placerNumber },
    fillerNumber: { number, authority: 'CYTOMESH' },
  };
  return [{ id, message }];
}

/** Orders of a donor who was merged belong to the surviving one. Running it again changes nothing. */
async function followMergedDonors(events: readonly EventEnvelope[], kit: Kit): Promise<void> {
  for (const event of events) {
    if (event.name !== donorMerged.name) continue;
    const { donorId, into } = event.payload as Payload<typeof donorMerged>;
    await kit.work({ caller: systemCaller('order', event.orgId), requestId: event.id }, async (work) => {
      work.cause(event.id);
      for (const order of await work.load(orderRecord, { donorId }))
        work.update(orderRecord, order, { donorId: into }, 'followMerge');
    });
  }
}
