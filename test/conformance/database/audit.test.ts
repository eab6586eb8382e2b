import { beforeEach, describe, expect, test } from '@jest/globals';
import { auditTable, sealedTable } from '../../../contracts/kernel/system.tables.ts';
import { sealAudit, verifyAudit } from '../../../nodes/kit/audit.ts';
import { systemCaller } from '../../../nodes/kit/caller.ts';
import { snake } from '../../../nodes/kit/db/dialect.ts';
import { insertRows, tableCode } from '../../../nodes/kit/db/rows.ts';
import { find } from '../../../nodes/kit/store.ts';
import { kitForTests, type TestKit } from '../../../nodes/kit/testing/kit-for-tests.ts';
import { onEachInstallation } from './databases.ts';
import { probeRecord } from './probe.ts';

await onEachInstallation('the audit trail', (four) => {
  let mesh: TestKit;
  let serial = 0;
  const parts = () => ({ ...mesh.databases, vault: mesh.kit.vault, leases: mesh.kit.leases });
  const write = (n: number) =>
    mesh.kit.work({ caller: systemCaller('test', 'org-hy'), requestId: 'r' }, async (work) => {
      for (let i = 0; i < n; i++)
        work.update(
          probeRecord,
          work.insert(probeRecord, { code: `a-${++serial}`, flag: false }),
          { flag: true },
          'x',
          '因为',
        );
    });
  const sealed = () =>
    find(mesh.databases.log.read, mesh.kit.vault, sealedTable, 'system', {}, { orderBy: 'seq' });
  const waiting = () => find(mesh.databases.main.read, mesh.kit.vault, auditTable, 'system', {});
  const onLog = (text: string, params: unknown[] = []) =>
    mesh.databases.log.tx((sql) => sql.execute(text, params));
  const last = async () => (await sealed()).at(-1)!;

  beforeEach(async () => {
    mesh ??= await kitForTests([], { databases: four().databases });
    mesh.clock.advance(20_000);
    await onLog('DELETE FROM audit_sealed');
    await mesh.databases.main.tx((sql) => sql.execute('DELETE FROM audit'));
    await write(3);
    expect(await sealAudit(parts())).toBe(6);
  });

  test('[ARC-11] rows leave the main database for the chain, in order, and it verifies', async () => {
    expect(await waiting()).toEqual([]);
    const rows = await sealed();
    expect(rows.map((r) => r.seq)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(rows[1]).toMatchObject({
      action: 'probe.x',
      reason: '因为',
      actor: 'system:test',
      orgId: 'org-hy',
    });
    expect(await verifyAudit(parts())).toEqual({ ok: true, checked: 6 });
    await write(1);
    expect(await sealAudit(parts())).toBe(2);
    expect(await sealAudit(parts())).toBe(0);
    expect(await verifyAudit(parts())).toEqual({ ok: true, checked: 8 });
  });

  describe('[ARC-11] [EVA-05] tampering is found', () => {
    for (const [field, { column }] of Object.entries(sealedTable.fields))
      test(`with ${field}`, async () => {
        const { log } = mesh.databases;
        const name = tableCode(sealedTable, log).name(field);
        const value = column.kind === 'int' ? 77 : field === 'at' ? '2020-01-01T00:00:00.000Z' : 'x';
        expect(await onLog(`UPDATE audit_sealed SET ${name} = ? WHERE seq = 4`, [value])).toBe(1);
        expect(await verifyAudit(parts())).toMatchObject({ ok: false, brokenAt: 4, checked: 3 });
      });

    test('a row removed from the middle', async () => {
      await onLog('DELETE FROM audit_sealed WHERE seq = 2');
      expect(await verifyAudit(parts())).toMatchObject({ ok: false, brokenAt: 2 });
    });

    test('a row removed and the others moved up', async () => {
      await onLog('DELETE FROM audit_sealed WHERE seq = 2');
      for (let seq = 3; seq <= 6; seq++)
        await onLog('UPDATE audit_sealed SET seq = ? WHERE seq = ?', [seq - 1, seq]);
      expect(await verifyAudit(parts())).toMatchObject({ ok: false, brokenAt: 2 });
    });

    test('a row put in at the end', async () => {
      const { seq, id: _id, ...row } = await last();
      await mesh.databases.log.tx((sql) =>
        insertRows(sql, sealedTable, [{ ...row, id: 'forged', seq: seq + 1 }], mesh.kit.vault),
      );
      expect(await verifyAudit(parts())).toMatchObject({ ok: false, brokenAt: 7 });
    });

    test('two rows that changed places', async () => {
      for (const [from, to] of [
        [2, 100],
        [3, 2],
        [100, 3],
      ])
        await onLog('UPDATE audit_sealed SET seq = ? WHERE seq = ?', [to, from]);
      expect(await verifyAudit(parts())).toMatchObject({ ok: false, brokenAt: 2 });
    });

    test('the end cut off, against the last known position', async () => {
      const { seq, hash } = await last();
      await onLog('DELETE FROM audit_sealed WHERE seq > 4');
      expect(await verifyAudit(parts(), { seq, hash })).toMatchObject({ ok: false, brokenAt: 5 });
    });

    test('the whole chain made anew, against the last known position', async () => {
      const { seq, hash } = await last();
      await onLog('DELETE FROM audit_sealed');
      await write(3);
      expect(await sealAudit(parts())).toBe(6);
      expect(await verifyAudit(parts())).toMatchObject({ ok: true });
      expect(await verifyAudit(parts(), { seq, hash })).toMatchObject({ ok: false, brokenAt: 6 });
    });
  });

  test('a crash after the log was written and before the main database was cleared doubles nothing', async () => {
    await write(2);
    const rows = await waiting();
    await sealAudit(parts());
    await mesh.databases.main.tx((sql) => insertRows(sql, auditTable, rows, mesh.kit.vault));
    await write(1);
    expect(await sealAudit(parts())).toBe(2);
    expect(await waiting()).toEqual([]);
    const ids = (await sealed()).map((r) => r.id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toHaveLength(12);
    expect(await verifyAudit(parts())).toMatchObject({ ok: true, checked: 12 });
  });

  test('two nodes that seal at once keep one chain', async () => {
    await write(60);
    const other = await kitForTests([], { databases: mesh.databases, clock: mesh.clock });
    const counts = await Promise.all(
      [mesh, other].map((m) => sealAudit({ ...parts(), leases: m.kit.leases }, 50)),
    );
    expect(counts.filter((n) => n > 0)).toHaveLength(1);
    while (
      (await sealAudit(parts(), 50)) > 0 ||
      (await sealAudit({ ...parts(), leases: other.kit.leases }, 50)) > 0
    );
    expect(await verifyAudit(parts())).toMatchObject({ ok: true, checked: 126 });
    await other.close();
  });

  test('a chain longer than a page verifies, and a break on its second page is found', async () => {
    await onLog('DELETE FROM audit_sealed');
    await write(1050);
    while ((await sealAudit(parts())) > 0);
    expect(await verifyAudit(parts())).toEqual({ ok: true, checked: 2100 });
    await onLog(`UPDATE audit_sealed SET ${snake('recordId')} = 'x' WHERE seq = 2077`);
    expect(await verifyAudit(parts())).toMatchObject({ ok: false, brokenAt: 2077 });
  });
});
