import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { orgActions } from '../../../contracts/org/org.actions.ts';
import { orgRecord } from '../../../contracts/org/org.record.ts';
import { defineService, readHandlers } from '../service.ts';
import { kitForTests, type TestKit } from './kit-for-tests.ts';

const word = defineService('org', () => ({
  handlers: readHandlers(orgRecord, orgActions),
  seed: async (kit) => {
    await kit.work(
      { caller: { userId: 'system:seed', name: 'seed', orgId: 'group', permissions: ['*'] }, requestId: 'r' },
      async (work) => {
        work.insert(orgRecord, { id: 'group', code: 'G', name: '集团', nameEn: 'Group', kind: 'group' });
      },
    );
  },
}));

let mesh: TestKit;
beforeAll(async () => {
  mesh = await kitForTests([word]);
  await mesh.seed();
});
afterAll(() => mesh.close());

test('a word under test is called as over the mesh: params checked, rights demanded', async () => {
  expect((await mesh.call(orgActions.list, {})).items).toMatchObject([{ id: 'group', parentId: null }]);
  await expect(mesh.call(orgActions.list, { pages: 1 } as never)).rejects.toMatchObject({
    code: 'kernel.params.invalid',
    data: { issues: [{ path: 'pages', message: 'unknown field' }] },
  });
  await expect(mesh.call(orgActions.list, {}, { as: { permissions: [] } })).rejects.toMatchObject({
    code: 'user.permission.missing',
  });
  expect(await mesh.audits('org.create')).toHaveLength(1);
});

test('a second kit over the same databases is a second node', async () => {
  const other = await kitForTests([word], mesh);
  expect((await other.call(orgActions.get, { id: 'group' })).code).toBe('G');
  await other.close();
  expect((await mesh.call(orgActions.get, { id: 'group' })).code).toBe('G');
});
