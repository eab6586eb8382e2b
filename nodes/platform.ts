import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RecordDef } from '../contracts/kernel/record.ts';
import { registry } from '../contracts/registry.generated.ts';
import { auditService } from './audit/audit.service.ts';
import { codesetService } from './codeset/codeset.service.ts';
import { donorService } from './donor/donor.service.ts';
import { gatewayService } from './gateway/gateway.service.ts';
import { adapters } from './hub/adapters.generated.ts';
import { hubService } from './hub/hub.service.ts';
import type { Hub } from './hub/hub.ts';
import { type OpenWebHost, openWebHost } from './hub/supervise/web-host.ts';
import { sealAudit } from './kit/audit.ts';
import { createBroker } from './kit/broker.ts';
import type { Config } from './kit/config.ts';
import { Database } from './kit/db/database.ts';
import { migrate, readMigrations } from './kit/db/migrate.ts';
import { freshenStatistics } from './kit/db/statistics.ts';
import { type Databases, Kit } from './kit/kit.ts';
import { Leases } from './kit/lease.ts';
import type { Log } from './kit/log.ts';
import { OutboxRelay, pruneOutbox } from './kit/outbox.ts';
import { createScheduler } from './kit/scheduler/create.ts';
import {
  addService,
  pruneIdempotency,
  pruneInbox,
  type ServiceParts,
  serviceSchema,
  type WordService,
} from './kit/service.ts';
import { Vault } from './kit/vault.ts';
import { masterdataService } from './masterdata/masterdata.service.ts';
import { numberingService } from './numbering/numbering.service.ts';
import { orderService } from './order/order.service.ts';
import { orgService } from './org/org.service.ts';
import { roleService } from './role/role.service.ts';
import { demoUsers } from './user/user.demo.ts';
import { userService } from './user/user.service.ts';

export interface Platform {
  readonly kit: Kit;
  readonly hub: Hub | undefined;
  /** Port of the portal and the API; 0 where this node has no gateway. */
  readonly httpPort: number;
  stop(): Promise<void>;
}

export interface PlatformOptions {
  /** Values for `$name` in the settings of endpoints. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly portalFolder?: string;
}

const roles = ['main', 'log', 'media', 'telemetry'] as const;
export const rootFolder = join(import.meta.dirname, '..');
export const version = (
  JSON.parse(readFileSync(join(rootFolder, 'package.json'), 'utf8')) as { version: string }
).version;

/** Opens the four databases and brings them to the last migration. */
export async function openDatabases(config: Pick<Config, 'databases'>, log: Log): Promise<Databases> {
  const migrations = readMigrations(join(rootFolder, 'deploy/migrations'));
  const opened = await Promise.all(
    roles.map(async (role) => {
      const records = [...registry.records.values()].filter((r: RecordDef) => r.database === role);
      return [role, await Database.open({ role, url: config.databases[role], records })] as const;
    }),
  );
  for (const [role, database] of opened) {
    const done = await migrate(database, migrations);
    if (done.length) log.info('migrated', { database: role, count: done.length });
  }
  return Object.fromEntries(opened) as Databases;
}

/** Starts this process's services and resolves once they can be used. Throws a `Fault` that names what stood in the way. */
export async function startPlatform(config: Config, log: Log, options: PlatformOptions): Promise<Platform> {
  const databases = await openDatabases(config, log);
  const vault = Vault.open(config.keysFile);
  const clock = Date.now;
  const broker = createBroker(config, log);
  const leases = new Leases(databases.main, vault, clock, config.nodeId);
  const scheduler = createScheduler(config, log);
  const kit = new Kit({
    broker,
    registry,
    databases,
    vault,
    clock,
    log,
    leases,
    scheduler,
    nodeId: config.nodeId,
  });

  const web = openWebHost({
    host: '0.0.0.0',
    port: config.interfacePort,
    ...(config.interfaceTls ? { tls: config.interfaceTls } : {}),
    ...(config.interfaceUrl ? { url: config.interfaceUrl } : {}),
    log,
    now: clock,
  });
  let hub: Hub | undefined;
  let httpPort = 0;
  const all: Record<string, WordService> = {
    org: orgService,
    audit: auditService,
    role: roleService,
    user: userService,
    codeset: codesetService,
    donor: donorService,
    order: orderService,
    masterdata: masterdataService,
    numbering: numberingService,
    hub: hubService({ adapters, settings: options.settings, web: web.host }, (made) => {
      hub = made;
    }),
    gateway: gatewayService({
      port: config.httpPort,
      ...(config.httpTls ? { tls: config.httpTls } : {}),
      version,
      demo: config.demo,
      ...(config.demo ? { demoUsers: demoUsers.map((u) => u.username), demoPassword: 'Cytomesh#Demo1' } : {}),
      portalFolder: options.portalFolder ?? join(rootFolder, 'portal/dist'),
      production: config.production,
      ...(config.allowedOrigins ? { allowedOrigins: config.allowedOrigins } : {}),
      readiness: async () => [
        { name: 'database', ok: await answers(databases), detail: '' },
        ...(hub
          ? [
              { name: 'hub', ok: hub.ready, detail: '' },
              { name: 'interface', ...(await opened(web)) },
              { name: 'intake', ok: hub.intakeTrouble === undefined, detail: hub.intakeTrouble ?? '' },
            ]
          : []),
      ],
      listening: (port) => {
        httpPort = port;
      },
    }),
  };
  const unknown = config.services?.find((word) => !(word in all));
  if (unknown)
    throw new Error(`CYTOMESH_SERVICES names "${unknown}"; known are ${Object.keys(all).join(', ')}`);
  const chosen = Object.entries(all).filter(([word]) => config.services?.includes(word) ?? true);

  const parts: ServiceParts[] = [];
  for (const [, service] of chosen) {
    const made = service.setup(kit);
    parts.push(made);
    addService(broker, serviceSchema({ word: service.word, setup: () => made }, kit));
  }
  const relay = new OutboxRelay(kit);
  scheduler.every('idempotency-prune', 3_600_000, () => pruneIdempotency(kit));
  scheduler.every('inbox-prune', 3_600_000, () => pruneInbox(kit));
  scheduler.every('outbox-prune', 3_600_000, async () => void (await pruneOutbox(kit)));
  scheduler.every('statistics', 5000, async () => {
    for (const role of roles) await freshenStatistics(databases[role]);
  });
  await broker.start();
  await seed(kit, parts, { demo: config.demo, adminPassword: config.adminPassword });
  relay.start();
  const sealer = startSealer(kit);
  await scheduler.start();
  for (const p of parts) await p.open?.();

  return {
    kit,
    get hub() {
      return hub;
    },
    get httpPort() {
      return httpPort;
    },
    async stop() {
      for (const p of [...parts].reverse()) await p.close?.();
      await web.stop(3000);
      await sealer();
      await relay.stop();
      await scheduler.stop();
      await broker.stop();
      await Promise.all(roles.map((role) => databases[role].close()));
    },
  };
}

async function opened(web: OpenWebHost): Promise<{ ok: boolean; detail: string }> {
  try {
    await web.opened();
    return { ok: true, detail: '' };
  } catch (error) {
    return { ok: false, detail: (error as Error).message };
  }
}

async function answers(databases: Databases): Promise<boolean> {
  try {
    await Promise.all(roles.map((role) => databases[role].read.query('SELECT 1 AS one')));
    return true;
  } catch {
    return false;
  }
}

/** One node at a time seeds; the others wait until it has. */
async function seed(
  kit: Kit,
  parts: readonly ServiceParts[],
  options: Parameters<NonNullable<ServiceParts['seed']>>[1],
): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    if (await kit.leases.take('seed', 30_000)) break;
    if (attempt > 300) throw new Error('another node holds the seed lease and does not finish');
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  try {
    for (const p of parts) await p.seed?.(kit, options);
  } finally {
    await kit.leases.release(['seed']);
  }
}

/** Seals audit rows in the background; gives the function that stops it after a last round. */
function startSealer(kit: Kit): () => Promise<void> {
  const { main, log } = kit.databases;
  const parts = { main, log, vault: kit.vault, leases: kit.leases };
  let running: Promise<unknown> | undefined;
  const round = async (): Promise<void> => {
    try {
      while ((await sealAudit(parts)) === 500) await new Promise(setImmediate);
    } catch (error) {
      kit.log.warn('sealing will be tried again', { faultCode: (error as { code?: string }).code });
    }
  };
  const timer = setInterval(() => {
    running ??= round().finally(() => {
      running = undefined;
    });
  }, 1000);
  return async () => {
    clearInterval(timer);
    await running;
    await round();
  };
}
