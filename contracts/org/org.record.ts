import { defineRecord, field } from '../kernel/record.ts';
import { t } from '../kernel/text.ts';

/**
 * Words: **group** 集团 the root; **org** 机构 a legal or clinical institution of the group; **department** 科室 a unit of an org.
 */
export const orgRecord = defineRecord({
  name: 'org',
  plural: 'orgs',
  title: t('机构', 'Organisation'),
  scope: 'group',
  fields: {
    code: field.string(20, { title: t('机构代码', 'Code'), search: true, filter: true }),
    name: field.string(100, { title: t('名称', 'Name'), search: true }),
    nameEn: field.string(100, { title: t('英文名称', 'English name') }),
    kind: field.choice(['group', 'org', 'department'], { title: t('类型', 'Kind'), filter: true }),
    parentId: field.orNull(field.id({ title: t('上级', 'Parent'), refers: 'org' })),
  },
  indexes: [{ fields: ['code'], unique: true }],
});
