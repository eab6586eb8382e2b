import { Type } from 'typebox';
import { defineTable, field } from '../kernel/record.ts';
import { t } from '../kernel/text.ts';

/**
 * Words: **message** 消息 one thing that reached the hub, from a partner or from an event of ours; **delivery** 投递 one message
 * to one target; **lane** 通道键 the patient whose messages keep their order; **park** 挂起 to stop a lane at a message that
 * needs a person. Processing state and acknowledgement are two axes.
 */
const text = (zh: string, en: string) => ({ title: t(zh, en) });

export const messageStates = {
  RECEIVED: {
    title: t('已接收', 'Received'),
    tone: 'info',
    help: t('已落盘，等待处理', 'Kept, waiting for its turn'),
  },
  HELD: {
    title: t('排队等待', 'Held'),
    tone: 'warn',
    help: t('同一患者前面有挂起的消息', 'An earlier message of the same patient is parked'),
  },
  DONE: { title: t('已处理', 'Done'), tone: 'good', help: t('已完成全部动作', 'All its effects are made') },
  FILTERED: {
    title: t('已过滤', 'Filtered'),
    tone: 'neutral',
    help: t('没有通道需要它', 'No channel wants it'),
  },
  DUPLICATE: {
    title: t('重复', 'Duplicate'),
    tone: 'neutral',
    help: t('与已处理的消息相同', 'The same as one already handled'),
  },
  PARKED: {
    title: t('挂起', 'Parked'),
    tone: 'bad',
    help: t('需要人工修复、跳过或重放', 'A person must repair, skip or replay it'),
  },
  REFUSED: {
    title: t('已拒收', 'Refused'),
    tone: 'bad',
    help: t('结构不正确，已否定应答', 'Not sound; answered negatively and kept raw'),
  },
  SKIPPED: {
    title: t('已跳过', 'Skipped'),
    tone: 'neutral',
    help: t('人工决定不处理', 'A person decided not to handle it'),
  },
  REPAIRED: {
    title: t('已修复', 'Repaired'),
    tone: 'neutral',
    help: t('已由修改后的副本代替', 'Replaced by an edited copy'),
  },
} as const;
export type MessageState = keyof typeof messageStates;

export const acknowledgementStates = ['NOT_OWED', 'PENDING', 'SENT', 'FAILED'] as const;

export const businessKey = Type.Object({
  kind: Type.String({
    description:
      'patient, visit, order, filler, specimen, report, control, batch, origin (the message it repeats)',
  }),
  value: Type.String(),
});

/** The journal. Written and committed before anything is acknowledged. */
export const messageTable = defineTable({
  name: 'message',
  plural: 'messages',
  title: t('消息', 'Message'),
  fields: {
    seq: field.seq(text('序号', 'Order of arrival')),
    id: field.id(text('编号', 'Id')),
    orgId: field.id(text('机构', 'Organisation')),
    receivedAt: field.time({ ...text('接收时间', 'Received at'), filter: true }),
    doneAt: field.orNull(field.time(text('完成时间', 'Done at'))),
    direction: field.choice(['in', 'out'], { ...text('方向', 'Direction'), filter: true }),
    endpoint: field.string(60, { ...text('端点', 'Endpoint'), filter: true }),
    connection: field.string(60, text('连接', 'Connection')),
    peer: field.string(100, text('对端', 'Peer')),
    channel: field.string(60, { ...text('通道', 'Channel'), filter: true }),
    channelVersion: field.int(text('通道版本', 'Channel version')),
    messageType: field.string(40, { ...text('消息类型', 'Message type, MSH-9 or event name'), filter: true }),
    controlId: field.string(191, text('控制号', 'Control id, MSH-10')),
    charset: field.string(20, text('字符集', 'Charset it was read in')),
    size: field.int(text('字节数', 'Bytes')),
    digest: field.string(64, text('摘要', 'SHA-256 of the bytes, for duplicates')),
    lane: field.string(100, text('次序键', 'Lane')),
    shard: field.int(text('分片', 'Shard of the lane')),
    /** Further lanes it keeps its order in: of a merge, the patients that end. */
    moreLanes: field.orNull(field.json(Type.Array(Type.String()), text('其他次序键', 'Further lanes'))),
    /** What the protocol said beside the bytes: SOAP action, topic, file. */
    meta: field.orNull(
      field.json(Type.Record(Type.String(), Type.String()), text('协议信息', 'Beside the bytes')),
    ),
    state: field.string(20, { ...text('状态', 'State'), filter: true }),
    ack: field.choice(acknowledgementStates, text('应答状态', 'Acknowledgement')),
    ackCode: field.string(4, text('应答码', 'Acknowledgement code')),
    faultCode: field.string(60, { ...text('问题代码', 'Fault code'), filter: true }),
    fault: field.orNull(field.json(Type.Unknown(), text('问题', 'Fault'))),
    warnings: field.orNull(field.json(Type.Array(Type.String()), text('警告', 'Warnings'))),
    keys: field.json(Type.Array(businessKey), text('业务键', 'Business keys')),
    /** Message this one repeats or replaces, and why. */
    originId: field.orNull(field.id(text('来源消息', 'Replay or repair of'))),
    originKind: field.string(10, text('来源类型', 'replay or repair')),
    reason: field.string(500, text('原因', 'Reason given')),
  },
  indexes: [
    { fields: ['id'], unique: true },
    { fields: ['state', 'seq'] },
    { fields: ['orgId', 'receivedAt', 'seq'] },
    { fields: ['digest'] },
  ],
});

/** Contents apart from the journal: pruned earlier, never scanned. */
export const messageBodyTable = defineTable({
  name: 'message_body',
  plural: 'message_bodies',
  title: t('消息原文', 'Message contents'),
  fields: {
    id: field.id(text('消息', 'Message')),
    raw: field.bytes(text('原始字节', 'Raw bytes')),
  },
});

/** Large contents that came with a message, under their SHA-256; the same contents once. */
export const blobTable = defineTable({
  name: 'blob',
  plural: 'blobs',
  title: t('大对象', 'Large contents'),
  database: 'media',
  fields: {
    id: field.string(64, text('摘要', 'SHA-256, hexadecimal')),
    mediaType: field.string(100, text('类型', 'Media type')),
    size: field.int(text('字节数', 'Bytes')),
    at: field.time(text('时间', 'First kept at')),
    bytes: field.bytes(text('内容', 'Contents')),
  },
});

/** How far the polls of an endpoint have come; written with the messages that they brought. */
export const markTable = defineTable({
  name: 'mark',
  plural: 'marks',
  title: t('轮询位置', 'Poll marks'),
  fields: {
    id: field.string(120, text('端点与名称', '<endpoint id>/<name>')),
    value: field.text(text('位置', 'Mark')),
    at: field.time(text('时间', 'Time')),
  },
});

/** What became of a message: written once it is handled, replaced when it is handled again. */
export const messageOutcomeTable = defineTable({
  name: 'message_outcome',
  plural: 'message_outcomes',
  title: t('处理结果', 'Outcomes'),
  fields: {
    id: field.id(text('消息', 'Message')),
    canonical: field.text(text('规范消息', 'Canonical messages, JSON')),
    /** `his-orders@3`; version 0 is the shipped one. Null where none was used, or it was handled before this was kept. */
    mapping: field.orNull(field.string(80, text('映射', 'Mapping and its version'))),
    /** What the domain calls gave: `{ donorId, orderId }`. */
    context: field.json(Type.Record(Type.String(), Type.String()), text('结果', 'Results of the calls')),
  },
});

/** The business-key index over all channels: equality only, so that every database and collation answers it from its index. */
export const messageKeyTable = defineTable({
  name: 'message_key',
  plural: 'message_keys',
  title: t('业务键', 'Business keys'),
  fields: {
    seq: field.seq(text('序号', 'Order')),
    value: field.string(64, text('值', 'Value')),
    kind: field.string(10, text('类型', 'Kind')),
    messageId: field.id(text('消息', 'Message')),
    orgId: field.id(text('机构', 'Organisation')),
  },
  indexes: [{ fields: ['orgId', 'value', 'messageId'] }],
});
