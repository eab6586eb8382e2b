import { defineRecord, defineTable, field } from '../kernel/record.ts';
import { t } from '../kernel/text.ts';

/** A person who signs in. The right to do things comes by assignment: user, organisation, role. */
export const userRecord = defineRecord({
  name: 'user',
  plural: 'users',
  title: t('用户', 'User'),
  scope: 'group',
  fields: {
    username: field.string(64, { title: t('用户名', 'User name'), search: true, filter: true }),
    name: field.string(100, { title: t('姓名', 'Name'), search: true }),
    homeOrgId: field.id({ title: t('所属机构', 'Home organisation'), refers: 'org' }),
    disabled: field.bool({ title: t('停用', 'Disabled'), filter: true }),
  },
  indexes: [{ fields: ['username'], unique: true }],
});

/** Password hashes: scrypt with its parameters, `scrypt$N$r$p$salt$hash`. Never leaves the user word. */
export const userSecretTable = defineTable({
  name: 'user_secret',
  plural: 'user_secrets',
  title: t('口令', 'Password hashes'),
  fields: {
    id: field.id({ title: t('用户', 'User') }),
    hash: field.string(191, { title: t('散列', 'Hash') }),
    changedAt: field.time({ title: t('修改时间', 'Changed at') }),
    failures: field.int({ title: t('连续失败', 'Failures in a row') }),
    lockedUntil: field.orNull(field.time({ title: t('锁定至', 'Locked until') })),
  },
});

export const assignmentTable = defineTable({
  name: 'user_assignment',
  plural: 'user_assignments',
  title: t('授权', 'Assignments'),
  fields: {
    id: field.id({ title: t('编号', 'Id') }),
    userId: field.id({ title: t('用户', 'User') }),
    orgId: field.id({ title: t('机构', 'Organisation') }),
    roleId: field.id({ title: t('角色', 'Role') }),
  },
  indexes: [{ fields: ['userId', 'orgId', 'roleId'], unique: true }],
});

/** Sessions by the SHA-256 of their token. Switching organisation re-issues the session. */
export const sessionTable = defineTable({
  name: 'session',
  plural: 'sessions',
  title: t('会话', 'Sessions'),
  fields: {
    id: field.string(64, { title: t('令牌摘要', 'Token digest') }),
    userId: field.id({ title: t('用户', 'User') }),
    orgId: field.id({ title: t('机构', 'Organisation') }),
    createdAt: field.time({ title: t('创建', 'Created at') }),
    seenAt: field.time({ title: t('最近活动', 'Last seen') }),
    expiresAt: field.time({ title: t('到期', 'Expires at') }),
    revokedAt: field.orNull(field.time({ title: t('注销', 'Revoked at') })),
    address: field.string(64, { title: t('地址', 'Address') }),
    agent: field.string(191, { title: t('客户端', 'User agent') }),
  },
  indexes: [{ fields: ['userId'] }, { fields: ['expiresAt'] }],
});
