import type { RoleEntry } from '../../contracts/role/role.actions.ts';
import { roleRecord } from '../../contracts/role/role.record.ts';
import type { Kit } from '../kit/kit.ts';

/** Rights no role can give, whatever its row says: they belong to the system. */
const reserved = new Set(['*', 'mesh']);

/** Every role that is not voided with the rights it gives. */
export async function rolesInForce(kit: Kit): Promise<RoleEntry[]> {
  const rows = await kit.find(roleRecord, 'system', { voidedAt: null }, { orderBy: 'code' });
  return rows.map(({ id, code, permissions }) => ({
    id,
    code,
    permissions: permissions.filter((p) => !reserved.has(p)),
  }));
}
