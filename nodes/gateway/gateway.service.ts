import { sessionChanged, sessionEnded } from '../../contracts/user/session.meta.ts';
import { defineService, type WordService } from '../kit/service.ts';
import { createGateway } from './gateway.ts';
import type { GatewayOptions } from './options.ts';
import type { LiveNotice } from './stream/client.ts';

/** The gateway as a service of the mesh: opens its port once all services have started, closes it while they still answer. */
export const gatewayService = (options: GatewayOptions): WordService =>
  defineService('gateway', (kit) => {
    const gateway = createGateway(kit, options);
    return {
      handlers: [],
      open: async () => {
        await gateway.listen(options.port);
      },
      close: () => gateway.close(),
      listens: {
        'outbox.written': () => gateway.written(),
        live: (notice: LiveNotice) => gateway.live(notice),
        [sessionEnded]: ({ id }: { id: string }) => gateway.sessionEnded(id),
        [sessionChanged]: ({ id }: { id: string }) => gateway.sessionChanged(id),
      },
    };
  });
