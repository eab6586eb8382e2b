import { adapter } from '../../../adapters/mqtt/index.ts';
import type { InboundFrame, Listener, Reply, Sender, SendOptions } from '../../../contracts/adapter/port.ts';
import type { WebHost } from '../../../contracts/adapter/web.ts';
import type { WireIncident } from '../../../contracts/adapter/wire.ts';

const web: WebHost = { url: '', mount: () => () => undefined };
const quiet = () => undefined;
const log = { debug: quiet, info: quiet, warn: quiet, error: quiet };

export const devices = [
  { name: 'fridge-1', password: 'secret-1' },
  { name: 'fridge-2', password: 'secret-2' },
  { name: 'board', password: 'secret-3', publish: [], subscribe: ['lab/#', 'alarm/+'] },
];

export interface Listening {
  readonly listener: Listener;
  readonly frames: InboundFrame[];
  readonly incidents: WireIncident[];
  readonly texts: () => string[];
  readonly kinds: () => string[];
  until(holds: () => boolean): Promise<void>;
  stop(): Promise<void>;
}

/** The adapter listening with an intake of its own: by default every frame is kept. */
export async function listening(
  settings: Record<string, unknown>,
  {
    accept,
    now = Date.now,
  }: { accept?: (frame: InboundFrame) => Promise<Partial<Reply>>; now?: () => number } = {},
): Promise<Listening> {
  const frames: InboundFrame[] = [];
  const incidents: WireIncident[] = [];
  const waiting: (() => void)[] = [];
  const poke = (): void => {
    for (const check of waiting.splice(0)) check();
  };
  const listener = await adapter.listen!({
    endpoint: 'iot',
    settings,
    log,
    now,
    incident: (incident) => {
      incidents.push(incident);
      poke();
    },
    web,
    mark: async () => undefined,
    query: async () => undefined,
    accept: (frame) => {
      frames.push(frame);
      const given = accept?.(frame) ?? Promise.resolve({});
      poke();
      return given.then((reply) => ({ outcome: 'kept', results: [], ...reply }));
    },
  });
  return {
    listener,
    frames,
    incidents,
    texts: () => frames.map((f) => Buffer.from(f.bytes).toString('utf8')),
    kinds: () => [...new Set(incidents.map((i) => i.kind))],
    until: (holds) =>
      new Promise((resolve) => {
        const check = (): void => (holds() ? resolve() : void waiting.push(check));
        check();
      }),
    stop: () => listener.stop(500),
  };
}

/** The embedded broker on a free port, with the devices above. */
export const brokerOf = (broker: Record<string, unknown> = {}, more: Record<string, unknown> = {}) => ({
  broker: { host: '127.0.0.1', port: 0, devices, ...broker },
  ...more,
});

export const sending = (settings: Record<string, unknown>): Sender =>
  adapter.connect!({ endpoint: 'iot', settings, log, now: Date.now, incident: () => undefined, web });

export const options = (topic: string, more: Partial<SendOptions> = {}): SendOptions => ({
  timeoutMs: 5000,
  matches: () => true,
  id: 'd-1',
  controlId: '',
  with: { topic },
  mediaType: 'application/json',
  ...more,
});
