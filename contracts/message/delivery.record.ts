import { Type } from 'typebox';
import { defineTable, field } from '../kernel/record.ts';
import { t } from '../kernel/text.ts';

/** What leaves the hub: one message to one target, and many messages again. */
const text = (zh: string, en: string) => ({ title: t(zh, en) });

export const deliveryStates = {
  QUEUED: { title: t('待投递', 'Queued'), tone: 'info' },
  HELD: { title: t('排队等待', 'Held'), tone: 'warn' },
  DELIVERED: { title: t('已投递', 'Delivered'), tone: 'good' },
  PARKED: { title: t('挂起', 'Parked'), tone: 'bad' },
  SKIPPED: { title: t('已跳过', 'Skipped'), tone: 'neutral' },
} as const;
export type DeliveryState = keyof typeof deliveryStates;

export const deliveryTable = defineTable({
  name: 'delivery',
  plural: 'deliveries',
  title: t('投递', 'Delivery'),
  fields: {
    seq: field.seq(text('序号', 'Order')),
    id: field.id(text('编号', 'Id')),
    orgId: field.id(text('机构', 'Organisation')),
    messageId: field.id(text('消息', 'Message')),
    channel: field.string(60, { ...text('通道', 'Channel'), filter: true }),
    channelVersion: field.int(text('通道版本', 'Channel version')),
    mapping: field.orNull(field.string(80, text('映射', 'Mapping and its version, his-results@2'))),
    target: field.string(60, { ...text('目标', 'Target endpoint'), filter: true }),
    lane: field.string(100, text('次序键', 'Lane')),
    messageType: field.string(40, text('消息类型', 'Message type')),
    controlId: field.string(64, text('控制号', 'Control id, stable over retries')),
    state: field.string(20, { ...text('状态', 'State'), filter: true }),
    attempts: field.int(text('尝试次数', 'Attempts')),
    createdAt: field.time({ ...text('创建时间', 'Created at'), filter: true }),
    nextAt: field.orNull(field.time(text('下次尝试', 'Next attempt'))),
    lastAt: field.orNull(field.time(text('上次尝试', 'Last attempt'))),
    doneAt: field.orNull(field.time(text('完成时间', 'Done at'))),
    roundTripMs: field.orNull(field.int({ ...text('往返', 'Round trip'), unit: 'ms' })),
    ackCode: field.string(20, text('应答码', 'Acknowledgement code')),
    faultCode: field.string(60, { ...text('问题代码', 'Fault code'), filter: true }),
    fault: field.orNull(field.json(Type.Unknown(), text('问题', 'Fault'))),
    reason: field.string(500, text('原因', 'Reason given by a person')),
    body: field.bytes(text('内容', 'Bytes to send')),
    reply: field.orNull(field.bytes(text('应答内容', 'Bytes of the reply'))),
  },
  indexes: [
    { fields: ['id'], unique: true },
    { fields: ['messageId', 'target'] },
    { fields: ['state', 'target', 'seq'] },
    { fields: ['orgId', 'createdAt', 'seq'] },
  ],
});

/** Bulk replays: dry run, progress, stop. */
export const replayTable = defineTable({
  name: 'replay',
  plural: 'replays',
  title: t('批量重放', 'Bulk replay'),
  fields: {
    id: field.id(text('编号', 'Id')),
    orgId: field.id(text('机构', 'Organisation')),
    createdAt: field.time(text('创建时间', 'Created at')),
    createdBy: field.string(64, text('操作者', 'Started by')),
    reason: field.string(500, text('原因', 'Reason')),
    selection: field.json(Type.Unknown(), text('选择', 'Selection')),
    state: field.choice(['RUNNING', 'DONE', 'STOPPED'], text('状态', 'State')),
    total: field.int(text('总数', 'Messages')),
    done: field.int(text('已重放', 'Replayed')),
    cursor: field.int(text('进度', 'Last sequence handled')),
  },
  indexes: [{ fields: ['state'] }, { fields: ['orgId', 'createdAt'] }],
});
