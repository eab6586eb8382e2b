import { defineService, type WordService } from '../kit/service.ts';
import { createGateway } from './gateway.ts';
import type { GatewayOptions } from './options.ts';
import { sessionEnded } from './session/sessions.ts';
import type { LiveNotice } from './stream/client.ts';

/** The gateway as a service of the mesh: opens its port when the broker has started. */
export const gatewayService = (options: GatewayOptions): WordService =>
  defineService('gateway', (kit) => {
    const gateway = createGateway(kit, options);
    return {
      handlers: [],
      started: async () => {
        await gateway.listen(options.port);
      },
      stopped: () => gateway.close(),
      listens: {
        'outbox.written': () => gateway.written(),
        live: (notice: LiveNotice) => gateway.live(notice),
        [sessionEnded]: ({ digest }: { digest: string }) => gateway.sessionEnded(digest),
      },
    };
  });
