import { beforeAll, expect, test } from '@jest/globals';
import { Type } from 'typebox';
import { defineEvent } from '../../../contracts/kernel/event.ts';
import { auditTable, historyTable, outboxTable } from '../../../contracts/kernel/system.tables.ts';
import { type CallMeta, systemCaller } from '../../../nodes/kit/caller.ts';
import { find } from '../../../nodes/kit/store.ts';
import { kitForTests, type TestKit } from '../../../nodes/kit/testing/kit-for-tests.ts';
import { onEachInstallation, roles } from './databases.ts';
import { probeRecord } from './probe.ts';

const meta = (orgId = 'org-hy'): CallMeta => ({
  caller: { ...systemCaller('test', orgId), userId: 'user-1', station: 'ws-7' },
  requestId: 'request-1',
});
const happened = defineEvent({
  name: 'probe.happened',
  title: { zh: '发生', en: 'Happened' },
  payload: Type.Object({ n: Type.Integer() }),
});

await onEachInstallation('units of work', (four) => {
  let mesh: TestKit;
  beforeAll(async () => {
    mesh = await kitForTests([], { databases: four().databases });
  });
  const one = async (id: string) => (await mesh.kit.find(probeRecord, { orgId: 'org-hy' }, { id }))[0];
  const auditsOf = async (recordId: string) => (await mesh.audits()).filter((a) => a.recordId === recordId);

  test('a row made and changed in one work is written once, and each change is audited', async () => {
    const made = await mesh.kit.work(meta(), async (work) => {
      const row = work.insert(probeRecord, { code: 'w-1', flag: false, name: '欧阳建国' });
      const next = work.update(probeRecord, row, { flag: true }, 'raise', 'because');
      return work.update(probeRecord, next, { amount: 7 });
    });
    expect(made).toMatchObject({ version: 3, orgId: 'org-hy', createdBy: 'user-1', flag: true, amount: 7 });
    expect(await one(made.id)).toEqual(made);
    const trail = await auditsOf(made.id);
    expect(trail.map((a) => a.action)).toEqual(['probe.create', 'probe.raise', 'probe.change']);
    expect(trail[0]).toMatchObject({
      actor: 'user-1',
      orgId: 'org-hy',
      requestId: 'request-1',
      station: 'ws-7',
      before: null,
    });
    expect(trail[1]!.reason).toBe('because');
    expect(JSON.parse(trail[1]!.before!)).toMatchObject({ flag: 0, version: 1 });
    expect(JSON.parse(trail[1]!.after!)).toMatchObject({ flag: 1, version: 2 });
  });

  test('the row that was given stays as it was, and the latest state is what changes build on', async () => {
    const { id } = await mesh.kit.work(meta(), async (work) =>
      work.insert(probeRecord, { code: 'w-2', flag: false }),
    );
    await mesh.kit.work(meta(), async (work) => {
      const row = await work.loadOne(probeRecord, id);
      const first = work.update(probeRecord, row, { amount: 1 });
      work.update(probeRecord, row, { ratio: 2 });
      expect(row).toMatchObject({ version: 1, amount: null });
      expect(first).toMatchObject({ version: 2, amount: 1 });
    });
    expect(await one(id)).toMatchObject({ version: 3, amount: 1, ratio: 2 });
  });

  test('a stale row is refused and nothing of its work remains', async () => {
    const row = await mesh.kit.work(meta(), async (work) =>
      work.insert(probeRecord, { code: 'w-3', flag: false }),
    );
    await mesh.kit.work(meta(), async (work) => work.update(probeRecord, row, { amount: 1 }));
    const late = mesh.kit.work(meta(), async (work) => {
      work.insert(probeRecord, { code: 'w-3-beside', flag: false });
      work.update(probeRecord, row, { amount: 2 });
      work.event(happened, 'org-hy', 'k', { n: 1 });
    });
    await expect(late).rejects.toMatchObject({ code: 'kernel.record.stale', data: { id: row.id } });
    expect(await one(row.id)).toMatchObject({ version: 2, amount: 1 });
    expect(await mesh.kit.find(probeRecord, { orgId: 'org-hy' }, { code: 'w-3-beside' })).toEqual([]);
    expect(await auditsOf(row.id)).toHaveLength(2);
    expect(await mesh.events(happened.name)).toEqual([]);
  });

  test('two changes of one row at the same time: both come in, one after the other', async () => {
    const row = await mesh.kit.work(meta(), async (work) =>
      work.insert(probeRecord, { code: 'w-4', flag: false, amount: 0 }),
    );
    const add = () =>
      mesh.kit.work(meta(), async (work) => {
        const now = await work.loadOne(probeRecord, row.id);
        work.update(probeRecord, now, { amount: now.amount! + 1 });
      });
    await Promise.all(Array.from({ length: 12 }, add));
    expect(await one(row.id)).toMatchObject({ amount: 12, version: 13 });
  });

  test('of another organisation nothing can be loaded to be changed', async () => {
    const row = await mesh.kit.work(meta(), async (work) =>
      work.insert(probeRecord, { code: 'w-5', flag: false }),
    );
    await expect(
      mesh.kit.work(meta('org-mh'), (work) => work.loadOne(probeRecord, row.id)),
    ).rejects.toMatchObject({ code: 'kernel.record.missing' });
  });

  test('history and events are written with the change, with their cause and consumers', async () => {
    await mesh.kit.work(meta(), async (work) => {
      work.cause('message-9');
      work.history(probeRecord, { id: 'p-1', orgId: 'org-hy' }, { action: 'go', from: 'A', to: 'B' });
      work.event(happened, 'org-hy', 'key-1', { n: 1 });
      work.event(happened, 'org-hy', 'key-1', { n: 2 });
    });
    const { read } = mesh.databases.main;
    const [history] = await find(
      read,
      mesh.kit.vault,
      historyTable,
      { orgId: 'org-hy' },
      { recordId: 'p-1' },
    );
    expect(history).toMatchObject({ from: 'A', to: 'B', cause: 'message-9', reason: '', actor: 'user-1' });
    const events = await find(
      read,
      mesh.kit.vault,
      outboxTable,
      'system',
      { key: 'key-1' },
      { orderBy: 'seq' },
    );
    expect(events.map((e) => [e.payload, e.pending, e.requestId])).toEqual([
      [{ n: 1 }, '', 'request-1'],
      [{ n: 2 }, '', 'request-1'],
    ]);
  });

  test("statements of a word's own see the rows of the work", async () => {
    await mesh.kit.work(meta(), async (work) => {
      work.history(probeRecord, { id: 'p-2', orgId: 'org-hy' }, { action: 'go', from: 'A', to: 'B' });
      work.add(outboxTable, {
        id: 'plain-1',
        orgId: 'org-hy',
        name: 'x',
        key: 'old',
        at: work.now,
        actor: '',
        requestId: '',
        payload: {},
        pending: '',
      });
      work.defer((sql) =>
        sql.execute(`UPDATE outbox SET ${sql.dialect === 'mariadb' ? '`key`' : '"key"'} = ? WHERE id = ?`, [
          'new',
          'plain-1',
        ]),
      );
    });
    const [row] = await find(mesh.databases.main.read, mesh.kit.vault, outboxTable, 'system', {
      id: 'plain-1',
    });
    expect(row!.key).toBe('new');
  });

  test('[ARC-11] personal data stands in no table in clear, audit and events included', async () => {
    const secrets = ['司马相如如', '13912345678'];
    const row = await mesh.kit.work(meta(), async (work) =>
      work.insert(probeRecord, { code: 'w-6', flag: false, name: secrets[0]!, phone: secrets[1]! }),
    );
    await mesh.kit.work(meta(), async (work) => {
      const now = await work.loadOne(probeRecord, row.id);
      work.update(probeRecord, now, { name: `${secrets[0]}乙` });
    });
    await mesh.kit.work(meta(), async (work) => {
      const [now] = await work.load(probeRecord, { id: row.id }, { personal: 'sealed' });
      expect(work.reveal(now!.name)).toBe(`${secrets[0]}乙`);
      work.update(probeRecord, now!, { phone: secrets[1]!, amount: 3 });
    });
    expect(await one(row.id)).toMatchObject({ name: `${secrets[0]}乙`, phone: secrets[1], amount: 3 });
    let cells = 0;
    for (const role of roles) {
      const { source, read } = mesh.databases[role];
      for (const { tableName } of source.entityMetadatas)
        for (const cell of (await read.query(`SELECT * FROM ${tableName}`)).flatMap((r) =>
          Object.values(r),
        )) {
          cells += 1;
          const text = cell instanceof Uint8Array ? Buffer.from(cell).toString('utf8') : String(cell);
          for (const secret of secrets) expect(text).not.toContain(secret);
        }
    }
    expect(cells).toBeGreaterThan(100);
    const trail = await auditsOf(row.id);
    expect(trail).toHaveLength(3);
    const { name } = JSON.parse(trail[1]!.after!) as { name: string };
    expect(mesh.kit.vault.open(name)).toBe(`${secrets[0]}乙`);
  });

  test('numbers run without gaps under many callers, some of whom give up and some of whom take fewer', async () => {
    const taken: number[] = [];
    await Promise.all(
      Array.from({ length: 50 }, async (_, i) => {
        const mine: number[] = [];
        await mesh.kit
          .work(meta(), async (work) => {
            mine.length = 0;
            const next = await work.numbers('series', 3);
            for (let k = 0; k < (i % 3) + 1; k++) mine.push(next());
            if (i % 5 === 0) throw new Error('no');
          })
          .then(() => taken.push(...mine))
          .catch((error: Error) => expect(error.message).toBe('no'));
      }),
    );
    taken.sort((a, b) => a - b);
    expect(taken).toEqual(taken.map((_, i) => i + 1));
    expect(taken.length).toBeGreaterThan(60);
  });

  test('a series asked for twice in one work goes on where it was', async () => {
    const first = await mesh.kit.work(meta(), async (work) => {
      const one = await work.numbers('twice', 2);
      const a = one();
      const two = await work.numbers('twice', 2);
      return [a, two(), one()];
    });
    expect(first).toEqual([1, 2, 3]);
    expect(await mesh.kit.work(meta(), async (work) => (await work.numbers('twice', 1))())).toBe(4);
  });

  test('what a consumer has done is remembered once', async () => {
    await mesh.kit.work(meta(), async (work) => {
      work.markDone('word', 'm-1', { donorId: 'd' });
      work.markDone('word', 'm-2', null);
    });
    const done = await mesh.kit.work(meta(), (work) => work.done('word', ['m-1', 'm-2', 'm-3']));
    expect([...done]).toEqual([
      ['m-1', { donorId: 'd' }],
      ['m-2', null],
    ]);
    expect(await mesh.kit.work(meta(), (work) => work.done('other', ['m-1']))).toEqual(new Map());
    await expect(
      mesh.kit.work(meta(), async (work) => work.markDone('word', 'm-1', {})),
    ).rejects.toMatchObject({ code: 'kernel.record.duplicate' });
  });

  test('nothing is audited of a work that fails', async () => {
    const before = (await find(mesh.databases.main.read, mesh.kit.vault, auditTable, 'system', {})).length;
    await expect(
      mesh.kit.work(meta(), async (work) => {
        work.insert(probeRecord, { code: 'w-7', flag: false });
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    const after = (await find(mesh.databases.main.read, mesh.kit.vault, auditTable, 'system', {})).length;
    expect(after).toBe(before);
  });
});
