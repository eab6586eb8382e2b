import { Type } from 'typebox';
import { defineEvent } from '../kernel/event.ts';
import { t } from '../kernel/text.ts';

const shape = Type.Object({
  alertId: Type.String(),
  kind: Type.String(),
  subject: Type.String(),
  severity: Type.String(),
});

export const alertOpened = defineEvent({
  name: 'channel.alertOpened',
  title: t('接口告警发生', 'Interface alert opened'),
  payload: shape,
});
export const alertResolved = defineEvent({
  name: 'channel.alertResolved',
  title: t('接口告警恢复', 'Interface alert resolved'),
  payload: shape,
});
