import { Type } from 'typebox';
import { defineRecord, field } from '../kernel/record.ts';
import { t } from '../kernel/text.ts';

/** How people sign in, for the whole group; one row. Values as MLPS level 3 asks (GB/T 22239-2019, 8.1.4.1). */
export const accessPolicyRecord = defineRecord({
  name: 'accessPolicy',
  plural: 'access-policies',
  title: t('登录策略', 'Access policy'),
  scope: 'group',
  fields: {
    minLength: field.int({ title: t('口令最短长度', 'Shortest password'), unit: 'characters' }),
    classes: field.int({
      title: t('字符类别数', 'Classes of characters'),
      help: t(
        '大写、小写、数字、其他中的几类',
        'How many of: lower case, upper case, digits, other characters',
      ),
    }),
    history: field.int({ title: t('不得重复最近几次', 'Former passwords that may not come again') }),
    maxAgeDays: field.int({
      title: t('口令有效天数', 'Days until a new password is asked for'),
      help: t('0 为不过期', '0: never'),
    }),
    lockFailures: field.int({ title: t('锁定前失败次数', 'Failures in a row until the lock') }),
    lockMinutes: field.int({ title: t('锁定分钟', 'Minutes of a lock'), unit: 'min' }),
    idleMinutes: field.int({
      title: t('空闲退出分钟', 'Minutes without a request until the end'),
      unit: 'min',
    }),
    sessionHours: field.int({ title: t('会话最长小时', 'Hours until a new sign-in'), unit: 'h' }),
    maxSessions: field.int({
      title: t('并发会话数', 'Sessions at the same time'),
      help: t('超出时最早的会话结束；0 为不限', 'One more ends the oldest; 0: any number'),
    }),
    secondFactorRoles: field.json(Type.Array(Type.String({ maxLength: 40 }), { maxItems: 100 }), {
      title: t('须双因素的角色', 'Roles that need a second factor'),
    }),
  },
});
