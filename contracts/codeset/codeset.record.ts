import { defineRecord, field } from '../kernel/record.ts';
import { t } from '../kernel/text.ts';

/**
 * Words: **code table** 代码表 translates codes of one system to another; **entry** 对照 one pair, exact match only; **miss** 未对照
 * a code that came and had no pair: a work item, not a guess.
 */
export const codeTableRecord = defineRecord({
  name: 'codeTable',
  plural: 'code-tables',
  title: t('代码表', 'Code table'),
  fields: {
    code: field.string(60, { title: t('代码', 'Code'), search: true, filter: true }),
    name: field.string(100, { title: t('名称', 'Name'), search: true }),
    nameEn: field.string(100, { title: t('英文名称', 'English name') }),
    source: field.string(60, { title: t('源体系', 'Source system') }),
    target: field.string(60, { title: t('目标体系', 'Target system') }),
    owner: field.string(64, { title: t('责任人', 'Owner') }),
  },
  indexes: [{ fields: ['orgId', 'code'], unique: true }],
});

export const codeEntryRecord = defineRecord({
  name: 'codeEntry',
  plural: 'code-entries',
  title: t('代码对照', 'Code entry'),
  fields: {
    table: field.string(60, { title: t('代码表', 'Code table'), filter: true }),
    from: field.string(100, { title: t('源代码', 'Source code'), search: true, filter: true }),
    to: field.string(100, { title: t('目标代码', 'Target code'), filter: true }),
    note: field.string(200, { title: t('说明', 'Note'), search: true }),
    validFrom: field.orNull(field.time({ title: t('生效时间', 'Valid from') })),
    /** From then on the pair is as if it were not there. */
    validUntil: field.orNull(field.time({ title: t('失效时间', 'Valid until'), filter: true })),
    owner: field.string(64, { title: t('责任人', 'Owner') }),
  },
  indexes: [{ fields: ['orgId', 'table', 'from'] }],
});

export const codeMissRecord = defineRecord({
  name: 'codeMiss',
  plural: 'code-misses',
  title: t('未对照代码', 'Code miss'),
  audited: false,
  fields: {
    table: field.string(60, { title: t('代码表', 'Code table'), filter: true }),
    code: field.string(100, { title: t('代码', 'Code'), search: true, filter: true }),
    channel: field.string(60, { title: t('通道', 'Channel'), filter: true }),
    count: field.int({ title: t('次数', 'Times seen') }),
    lastMessageId: field.id({ title: t('最近消息', 'Last message') }),
    state: field.choice(['OPEN', 'MAPPED'], { title: t('状态', 'State'), filter: true }),
  },
  indexes: [{ fields: ['orgId', 'table', 'code'] }, { fields: ['orgId', 'state'] }],
});
