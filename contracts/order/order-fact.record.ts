import { defineTable, field } from '../kernel/record.ts';
import { t } from '../kernel/text.ts';

const text = (zh: string, en: string) => ({ title: t(zh, en) });

/**
 * Words: **fact** 事实 what a partner or a device told about an order: a result, a specimen, a ticket, an image, a document, a
 * signature. Append-only; a later word of the same number stands beside the earlier one.
 */
export const orderFactTable = defineTable({
  name: 'order_fact',
  plural: 'order_facts',
  title: t('订单事实', 'Facts of an order'),
  fields: {
    seq: field.seq(text('序号', 'Order of arrival')),
    id: field.id(text('编号', 'Id')),
    orgId: field.id(text('机构', 'Organisation')),
    orderId: field.id(text('订单', 'Order')),
    donorId: field.id(text('供者', 'Donor')),
    kind: field.string(40, text('类型', 'Canonical message type')),
    /** Of the specimen, ticket, image, document, report. */
    number: field.string(64, text('编号', 'Its own number')),
    at: field.time(text('发生时间', 'When it happened')),
    title: field.string(200, text('标题', 'Title')),
    status: field.string(40, text('状态', 'Status')),
    source: field.string(100, text('来源', 'Sending system')),
    messageId: field.string(64, text('消息', 'Message it came with')),
    /** Contents in the media database, by their SHA-256. */
    blob: field.string(64, text('内容', 'Digest of the contents')),
    mediaType: field.string(100, text('内容类型', 'Media type')),
    /** The canonical message, large contents left out. */
    data: field.text({ ...text('数据', 'Data, JSON'), personal: true }),
  },
  indexes: [
    { fields: ['id'], unique: true },
    { fields: ['orderId', 'seq'] },
    { fields: ['orgId', 'number'] },
    { fields: ['donorId', 'seq'] },
    { fields: ['orgId', 'kind', 'seq'] },
  ],
});
