import type { ActionDef, Params, Result } from '../../../contracts/kernel/action.ts';
import type { Registry } from '../../../contracts/kernel/collect.ts';
import type { EventEnvelope } from '../../../contracts/kernel/event.ts';
import { auditTable, outboxTable } from '../../../contracts/kernel/system.tables.ts';
import { registry } from '../../../contracts/registry.generated.ts';
import { createBroker } from '../broker.ts';
import { type Caller, type CallMeta, systemCaller } from '../caller.ts';
import { type Databases, Kit } from '../kit.ts';
import { Leases } from '../lease.ts';
import { silentLog } from '../log.ts';
import type { QueueHandler, Scheduler } from '../scheduler/port.ts';
import { addService, type SeedOptions, serviceSchema, type WordService } from '../service.ts';
import { find } from '../store.ts';
import { Vault } from '../vault.ts';
import { databasesForTests } from './databases-for-tests.ts';

/** A call's meta beside the caller: `{ as: { orgId: 'org-mh' }, idempotencyKey: 'k-12345678' }`. */
export type CallOptions = { as?: Partial<Caller> } & Partial<Omit<CallMeta, 'caller'>> &
  Record<string, unknown>;

const key = (byte: number) => Buffer.alloc(32, byte).toString('base64');
let serial = 0;

/** A clock that stands still until it is moved. Ids, times and expiry follow it. */
export class TestClock {
  now = Date.UTC(2026, 2, 2, 1, 0, 0);
  readonly read = (): number => this.now;
  advance(ms: number): void {
    this.now += ms;
  }
}

/** Runs nothing by itself: a test calls `jobs.get(name)` and `queues.get(name)` by hand and sees who was woken. */
export class TestScheduler implements Scheduler {
  readonly jobs = new Map<string, () => Promise<void>>();
  readonly queues = new Map<string, QueueHandler>();
  readonly woken: { queue: string; key: string | undefined }[] = [];
  wake = async (queue: string, key?: string): Promise<void> => void this.woken.push({ queue, key });
  on = (queue: string, handler: QueueHandler): void => void this.queues.set(queue, handler);
  every = (job: string, _ms: number, handler: () => Promise<void>): void => void this.jobs.set(job, handler);
  start = async (): Promise<void> => undefined;
  stop = async (): Promise<void> => undefined;
}

/**
 * A kit with the given words on a broker of its own. Events stay in the outbox, and no timer runs: a test sees exactly what
 * it asked for. With `databases` and `clock` of another one it is a second node over the same data.
 */
export async function kitForTests(
  services: readonly WordService[],
  shared: { databases?: Databases; clock?: TestClock; nodeId?: string; registry?: Registry } = {},
) {
  const nodeId = shared.nodeId ?? `test-${++serial}`;
  const clock = shared.clock ?? new TestClock();
  const own = shared.databases ? undefined : await databasesForTests();
  const databases = shared.databases ?? own!.databases;
  const vault = new Vault({ current: 'k1', keys: { k1: key(1) }, blind: key(2) });
  const broker = createBroker({ nodeId, namespace: nodeId }, silentLog);
  const leases = new Leases(databases.main, vault, clock.read, nodeId);
  const scheduler = new TestScheduler();
  const kit = new Kit({
    broker,
    registry: shared.registry ?? registry,
    databases,
    vault,
    clock: clock.read,
    log: silentLog,
    leases,
    scheduler,
    nodeId,
  });
  const words = services.map(({ word, setup }) => ({ word, parts: setup(kit) }));
  for (const { word, parts } of words) addService(broker, serviceSchema({ word, setup: () => parts }, kit));
  await broker.start();

  return {
    kit,
    clock,
    databases,
    scheduler,
    /** Calls as a person of org-hy with all rights unless `as` says otherwise; every fault arrives as over the mesh. */
    call: <A extends ActionDef>(
      action: A,
      params: Params<A>,
      options: CallOptions = {},
    ): Promise<Result<A>> => {
      const { as, ...rest } = options;
      const caller = { ...systemCaller('test', 'org-hy'), userId: 'user-test', name: '测试员', ...as };
      return kit.call(action, params, { requestId: kit.id(), ...rest, caller });
    },
    /** What each word does at the start of an installation. */
    seed: async (options: SeedOptions = { demo: true }): Promise<void> => {
      for (const { parts } of words) await parts.seed?.(kit, options);
    },
    /** Events written so far, oldest first; with a name only those. */
    events: async (name?: string): Promise<EventEnvelope[]> =>
      find(databases.main.read, vault, outboxTable, 'system', name ? { name } : {}, { orderBy: 'seq' }),
    /** Audit rows written so far, oldest first; with an action only those. */
    audits: (action?: string) =>
      find(databases.main.read, vault, auditTable, 'system', action ? { action } : {}, { orderBy: 'seq' }),
    close: async (): Promise<void> => {
      await broker.stop();
      await own?.close();
    },
  };
}

export type TestKit = Awaited<ReturnType<typeof kitForTests>>;
