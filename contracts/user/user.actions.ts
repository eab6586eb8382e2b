import { type Static, Type } from 'typebox';
import { defineAction, readActions } from '../kernel/action.ts';
import { t } from '../kernel/text.ts';
import { userRecord } from './user.record.ts';

const orgChoice = Type.Object({
  id: Type.String(),
  code: Type.String(),
  name: Type.String(),
  nameEn: Type.String(),
});

/** Who is signed in, where, and what they may do. */
export const sessionSchema = Type.Object({
  userId: Type.String(),
  username: Type.String(),
  name: Type.String(),
  org: orgChoice,
  /** Organisations the user may switch to. */
  orgs: Type.Array(orgChoice),
  roles: Type.Array(Type.String()),
  permissions: Type.Array(Type.String()),
  expiresAt: Type.String({ format: 'date-time' }),
  /** `second-factor`: no rights until a second factor is set up. Empty otherwise. */
  pending: Type.String({ description: '待完成的步骤 · What has to be done first' }),
});
export type Session = Static<typeof sessionSchema>;

const grant = Type.Object({
  token: Type.String({ description: '令牌 · Bearer token, also set as an httpOnly cookie' }),
  session: sessionSchema,
});

/** Actions on the session in use (logout, session, switchOrg) know it by `SessionMeta.sessionId` in the call's meta. */
export const userActions = {
  ...readActions(userRecord, 'user.read'),
  login: defineAction({
    name: 'user.login',
    title: t('登录', 'Sign in'),
    permission: 'public',
    params: Type.Object({
      username: Type.String({ minLength: 1, maxLength: 64, description: '用户名 · User name' }),
      password: Type.String({ minLength: 1, maxLength: 200, description: '口令 · Password' }),
      code: Type.Optional(
        Type.String({
          maxLength: 20,
          description: '双因素验证码或恢复码 · Code of the second factor, or a recovery code',
        }),
      ),
      newPassword: Type.Optional(
        Type.String({
          maxLength: 200,
          description: '新口令，须修改时 · New password, where the old one has run out',
        }),
      ),
      org: Type.Optional(
        Type.String({
          minLength: 1,
          maxLength: 36,
          description:
            '机构代码或编号，默认所属机构 · Organisation code or id; default is the home organisation',
        }),
      ),
    }),
    result: grant,
    repeat: 'natural',
    rest: { method: 'POST', path: '/auth/login' },
    faults: [
      'user.login.failed',
      'user.login.locked',
      'user.org.refused',
      'user.factor.required',
      'user.factor.wrong',
      'user.password.expired',
      'user.password.weak',
    ],
  }),
  logout: defineAction({
    name: 'user.logout',
    title: t('退出', 'Sign out'),
    permission: 'session',
    params: Type.Object({}),
    result: Type.Object({ done: Type.Boolean() }),
    repeat: 'natural',
    rest: { method: 'POST', path: '/auth/logout' },
    faults: ['user.session.missing'],
  }),
  session: defineAction({
    name: 'user.session',
    title: t('当前会话', 'Current session'),
    permission: 'session',
    params: Type.Object({}),
    result: sessionSchema,
    repeat: 'read',
    rest: { method: 'GET', path: '/auth/session' },
    faults: ['user.session.missing', 'user.session.expired'],
  }),
  switchOrg: defineAction({
    name: 'user.switchOrg',
    title: t('切换机构', 'Switch organisation'),
    permission: 'session',
    params: Type.Object({
      org: Type.String({
        minLength: 1,
        maxLength: 36,
        description: '机构代码或编号 · Organisation code or id',
      }),
    }),
    result: grant,
    repeat: 'natural',
    rest: { method: 'POST', path: '/auth/switch' },
    faults: ['user.session.missing', 'user.session.expired', 'user.org.refused'],
  }),
  /** Turns a token into who is calling. Reached by the gateway only. */
  resolve: defineAction({
    name: 'user.resolve',
    title: t('解析令牌', 'Resolve a token'),
    permission: 'mesh',
    params: Type.Object({ token: Type.String({ maxLength: 200 }) }),
    result: sessionSchema,
    repeat: 'read',
    faults: ['user.session.missing', 'user.session.expired'],
  }),
};
