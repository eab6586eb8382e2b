import { defineService } from '../kit/service.ts';
import { channelHandlers } from './channel.service.ts';
import { Hub, type HubOptions } from './hub.ts';
import { messageHandlers } from './message.service.ts';
import { partnerHandlers } from './partner/handlers.ts';
import { studyHandlers } from './study/handlers.ts';
import { seedHub } from './supervise/seed.ts';
import { alertHandlers } from './watch/handlers.ts';
import { definitionHandlers } from './workshop/definition.handlers.ts';
import { sampleHandlers } from './workshop/sample.handlers.ts';
import { shadowHandlers } from './workshop/shadow.handlers.ts';

/** The hub serves two words, `message` and `channel`: they share its links and its journal. */
export const hubService = (options: HubOptions, made: (hub: Hub) => void = () => undefined) =>
  defineService('message', (kit) => {
    const hub = new Hub(kit, options);
    made(hub);
    return {
      handlers: [
        ...messageHandlers(hub),
        ...channelHandlers(hub),
        ...alertHandlers,
        ...partnerHandlers(hub),
        ...studyHandlers(hub),
        ...definitionHandlers(hub),
        ...sampleHandlers(hub),
        ...shadowHandlers(hub),
      ],
      consume: (events) => hub.consume(events),
      seed: (_kit, { demo }) => seedHub(kit, hub.shipped, demo),
      open: () => hub.start(),
      close: () => hub.stop(),
      listens: {
        'hub.changed': () => void hub.reload().catch(() => undefined),
        'hub.wake': () => hub.processor.rescan(),
        'hub.shards': () => hub.shardsChanged(),
        '$node.connected': () => hub.shardsChanged(),
        '$node.disconnected': () => hub.shardsChanged(),
        'hub.released': ({ orgId, lane }: { orgId: string; lane: string }) =>
          hub.processor.unbar(orgId, lane),
        'hub.hurry': ({ orgId, target }: { orgId: string; target: string }) => hub.hurryHere(orgId, target),
      },
    };
  });
