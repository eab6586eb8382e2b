import { Type } from 'typebox';
import { defineAction, readActions } from '../kernel/action.ts';
import { t } from '../kernel/text.ts';
import { channelAlertRecord } from './channel-alert.record.ts';

export const channelAlertActions = {
  ...readActions(channelAlertRecord, 'channel.read'),
  /** Somebody looks after it; it stays open until its cause is gone. */
  acknowledge: defineAction({
    name: 'channelAlert.acknowledge',
    title: t('确认告警', 'Acknowledge an alert'),
    permission: 'channel.operate',
    params: Type.Object({
      id: Type.String({ minLength: 1, maxLength: 36, description: '编号 · Id' }),
      comment: Type.Optional(Type.String({ maxLength: 500, description: '说明 · Comment' })),
    }),
    result: channelAlertRecord.schema,
    repeat: 'key',
    rest: { method: 'POST', path: '/channel-alerts/{id}/actions/acknowledge' },
    faults: ['kernel.record.missing'],
  }),
};
