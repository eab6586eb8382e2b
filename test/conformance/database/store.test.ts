import { beforeAll, expect, test } from '@jest/globals';
import type { ListParams } from '../../../contracts/kernel/action.ts';
import { orgRecord } from '../../../contracts/org/org.record.ts';
import { systemCaller } from '../../../nodes/kit/caller.ts';
import { count, find, list } from '../../../nodes/kit/store.ts';
import { kitForTests, type TestKit } from '../../../nodes/kit/testing/kit-for-tests.ts';
import { onEachInstallation } from './databases.ts';
import { probeRecord } from './probe.ts';

const hy = { orgId: 'org-hy' };

await onEachInstallation('the store', (four) => {
  let mesh: TestKit;
  const in_ = (orgId: string) => ({ caller: systemCaller('test', orgId), requestId: 'r' });
  beforeAll(async () => {
    mesh = await kitForTests([], { databases: four().databases });
    await mesh.kit.work(in_('org-hy'), async (work) => {
      for (let i = 1; i <= 25; i++)
        work.insert(probeRecord, {
          code: `HY-${String(i).padStart(3, '0')}`,
          name: i === 7 ? '欧阳建国' : `人${i}`,
          phone: '13800138000',
          kind: i % 2 ? 'A' : 'B',
          flag: i % 5 === 0,
          amount: i,
        });
      work.insert(probeRecord, { code: '100%_sure', name: 'Zoë Ng', flag: false });
    });
    await mesh.kit.work(in_('org-mh'), async (work) => {
      work.insert(probeRecord, { code: 'MH-001', name: '欧阳建国', flag: true, amount: 1 });
    });
    await mesh.kit.work(in_('org-hy'), async (work) => {
      work.insert(orgRecord, { id: 'group', code: 'G', name: '集团', nameEn: 'Group', kind: 'group' });
    });
  });
  const codes = async (params: ListParams, scope = hy) =>
    (await list(mesh.databases.main.read, mesh.kit.vault, probeRecord, scope, params)).items.map(
      (r) => r.code,
    );

  test('[ARC-01] rows of another organisation never come back, whatever is asked', async () => {
    const { read } = mesh.databases.main;
    const { vault } = mesh.kit;
    const [foreign] = await find(read, vault, probeRecord, 'system', { code: 'MH-001' });
    expect(await find(read, vault, probeRecord, hy, { id: foreign!.id })).toEqual([]);
    expect(await find(read, vault, probeRecord, hy, { orgId: 'org-mh' })).toEqual([]);
    expect(await find(read, vault, probeRecord, hy, {}, { and: () => ['1 = 1 OR 1 = 1', []] })).toHaveLength(
      26,
    );
    expect(await count(read, probeRecord, { orgId: 'org-mh' }, {})).toBe(1);
    expect(await codes({ filter: { id: foreign!.id } })).toEqual([]);
    expect(await codes({ q: 'MH-001' })).toEqual([]);
    expect(await codes({ q: '欧阳建国' })).toEqual(['HY-007']);
    expect(await codes({ q: '欧阳建国' }, { orgId: 'org-mh' })).toEqual(['MH-001']);
  });

  test('[ARC-01] a query without a scope is refused before it reaches the database', async () => {
    for (const scope of [undefined, null, {}, { orgId: '' }, { orgId: undefined }])
      await expect(
        find(mesh.databases.main.read, mesh.kit.vault, probeRecord, scope as never, {}),
      ).rejects.toMatchObject({ code: 'kernel.scope.missing' });
    await expect(
      mesh.kit.work({ caller: { ...systemCaller('t', ''), orgId: '' }, requestId: 'r' }, (work) =>
        work.load(probeRecord, {}),
      ),
    ).rejects.toMatchObject({ code: 'kernel.scope.missing' });
  });

  test('[ARC-01] what the group shares belongs to the root and reads down', async () => {
    const rows = await find(mesh.databases.main.read, mesh.kit.vault, orgRecord, { orgId: 'org-mh' }, {});
    expect(rows.map((r) => [r.id, r.orgId])).toEqual([['group', 'group']]);
  });

  test('filters: one, any of several, several together', async () => {
    expect(await codes({ filter: { code: 'HY-003' } })).toEqual(['HY-003']);
    expect(await codes({ filter: { code: 'HY-003,HY-001' }, sort: 'code' })).toEqual(['HY-001', 'HY-003']);
    expect(await codes({ filter: { flag: 'true', kind: 'B' }, sort: 'code' })).toEqual(['HY-010', 'HY-020']);
    expect(await codes({ filter: { flag: 'true,false', kind: 'B', amount: '2,4' }, sort: 'code' })).toEqual([
      'HY-002',
      'HY-004',
    ]);
    expect(await codes({ filter: { code: 'hy-003' } })).toEqual([]);
    expect(await codes({ filter: { code: "x' OR '1'='1" } })).toEqual([]);
  });

  test('what is no filter, no value of it, or no order is refused by name', async () => {
    const issues = async (params: ListParams) =>
      codes(params).then(
        () => [],
        (e: { data: { issues: { path: string }[] } }) => e.data.issues.map((i) => i.path),
      );
    expect(await issues({ filter: { name: 'x' } })).toEqual(['filter[name]']);
    expect(await issues({ filter: { nothing: 'x', phone: 'y' } })).toEqual([
      'filter[nothing]',
      'filter[phone]',
    ]);
    expect(await issues({ filter: { toString: 'x' } })).toEqual(['filter[toString]']);
    expect(await issues({ filter: { amount: 'many' } })).toEqual(['filter[amount]']);
    expect(await issues({ filter: { flag: 'perhaps' } })).toEqual(['filter[flag]']);
    expect(await issues({ sort: 'name' })).toEqual(['sort']);
    expect(await issues({ sort: '-json' })).toEqual(['sort']);
    expect(await issues({ sort: 'nothing' })).toEqual(['sort']);
    expect(await issues({ sort: 'constructor' })).toEqual(['sort']);
  });

  test('order and pages: every row once, although many were made at the same moment', async () => {
    expect(await codes({ sort: '-code', pageSize: 2 })).toEqual(['HY-025', 'HY-024']);
    for (const params of [{}, { sort: 'kind' }, { sort: '-flag' }] as ListParams[]) {
      const seen: string[] = [];
      for (let page = 1; page <= 6; page++) seen.push(...(await codes({ ...params, page, pageSize: 5 })));
      expect(seen).toHaveLength(26);
      expect(new Set(seen).size).toBe(26);
    }
    const { total, page, pageSize, items } = await list(
      mesh.databases.main.read,
      mesh.kit.vault,
      probeRecord,
      hy,
      { page: 9, pageSize: 5 },
    );
    expect({ total, page, pageSize, items }).toEqual({ total: 26, page: 9, pageSize: 5, items: [] });
  });

  test('q finds by the beginning of a code and by a whole name, and its signs stand for themselves', async () => {
    expect(await codes({ q: 'HY-00', sort: 'code' })).toHaveLength(9);
    expect(await codes({ q: '欧阳' })).toEqual([]);
    expect(await codes({ q: ' 欧阳建国 ' })).toEqual(['HY-007']);
    expect(await codes({ q: 'zoë ng' })).toEqual(['100%_sure']);
    expect(await codes({ q: '%' })).toEqual([]);
    expect(await codes({ q: '100%_' })).toEqual(['100%_sure']);
    expect(await codes({ q: '_' })).toEqual([]);
    expect(await codes({ q: '!' })).toEqual([]);
  });

  test('a list shows personal data in part', async () => {
    const { items } = await list(mesh.databases.main.read, mesh.kit.vault, probeRecord, hy, { q: 'HY-007' });
    expect(items[0]).toMatchObject({ name: '欧***', phone: '138****00' });
  });
});
