import { Type } from 'typebox';
import { defineAction } from '../kernel/action.ts';
import { t } from '../kernel/text.ts';

/** How much waits for a code: told before it is mapped, and again while the messages are run. */
export const messageCodeActions = {
  waiting: defineAction({
    name: 'message.waitingForCode',
    title: t('等待对照的消息', 'Messages that wait for a code'),
    permission: 'message.read',
    params: Type.Object({
      table: Type.String({ minLength: 1, maxLength: 60, description: '代码表 · Code table' }),
      code: Type.String({ minLength: 1, maxLength: 100, description: '源代码 · Source code' }),
    }),
    result: Type.Object({
      count: Type.Integer({
        description: '挂起的消息，至多数到 5000 · Parked messages, counted up to 5,000',
      }),
      ids: Type.Array(Type.String(), { description: '其中最早的几条 · The first of them' }),
    }),
    repeat: 'read',
    rest: { method: 'GET', path: '/code-waiting' },
  }),
};
