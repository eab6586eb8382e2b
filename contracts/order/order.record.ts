import { defineRecord, field } from '../kernel/record.ts';
import { t } from '../kernel/text.ts';

/**
 * Words: **order** 订单 a request for one product for one donor; **placer number** 申请单号 given by the system that ordered;
 * **number** 订单号 ours, the filler number of HL7.
 */
export const orderRecord = defineRecord({
  name: 'order',
  plural: 'orders',
  title: t('订单', 'Order'),
  fields: {
    number: field.string(20, {
      title: t('订单号', 'Order number'),
      search: true,
      filter: true,
      readOnly: true,
    }),
    donorId: field.id({ title: t('供者', 'Donor'), refers: 'donor', filter: true }),
    placerNumber: field.string(64, {
      title: t('申请单号', 'Placer order number'),
      search: true,
      filter: true,
    }),
    placerAuthority: field.string(64, { title: t('申请机构', 'Placer authority') }),
    productCode: field.string(64, { title: t('产品代码', 'Product code'), filter: true, search: true }),
    productName: field.string(200, { title: t('产品', 'Product') }),
    priority: field.choice(['routine', 'urgent', 'stat'], { title: t('优先级', 'Priority'), filter: true }),
    quantity: field.real({ title: t('数量', 'Quantity') }),
    requestedAt: field.orNull(field.string(35, { title: t('开单时间', 'Ordered at'), filter: true })),
    neededAt: field.orNull(field.string(35, { title: t('需要时间', 'Needed at') })),
    orderedBy: field.string(100, { title: t('开单医生', 'Ordering provider') }),
    department: field.string(100, { title: t('开单科室', 'Department'), filter: true }),
    visitNumber: field.string(64, { title: t('就诊号', 'Visit number') }),
    diagnosis: field.orNull(field.string(250, { title: t('临床诊断', 'Diagnosis'), personal: true })),
    note: field.orNull(field.string(2000, { title: t('备注', 'Note'), personal: true })),
    state: field.string(40, { title: t('状态', 'State'), filter: true, readOnly: true }),
    /** State to return to when a hold ends. */
    previousState: field.string(40, { title: t('之前状态', 'Previous state'), readOnly: true }),
    stateReason: field.string(500, { title: t('状态原因', 'Reason of the state'), readOnly: true }),
    source: field.choice(['message', 'portal'], { title: t('来源', 'Source'), filter: true, readOnly: true }),
    sourceId: field.string(64, { title: t('来源消息', 'Message it came with'), readOnly: true }),
  },
  indexes: [
    { fields: ['orgId', 'placerNumber', 'placerAuthority'], unique: true },
    { fields: ['orgId', 'number'], unique: true },
    { fields: ['orgId', 'state', 'createdAt'] },
    { fields: ['orgId', 'createdAt'] },
    { fields: ['donorId'] },
  ],
});
