import { type OrgEntry, orgActions } from '../../contracts/org/org.actions.ts';
import { type RoleEntry, roleActions } from '../../contracts/role/role.actions.ts';
import { sessionEnded } from '../../contracts/user/session.meta.ts';
import { type Session, userActions } from '../../contracts/user/user.actions.ts';
import type { Caller } from '../kit/caller.ts';
import { defineService, handle } from '../kit/service.ts';
import { kitForTests, TestClock } from '../kit/testing/kit-for-tests.ts';
import { digestOf } from './session.store.ts';
import { demoPassword, demoUsers } from './user.demo.ts';
import { userService } from './user.service.ts';

const org = (id: string, code: string, kind: OrgEntry['kind'] = 'org'): OrgEntry => ({
  id,
  code,
  name: code,
  nameEn: code,
  kind,
  parentId: id === 'group' ? null : 'group',
});

/** The user word among stand-ins of the words it asks, with the demo's users and roles that each give one right. */
export async function userMesh() {
  const roles: RoleEntry[] = demoUsers.map(({ username: code }) => ({
    id: `role-${code}`,
    code,
    permissions: [`${code}.read`],
  }));
  const orgs = [
    org('group', 'HYG', 'group'),
    org('org-hy', 'HY'),
    org('org-imc', 'IMC'),
    org('org-mh', 'MH'),
    org('org-fh', 'FH'),
    org('dept-hy-qc', 'HY-QC', 'department'),
  ];
  const ended: string[] = [];
  const words = [
    defineService('org', () => ({ handlers: [handle(orgActions.snapshot, async () => ({ orgs }))] })),
    defineService('role', () => ({
      handlers: [handle(roleActions.snapshot, async () => structuredClone({ roles }))],
    })),
    defineService('listener', () => ({
      handlers: [],
      listens: { [sessionEnded]: ({ id }: { id: string }) => void ended.push(id) },
    })),
    userService,
  ];
  const clock = new TestClock();
  const mesh = await kitForTests(words, { clock });
  const node2 = await kitForTests(words, { clock, databases: mesh.databases });
  return {
    ...mesh,
    node2,
    /** Ids of sessions that were broadcast as ended. */
    ended,
    roles,
    orgs,
    close: async () => {
      await node2.close();
      await mesh.close();
    },
    login: (username: string, more: { password?: string; org?: string } = {}) =>
      mesh.call(userActions.login, { username, password: demoPassword, ...more }, { address: '10.0.0.7' }),
    resolve: (token: string) => mesh.call(userActions.resolve, { token }),
  };
}

/** Options of a call that comes with a session, as the gateway makes them. */
export const withSession = (token: string, session: Session) => ({
  as: {
    userId: session.userId,
    name: session.name,
    orgId: session.org.id,
    permissions: session.permissions,
  } satisfies Caller,
  sessionId: digestOf(token),
});
