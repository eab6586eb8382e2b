import { roleRecord } from '../../contracts/role/role.record.ts';
import { assignmentTable, userRecord, userSecretTable } from '../../contracts/user/user.record.ts';
import { groupOrg, systemCaller } from '../../nodes/kit/caller.ts';
import type { Kit } from '../../nodes/kit/kit.ts';
import { hashPassword } from '../../nodes/user/password.ts';

/** Adds somebody who may sign in to `orgId` and do nothing there. Gives the user name. */
export async function addBareUser(kit: Kit, orgId: string, password: string): Promise<string> {
  const hash = await hashPassword(password);
  const username = 'suite-bare';
  const meta = { caller: systemCaller('suite', groupOrg), requestId: kit.id() };
  await kit.work(meta, async (work) => {
    const role = work.insert(roleRecord, {
      code: username,
      name: '无权限',
      nameEn: 'No rights',
      permissions: [],
    });
    const user = work.insert(userRecord, { username, name: '无权限者', homeOrgId: orgId, disabled: false });
    const secret = { id: user.id, hash, changedAt: work.now, failures: 0, lockedUntil: null };
    work.add(userSecretTable, secret);
    work.add(assignmentTable, { id: kit.id(), userId: user.id, orgId, roleId: role.id });
  });
  return username;
}
