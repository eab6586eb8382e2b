import { Type } from 'typebox';
import { defineAction } from '../kernel/action.ts';
import { t } from '../kernel/text.ts';

const done = Type.Object({ done: Type.Boolean() });
const password = (description: string) => Type.String({ minLength: 1, maxLength: 200, description });
const code = Type.String({ minLength: 6, maxLength: 20, description: '验证码 · Code' });

export const sessionEntry = Type.Object({
  id: Type.String({ description: '会话 · Session' }),
  current: Type.Boolean({ description: '当前会话 · The one in use' }),
  orgId: Type.String(),
  createdAt: Type.String({ format: 'date-time' }),
  seenAt: Type.String({ format: 'date-time' }),
  expiresAt: Type.String({ format: 'date-time' }),
  address: Type.String(),
  agent: Type.String(),
});

/** What people do with their own account. */
export const accountActions = {
  account: defineAction({
    name: 'user.account',
    title: t('我的账号', 'My account'),
    permission: 'session',
    params: Type.Object({}),
    result: Type.Object({
      secondFactor: Type.Boolean({ description: '已启用双因素 · A second factor is set up' }),
      secondFactorRequired: Type.Boolean({ description: '须双因素 · A role asks for it' }),
      recoveryCodes: Type.Integer({ description: '剩余恢复码 · Recovery codes left' }),
      passwordChangedAt: Type.String({ format: 'date-time' }),
      sessions: Type.Array(sessionEntry),
    }),
    repeat: 'read',
    rest: { method: 'GET', path: '/auth/account' },
    faults: ['user.session.missing'],
  }),
  /** Ends all other sessions of the person. */
  changePassword: defineAction({
    name: 'user.changePassword',
    title: t('修改口令', 'Change the password'),
    permission: 'session',
    params: Type.Object({
      password: password('当前口令 · Present password'),
      newPassword: password('新口令 · New password'),
    }),
    result: done,
    repeat: 'natural',
    rest: { method: 'POST', path: '/auth/password' },
    faults: ['user.login.failed', 'user.login.locked', 'user.password.weak', 'user.session.missing'],
  }),
  /** A new shared secret; in force once its first code is confirmed. */
  beginFactor: defineAction({
    name: 'user.beginFactor',
    title: t('设置双因素', 'Set up a second factor'),
    permission: 'session',
    params: Type.Object({ password: password('当前口令 · Present password') }),
    result: Type.Object({
      secret: Type.String({ description: '密钥，base32 · Shared secret' }),
      uri: Type.String({ description: 'otpauth://' }),
      qr: Type.String({ description: '二维码，SVG · QR code' }),
    }),
    repeat: 'natural',
    rest: { method: 'POST', path: '/auth/factor' },
    faults: ['user.login.failed', 'user.login.locked', 'user.session.missing'],
  }),
  confirmFactor: defineAction({
    name: 'user.confirmFactor',
    title: t('确认双因素', 'Confirm the second factor'),
    permission: 'session',
    params: Type.Object({ code }),
    result: Type.Object({
      recoveryCodes: Type.Array(Type.String(), {
        description: '恢复码，仅显示这一次 · Recovery codes, shown this once',
      }),
    }),
    repeat: 'natural',
    rest: { method: 'POST', path: '/auth/factor/confirmation' },
    faults: ['user.factor.wrong', 'user.factor.missing', 'user.session.missing'],
  }),
  /** Refused where a role asks for one. */
  dropFactor: defineAction({
    name: 'user.dropFactor',
    title: t('停用双因素', 'Take the second factor away'),
    permission: 'session',
    params: Type.Object({ password: password('当前口令 · Present password'), code }),
    result: done,
    repeat: 'natural',
    rest: { method: 'POST', path: '/auth/factor/removal' },
    faults: [
      'user.factor.wrong',
      'user.factor.missing',
      'user.factor.needed',
      'user.login.failed',
      'user.login.locked',
      'user.session.missing',
    ],
  }),
  endSession: defineAction({
    name: 'user.endSession',
    title: t('结束会话', 'End a session'),
    permission: 'session',
    params: Type.Object({
      session: Type.String({ minLength: 64, maxLength: 64, description: '会话 · Session' }),
    }),
    result: done,
    repeat: 'natural',
    rest: { method: 'POST', path: '/auth/session-ends' },
    faults: ['user.session.missing'],
  }),
};
