import { adapter } from '../../../adapters/soap/index.ts';
import type { InboundFrame, Listener, Reply } from '../../../contracts/adapter/port.ts';
import type { WireIncident } from '../../../contracts/adapter/wire.ts';
import { openWebHost, type WebHostOptions } from '../../../nodes/hub/supervise/web-host.ts';

const quiet = () => undefined;
export const silent = { debug: quiet, info: quiet, warn: quiet, error: quiet };

export interface Service {
  readonly listener: Listener;
  readonly url: string;
  readonly frames: InboundFrame[];
  readonly incidents: WireIncident[];
  readonly close: () => Promise<void>;
}

type Accept = (frame: InboundFrame) => Promise<Partial<Reply>>;
const good: Accept = async () => ({ bytes: Buffer.from('<ok>好</ok>') });

/** The adapter serving on an interface port of its own; what it takes is answered by `accept`. */
export async function openService(
  settings: Record<string, unknown> = {},
  accept: Accept = good,
  more: { readonly now?: () => number; readonly tls?: WebHostOptions['tls'] } = {},
): Promise<Service> {
  const { now = Date.now, tls } = more;
  const frames: InboundFrame[] = [];
  const incidents: WireIncident[] = [];
  const port = openWebHost({ host: '127.0.0.1', port: 0, log: silent, now, ...(tls && { tls }) });
  const listener = await adapter.listen!({
    endpoint: 'hip',
    settings,
    log: silent,
    now,
    web: port.host,
    incident: (incident) => incidents.push(incident),
    mark: async () => undefined,
    query: async () => undefined,
    accept: async (frame) => {
      frames.push(frame);
      return { outcome: 'kept', results: [], ...(await accept(frame)) };
    },
  });
  await port.opened();
  return {
    listener,
    url: listener.address,
    frames,
    incidents,
    close: async () => {
      await listener.stop(1000);
      await port.stop(0);
    },
  };
}
