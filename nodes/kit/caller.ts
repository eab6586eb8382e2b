import { Fault } from '../../contracts/kernel/fault.ts';

/** Id of the root organisation: owner of what the whole group shares. */
export const groupOrg = 'group';

/** Who acts, where, and with which rights. Travels in the call's meta; set by the gateway or by the system itself. */
export interface Caller {
  readonly userId: string;
  readonly name: string;
  readonly orgId: string;
  /** `order.read`, `order.*`; `*` belongs to the system alone. */
  readonly permissions: readonly string[];
  readonly station?: string;
}

export interface CallMeta {
  readonly caller: Caller;
  readonly requestId: string;
  readonly idempotencyKey?: string;
}

/** The system on its own behalf, within one organisation. */
export const systemCaller = (name: string, orgId: string): Caller => ({
  userId: `system:${name}`,
  name,
  orgId,
  permissions: ['*'],
});

export function may(caller: Caller, permission: string): boolean {
  if (permission === 'public') return true;
  if (caller.permissions.includes('*')) return true;
  if (permission === 'mesh') return false;
  if (permission === 'session') return true;
  return (
    caller.permissions.includes(permission) || caller.permissions.includes(`${permission.split('.')[0]}.*`)
  );
}

export function demand(caller: Caller | undefined, permission: string): void {
  if (permission === 'public') return;
  if (!caller) throw new Fault('user.session.missing');
  if (!may(caller, permission)) throw new Fault('user.permission.missing', { permission });
}
