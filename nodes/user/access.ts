import type { Row } from '../../contracts/kernel/record.ts';
import type { OrgEntry } from '../../contracts/org/org.actions.ts';
import type { assignmentTable } from '../../contracts/user/user.record.ts';
import { groupOrg } from '../kit/caller.ts';
import type { Tree } from './directory.ts';

type Assignment = Pick<Row<typeof assignmentTable>, 'orgId' | 'roleId'>;

/**
 * Organisations a person may sign in to, by code. An assignment in the root counts in all; one in a department opens nothing,
 * since rows belong to organisations.
 */
export function reach(assignments: readonly Assignment[], tree: Tree): OrgEntry[] {
  const valid = assignments.filter((a) => tree.roles.has(a.roleId));
  const everywhere = valid.some((a) => a.orgId === groupOrg);
  const ids = new Set(valid.map((a) => a.orgId));
  return [...tree.orgs.values()]
    .filter((o) => o.kind !== 'department' && (everywhere || ids.has(o.id)))
    .sort((a, b) => (a.code < b.code ? -1 : 1));
}

/** The organisation meant by a code or an id. */
export const pick = (orgs: readonly OrgEntry[], codeOrId: string): OrgEntry | undefined =>
  orgs.find((o) => o.id === codeOrId || o.code === codeOrId.toUpperCase());

/** Roles and rights in one organisation: the union over its assignments and those in the root. */
export function rightsIn(
  assignments: readonly Assignment[],
  orgId: string,
  tree: Tree,
): { roles: string[]; permissions: string[] } {
  const roles = new Set<string>();
  const permissions = new Set<string>();
  for (const a of assignments) {
    if (a.orgId !== orgId && a.orgId !== groupOrg) continue;
    const role = tree.roles.get(a.roleId);
    if (!role) continue;
    roles.add(role.code);
    for (const p of role.permissions) permissions.add(p);
  }
  return { roles: [...roles].sort(), permissions: [...permissions].sort() };
}
