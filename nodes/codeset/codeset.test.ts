import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { codesetActions } from '../../contracts/codeset/codeset.actions.ts';
import { codeEntryRecord, codeTableRecord } from '../../contracts/codeset/codeset.record.ts';
import { seedMeta } from '../kit/seed.ts';
import { kitForTests, type TestKit } from '../kit/testing/kit-for-tests.ts';
import { codesetService } from './codeset.service.ts';

const sex = {
  code: 'sex',
  name: '性别',
  nameEn: 'Sex',
  source: 'HIS',
  target: 'GB/T 2261.1',
  entries: [
    { from: 'M', to: '1' },
    { from: 'F', to: '2', note: '女' },
    { from: 'f', to: '2x' },
    { from: '__proto__', to: '9' },
  ],
};

let mesh: TestKit;
let node2: TestKit;
beforeAll(async () => {
  mesh = await kitForTests([codesetService]);
  node2 = await kitForTests([codesetService], mesh);
  await mesh.call(codesetActions.load, { tables: [sex] });
});
afterAll(async () => {
  await node2.close();
  await mesh.close();
});

const pairs = async (orgId = 'org-hy') =>
  (await mesh.call(codesetActions.snapshot, {}, { as: { orgId } })).tables;
const misses = async (code: string) =>
  (await mesh.call(codesetActions.misses.list, { filter: { code } })).items;
const item = (code: string, messageId = 'm-1') => ({ table: 'sex', code, channel: 'his-adt', messageId });

describe('code tables', () => {
  test('[ARC-01] belong to the organisation they were loaded for', async () => {
    expect(Object.keys(await pairs())).toEqual(['sex']);
    expect(await pairs('org-mh')).toEqual({});
    const [entry] = await mesh.kit.find(codeEntryRecord, 'system', { from: 'M' });
    await expect(
      mesh.call(codesetActions.entries.get, { id: entry!.id }, { as: { orgId: 'org-mh' } }),
    ).rejects.toMatchObject({ code: 'kernel.record.missing' });
  });

  test('a snapshot matches exactly: case counts, and any text may be a code', async () => {
    expect(Object.entries((await pairs()).sex!).sort()).toEqual([
      ['F', '2'],
      ['M', '1'],
      ['__proto__', '9'],
      ['f', '2x'],
    ]);
  });

  test('loading again adds what is new and leaves a person’s change and a voided pair as they are', async () => {
    const tables = [
      {
        ...sex,
        code: 'marital',
        entries: [
          { from: 'S', to: '10' },
          { from: 'D', to: '40' },
        ],
      },
    ];
    const load = () => mesh.call(codesetActions.load, { tables });
    expect(await load()).toEqual({ tables: 1, entries: 2 });
    await mesh.call(codesetActions.map, { table: 'marital', from: 'S', to: '11' });
    const [divorced] = await mesh.kit.find(codeEntryRecord, 'system', { table: 'marital', from: 'D' });
    await mesh.kit.work(seedMeta(mesh.kit, 'org-hy'), async (work) =>
      work.update(codeEntryRecord, divorced!, { voidedAt: work.now }),
    );
    tables[0]!.entries.push({ from: 'W', to: '30' });
    expect(await load()).toEqual({ tables: 0, entries: 1 });
    expect((await pairs()).marital).toEqual({ S: '11', W: '30' });
    await mesh.call(codesetActions.map, { table: 'marital', from: 'D', to: '41' });
    expect((await pairs()).marital).toMatchObject({ D: '41' });
  });

  test('two nodes that load at once make one set', async () => {
    const tables = [{ ...sex, code: 'ward' }];
    const made = await Promise.all([mesh, node2].map((n) => n.call(codesetActions.load, { tables })));
    expect(made.map((m) => m.entries).sort()).toEqual([0, 4]);
    expect(await mesh.kit.find(codeTableRecord, 'system', { code: 'ward' })).toHaveLength(1);
  });

  test('loading is for the mesh, mapping for those who may', async () => {
    const as = { permissions: ['codeset.read'] };
    await expect(mesh.call(codesetActions.load, { tables: [] }, { as })).rejects.toMatchObject({
      code: 'user.permission.missing',
    });
    await expect(
      mesh.call(codesetActions.map, { table: 'sex', from: 'X', to: '0' }, { as }),
    ).rejects.toMatchObject({ data: { permission: 'codeset.write' } });
  });
});

describe('mapping a code', () => {
  test('adds the pair, closes its miss and tells the hub', async () => {
    await mesh.call(codesetActions.miss, { items: [item('U')] });
    const entry = await mesh.call(codesetActions.map, { table: 'sex', from: 'U', to: '9', note: '未知' });
    expect(entry).toMatchObject({ orgId: 'org-hy', from: 'U', to: '9', version: 1, createdBy: 'user-test' });
    expect(await misses('U')).toMatchObject([{ state: 'MAPPED', count: 1 }]);
    expect((await mesh.events('codeEntry.mapped')).at(-1)).toMatchObject({
      orgId: 'org-hy',
      payload: { table: 'sex', from: 'U' },
    });
    expect((await pairs()).sex).toMatchObject({ U: '9' });
  });

  test('[EVA-05] a replaced target stays in the trail with who and when', async () => {
    await mesh.call(codesetActions.map, { table: 'sex', from: 'R', to: '1' });
    const entry = await mesh.call(codesetActions.map, { table: 'sex', from: 'R', to: '2' });
    expect(entry.version).toBe(2);
    const change = (await mesh.audits('codeEntry.map')).find((a) => a.recordId === entry.id)!;
    expect(JSON.parse(change.before!)).toMatchObject({ to: '1', version: 1 });
    expect(JSON.parse(change.after!)).toMatchObject({ to: '2', version: 2 });
    expect(change.actor).toBe('user-test');
  });

  test('is refused for a table that is not there, and for another organisation’s', async () => {
    const missing = { code: 'kernel.record.missing' };
    const params = { table: 'sex', from: 'M', to: '1' };
    await expect(mesh.call(codesetActions.map, { ...params, table: 'nope' })).rejects.toMatchObject(missing);
    await expect(mesh.call(codesetActions.map, params, { as: { orgId: 'org-mh' } })).rejects.toMatchObject(
      missing,
    );
  });

  test('the same key gives the same answer and one version', async () => {
    const send = () =>
      mesh.call(codesetActions.map, { table: 'sex', from: 'K', to: '1' }, { idempotencyKey: 'key-12345678' });
    expect(await send()).toEqual(await send());
    expect(await mesh.kit.find(codeEntryRecord, 'system', { from: 'K' })).toMatchObject([{ version: 1 }]);
  });

  test('two nodes that map one code at once make one pair', async () => {
    const to = ['1', '2', '3', '4'];
    await Promise.all(
      to.map((t, i) => (i % 2 ? mesh : node2).call(codesetActions.map, { table: 'sex', from: 'Z', to: t })),
    );
    expect(await mesh.kit.find(codeEntryRecord, 'system', { from: 'Z' })).toMatchObject([{ version: 4 }]);
  });
});

describe('misses', () => {
  test('many of one code are one work item with count, channel and last message', async () => {
    const items = [item('Q', 'm-1'), item('Q', 'm-2'), item('q', 'm-2'), item('Q', 'm-3')];
    expect(await mesh.call(codesetActions.miss, { items })).toEqual({ open: 2 });
    expect(await mesh.call(codesetActions.miss, { items: [item('Q', 'm-4')] })).toEqual({ open: 1 });
    expect(await misses('Q')).toMatchObject([
      { table: 'sex', channel: 'his-adt', count: 4, lastMessageId: 'm-4', state: 'OPEN' },
    ]);
  });

  test('a report that comes twice is counted once', async () => {
    const report = () => mesh.call(codesetActions.miss, { items: [item('T', 'm-9')] });
    await report();
    await report();
    expect(await misses('T')).toMatchObject([{ count: 1 }]);
  });

  test('two nodes that report at once do not double the item and lose no count', async () => {
    const nodes = [mesh, node2, mesh, node2, mesh, node2];
    await Promise.all(
      nodes.map((n, i) => n.call(codesetActions.miss, { items: [item('P', `m-${i}`), item('O', `m-${i}`)] })),
    );
    expect(await misses('P')).toMatchObject([{ count: 6 }]);
    expect(await misses('O')).toMatchObject([{ count: 6 }]);
  });

  test('a code mapped meanwhile is not open work, and its message is set free again', async () => {
    await mesh.call(codesetActions.map, { table: 'sex', from: 'L', to: '1' });
    const before = (await mesh.events('codeEntry.mapped')).length;
    expect(await mesh.call(codesetActions.miss, { items: [item('L')] })).toEqual({ open: 0 });
    expect(await misses('L')).toMatchObject([{ state: 'MAPPED' }]);
    expect((await mesh.events('codeEntry.mapped')).slice(before)).toMatchObject([
      { payload: { table: 'sex', from: 'L' } },
    ]);
  });

  test('a shipped pair that comes with a release answers the open miss', async () => {
    await mesh.call(codesetActions.miss, { items: [item('N')] });
    await mesh.call(codesetActions.load, { tables: [{ ...sex, entries: [{ from: 'N', to: '0' }] }] });
    expect(await misses('N')).toMatchObject([{ state: 'MAPPED' }]);
    expect((await mesh.events('codeEntry.mapped')).at(-1)).toMatchObject({ payload: { from: 'N' } });
  });

  test('no items, no work', async () => {
    expect(await mesh.call(codesetActions.miss, { items: [] })).toEqual({ open: 0 });
  });
});
