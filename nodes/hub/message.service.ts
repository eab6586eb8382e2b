import { messageActions } from '../../contracts/message/message.actions.ts';
import { messageCodeActions } from '../../contracts/message/message-code.actions.ts';
import { type Handler, handle } from '../kit/service.ts';
import { waitingForCode } from './ledger/code-waiting.ts';
import { messageDetail } from './ledger/detail.ts';
import type { HubForMessages } from './ledger/hub-for-messages.ts';
import { repairMessage, replayMessage, skipMessage } from './ledger/operate.ts';
import { retryDelivery, skipDelivery } from './ledger/operate-delivery.ts';
import { listDeliveries, listMessages } from './ledger/query.ts';
import { replayMany, replayStatus, stopReplay } from './ledger/replay-many.ts';

/** Handlers of the message word: find, see, decide. */
export const messageHandlers = (hub: HubForMessages): Handler[] => [
  handle(messageActions.list, (params, { kit, meta }) => listMessages(kit, meta.caller.orgId, params)),
  handle(messageActions.get, ({ id }, call) => messageDetail(hub, id, call)),
  handle(messageActions.replay, (params, call) => replayMessage(hub, params, call)),
  handle(messageActions.repair, (params, call) => repairMessage(hub, params, call)),
  handle(messageActions.skip, (params, call) => skipMessage(hub, params, call)),
  handle(messageActions.deliveries, (params, { kit, meta }) =>
    listDeliveries(kit, meta.caller.orgId, params),
  ),
  handle(messageActions.retryDelivery, (params, call) => retryDelivery(hub, params, call)),
  handle(messageActions.skipDelivery, (params, call) => skipDelivery(hub, params, call)),
  handle(messageActions.replayMany, (params, call) => replayMany(hub, params, call)),
  handle(messageActions.replayStatus, ({ id }, call) => replayStatus(call, id)),
  handle(messageCodeActions.waiting, waitingForCode),
  handle(messageActions.stopReplay, ({ id }, call) => stopReplay(hub, id, call)),
];
