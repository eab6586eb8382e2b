import { registry } from '../../contracts/registry.generated.ts';
import { adapters } from '../../nodes/hub/adapters.generated.ts';
import { createBroker } from '../../nodes/kit/broker.ts';
import { Kit, type KitParts } from '../../nodes/kit/kit.ts';
import { silentLog } from '../../nodes/kit/log.ts';
import type { ServiceParts, WordService } from '../../nodes/kit/service.ts';
import { TestScheduler } from '../../nodes/kit/testing/kit-for-tests.ts';
import { files, root } from './files.ts';

/** What services that are made rather than found ask for; nothing of it is opened here. */
const options: Record<string, unknown> = {
  hubService: { adapters, settings: {} },
  gatewayService: { port: 0, version: '0.0.0', demo: false, portalFolder: 'portal/dist', production: false },
};

const database = { dialect: 'sqlite', read: { dialect: 'sqlite' }, write: { dialect: 'sqlite' } };

/** A kit that may be handed to `setup`: services keep it, and nothing is called before they start. */
const kit = new Kit({
  broker: createBroker({ nodeId: 'house', namespace: 'house' }, silentLog),
  registry,
  databases: { main: database, log: database, media: database, telemetry: database },
  vault: {},
  clock: () => 0,
  log: silentLog,
  leases: {},
  scheduler: new TestScheduler(),
  nodeId: 'house',
} as unknown as KitParts);

export interface FoundService {
  readonly path: string;
  readonly name: string;
  readonly word: string;
  readonly parts: ServiceParts;
}

/** Every `<name>Service` of `nodes/<word>/*.service.ts`, set up but not started. */
export async function findServices(): Promise<FoundService[]> {
  const found: FoundService[] = [];
  for (const path of files.filter((f) => /^nodes\/[\w-]+\/[\w-]+\.service\.ts$/.test(f))) {
    const module = (await import(`${root}/${path}`)) as Record<string, unknown>;
    for (const [name, value] of Object.entries(module)) {
      if (!name.endsWith('Service')) continue;
      const service = (
        typeof value === 'function' ? (value as (o: unknown) => unknown)(options[name] ?? {}) : value
      ) as WordService;
      found.push({ path, name, word: service.word, parts: service.setup(kit) });
    }
  }
  return found;
}
