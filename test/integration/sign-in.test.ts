import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { orgActions } from '../../contracts/org/org.actions.ts';
import { roleActions } from '../../contracts/role/role.actions.ts';
import { userActions } from '../../contracts/user/user.actions.ts';
import { may } from '../../nodes/kit/caller.ts';
import { kitForTests, type TestKit } from '../../nodes/kit/testing/kit-for-tests.ts';
import { orgService } from '../../nodes/org/org.service.ts';
import { roleService } from '../../nodes/role/role.service.ts';
import { userService } from '../../nodes/user/user.service.ts';

let mesh: TestKit;
beforeAll(async () => {
  mesh = await kitForTests([orgService, roleService, userService]);
  await mesh.seed();
});
afterAll(() => mesh.close());

const login = (username: string, org?: string) =>
  mesh.call(userActions.login, { username, password: 'Cytomesh#Demo1', ...(org ? { org } : {}) });

test('[ARC-09] every demo user signs in at home with exactly the rights of their role', async () => {
  const roles = (await mesh.call(roleActions.snapshot, {})).roles;
  expect(roles).toHaveLength(10);
  for (const { code, permissions } of roles) {
    const { session } = await login(code);
    expect(session).toMatchObject({ org: { code: 'HY', name: '和祐国际医院' }, roles: [code] });
    expect(session.permissions).toEqual([...permissions].sort());
  }
});

test('[ARC-10] those who work in several organisations may switch, the others may not', async () => {
  const orgs = async (username: string) => (await login(username)).session.orgs.map((o) => o.code);
  for (const username of ['admin', 'planner', 'qc', 'engineer'])
    expect([username, await orgs(username)]).toEqual([username, ['HY', 'IMC', 'MH']]);
  expect(await orgs('operator')).toEqual(['HY']);
  await expect(login('operator', 'MH')).rejects.toMatchObject({ code: 'user.org.refused' });
});

test('[ARC-09] a session’s rights decide what its holder may call', async () => {
  const { session } = await login('planner');
  const as = {
    userId: session.userId,
    name: session.name,
    orgId: session.org.id,
    permissions: session.permissions,
  };
  expect((await mesh.call(orgActions.list, {}, { as })).total).toBeGreaterThan(4);
  await expect(mesh.call(userActions.list, {}, { as })).rejects.toMatchObject({
    code: 'user.permission.missing',
  });
  expect([may(as, 'order.plan'), may(as, 'channel.operate')]).toEqual([true, false]);
});

test('production begins with the root organisation, the shipped roles and one administrator of all', async () => {
  const fresh = await kitForTests([orgService, roleService, userService]);
  await fresh.seed({ demo: false, adminPassword: 'Harbour-lantern-7' });
  const { session } = await fresh.call(userActions.login, {
    username: 'admin',
    password: 'Harbour-lantern-7',
  });
  expect(session).toMatchObject({ org: { code: 'HYG' }, roles: ['security'], orgs: [{ id: 'group' }] });
  await expect(
    fresh.call(userActions.login, { username: 'admin', password: 'Cytomesh#Demo1' }),
  ).rejects.toMatchObject({ code: 'user.login.failed' });
  await fresh.close();
});
