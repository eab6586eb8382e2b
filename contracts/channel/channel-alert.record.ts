import { Type } from 'typebox';
import { defineRecord, field } from '../kernel/record.ts';
import { t } from '../kernel/text.ts';

/**
 * Words: **alert** 告警 a state of an interface that needs a person: opened once, resolved once, however often it is seen
 * between. Its history stays.
 */
export const alertKinds = {
  'traffic-missing': t('预期消息未到', 'Expected messages are missing'),
  'endpoint-down': t('端点不可用', 'An endpoint is down'),
  'delivery-waiting': t('投递积压', 'Deliveries wait too long'),
  parked: t('有挂起的消息', 'Messages are parked'),
  'code-unmapped': t('有未对照代码', 'Codes are not mapped'),
  charset: t('字符集错误', 'Charset errors'),
  certificate: t('证书即将到期', 'A certificate ends soon'),
} as const;
export type AlertKind = keyof typeof alertKinds;

export const channelAlertRecord = defineRecord({
  name: 'channelAlert',
  plural: 'channel-alerts',
  title: t('接口告警', 'Interface alert'),
  audited: false,
  fields: {
    kind: field.choice(Object.keys(alertKinds) as AlertKind[], { title: t('类型', 'Kind'), filter: true }),
    subject: field.string(100, { title: t('对象', 'Channel, endpoint or file'), search: true, filter: true }),
    severity: field.choice(['info', 'warning', 'critical'], { title: t('级别', 'Severity'), filter: true }),
    state: field.choice(['OPEN', 'RESOLVED'], { title: t('状态', 'State'), filter: true }),
    openedAt: field.time({ title: t('发生时间', 'Opened at'), filter: true }),
    resolvedAt: field.orNull(field.time({ title: t('恢复时间', 'Resolved at') })),
    acknowledgedAt: field.orNull(field.time({ title: t('确认时间', 'Acknowledged at') })),
    acknowledgedBy: field.string(100, { title: t('确认人', 'Acknowledged by') }),
    comment: field.string(500, { title: t('说明', 'Comment') }),
    /** Figures of the alert: `{ minutes, count, limit, since, until }`. */
    data: field.json(Type.Record(Type.String(), Type.Union([Type.String(), Type.Number()])), {
      title: t('数据', 'Figures'),
    }),
    /** `<kind>|<subject>` while open, so that two nodes cannot open it twice; its own id afterwards. */
    openKey: field.string(150, { title: t('唯一键', 'Key while open') }),
  },
  indexes: [{ fields: ['orgId', 'openKey'], unique: true }, { fields: ['orgId', 'state', 'openedAt'] }],
});
