import { beforeAll, expect, test } from '@jest/globals';
import { systemCaller } from '../../../nodes/kit/caller.ts';
import type { Database } from '../../../nodes/kit/db/database.ts';
import { insertRows } from '../../../nodes/kit/db/rows.ts';
import { find } from '../../../nodes/kit/store.ts';
import { Work } from '../../../nodes/kit/work.ts';
import { onEachDatabase, vault } from './databases.ts';
import { noteTable, probeRecord } from './probe.ts';

const scope = { orgId: 'org-hy' };
const env = { vault, clock: Date.now, consumersOf: () => '' };

await onEachDatabase('values', (place) => {
  let db: Database;
  beforeAll(async () => {
    db = await place().fresh();
  });
  let serial = 0;
  const store = async (values: Record<string, unknown>) => {
    const code = `c-${++serial}`;
    const id = await db.tx(async (sql) => {
      const work = new Work(sql, { caller: systemCaller('test', 'org-hy'), requestId: 'r' }, env);
      const row = work.insert(probeRecord, { code, flag: false, ...values } as never);
      await work.flush();
      return (row as { id: string }).id;
    });
    const [fromReader] = await find(db.read, vault, probeRecord, scope, { id });
    const [fromWriter] = await db.tx((sql) => find(sql, vault, probeRecord, scope, { id }));
    expect(fromWriter).toEqual(fromReader);
    return fromReader as Record<string, unknown>;
  };

  test('every kind of value comes back as it was', async () => {
    const values = {
      name: '欧阳娜娜',
      phone: '13800138000',
      kind: 'B',
      amount: Number.MAX_SAFE_INTEGER,
      ratio: 0.1,
      flag: true,
      maybe: true,
      at: '2026-03-02T01:00:00.000Z',
      text: 'line\r\n\ttab \' " ` \\ ? ; -- %',
      json: { a: [1, null, 'x\u0000y'], b: { c: '中' } },
      raw: Buffer.from([0, 1, 13, 28, 255]),
    };
    expect(await store(values)).toMatchObject(values);
    expect(await store({ amount: Number.MIN_SAFE_INTEGER, ratio: -1e-300, flag: false })).toMatchObject({
      amount: Number.MIN_SAFE_INTEGER,
      ratio: -1e-300,
      flag: false,
    });
  });

  test('null, empty and false are three things', async () => {
    const nothing = { name: null, phone: null, kind: null, amount: null, ratio: null, maybe: null };
    const rest = { at: null, text: null, json: null, raw: null };
    expect(await store({})).toMatchObject({ ...nothing, ...rest, flag: false });
    expect(await store({ ...nothing, ...rest })).toMatchObject({ ...nothing, ...rest });
    const empty = { name: '', text: '', amount: 0, ratio: 0, maybe: false, json: '', raw: Buffer.alloc(0) };
    expect(await store(empty)).toMatchObject(empty);
  });

  test('bytes come back as a Buffer inside and outside a transaction', async () => {
    const { id } = await store({ raw: Buffer.from('MSH|') });
    const [row] = await db.tx((sql) => find(sql, vault, probeRecord, scope, { id: id as string }));
    expect(Buffer.isBuffer(row!.raw)).toBe(true);
    expect((row!.raw as Buffer).toString('latin1')).toBe('MSH|');
  });

  test('a slice of a large buffer is stored as the slice', async () => {
    const large = Buffer.alloc(100_000, 'x');
    large.write('here', 50_000);
    expect(await store({ raw: large.subarray(50_000, 50_004) })).toMatchObject({ raw: Buffer.from('here') });
  });

  test('characters of four bytes are kept, in text, in codes and under seal', async () => {
    const rare = '𠮷野家 👩‍🔬 𰻞';
    expect(await store({ name: rare, text: rare, code: '𠮷-1', json: [rare] })).toMatchObject({
      name: rare,
      text: rare,
      code: '𠮷-1',
      json: [rare],
    });
  });

  test('a NUL in a text fails neither a write nor a search', async () => {
    const { id, text } = await store({ text: 'a\u0000b', json: ['a\u0000b'], name: 'a\u0000b' });
    expect(['ab', 'a\u0000b']).toContain(text);
    expect(await find(db.read, vault, probeRecord, scope, { id: id as string })).toMatchObject([
      { json: ['a\u0000b'], name: 'a\u0000b' },
    ]);
    expect(await find(db.read, vault, probeRecord, scope, { code: '\u0000' })).toEqual([]);
  });

  test('half of a character fails nothing', async () => {
    expect(await store({ text: 'a\ud800b', name: 'a\udc00b' })).toMatchObject({ text: 'a\ufffdb' });
  });

  test('a text that is too long is refused on a server, never cut', async () => {
    const long = 'x'.repeat(500);
    if (db.dialect === 'sqlite') expect((await store({ kind: long })).kind).toBe(long);
    else await expect(store({ kind: long })).rejects.toThrow();
  });

  test('a megabyte of text and of bytes', async () => {
    const text = '细胞'.repeat(524_288);
    const raw = Buffer.alloc(1_048_576, 7);
    const row = await store({ text, raw });
    expect(row.text === text).toBe(true);
    expect(raw.equals(row.raw as Buffer)).toBe(true);
  });

  test('equal is equal to the letter: case, trailing blanks, width', async () => {
    const given = ['a', 'A', 'a ', 'á', 'ａ', 'ß', 'ss'];
    await db.tx((sql) =>
      insertRows(
        sql,
        noteTable,
        given.map((id) => ({ id, text: id, more: null })),
        vault,
      ),
    );
    for (const id of given) {
      const rows = await find(db.read, vault, noteTable, 'system', { id });
      expect(rows.map((r) => r.id)).toEqual([id]);
    }
  });

  test('rows that leave out different fields are not mixed up', async () => {
    await db.tx((sql) =>
      insertRows(
        sql,
        noteTable,
        [{ id: 'm-1', text: 'text' }, { id: 'm-2', more: 'more' }, { id: 'm-3' }],
        vault,
      ),
    );
    const rows = await find(
      db.read,
      vault,
      noteTable,
      'system',
      { id: ['m-1', 'm-2', 'm-3'] },
      { orderBy: 'seq' },
    );
    expect(rows.map(({ seq: _seq, ...r }) => r)).toEqual([
      { id: 'm-1', text: 'text', more: null },
      { id: 'm-2', text: null, more: 'more' },
      { id: 'm-3', text: null, more: null },
    ]);
  });

  test('thousands of rows in one call keep their order', async () => {
    const ids = Array.from({ length: 2503 }, (_, i) => `many-${String(i).padStart(5, '0')}`);
    const made = await db.tx((sql) =>
      insertRows(
        sql,
        noteTable,
        ids.map((id) => ({ id, text: null, more: null })),
        vault,
      ),
    );
    expect(made).toBe(ids.length);
    const rows = await find(db.read, vault, noteTable, 'system', { id: ids }, { orderBy: 'seq' });
    expect(rows.map((r) => r.id)).toEqual(ids);
    const seqs = rows.map((r) => r.seq);
    expect(seqs).toEqual([...seqs].sort((a, b) => a - b));
  });

  test("many large rows in one call pass the server's limit of a statement", async () => {
    const raw = Buffer.alloc(1_500_000, 9);
    await db.tx(async (sql) => {
      const work = new Work(sql, { caller: systemCaller('test', 'org-hy'), requestId: 'r' }, env);
      for (let i = 0; i < 12; i++) work.insert(probeRecord, { code: `large-${i}`, flag: false, raw });
      await work.flush();
    });
    const rows = await find(db.read, vault, probeRecord, scope, { code: 'large-11' });
    expect(raw.equals(rows[0]!.raw as Buffer)).toBe(true);
  });
});
