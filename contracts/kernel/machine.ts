import { type TObject, type TProperties, type TSchema, Type } from 'typebox';
import { type ActionDef, defineAction } from './action.ts';
import type { RecordDef } from './record.ts';
import type { Text } from './text.ts';

export interface State {
  readonly title: Text;
  /** No way out is expected. */
  readonly final?: boolean;
  /** Colour family of the badge. */
  readonly tone: 'neutral' | 'info' | 'good' | 'warn' | 'bad';
}

export interface Transition<S extends string = string> {
  readonly title: Text;
  readonly from: readonly S[];
  /** `@previous` returns to the state before the last transition (leaving a hold). */
  readonly to: S | '@previous';
  /** Right needed; `mesh` for transitions only the system makes. */
  readonly permission: string;
  /** Names of checks the word's node implements. */
  readonly guards?: readonly string[];
  /** Meaning of the electronic signature (21 CFR 11.50) bound to the transition. */
  readonly signature?: string;
  readonly reason?: boolean;
  /** Fields set with the transition, beyond id, version and reason. */
  readonly params?: TProperties;
  /** Offered in red and asked twice. */
  readonly danger?: boolean;
}

export interface MachineDef<S extends string = string> {
  readonly kind: 'machine';
  readonly record: RecordDef;
  readonly field: string;
  readonly initial: readonly S[];
  readonly states: Readonly<Record<S, State>>;
  readonly transitions: Readonly<Record<string, Transition<S>>>;
}

export const defineMachine = <const S extends string>(def: Omit<MachineDef<S>, 'kind'>): MachineDef<S> => ({
  kind: 'machine',
  ...def,
});

export const transitionParams = {
  id: Type.String({ minLength: 1, maxLength: 36, description: '编号 · Id' }),
  version: Type.Optional(
    Type.Integer({ minimum: 1, description: '版本，来自 If-Match · Version from If-Match' }),
  ),
  reason: Type.Optional(Type.String({ maxLength: 500, description: '原因 · Reason' })),
};

/** The action of each transition: `<record>.<transition>`, `POST /<plural>/{id}/actions/<transition>`. */
export function transitionActions(machine: MachineDef): Record<string, ActionDef<TObject, TSchema>> {
  const { record } = machine;
  return Object.fromEntries(
    Object.entries(machine.transitions).map(([name, tr]) => [
      name,
      defineAction({
        name: `${record.name}.${name}`,
        title: tr.title,
        permission: tr.permission,
        params: Type.Object({ ...transitionParams, ...tr.params }),
        result: record.schema as TSchema,
        repeat: 'key',
        ...(tr.permission === 'mesh'
          ? {}
          : {
              rest: {
                method: 'POST' as const,
                path: `/${record.plural}/{id}/actions/${name}`,
                ifMatch: true,
              },
            }),
        faults: [
          'kernel.record.missing',
          'kernel.record.stale',
          'kernel.machine.illegal',
          'kernel.machine.reason',
          'kernel.machine.guard',
        ],
      }),
    ]),
  );
}
