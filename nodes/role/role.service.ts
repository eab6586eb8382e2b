import { roleActions } from '../../contracts/role/role.actions.ts';
import { roleRecord } from '../../contracts/role/role.record.ts';
import { defineService, handle, readHandlers } from '../kit/service.ts';
import { seedRoles } from './role.seed.ts';
import { rolesInForce } from './snapshot.ts';

/** Roles: named lists of rights, shared by the whole group. */
export const roleService = defineService('role', (kit) => ({
  handlers: [
    ...readHandlers(roleRecord, roleActions),
    handle(roleActions.snapshot, async () => ({ roles: await rolesInForce(kit) })),
  ],
  seed: seedRoles,
}));
