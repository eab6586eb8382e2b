import { Type } from 'typebox';
import { defineAction } from '../kernel/action.ts';
import { t } from '../kernel/text.ts';
import { channelSecretRecord } from './channel-secret.record.ts';

const { value: _value, ...names } = channelSecretRecord.schema.properties;
/** Everything of a secret but the secret. */
export const secretName = Type.Object(names);

export const secretCode = Type.String({
  pattern: '^[a-z][a-z0-9]*(-[a-z0-9]+)*$',
  maxLength: 100,
  description: '代码，定义中写作 $secret:代码 · Code; a text names it as $secret:<code>',
});

export const channelSecretActions = {
  list: defineAction({
    name: 'channelSecret.list',
    title: t('查询接口密钥', 'List interface secrets'),
    permission: 'channel.publish',
    params: Type.Object({}),
    result: Type.Object({ items: Type.Array(secretName) }),
    repeat: 'read',
    rest: { method: 'GET', path: '/channel-secrets' },
  }),
  /** Writes a secret, or another one in its place; endpoints that use it are opened again with it. */
  set: defineAction({
    name: 'channelSecret.set',
    title: t('写入接口密钥', 'Write an interface secret'),
    permission: 'channel.publish',
    params: Type.Object({
      code: secretCode,
      value: Type.String({ minLength: 1, maxLength: 20_000, description: '密钥 · Secret' }),
    }),
    result: secretName,
    repeat: 'key',
    rest: { method: 'POST', path: '/channel-secrets' },
  }),
};
