import type { ActionDef } from './action.ts';
import type { ConsumerDef, EventDef } from './event.ts';
import type { MachineDef } from './machine.ts';
import type { RecordDef } from './record.ts';

export interface Registry {
  readonly records: ReadonlyMap<string, RecordDef>;
  readonly machines: ReadonlyMap<string, MachineDef>;
  readonly actions: ReadonlyMap<string, ActionDef>;
  readonly events: ReadonlyMap<string, EventDef>;
  /** Word to the events it takes. */
  readonly consumers: ReadonlyMap<string, ConsumerDef>;
}

/** Sorts the exports of contract modules by their `kind`; two things of one kind and name are refused. */
export function collect(modules: readonly object[]): Registry {
  const records = new Map<string, RecordDef>();
  const machines = new Map<string, MachineDef>();
  const actions = new Map<string, ActionDef>();
  const events = new Map<string, EventDef>();
  const consumers = new Map<string, ConsumerDef>();

  const add = <T>(map: Map<string, T>, name: string, value: T): void => {
    const before = map.get(name);
    if (before !== undefined && before !== value) throw new Error(`contracts declare ${name} twice`);
    map.set(name, value);
  };
  const visit = (value: unknown, depth: number): void => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return;
    switch ((value as { kind?: unknown }).kind) {
      case 'record':
        add(records, (value as RecordDef).name, value as RecordDef);
        break;
      case 'machine':
        add(machines, (value as MachineDef).record.name, value as MachineDef);
        break;
      case 'action':
        add(actions, (value as ActionDef).name, value as ActionDef);
        break;
      case 'event':
        add(events, (value as EventDef).name, value as EventDef);
        break;
      case 'consumer':
        add(consumers, (value as ConsumerDef).word, value as ConsumerDef);
        break;
      default:
        if (depth > 0) for (const inner of Object.values(value)) visit(inner, depth - 1);
    }
  };
  for (const module of modules) for (const value of Object.values(module)) visit(value, 2);
  return { records, machines, actions, events, consumers };
}
