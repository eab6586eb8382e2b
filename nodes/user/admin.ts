import type { Params } from '../../contracts/kernel/action.ts';
import { Fault } from '../../contracts/kernel/fault.ts';
import type { Row } from '../../contracts/kernel/record.ts';
import { assignmentTable, userRecord, userSecretTable } from '../../contracts/user/user.record.ts';
import { userAdminActions } from '../../contracts/user/user-admin.actions.ts';
import { tableCode } from '../kit/db/rows.ts';
import { type Call, type Handler, handle, refuseStale } from '../kit/service.ts';
import type { Work } from '../kit/work.ts';
import { sessionsOf } from './account.ts';
import type { Directory, Tree } from './directory.ts';
import { hashPassword } from './password.ts';
import { policyOf } from './policy.ts';
import { holdSecret, oneTimePassword, withNewHash, writeSecret } from './secret.ts';
import { endAll } from './session.store.ts';
import type { Sessions } from './sessions.ts';
import { clientOf, note } from './trail.ts';
import { assignmentId } from './user.seed.ts';

type Assignment = { readonly orgId: string; readonly roleId: string };

/** System, security and audit administration: nobody holds two of them, wherever (GB/T 22239-2019, 8.1.4.2 d). */
const apart = ['admin', 'security', 'auditor'];

function demandOrg(id: string, tree: Tree): void {
  if (!tree.orgs.has(id)) throw new Fault('kernel.record.missing', { record: 'org', id });
}

function demandSeparation(assignments: readonly Assignment[], tree: Tree): void {
  for (const { orgId, roleId } of assignments) {
    demandOrg(orgId, tree);
    if (!tree.roles.has(roleId)) throw new Fault('kernel.record.missing', { record: 'role', id: roleId });
  }
  const held = new Set(assignments.map((a) => tree.roles.get(a.roleId)!.code));
  const [role, other] = apart.filter((code) => held.has(code));
  if (role && other) throw new Fault('user.role.excluded', { role, other });
}

function refuseSelf(call: Call, id: string): void {
  if (call.meta.caller.userId === id) throw new Fault('user.self.refused');
}

const distinct = (assignments: readonly Assignment[]): Assignment[] => [
  ...new Map(
    assignments.map((a) => [`${a.orgId}|${a.roleId}`, { orgId: a.orgId, roleId: a.roleId }]),
  ).values(),
];

const assignmentsOf = (call: Call, userId: string) =>
  call.kit.find(assignmentTable, 'system', { userId }, { orderBy: ['orgId', 'roleId'] });

async function known(call: Call, id: string): Promise<Row<typeof userRecord>> {
  const [user] = await call.kit.find(userRecord, 'system', { id, voidedAt: null });
  if (!user) throw new Fault('kernel.record.missing', { record: 'user', id });
  return user;
}

export const adminHandlers = (sessions: Sessions, directory: Directory): Handler[] => {
  const end = (ids: readonly string[]): number => {
    for (const id of ids) sessions.ended(id);
    return ids.length;
  };
  return [
    handle(userAdminActions.create, async ({ assignments = [], ...fields }, call) => {
      const tree = await directory.read();
      demandOrg(fields.homeOrgId, tree);
      demandSeparation(assignments, tree);
      const password = oneTimePassword();
      const hash = await hashPassword(password);
      return call.write(async (work) => {
        const [taken] = await work.load(userRecord, { username: fields.username }, { scope: 'system' });
        if (taken) throw new Fault('kernel.record.duplicate', { field: 'username' });
        const user = work.insert(userRecord, { ...fields, disabled: false });
        addSecret(work, user.id, hash);
        give(work, user, distinct(assignments), []);
        return { user, password };
      });
    }),
    handle(userAdminActions.change, async ({ id, version, reason, ...changes }, call) => {
      if (changes.disabled) refuseSelf(call, id);
      const tree = await directory.read();
      if (changes.homeOrgId) demandOrg(changes.homeOrgId, tree);
      let ended: string[] = [];
      const user = await call.write(async (work) => {
        const row = await work.loadOne(userRecord, id);
        refuseStale(version, row.version);
        if (changes.disabled) ended = await endAll(work, id);
        return work.update(userRecord, row, changes, 'change', reason ?? '');
      });
      end(ended);
      return user;
    }),
    handle(userAdminActions.assignments, async ({ id }, call) => {
      await known(call, id);
      return { items: distinct(await assignmentsOf(call, id)) };
    }),
    handle(userAdminActions.assign, async (params, call) => assign(params, call, await directory.read())),
    handle(userAdminActions.resetPassword, async ({ id, reason, secondFactor }, call) => {
      refuseSelf(call, id);
      await known(call, id);
      const password = oneTimePassword();
      const [hash, policy] = [await hashPassword(password), await policyOf(call.kit)];
      let ended: string[] = [];
      const made = await call.write(async (work) => {
        const user = await work.loadOne(userRecord, id);
        const secret = await holdSecret(work, id);
        if (!secret) addSecret(work, id, hash);
        else
          await writeSecret(work, id, {
            ...withNewHash(secret, hash, policy, work.now),
            mustChange: true,
            failures: 0,
            lockedUntil: null,
            ...(secondFactor ? { totp: null, pendingTotp: null, totpStep: null, recovery: [] } : {}),
          });
        ended = await endAll(work, id);
        work.audit(
          userRecord,
          user,
          'resetPassword',
          null,
          JSON.stringify({ ...clientOf(call), secondFactor: secondFactor ?? false }),
          reason,
        );
        return { password };
      });
      end(ended);
      return made;
    }),
    handle(userAdminActions.sessions, async ({ id }, call) => {
      await known(call, id);
      return { items: await sessionsOf(call.kit, id) };
    }),
    handle(userAdminActions.endSessions, async ({ id, reason }, call) => {
      const user = await known(call, id);
      let ids: string[] = [];
      const result = await call.write(async (work) => {
        ids = await endAll(work, id);
        note(work, { id, orgId: user.homeOrgId }, 'sessionEnded', {
          ...clientOf(call),
          reason: reason ?? '',
          count: ids.length,
        });
        return { ended: ids.length };
      });
      end(ids);
      return result;
    }),
  ];
};

function addSecret(work: Work, id: string, hash: string): void {
  work.add(userSecretTable, {
    id,
    hash,
    changedAt: work.now,
    failures: 0,
    lockedUntil: null,
    mustChange: true,
    former: [],
    totp: null,
    pendingTotp: null,
    totpStep: null,
    recovery: [],
  });
}

/** Adds roles and notes before and after in the trail. */
function give(
  work: Work,
  user: Row<typeof userRecord>,
  added: readonly Assignment[],
  before: readonly Assignment[],
  after: readonly Assignment[] = added,
  reason = '',
): void {
  for (const a of added) work.add(assignmentTable, { id: assignmentId(user.id, a), userId: user.id, ...a });
  const text = (list: readonly Assignment[]) =>
    JSON.stringify({
      roles: list
        .map((a) => `${a.orgId}:${a.roleId}`)
        .sort()
        .join(', '),
    });
  work.audit(userRecord, user, 'assign', text(before), text(after), reason);
}

async function assign(
  { id, version, reason, assignments }: Params<typeof userAdminActions.assign>,
  call: Call,
  tree: Tree,
): Promise<Row<typeof userRecord>> {
  refuseSelf(call, id);
  demandSeparation(assignments, tree);
  const wanted = distinct(assignments);
  return call.write(async (work) => {
    const row = await work.loadOne(userRecord, id);
    refuseStale(version, row.version);
    const before = await work.load(assignmentTable, { userId: id }, { scope: 'system' });
    const same = (a: Assignment) => (b: Assignment) => a.orgId === b.orgId && a.roleId === b.roleId;
    const gone = before.filter((b) => !wanted.some(same(b)));
    const code = tableCode(assignmentTable, work.sql);
    for (const a of gone)
      await work.sql.execute(`DELETE FROM ${code.table} WHERE ${code.name('id')} = ?`, [a.id]);
    const user = work.update(userRecord, row, {}, 'assign', reason);
    give(
      work,
      user,
      wanted.filter((w) => !before.some(same(w))),
      before,
      wanted,
      reason,
    );
    return user;
  });
}
