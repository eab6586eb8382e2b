import type { ServiceBroker } from 'moleculer';
import type { AdapterLog } from '../../contracts/adapter/port.ts';
import type { ActionDef, ListParams, Params, Result } from '../../contracts/kernel/action.ts';
import type { Registry } from '../../contracts/kernel/collect.ts';
import type { RecordDef, Row } from '../../contracts/kernel/record.ts';
import { meshFault } from './broker.ts';
import type { CallMeta } from './caller.ts';
import type { Database } from './db/database.ts';
import type { Clock } from './ids.ts';
import { uuid } from './ids.ts';
import type { Leases } from './lease.ts';
import type { Scheduler } from './scheduler/port.ts';
import { type FindOptions, find, list, type Scope, type Where } from './store.ts';
import type { Vault } from './vault.ts';
import { Work, type WorkEnv } from './work.ts';

export type Databases = Readonly<Record<RecordDef['database'], Database>>;

export interface KitParts {
  readonly broker: ServiceBroker;
  readonly registry: Registry;
  readonly databases: Databases;
  readonly vault: Vault;
  readonly clock: Clock;
  readonly log: AdapterLog;
  readonly leases: Leases;
  readonly scheduler: Scheduler;
  readonly nodeId: string;
}

/** What every service stands on. Services receive it; nothing reaches around it. */
export class Kit {
  readonly registry: Registry;
  readonly databases: Databases;
  readonly vault: Vault;
  readonly clock: Clock;
  readonly log: AdapterLog;
  readonly leases: Leases;
  readonly scheduler: Scheduler;
  readonly nodeId: string;
  private readonly broker: ServiceBroker;
  private readonly consumers = new Map<string, string>();
  /** Told after a commit that wrote events. */
  private wrote: () => void = () => undefined;

  constructor(parts: KitParts) {
    this.broker = parts.broker;
    this.registry = parts.registry;
    this.databases = parts.databases;
    this.vault = parts.vault;
    this.clock = parts.clock;
    this.log = parts.log;
    this.leases = parts.leases;
    this.scheduler = parts.scheduler;
    this.nodeId = parts.nodeId;
    for (const { word, events } of parts.registry.consumers.values())
      for (const e of events)
        this.consumers.set(e.name, [this.consumers.get(e.name), word].filter(Boolean).join(','));
  }

  id(): string {
    return uuid(this.clock);
  }

  onEventsWritten(told: () => void): void {
    this.wrote = told;
  }

  /** A typed call to whichever node serves the action. Fails with a `Fault`, always. */
  async call<A extends ActionDef>(
    action: A,
    params: Params<A>,
    meta: CallMeta,
    nodeId?: string,
  ): Promise<Result<A>> {
    try {
      return (await this.broker.call(action.name, params as never, {
        meta,
        ...(nodeId ? { nodeID: nodeId } : {}),
      })) as Result<A>;
    } catch (error) {
      throw meshFault(error);
    }
  }

  /** The same call to every node that serves the action; nodes that fail are left out. */
  async callAll<A extends ActionDef>(
    action: A,
    params: Params<A>,
    meta: CallMeta,
  ): Promise<{ nodeId: string; result: Result<A> }[]> {
    const nodes = this.nodesServing(action.name);
    const answers = await Promise.allSettled(nodes.map((nodeId) => this.call(action, params, meta, nodeId)));
    return answers.flatMap((a, i) =>
      a.status === 'fulfilled' ? [{ nodeId: nodes[i]!, result: a.value }] : [],
    );
  }

  nodesServing(actionName: string): string[] {
    const actions = this.broker.registry.actions.list({ onlyAvailable: true, withEndpoints: true }) as {
      name: string;
      endpoints?: { nodeID: string; available: boolean }[];
    }[];
    return actions.find((a) => a.name === actionName)?.endpoints?.map((e) => e.nodeID) ?? [];
  }

  /** Best-effort word to all nodes; never carries work, only wakes. */
  broadcast(event: string, payload: unknown): void {
    void this.broker.broadcast(event, payload);
  }

  /** What a unit of work made by hand needs; `work` makes its own. */
  get workEnv(): WorkEnv {
    return {
      vault: this.vault,
      clock: this.clock,
      consumersOf: (event) => this.consumers.get(event) ?? '',
    };
  }

  /** Events were written in a transaction that `work` did not run. */
  eventsWritten(): void {
    this.wrote();
  }

  /** One transaction on a database of the record's kind; `main` unless said. */
  async work<T>(
    meta: CallMeta,
    change: (work: Work) => Promise<T>,
    database: RecordDef['database'] = 'main',
  ): Promise<T> {
    let events = false;
    const result = await this.databases[database].tx(async (sql) => {
      const work = new Work(sql, meta, this.workEnv);
      const done = await change(work);
      await work.flush();
      events = work.hasEvents;
      return done;
    });
    if (events) this.wrote();
    return result;
  }

  find<R extends RecordDef>(record: R, scope: Scope, where: Where, options?: FindOptions): Promise<Row<R>[]> {
    return find(this.databases[record.database].read, this.vault, record, scope, where, options);
  }

  list<R extends RecordDef>(
    record: R,
    scope: Scope,
    params: ListParams,
    extra?: { where?: Where; ids?: readonly string[] },
  ) {
    return list(this.databases[record.database].read, this.vault, record, scope, params, extra);
  }
}
