import { Type } from 'typebox';
import { defineTable, field } from './record.ts';
import { t } from './text.ts';

/** Tables of the kit itself. No word reaches into them except through the kit. */

const text = (zh: string, en: string) => ({ title: t(zh, en) });

/** Events written with the change that caused them. `pending` is the number of consumers that have not said done. */
export const outboxTable = defineTable({
  name: 'outbox',
  plural: 'outbox',
  title: t('发件箱', 'Outbox'),
  fields: {
    seq: field.seq(text('序号', 'Sequence')),
    id: field.id(text('事件编号', 'Event id')),
    orgId: field.id(text('机构', 'Organisation')),
    name: field.string(80, text('事件', 'Event name')),
    key: field.string(64, text('次序键', 'Order key')),
    at: field.time(text('时间', 'Time')),
    actor: field.string(64, text('操作者', 'Actor')),
    requestId: field.string(64, text('请求编号', 'Request id')),
    payload: field.json(Type.Unknown(), text('内容', 'Payload')),
    /** Words that still have to take it, comma separated; empty when done. */
    pending: field.string(100, text('待消费者', 'Pending consumers')),
  },
  indexes: [{ fields: ['id'], unique: true }, { fields: ['pending', 'seq'] }],
});

/** What a consumer has done already: one row per consumer and event or message id. */
export const inboxTable = defineTable({
  name: 'inbox',
  plural: 'inbox',
  title: t('已处理', 'Inbox'),
  fields: {
    id: field.string(100, text('消费者与编号', '<consumer>:<id>')),
    at: field.time(text('时间', 'Time')),
    result: field.orNull(field.json(Type.Unknown(), text('结果', 'Result'))),
  },
  indexes: [{ fields: ['at'] }],
});

/** Idempotency keys of write actions with their stored result. */
export const idempotencyTable = defineTable({
  name: 'idempotency',
  plural: 'idempotency',
  title: t('幂等键', 'Idempotency keys'),
  fields: {
    /** SHA-256 over actor, action and key. */
    id: field.string(64, text('键', 'Key digest')),
    at: field.time(text('时间', 'Time')),
    request: field.string(64, text('请求摘要', 'Digest of the params')),
    result: field.json(Type.Unknown(), text('结果', 'Result or fault')),
  },
  indexes: [{ fields: ['at'] }],
});

/** Audit rows as written in the transaction, waiting to be sealed into the log database. */
export const auditTable = defineTable({
  name: 'audit',
  plural: 'audit',
  title: t('审计', 'Audit'),
  fields: {
    seq: field.seq(text('序号', 'Sequence')),
    id: field.id(text('编号', 'Id')),
    orgId: field.id(text('机构', 'Organisation')),
    at: field.time(text('时间', 'Time')),
    actor: field.string(64, text('操作者', 'Actor')),
    action: field.string(80, text('动作', 'Action')),
    record: field.string(40, text('对象类型', 'Record')),
    recordId: field.string(64, text('对象编号', 'Record id')),
    requestId: field.string(64, text('请求编号', 'Request id')),
    station: field.string(64, text('终端', 'Station')),
    reason: field.string(500, text('原因', 'Reason')),
    before: field.orNull(field.text(text('之前', 'Before, JSON; personal data stays encrypted'))),
    after: field.orNull(field.text(text('之后', 'After, JSON; personal data stays encrypted'))),
  },
  indexes: [{ fields: ['recordId'] }],
});

/** The sealed trail: each row's hash covers its content and the hash before it. */
export const sealedTable = defineTable({
  name: 'audit_sealed',
  plural: 'audit_sealed',
  title: t('封存审计', 'Sealed audit'),
  database: 'log',
  fields: {
    /** Gap-free, from 1. */
    seq: field.int(text('链序号', 'Position in the chain')),
    ...(({ seq: _seq, ...rest }) => rest)(auditTable.fields),
    hash: field.string(64, text('哈希', 'SHA-256 over the previous hash and the canonical row')),
  },
  indexes: [
    { fields: ['seq'], unique: true },
    { fields: ['recordId', 'seq'] },
    { fields: ['orgId', 'at'] },
    { fields: ['actor', 'at'] },
  ],
});

/** State changes of records with a machine: the timeline. */
export const historyTable = defineTable({
  name: 'history',
  plural: 'history',
  title: t('状态历史', 'History'),
  fields: {
    seq: field.seq(text('序号', 'Sequence')),
    orgId: field.id(text('机构', 'Organisation')),
    record: field.string(40, text('对象类型', 'Record')),
    recordId: field.id(text('对象编号', 'Record id')),
    at: field.time(text('时间', 'Time')),
    actor: field.string(64, text('操作者', 'Actor id')),
    actorName: field.string(100, text('操作人', 'Actor as shown')),
    action: field.string(80, text('动作', 'Action')),
    from: field.string(40, text('原状态', 'From state')),
    to: field.string(40, text('新状态', 'To state')),
    reason: field.string(500, text('原因', 'Reason')),
    meaning: field.string(40, text('签名含义', 'Signature meaning')),
    /** Message or request that caused it. */
    cause: field.string(64, text('起因', 'Cause')),
  },
  indexes: [{ fields: ['recordId', 'seq'] }],
});

/** Leases: who may do a thing now. `epoch` grows with each change of holder and fences late writers. */
export const leaseTable = defineTable({
  name: 'lease',
  plural: 'leases',
  title: t('租约', 'Leases'),
  fields: {
    id: field.string(100, text('名称', 'Name')),
    holder: field.string(64, text('持有者', 'Holder')),
    epoch: field.int(text('代次', 'Epoch')),
    until: field.int(text('到期', 'Expires at, ms since the epoch')),
  },
});

/** Running numbers without gaps: reserved inside the transaction that uses them. */
export const sequenceTable = defineTable({
  name: 'sequence',
  plural: 'sequences',
  title: t('流水号', 'Running numbers'),
  fields: {
    id: field.string(100, text('名称', 'Name')),
    value: field.int(text('当前值', 'Last number given')),
  },
});

export const historyItem = Type.Object({
  at: Type.String(),
  actor: Type.String(),
  actorName: Type.String(),
  action: Type.String(),
  from: Type.String(),
  to: Type.String(),
  reason: Type.String(),
  meaning: Type.String(),
  cause: Type.String(),
});
