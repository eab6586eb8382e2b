import { defineRecord, field } from '../kernel/record.ts';
import { t } from '../kernel/text.ts';

/**
 * Words: **secret** 密钥 a password or key that the text of an endpoint names as `$secret:<code>`; the text and its versions never
 * hold it. It is written once and not shown again.
 */
export const channelSecretRecord = defineRecord({
  name: 'channelSecret',
  plural: 'channel-secrets',
  title: t('接口密钥', 'Interface secret'),
  // The trail says that it was written, by whom and when; it holds no value, not even sealed.
  audited: false,
  fields: {
    code: field.string(100, { title: t('代码', 'Code'), search: true, filter: true }),
    value: field.text({ title: t('密钥', 'Secret'), personal: true }),
  },
  indexes: [{ fields: ['orgId', 'code'], unique: true }],
});
