import { createHash } from 'node:crypto';
import type { Context, ServiceBroker, ServiceSchema } from 'moleculer';
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import type { ActionDef, ListParams, Params, Result } from '../../contracts/kernel/action.ts';
import { defineAction } from '../../contracts/kernel/action.ts';
import type { EventEnvelope } from '../../contracts/kernel/event.ts';
import { Fault, isFault } from '../../contracts/kernel/fault.ts';
import type { RecordDef, Row } from '../../contracts/kernel/record.ts';
import { idempotencyTable, inboxTable } from '../../contracts/kernel/system.tables.ts';
import { type CallMeta, demand, systemCaller } from './caller.ts';
import { tableCode } from './db/rows.ts';
import { iso } from './ids.ts';
import type { Kit } from './kit.ts';
import { mask } from './vault.ts';
import type { Work } from './work.ts';

/** What a handler is given besides its params. */
export class Call {
  readonly kit: Kit;
  readonly meta: CallMeta;
  private readonly idempotency: { readonly id: string; readonly request: string } | undefined;

  constructor(kit: Kit, meta: CallMeta, idempotency?: { id: string; request: string }) {
    this.kit = kit;
    this.meta = meta;
    this.idempotency = idempotency;
  }

  /** One transaction; its result is what a repeated idempotency key gets again. At most one in a `key` action. */
  write<T>(change: (work: Work) => Promise<T>): Promise<T> {
    const key = this.idempotency;
    return this.kit.work(this.meta, async (work) => {
      const result = await change(work);
      if (key)
        work.add(idempotencyTable, {
          id: key.id,
          at: work.now,
          request: key.request,
          result: this.kit.vault.seal(JSON.stringify(result ?? null)),
        });
      return result;
    });
  }

  call<A extends ActionDef>(action: A, params: Params<A>): Promise<Result<A>> {
    return this.kit.call(action, params, { caller: this.meta.caller, requestId: this.meta.requestId });
  }

  /** The same request as the system itself: for reads a word needs and its caller may not make. */
  callAsSystem<A extends ActionDef>(action: A, params: Params<A>): Promise<Result<A>> {
    const caller = systemCaller(action.name.split('.')[0]!, this.meta.caller.orgId);
    return this.kit.call(action, params, { caller, requestId: this.meta.requestId });
  }
}

/** Refuses a change of a version that is not the present one; undefined where the caller named none. */
export function refuseStale(given: number | undefined, current: number): void {
  if (given !== undefined && given !== current) throw new Fault('kernel.record.stale', { current });
}

export interface Handler {
  readonly action: ActionDef;
  readonly run: (params: never, call: Call) => Promise<unknown>;
}

export const handle = <A extends ActionDef>(
  action: A,
  run: (params: Params<A>, call: Call) => Promise<Result<A>>,
): Handler => ({
  action,
  run: run as Handler['run'],
});

export interface SeedOptions {
  readonly demo: boolean;
  /** Password of the first administrator where this is no demo. */
  readonly adminPassword?: string | undefined;
}

export interface ServiceParts {
  readonly handlers: readonly Handler[];
  /** Takes events of the word's consumer contract, in order; a throw brings the whole batch again. */
  readonly consume?: (events: readonly EventEnvelope[], kit: Kit) => Promise<void>;
  /** Content every installation begins with; runs at each start under a lease and must find its own work done already. */
  readonly seed?: (kit: Kit, options: SeedOptions) => Promise<void>;
  readonly started?: () => Promise<void>;
  /** Opens the doors: after every service has started and the seeds are in. */
  readonly open?: () => Promise<void>;
  /** Closes them while all services still answer. */
  readonly close?: () => Promise<void>;
  readonly stopped?: () => Promise<void>;
  /** Mesh broadcasts it listens to. */
  readonly listens?: Readonly<Record<string, (payload: never) => void>>;
}

export interface WordService {
  readonly word: string;
  readonly setup: (kit: Kit) => ServiceParts;
}

/** A word's service: wiring only. `.service.ts` files export one made by this. */
export const defineService = (word: string, setup: (kit: Kit) => ServiceParts): WordService => ({
  word,
  setup,
});

const envelopes = Type.Object({ events: Type.Array(Type.Unknown(), { maxItems: 1000 }) });

/** The action by which the outbox hands events to a word. */
export const consumeAction = (word: string) =>
  defineAction({
    name: `${word}.consume`,
    title: { zh: '接收事件', en: 'Take events' },
    permission: 'mesh',
    params: envelopes,
    result: Type.Object({ done: Type.Boolean() }),
    repeat: 'natural',
  });

/** The Moleculer service of a word. */
export function serviceSchema(service: WordService, kit: Kit): ServiceSchema {
  const parts = service.setup(kit);
  const handlers = [...parts.handlers];
  const { consume } = parts;
  if (consume)
    handlers.push(
      handle(consumeAction(service.word), async ({ events }) => {
        await consume(events as EventEnvelope[], kit);
        return { done: true };
      }),
    );
  return {
    name: service.word,
    actions: Object.fromEntries(
      handlers.map((h) => [h.action.name, { name: h.action.name, handler: wrap(h, kit) }]),
    ) as unknown as NonNullable<ServiceSchema['actions']>,
    events: Object.fromEntries(
      Object.entries(parts.listens ?? {}).map(([name, told]) => [
        name,
        (ctx: Context) => told(ctx.params as never),
      ]),
    ),
    ...(parts.started ? { started: parts.started } : {}),
    ...(parts.stopped ? { stopped: parts.stopped } : {}),
  } as ServiceSchema;
}

/** Moleculer prefixes action names with the service's; ours carry their word already. */
export const addService = (broker: ServiceBroker, schema: ServiceSchema): void => {
  broker.createService({ ...schema, settings: { $noServiceNamePrefix: true } } as ServiceSchema);
};

function wrap({ action, run }: Handler, kit: Kit): (ctx: Context) => Promise<unknown> {
  const check = Compile(action.params);
  return async (ctx) => {
    const meta = ctx.meta as CallMeta;
    demand(meta.caller, action.permission);
    const params = (ctx.params ?? {}) as Record<string, unknown>;
    if (!check.Check(params))
      throw new Fault('kernel.params.invalid', { issues: issuesOf(check.Errors(params)) });
    if (action.repeat !== 'key' || !meta.idempotencyKey) return run(params as never, new Call(kit, meta));
    return once(action, params, meta, kit, (call) => run(params as never, call));
  };
}

/** Path and reason of each refusal, never the value. */
function issuesOf(
  errors: readonly { instancePath: string; message: string; keyword: string; params: object }[],
): { path: string; message: string }[] {
  // An unknown field is reported twice; the second report names it.
  return errors
    .filter((e) => e.keyword !== 'boolean')
    .slice(0, 20)
    .map((e) => {
      const extra = (e.params as { additionalProperties?: string[] }).additionalProperties;
      const path = e.instancePath.slice(1).replaceAll('/', '.');
      if (e.keyword === 'additionalProperties' && extra)
        return { path: [path, extra.join(',')].filter(Boolean).join('.'), message: 'unknown field' };
      return { path, message: e.message };
    });
}

/** The same key gives the first result again; the same key with other params is refused. */
async function once(
  action: ActionDef,
  params: unknown,
  meta: CallMeta,
  kit: Kit,
  run: (call: Call) => Promise<unknown>,
): Promise<unknown> {
  const digest = (text: string): string => createHash('sha256').update(text).digest('hex');
  const id = digest(`${meta.caller.userId}\n${meta.caller.orgId}\n${action.name}\n${meta.idempotencyKey}`);
  const request = digest(JSON.stringify(params));
  const stored = async (): Promise<{ result: unknown } | undefined> => {
    const [row] = await kit.find(idempotencyTable, 'system', { id });
    if (!row) return undefined;
    if (row.request !== request) throw new Fault('kernel.idempotency.mismatch');
    return { result: JSON.parse(kit.vault.open(row.result as string)) };
  };
  const before = await stored();
  if (before) return before.result;
  try {
    return await run(new Call(kit, meta, { id, request }));
  } catch (error) {
    // The first run may have ended meanwhile, and this one have found its work done: in another state, a newer version.
    if (!isFault(error) || error.kind !== 'rejected') throw error;
    const meanwhile = await stored();
    if (meanwhile) return meanwhile.result;
    throw error;
  }
}

/** A row as its caller may see it: personal data in part, unless he has the right to it. */
export function shown<R extends RecordDef>(record: R, row: Row<R>, { caller }: CallMeta): Row<R> {
  if (caller.permissions.includes(`${record.name}.personal`)) return row;
  const out: Record<string, unknown> = { ...(row as Record<string, unknown>) };
  for (const [field, { options }] of Object.entries(record.fields))
    if (options.personal && typeof out[field] === 'string') out[field] = mask(out[field]);
  return out as Row<R>;
}

/** List and get of a record: the plain case. */
export function readHandlers<R extends RecordDef>(
  record: R,
  actions: { list: ActionDef; get: ActionDef },
): Handler[] {
  return [
    handle(
      actions.list,
      async (params, { kit, meta }) => kit.list(record, meta.caller, params as ListParams) as never,
    ),
    handle(actions.get, async (params, { kit, meta }) => {
      const { id } = params as { id: string };
      const [row] = await kit.find(
        record,
        meta.caller,
        { id },
        { personal: meta.caller.permissions.includes(`${record.name}.personal`) ? 'plain' : 'masked' },
      );
      if (!row) throw new Fault('kernel.record.missing', { record: record.name, id });
      return row as Row<R> as never;
    }),
  ];
}

/** Drops idempotency keys older than a day. */
export const pruneIdempotency = (kit: Kit): Promise<void> => pruneBefore(kit, idempotencyTable, 86_400_000);

/** Drops what consumers remember of messages and events that nobody sends again. */
export const pruneInbox = (kit: Kit): Promise<void> => pruneBefore(kit, inboxTable, 90 * 86_400_000);

async function pruneBefore(kit: Kit, table: RecordDef, ageMs: number): Promise<void> {
  const before = iso(kit.clock() - ageMs);
  await kit.databases.main.tx((sql) => {
    const code = tableCode(table, sql);
    return sql.execute(`DELETE FROM ${code.table} WHERE ${code.name('at')} < ?`, [before]);
  });
}
