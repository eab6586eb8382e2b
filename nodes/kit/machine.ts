import type { ActionDef } from '../../contracts/kernel/action.ts';
import { Fault } from '../../contracts/kernel/fault.ts';
import type { MachineDef } from '../../contracts/kernel/machine.ts';
import { transitionParams } from '../../contracts/kernel/machine.ts';
import type { RecordDef, Row } from '../../contracts/kernel/record.ts';
import { type Call, type Handler, handle, refuseStale, shown } from './service.ts';
import type { Work } from './work.ts';

type Values = Record<string, unknown>;

export interface MachineEffects<R extends RecordDef> {
  /** Guards by name: true, or false where the precondition does not hold. Read before the transaction where they call others. */
  readonly guards?: Readonly<Record<string, (row: Row<R>, facts: Values) => boolean>>;
  /** What guards need to know of other words, asked before the transaction begins. */
  readonly facts?: (row: Row<R>, transition: string, call: Call) => Promise<Values>;
  /** After the state was written, in the same transaction: event, further changes. */
  readonly changed?: (
    work: Work,
    before: Row<R>,
    after: Row<R>,
    entry: { transition: string; reason: string },
  ) => void;
}

interface StateFields {
  id: string;
  orgId: string;
  version: number;
  previousState?: string;
  stateReason?: string;
}

/**
 * Executes one transition on a loaded row: state, reason and guards checked, then row, history and event written together.
 * State is never changed any other way.
 */
export function applyTransition<R extends RecordDef>(
  machine: MachineDef,
  effects: MachineEffects<R>,
  work: Work,
  row: Row<R>,
  transition: string,
  entry: { reason?: string; facts?: Values; set?: Values } = {},
): Row<R> {
  const rule = machine.transitions[transition];
  if (!rule) throw new Fault('kernel.machine.illegal', { state: '', action: transition });
  const values = row as Values & StateFields;
  const from = String(values[machine.field]);
  if (!rule.from.includes(from))
    throw new Fault('kernel.machine.illegal', { state: from, action: transition });
  const reason = entry.reason?.trim() ?? '';
  if (rule.reason && !reason) throw new Fault('kernel.machine.reason');
  for (const guard of rule.guards ?? []) {
    const check = effects.guards?.[guard];
    if (!check)
      throw new Fault('kernel.internal.error', {}, new Error(`no guard ${guard} for ${machine.record.name}`));
    if (!check(row, entry.facts ?? {})) throw new Fault('kernel.machine.guard', { guard });
  }
  const to = rule.to === '@previous' ? String(values.previousState || machine.initial.at(-1)) : rule.to;
  const changes: Values = { ...entry.set, [machine.field]: to };
  if ('previousState' in machine.record.fields) changes.previousState = from;
  if ('stateReason' in machine.record.fields) changes.stateReason = reason;
  const after = work.update(machine.record as R, row, changes as Partial<Row<R>>, transition, reason);
  work.history(machine.record, values, {
    action: transition,
    from,
    to,
    reason,
    meaning: rule.signature ?? '',
  });
  effects.changed?.(work, row, after, { transition, reason });
  return after;
}

/** Handlers for all transitions of a machine, made from its data. */
export function machineHandlers<R extends RecordDef>(
  machine: MachineDef,
  actions: Readonly<Record<string, ActionDef>>,
  effects: MachineEffects<R>,
): Handler[] {
  const common = new Set(Object.keys(transitionParams));
  return Object.entries(actions).map(([transition, action]) =>
    handle(action, async (params, call) => {
      const p = params as Values & { id: string; version?: number; reason?: string };
      const [known] = await call.kit.find(machine.record as R, call.meta.caller, { id: p.id });
      if (!known) throw new Fault('kernel.record.missing', { record: machine.record.name, id: p.id });
      const facts = (await effects.facts?.(known, transition, call)) ?? {};
      return call.write(async (work) => {
        const row = await work.loadOne(machine.record as R, p.id);
        const current = (row as unknown as StateFields).version;
        refuseStale(p.version, current);
        const set = Object.fromEntries(
          Object.entries(p).filter(([name]) => !common.has(name) && name in machine.record.fields),
        );
        const after = applyTransition(machine, effects, work, row, transition, {
          facts,
          set,
          ...(p.reason ? { reason: p.reason } : {}),
        });
        return shown(machine.record as R, after, call.meta);
      }) as never;
    }),
  );
}
