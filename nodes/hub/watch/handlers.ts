import { channelAlertActions } from '../../../contracts/channel/channel-alert.actions.ts';
import { channelAlertRecord } from '../../../contracts/channel/channel-alert.record.ts';
import { type Handler, handle, readHandlers, shown } from '../../kit/service.ts';

export const alertHandlers: Handler[] = [
  ...readHandlers(channelAlertRecord, channelAlertActions),
  handle(channelAlertActions.acknowledge, ({ id, comment }, call) =>
    call.write(async (work) => {
      const alert = await work.loadOne(channelAlertRecord, id);
      const next = work.update(channelAlertRecord, alert, {
        acknowledgedAt: work.now,
        acknowledgedBy: call.meta.caller.name,
        comment: comment ?? '',
      });
      work.audit(channelAlertRecord, next, 'acknowledge', null, null, comment ?? '');
      return shown(channelAlertRecord, next, call.meta);
    }),
  ),
];
