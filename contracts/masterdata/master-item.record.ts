import { Type } from 'typebox';
import { defineRecord, field } from '../kernel/record.ts';
import { t } from '../kernel/text.ts';

/**
 * Words: **master data** 主数据 organisations, people and terms of the hospital, kept by another system and published to us.
 * An item that is disabled stays, so that what refers to it can still be read.
 */
export const masterItemRecord = defineRecord({
  name: 'masterItem',
  plural: 'master-items',
  title: t('主数据', 'Master data'),
  fields: {
    catalogue: field.choice(['organisation', 'person', 'term'], {
      title: t('目录', 'Catalogue'),
      filter: true,
    }),
    system: field.string(64, { title: t('体系', 'Code system or class'), filter: true }),
    code: field.string(64, { title: t('代码', 'Code'), search: true, filter: true }),
    name: field.string(200, { title: t('名称', 'Name'), search: true }),
    parent: field.string(64, { title: t('上级', 'Parent'), filter: true }),
    attributes: field.json(Type.Record(Type.String(), Type.String()), { title: t('属性', 'Attributes') }),
    active: field.bool({ title: t('有效', 'Active'), filter: true }),
    source: field.string(100, { title: t('来源', 'Sending system') }),
  },
  indexes: [{ fields: ['orgId', 'catalogue', 'system', 'code'], unique: true }],
});
