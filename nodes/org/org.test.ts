import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { orgActions } from '../../contracts/org/org.actions.ts';
import { kitForTests, type TestKit } from '../kit/testing/kit-for-tests.ts';
import { orgService } from './org.service.ts';

let mesh: TestKit;
beforeAll(async () => {
  mesh = await kitForTests([orgService]);
  await mesh.seed();
});
afterAll(() => mesh.close());

test('[ARC-01] one deployment carries the group, its organisations and their departments', async () => {
  const { items, total } = await mesh.call(orgActions.list, { filter: { kind: 'group,org' }, sort: 'code' });
  expect(total).toBe(5);
  expect(items.map((o) => [o.id, o.code, o.parentId])).toEqual([
    ['org-fh', 'FH', 'group'],
    ['org-hy', 'HY', 'group'],
    ['group', 'HYG', null],
    ['org-imc', 'IMC', 'group'],
    ['org-mh', 'MH', 'group'],
  ]);
  const { orgs } = await mesh.call(orgActions.snapshot, {});
  const ids = new Set(orgs.map((o) => o.id));
  expect(orgs.filter((o) => o.kind === 'department').length).toBeGreaterThan(3);
  expect(orgs.every((o) => o.parentId === null || ids.has(o.parentId))).toBe(true);
});

test('[ARC-01] the tree belongs to the root and reads the same from every organisation', async () => {
  const from = (orgId: string) => mesh.call(orgActions.get, { id: 'org-hy' }, { as: { orgId } });
  expect(await from('org-mh')).toEqual(await from('org-hy'));
  expect((await from('org-mh')).orgId).toBe('group');
});

test('seeding again changes nothing, and production begins with the root alone', async () => {
  const before = await mesh.audits();
  await mesh.seed();
  expect(await mesh.audits()).toEqual(before);
  const fresh = await kitForTests([orgService]);
  await fresh.seed({ demo: false });
  expect((await fresh.call(orgActions.list, {})).items.map((o) => o.code)).toEqual(['HYG']);
  await fresh.close();
});

test('the snapshot is for the mesh, not for people', async () => {
  await expect(mesh.call(orgActions.snapshot, {}, { as: { permissions: ['org.*'] } })).rejects.toMatchObject({
    code: 'user.permission.missing',
  });
});
