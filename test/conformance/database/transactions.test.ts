import { beforeAll, expect, test } from '@jest/globals';
import type { Database } from '../../../nodes/kit/db/database.ts';
import { insertRows, tableCode } from '../../../nodes/kit/db/rows.ts';
import type { Sql } from '../../../nodes/kit/db/sql.ts';
import { find } from '../../../nodes/kit/store.ts';
import { onEachDatabase, vault } from './databases.ts';
import { noteTable } from './probe.ts';

const put = (sql: Sql, ...ids: string[]) =>
  insertRows(
    sql,
    noteTable,
    ids.map((id) => ({ id, text: null, more: null })),
    vault,
  );
const gate = () => {
  let open = (): void => undefined;
  const passed = new Promise<void>((resolve) => (open = resolve));
  return { open, passed };
};

await onEachDatabase('transactions', (place) => {
  let db: Database;
  const ids = async (sql: Sql = db.read): Promise<string[]> =>
    (await find(sql, vault, noteTable, 'system', {}, { orderBy: 'seq' })).map((r) => r.id);
  beforeAll(async () => {
    db = await place().fresh();
  });

  test('a reader never sees what is not committed', async () => {
    const [written, seen] = [gate(), gate()];
    const running = db.tx(async (sql) => {
      await put(sql, 'isolated');
      expect(await ids(sql)).toContain('isolated');
      written.open();
      await seen.passed;
    });
    await written.passed;
    expect(await ids()).not.toContain('isolated');
    seen.open();
    await running;
    expect(await ids()).toContain('isolated');
  });

  test('a failure leaves nothing behind', async () => {
    await expect(
      db.tx(async (sql) => {
        await put(sql, 'gone-1', 'gone-2');
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    expect((await ids()).filter((id) => id.startsWith('gone'))).toEqual([]);
  });

  test('transactions at the same time do not mix: one fails alone', async () => {
    const results = await Promise.allSettled(
      Array.from({ length: 20 }, (_, i) =>
        db.tx(async (sql) => {
          await put(sql, `mix-${i}-a`);
          await new Promise(setImmediate);
          await put(sql, `mix-${i}-b`);
          if (i % 3 === 0) throw new Error('no');
        }),
      ),
    );
    expect(results.filter((r) => r.status === 'rejected')).toHaveLength(7);
    const found = (await ids()).filter((id) => id.startsWith('mix')).sort();
    const wanted = Array.from({ length: 20 }, (_, i) => (i % 3 === 0 ? [] : [`mix-${i}-a`, `mix-${i}-b`]));
    expect(found).toEqual(wanted.flat().sort());
  });

  test('transactions handed over one behind the other: one that fails at its statement takes no other with it', async () => {
    await db.tx((sql) => put(sql, 'queue-2'));
    const results = await Promise.allSettled(
      Array.from({ length: 5 }, (_, i) => db.tx((sql) => put(sql, `queue-${i}`, `queue-more-${i}`))),
    );
    expect(results.map((r) => r.status === 'fulfilled')).toEqual([true, true, false, true, true]);
    const found = (await ids()).filter((id) => id.startsWith('queue-more')).sort();
    expect(found).toEqual([0, 1, 3, 4].map((i) => `queue-more-${i}`));
  });

  test('what a transaction reads first holds until it writes: counting at the same time loses nothing', async () => {
    await db.tx((sql) => insertRows(sql, noteTable, [{ id: 'count', text: '0', more: null }], vault));
    const code = tableCode(noteTable, db.read);
    const count = () =>
      db.tx(async (sql) => {
        const [row] = await find(sql, vault, noteTable, 'system', { id: 'count' }, { lock: true });
        await sql.executeEach(
          `UPDATE ${code.table} SET ${code.name('text')} = ? WHERE ${code.name('id')} = ?`,
          [[String(Number(row!.text) + 1), 'count']],
        );
      });
    await Promise.all(Array.from({ length: 20 }, count));
    const [row] = await find(db.read, vault, noteTable, 'system', { id: 'count' });
    expect(row!.text).toBe('20');
  });

  test('a statement given after its transaction ended is refused and reaches no other', async () => {
    let late: Sql | undefined;
    await expect(
      db.tx(async (sql) => {
        late = sql;
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    await expect(put(late!, 'late')).rejects.toThrow();
    await db.tx((sql) => put(sql, 'after-late'));
    await expect(put(late!, 'late')).rejects.toThrow();
    expect(await ids()).not.toContain('late');
  });

  test('a transaction inside a transaction is refused', async () => {
    await expect(db.tx(() => db.tx(async () => undefined))).rejects.toMatchObject({
      code: 'kernel.internal.error',
    });
    expect(await db.tx((sql) => put(sql, 'after-nested'))).toBe(1);
  });

  test('a transaction of another database inside is allowed', async () => {
    const other = await place().fresh();
    await db.tx(async (sql) => {
      await put(sql, 'outer');
      await other.tx((inner) => put(inner, 'inner'));
    });
    expect(await ids()).toContain('outer');
    expect(await ids(other.read)).toEqual(['inner']);
  });

  test('a lost race runs again', async () => {
    let runs = 0;
    await db.tx(async (sql) => {
      runs += 1;
      await put(sql, `race-${runs}`);
      if (runs < 3) throw Object.assign(new Error('deadlock'), { code: 'ER_LOCK_DEADLOCK' });
    });
    expect(runs).toBe(3);
    expect((await ids()).filter((id) => id.startsWith('race'))).toEqual(['race-3']);
  });

  test('two that wait for each other both come through', async () => {
    if (db.dialect === 'sqlite') return; // one writer: they cannot
    await db.tx((sql) => put(sql, 'knot-1', 'knot-2'));
    const both = [gate(), gate()];
    const lock = (sql: Sql, id: string) => find(sql, vault, noteTable, 'system', { id }, { lock: true });
    let runs = 0;
    const cross = (mine: number) =>
      db.tx(async (sql) => {
        runs += 1;
        await lock(sql, `knot-${mine + 1}`);
        both[mine]!.open();
        await both[1 - mine]!.passed;
        await lock(sql, `knot-${2 - mine}`);
        return mine;
      });
    expect(await Promise.all([cross(0), cross(1)])).toEqual([0, 1]);
    expect(runs).toBeGreaterThan(2);
  });

  test('what exists already is a duplicate, and the transaction is undone', async () => {
    await db.tx((sql) => put(sql, 'unique'));
    await expect(db.tx((sql) => put(sql, 'with-unique', 'unique'))).rejects.toMatchObject({
      code: 'kernel.record.duplicate',
      kind: 'rejected',
    });
    expect(await ids()).not.toContain('with-unique');
  });

  test('duplicates are passed over where that is asked for', async () => {
    const made = await db.tx((sql) =>
      insertRows(
        sql,
        noteTable,
        ['ignore-1', 'ignore-2', 'ignore-1'].map((id) => ({ id, text: null, more: null })),
        vault,
        'ignore',
      ),
    );
    expect(made).toBe(2);
    const again = await db.tx((sql) =>
      insertRows(sql, noteTable, [{ id: 'ignore-2', text: 'x', more: null }], vault, 'ignore'),
    );
    expect(again).toBe(0);
  });

  test('a closed database says so as a passing fault', async () => {
    const closed = await place().fresh();
    await closed.tx((sql) => put(sql, 'x'));
    await closed.close();
    await expect(closed.tx((sql) => put(sql, 'y'))).rejects.toMatchObject({ kind: 'transient' });
  });
});
