import { Type } from 'typebox';
import { defineAction, idParams } from '../kernel/action.ts';
import { t } from '../kernel/text.ts';
import { accessPolicyRecord } from './access-policy.record.ts';
import { sessionEntry } from './account.actions.ts';
import { userRecord } from './user.record.ts';

const f = userRecord.fields;
const p = accessPolicyRecord.fields;
const version = Type.Optional(
  Type.Integer({ minimum: 1, description: '版本，来自 If-Match · Version from If-Match' }),
);
const reason = Type.Optional(Type.String({ maxLength: 500, description: '原因 · Reason' }));
const within = (minimum: number, maximum: number, description: string) =>
  Type.Optional(Type.Integer({ minimum, maximum, description }));

export const assignmentEntry = Type.Object({
  orgId: Type.String({ minLength: 1, maxLength: 36, description: '机构 · Organisation' }),
  roleId: Type.String({ minLength: 1, maxLength: 36, description: '角色 · Role' }),
});

/** What the security administrator does with accounts. Nobody changes their own rights. */
export const userAdminActions = {
  create: defineAction({
    name: 'user.create',
    title: t('新建用户', 'Create a user'),
    permission: 'user.write',
    params: Type.Object({
      username: Type.String({
        pattern: '^[a-z0-9][a-z0-9._-]{1,63}$',
        maxLength: 64,
        description: '用户名 · User name',
      }),
      name: Type.String({ minLength: 1, maxLength: 100, description: '姓名 · Name' }),
      homeOrgId: f.homeOrgId.schema,
      assignments: Type.Optional(
        Type.Array(assignmentEntry, { maxItems: 50, description: '授权 · Roles by organisation' }),
      ),
    }),
    result: Type.Object({
      user: userRecord.schema,
      password: Type.String({ description: '初始口令，仅显示这一次 · First password, shown this once' }),
    }),
    repeat: 'key',
    rest: { method: 'POST', path: '/users', status: 201 },
    faults: ['kernel.record.duplicate', 'kernel.record.missing', 'user.role.excluded'],
  }),
  change: defineAction({
    name: 'user.change',
    title: t('修改用户', 'Change a user'),
    permission: 'user.write',
    params: Type.Object({
      ...idParams.properties,
      version,
      reason,
      name: Type.Optional(Type.String({ minLength: 1, maxLength: 100, description: '姓名 · Name' })),
      homeOrgId: Type.Optional(f.homeOrgId.schema),
      disabled: Type.Optional(
        Type.Boolean({ description: '停用；其会话立即结束 · Disabled: all sessions end at once' }),
      ),
    }),
    result: userRecord.schema,
    repeat: 'key',
    rest: { method: 'PATCH', path: '/users/{id}', ifMatch: true },
    faults: ['kernel.record.missing', 'kernel.record.stale', 'user.self.refused'],
  }),
  assignments: defineAction({
    name: 'user.assignments',
    title: t('用户的授权', 'Roles of a user'),
    permission: 'user.read',
    params: idParams,
    result: Type.Object({ items: Type.Array(assignmentEntry) }),
    repeat: 'read',
    rest: { method: 'GET', path: '/users/{id}/assignments' },
    faults: ['kernel.record.missing'],
  }),
  /** Replaces all roles of a person. */
  assign: defineAction({
    name: 'user.assign',
    title: t('授权', 'Assign roles'),
    permission: 'user.assign',
    params: Type.Object({
      ...idParams.properties,
      version,
      reason: Type.String({ minLength: 1, maxLength: 500, description: '原因 · Reason' }),
      assignments: Type.Array(assignmentEntry, { maxItems: 50, description: '授权 · Roles by organisation' }),
    }),
    result: userRecord.schema,
    repeat: 'key',
    rest: { method: 'PUT', path: '/users/{id}/assignments', ifMatch: true },
    faults: ['kernel.record.missing', 'kernel.record.stale', 'user.role.excluded', 'user.self.refused'],
  }),
  /** A new password that has to be changed at once; lock, second factor where asked, and all sessions go. */
  resetPassword: defineAction({
    name: 'user.resetPassword',
    title: t('重置口令', 'Reset the password'),
    permission: 'user.write',
    params: Type.Object({
      ...idParams.properties,
      reason: Type.String({ minLength: 1, maxLength: 500, description: '原因 · Reason' }),
      secondFactor: Type.Optional(
        Type.Boolean({ description: '同时清除双因素 · The second factor too (device lost)' }),
      ),
    }),
    result: Type.Object({ password: Type.String({ description: '仅显示这一次 · Shown this once' }) }),
    repeat: 'key',
    rest: { method: 'POST', path: '/users/{id}/actions/resetPassword' },
    faults: ['kernel.record.missing', 'user.self.refused'],
  }),
  sessions: defineAction({
    name: 'user.sessions',
    title: t('用户的会话', 'Sessions of a user'),
    permission: 'user.read',
    params: idParams,
    result: Type.Object({ items: Type.Array(sessionEntry) }),
    repeat: 'read',
    rest: { method: 'GET', path: '/users/{id}/sessions' },
    faults: ['kernel.record.missing'],
  }),
  endSessions: defineAction({
    name: 'user.endSessions',
    title: t('结束用户的会话', 'End the sessions of a user'),
    permission: 'user.write',
    params: Type.Object({ ...idParams.properties, reason }),
    result: Type.Object({ ended: Type.Integer({ description: '结束的会话数 · Sessions ended' }) }),
    repeat: 'key',
    rest: { method: 'POST', path: '/users/{id}/actions/endSessions' },
    faults: ['kernel.record.missing'],
  }),
  policy: defineAction({
    name: 'accessPolicy.get',
    title: t('查看登录策略', 'Get the access policy'),
    permission: 'user.read',
    params: Type.Object({}),
    result: accessPolicyRecord.schema,
    repeat: 'read',
    rest: { method: 'GET', path: '/access-policy' },
  }),
  changePolicy: defineAction({
    name: 'accessPolicy.change',
    title: t('修改登录策略', 'Change the access policy'),
    permission: 'user.policy',
    params: Type.Object({
      version,
      reason: Type.String({ minLength: 1, maxLength: 500, description: '原因 · Reason' }),
      minLength: within(8, 64, '口令最短长度 · Shortest password'),
      classes: within(2, 4, '字符类别数 · Classes of characters'),
      history: within(0, 24, '历史口令数 · Former passwords that may not come again'),
      maxAgeDays: within(0, 365, '口令有效天数，0 不过期 · Days of a password, 0: any'),
      lockFailures: within(3, 10, '锁定前失败次数 · Failures until the lock'),
      lockMinutes: within(5, 1440, '锁定分钟 · Minutes of a lock'),
      idleMinutes: within(5, 480, '空闲退出分钟 · Idle minutes'),
      sessionHours: within(1, 24, '会话最长小时 · Hours of a session'),
      maxSessions: within(0, 20, '并发会话数，0 不限 · Sessions at a time, 0: any'),
      secondFactorRoles: Type.Optional(p.secondFactorRoles.schema),
    }),
    result: accessPolicyRecord.schema,
    repeat: 'key',
    rest: { method: 'PATCH', path: '/access-policy', ifMatch: true },
    faults: ['kernel.record.stale'],
  }),
};
