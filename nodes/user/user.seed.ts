import { createHash } from 'node:crypto';
import { Fault } from '../../contracts/kernel/fault.ts';
import { assignmentTable, userRecord, userSecretTable } from '../../contracts/user/user.record.ts';
import { groupOrg } from '../kit/caller.ts';
import type { Kit } from '../kit/kit.ts';
import { insertMissing, seedMeta } from '../kit/seed.ts';
import type { SeedOptions } from '../kit/service.ts';
import { hashPassword, weakness } from './password.ts';
import { demoPassword, demoPrefix, demoUsers, type SeedUser } from './user.demo.ts';

/**
 * The users an installation begins with: those of the demo, or in production one administrator whose password was given.
 * Throws `kernel.config.invalid` where production would begin without a person or with a published or weak password.
 */
export async function seedUsers(kit: Kit, options: SeedOptions): Promise<void> {
  const known = await kit.find(userRecord, 'system', {});
  const demo = known.filter((u) => u.id.startsWith(demoPrefix));
  if (options.demo) {
    const ids = new Set(known.map((u) => u.id));
    const missing = demoUsers.filter((u) => !ids.has(u.id));
    // People of a real installation are never joined by users whose password is published.
    if (known.length === 0 || demo.length > 0) await addUsers(kit, missing, demoPassword);
    return;
  }
  if (demo.some((u) => !u.disabled))
    throw invalid(
      'the main database holds demo users, whose password is published; production needs a database of its own',
    );
  if (known.length === 0) await addUsers(kit, [administrator], checked(options.adminPassword));
  else await keepDoor(kit);
}

/** Installations from before the separation: who gave rights as `admin` goes on doing so until somebody is named for it. */
async function keepDoor(kit: Kit): Promise<void> {
  const all = await kit.find(assignmentTable, 'system', { orgId: groupOrg });
  if (all.some((a) => a.roleId === 'role-security')) return;
  await kit.work(seedMeta(kit), async (work) => {
    for (const { userId } of all.filter((a) => a.roleId === 'role-admin')) {
      const a = { orgId: groupOrg, roleId: 'role-security' };
      work.add(assignmentTable, { id: assignmentId(userId, a), userId, ...a });
    }
  });
}

/** Gives the others their accounts and roles, and holds no other right. */
const administrator: SeedUser = {
  id: 'user-admin',
  username: 'admin',
  name: '安全管理员',
  homeOrgId: groupOrg,
  assignments: [{ orgId: groupOrg, roleId: 'role-security' }],
};

const invalid = (problem: string) => new Fault('kernel.config.invalid', { problem });

function checked(password: string | undefined): string {
  if (!password)
    throw invalid(
      'CYTOMESH_ADMIN_PASSWORD is not set, and there is no user yet; it becomes the password of the first administrator, admin',
    );
  const weak = password === demoPassword ? 'is the demo password' : weakness(password)?.split(' · ')[1];
  if (weak) throw invalid(`CYTOMESH_ADMIN_PASSWORD ${weak}`);
  return password;
}

/** Users with a secret of their own each, derived side by side, and their assignments. */
async function addUsers(kit: Kit, users: readonly SeedUser[], password: string): Promise<void> {
  if (users.length === 0) return;
  const hashes = await Promise.all(users.map(() => hashPassword(password)));
  await kit.work(seedMeta(kit), async (work) => {
    const rows = users.map(({ assignments: _, ...user }) => ({ ...user, disabled: false }));
    const made = new Set((await insertMissing(work, userRecord, rows)).map((u) => u.id));
    users.forEach((user, i) => {
      if (!made.has(user.id)) return;
      work.add(userSecretTable, {
        id: user.id,
        hash: hashes[i]!,
        changedAt: work.now,
        failures: 0,
        lockedUntil: null,
        mustChange: false,
        former: [],
        recovery: [],
      });
      for (const a of user.assignments)
        work.add(assignmentTable, { id: assignmentId(user.id, a), userId: user.id, ...a });
    });
  });
}

export const assignmentId = (userId: string, a: { orgId: string; roleId: string }): string =>
  createHash('sha256').update(`${userId}|${a.orgId}|${a.roleId}`).digest('hex').slice(0, 32);
