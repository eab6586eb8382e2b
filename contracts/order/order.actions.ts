import { Type } from 'typebox';
import { defineAction, idParams, readActions } from '../kernel/action.ts';
import { transitionActions, transitionParams } from '../kernel/machine.ts';
import { describeAction, receiveAction } from '../kernel/receive.ts';
import { historyItem } from '../kernel/system.tables.ts';
import { t } from '../kernel/text.ts';
import { orderMachine } from './order.machine.ts';
import { orderRecord } from './order.record.ts';

const f = orderRecord.fields;
const placed = {
  productCode: f.productCode.schema,
  productName: f.productName.schema,
  priority: Type.Optional(f.priority.schema),
  quantity: Type.Optional(f.quantity.schema),
  neededAt: Type.Optional(f.neededAt.schema),
  orderedBy: Type.Optional(f.orderedBy.schema),
  department: Type.Optional(f.department.schema),
  diagnosis: Type.Optional(f.diagnosis.schema),
  note: Type.Optional(f.note.schema),
};

export const orderActions = {
  ...readActions(orderRecord),
  create: defineAction({
    name: 'order.create',
    title: t('新建订单', 'Create an order'),
    permission: 'order.write',
    params: Type.Object({
      donorId: Type.String({ minLength: 1, maxLength: 36, description: '供者 · Donor id' }),
      ...placed,
    }),
    result: orderRecord.schema,
    repeat: 'key',
    rest: { method: 'POST', path: '/orders', status: 201 },
    faults: ['kernel.record.missing', 'donor.record.merged'],
  }),
  /** Only while DRAFT or SUBMITTED. */
  change: defineAction({
    name: 'order.change',
    title: t('修改订单', 'Change an order'),
    permission: 'order.write',
    params: Type.Object({ ...transitionParams, ...Type.Partial(Type.Object(placed)).properties }),
    result: orderRecord.schema,
    repeat: 'key',
    rest: { method: 'PATCH', path: '/orders/{id}', ifMatch: true },
    faults: ['kernel.record.missing', 'kernel.record.stale', 'kernel.machine.illegal'],
  }),
  history: defineAction({
    name: 'order.history',
    title: t('订单时间线', 'Timeline of an order'),
    permission: 'order.read',
    params: idParams,
    result: Type.Object({ items: Type.Array(historyItem) }),
    repeat: 'read',
    rest: { method: 'GET', path: '/orders/{id}/history' },
    faults: ['kernel.record.missing'],
  }),
  /** Takes OrderPlaced and OrderCancelled; needs `donorId` in the context. */
  receive: receiveAction('order'),
  /** order.statusChanged as StatusChanged with the patient. */
  statusMessages: describeAction('order.statusMessages'),
};

export const orderTransitions = transitionActions(orderMachine);
