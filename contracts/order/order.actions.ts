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

const factItem = Type.Object({
  id: Type.String(),
  kind: Type.String({ description: '规范消息类型 · Canonical message type' }),
  number: Type.String(),
  at: Type.String(),
  title: Type.String(),
  status: Type.String(),
  source: Type.String(),
  messageId: Type.String(),
  hasContents: Type.Boolean({ description: '有图像或文档 · An image or a document is there' }),
  mediaType: Type.String(),
  data: Type.Unknown({ description: '规范消息 · The canonical message' }),
});

const worklistItem = Type.Object({
  accession: Type.String(),
  placerNumber: Type.String(),
  patientId: Type.String(),
  patientName: Type.String(),
  sex: Type.String(),
  birthDate: Type.String(),
  code: Type.String(),
  name: Type.String(),
  scheduledAt: Type.String(),
  department: Type.String(),
});

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
  /** What partners and devices told about an order: results, specimens, tickets, images, documents, signatures. */
  facts: defineAction({
    name: 'order.facts',
    title: t('订单的外部信息', 'What others told about an order'),
    permission: 'order.read',
    params: idParams,
    result: Type.Object({ items: Type.Array(factItem) }),
    repeat: 'read',
    rest: { method: 'GET', path: '/orders/{id}/facts' },
    faults: ['kernel.record.missing'],
  }),
  /** The contents of a fact (an image, a document); each look is audited. */
  factContents: defineAction({
    name: 'order.factContents',
    title: t('查看外部信息的内容', 'Contents of a fact'),
    permission: 'order.read',
    params: Type.Object({
      id: Type.String({ minLength: 1, maxLength: 36, description: '订单编号 · Order id' }),
      fact: Type.String({ minLength: 1, maxLength: 36, description: '事实编号 · Fact id' }),
    }),
    result: Type.Object({ mediaType: Type.String(), contents: Type.String({ description: 'base64' }) }),
    repeat: 'read',
    rest: { method: 'GET', path: '/orders/{id}/facts/{fact}' },
    faults: ['kernel.record.missing'],
  }),
  /** Orders in work, for the worklists of devices. */
  worklist: defineAction({
    name: 'order.worklist',
    title: t('设备工作列表', 'Worklist of devices'),
    permission: 'mesh',
    params: Type.Object({
      accession: Type.Optional(Type.String({ maxLength: 64 })),
      patientId: Type.Optional(Type.String({ maxLength: 64 })),
      patientName: Type.Optional(Type.String({ maxLength: 100 })),
      from: Type.Optional(Type.String({ maxLength: 35 })),
      to: Type.Optional(Type.String({ maxLength: 35 })),
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500 })),
    }),
    result: Type.Object({ items: Type.Array(worklistItem) }),
    repeat: 'read',
  }),
  /** Takes OrderPlaced and OrderCancelled (with `donorId` in the context) and every fact; answers OrderQuery and FactQuery. */
  receive: receiveAction('order'),
  /** order.factAdded as the canonical message it was, with the patient. */
  factMessages: describeAction('order.factMessages'),
  /** order.statusChanged as StatusChanged with the patient. */
  statusMessages: describeAction('order.statusMessages'),
  /** order.moved as StatusChanged with the patient and what a ticket or label needs of the order. */
  moveMessages: describeAction('order.moveMessages'),
};

export const orderTransitions = transitionActions(orderMachine);
