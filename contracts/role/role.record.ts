import { Type } from 'typebox';
import { defineRecord, field } from '../kernel/record.ts';
import { t } from '../kernel/text.ts';

/** A role is a list of rights; `word.*` gives all rights of a word, `*` is refused outside the system itself. */
export const roleRecord = defineRecord({
  name: 'role',
  plural: 'roles',
  title: t('角色', 'Role'),
  scope: 'group',
  fields: {
    code: field.string(40, { title: t('角色代码', 'Code'), search: true, filter: true }),
    name: field.string(100, { title: t('名称', 'Name'), search: true }),
    nameEn: field.string(100, { title: t('英文名称', 'English name') }),
    permissions: field.json(Type.Array(Type.String({ maxLength: 60 }), { maxItems: 200 }), {
      title: t('权限', 'Rights'),
    }),
  },
  indexes: [{ fields: ['code'], unique: true }],
});
