import { Type } from 'typebox';
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
    /** Given by somebody else: has to be changed at the next sign-in. */
    mustChange: field.orNull(field.bool({ title: t('须修改', 'To be changed') })),
    /** Hashes of former passwords, newest first, as `hash`. */
    former: field.orNull(
      field.json(Type.Array(Type.String()), { title: t('历史口令', 'Hashes of former passwords') }),
    ),
    /** Shared secret of the second factor, sealed; `pendingTotp` until the first code was right. */
    totp: field.orNull(field.text({ title: t('双因素密钥', 'Secret of the second factor, sealed') })),
    pendingTotp: field.orNull(field.text({ title: t('待确认的密钥', 'Secret not confirmed yet, sealed') })),
    /** Last time step a code was taken for: no code works twice (RFC 6238, 5.2). */
    totpStep: field.orNull(field.int({ title: t('已用时间步', 'Last time step used') })),
    /** SHA-256 of codes that stand in once each for a lost device. */
    recovery: field.orNull(
      field.json(Type.Array(Type.String()), { title: t('恢复码', 'Digests of recovery codes') }),
    ),
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
