import { defineRecord, defineTable, field } from '../kernel/record.ts';
import { t } from '../kernel/text.ts';

/**
 * Words: **endpoint** 端点 an address we listen on or call; **channel** 通道 what is done with messages of an endpoint or with
 * our events: accept, filter, map, call, deliver; **mapping** 映射 how a message becomes canonical, or the reverse. All are
 * versioned text; the text in force is the published version. A mapping of an organisation stands in place of the shipped one of
 * the same code while it is enabled.
 */
export const channelRecord = defineRecord({
  name: 'channel',
  plural: 'channels',
  title: t('通道', 'Channel'),
  fields: {
    code: field.string(60, { title: t('代码', 'Code'), search: true, filter: true }),
    kind: field.choice(['endpoint', 'in', 'out', 'mapping'], { title: t('类型', 'Kind'), filter: true }),
    name: field.string(100, { title: t('名称', 'Name'), search: true }),
    nameEn: field.string(100, { title: t('英文名称', 'English name') }),
    enabled: field.bool({ title: t('启用', 'Enabled'), filter: true }),
    published: field.int({ title: t('生效版本', 'Published version') }),
    text: field.text({ title: t('定义', 'Definition (YAML)') }),
  },
  indexes: [{ fields: ['orgId', 'code'], unique: true }],
});

export const channelVersionTable = defineTable({
  name: 'channel_version',
  plural: 'channel_versions',
  title: t('通道版本', 'Channel versions'),
  fields: {
    id: field.string(100, { title: t('键', '<channel id>#<version>') }),
    channelId: field.id({ title: t('通道', 'Channel') }),
    number: field.int({ title: t('版本', 'Version') }),
    text: field.text({ title: t('定义', 'Definition (YAML)') }),
    note: field.string(500, { title: t('说明', 'Note') }),
    publishedAt: field.time({ title: t('发布时间', 'Published at') }),
    publishedBy: field.string(64, { title: t('发布人', 'Published by') }),
  },
  indexes: [{ fields: ['channelId', 'number'] }],
});

/** Wire incidents: why something never became a message, or a connection ended. Bounded by time. */
export const incidentTable = defineTable({
  name: 'incident',
  plural: 'incidents',
  title: t('线路事件', 'Wire incidents'),
  fields: {
    seq: field.seq({ title: t('序号', 'Order') }),
    orgId: field.id({ title: t('机构', 'Organisation') }),
    endpoint: field.string(60, { title: t('端点', 'Endpoint') }),
    at: field.time({ title: t('时间', 'Time') }),
    connection: field.string(60, { title: t('连接', 'Connection') }),
    peer: field.string(100, { title: t('对端', 'Peer') }),
    kind: field.string(40, { title: t('类型', 'Kind') }),
    reason: field.string(500, { title: t('原因', 'Reason') }),
    hex: field.string(191, { title: t('首字节', 'First bytes, hexadecimal') }),
    /** How many alike were folded into this row. */
    count: field.int({ title: t('次数', 'Count') }),
  },
  indexes: [{ fields: ['orgId', 'endpoint', 'seq'] }, { fields: ['at'] }],
});
