import type { Row } from '../../contracts/kernel/record.ts';
import { accessPolicyRecord } from '../../contracts/user/access-policy.record.ts';
import { userAdminActions } from '../../contracts/user/user-admin.actions.ts';
import type { Kit } from '../kit/kit.ts';
import { insertMissing, seedMeta } from '../kit/seed.ts';
import { type Handler, handle, refuseStale } from '../kit/service.ts';

export type Policy = Row<typeof accessPolicyRecord>;
const id = 'access-policy';

/** As a hospital begins: GB/T 22239-2019, 8.1.4.1. The demo, whose passwords are published, asks for less. */
const shipped = (demo: boolean) => ({
  id,
  minLength: 12,
  classes: 3,
  history: 5,
  maxAgeDays: demo ? 0 : 90,
  lockFailures: 5,
  lockMinutes: 15,
  idleMinutes: 60,
  sessionHours: 12,
  maxSessions: demo ? 0 : 3,
  secondFactorRoles: demo ? [] : ['admin', 'security', 'auditor', 'qa'],
});

export async function seedPolicy(kit: Kit, demo: boolean): Promise<void> {
  await kit.work(seedMeta(kit), (work) => insertMissing(work, accessPolicyRecord, [shipped(demo)]));
}

/** The policy in force; as shipped where it has not been written yet. */
export async function policyOf(kit: Kit): Promise<Policy> {
  const [row] = await kit.find(accessPolicyRecord, 'system', { id });
  return row ?? ({ ...shipped(true), version: 1 } as Policy);
}

export const policyHandlers: Handler[] = [
  handle(userAdminActions.policy, (_, { kit }) => policyOf(kit)),
  handle(userAdminActions.changePolicy, ({ version, reason, ...changes }, call) =>
    call.write(async (work) => {
      const row = await work.loadOne(accessPolicyRecord, id);
      refuseStale(version, row.version);
      return work.update(accessPolicyRecord, row, changes, 'change', reason);
    }),
  ),
];
