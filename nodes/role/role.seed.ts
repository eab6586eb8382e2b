import { roleRecord } from '../../contracts/role/role.record.ts';
import type { Kit } from '../kit/kit.ts';
import { rowsById, seeder, seedMeta } from '../kit/seed.ts';
import { shippedRoles } from './shipped.ts';

/**
 * The shipped roles. One that no person has changed follows the release, so that new rights reach it; one that a person
 * changed or voided stays as it is.
 */
export async function seedRoles(kit: Kit): Promise<void> {
  const shipped = shippedRoles.map(({ permissions, ...role }) => ({
    ...role,
    id: `role-${role.code}`,
    permissions: [...permissions],
  }));
  await kit.work(seedMeta(kit), async (work) => {
    const known = await rowsById(
      work,
      roleRecord,
      shipped.map((r) => r.id),
    );
    for (const role of shipped) {
      const row = known.get(role.id);
      if (!row) work.insert(roleRecord, role);
      else if (row.updatedBy === seeder && row.permissions.join() !== role.permissions.join())
        work.update(roleRecord, row, { permissions: role.permissions }, 'release');
    }
  });
}
