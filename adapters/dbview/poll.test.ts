import { afterEach, describe, expect, test } from '@jest/globals';
import { Compile } from 'typebox/compile';
import type { Listener } from '../../contracts/adapter/port.ts';
import { type ForeignDb, type ForeignKind, foreignDb } from '../../test/peers/foreign-db/foreign-db.ts';
import { FakeIntake } from '../../test/peers/foreign-db/intake.ts';
import { describeWith } from '../../test/services.ts';
import { descriptor } from './descriptor.ts';
import { adapter } from './index.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

const schema = Compile(descriptor.listen!);

/** Polls, again and again, until it is stopped. */
async function poll(
  db: ForeignDb,
  intake: FakeIntake,
  more: Record<string, unknown> = {},
): Promise<Listener> {
  const settings = {
    connection: db.connection,
    view: 'orders',
    key: ['id'],
    mark: ['changed_at'],
    every: 0.05,
    page: 100,
    backfill: 'all',
    ...more,
  };
  expect([...schema.Errors(settings)]).toEqual([]);
  const listener = await adapter.listen!(intake.context(settings));
  cleanups.push(() => listener.stop(0));
  return listener;
}

const ids = (intake: FakeIntake): unknown[] => intake.rows.map((r) => r.id);
const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i + 1);

function suite(kind: ForeignKind, url?: string): void {
  const theirs = async (more = ''): Promise<ForeignDb> => {
    const db = await foreignDb(kind, url);
    cleanups.push(() => db.drop());
    const time = kind === 'sqlite' ? 'TEXT' : kind === 'postgres' ? 'timestamp(3)' : 'DATETIME(3)';
    await db.run(`CREATE TABLE orders (id INTEGER PRIMARY KEY, code VARCHAR(40), changed_at ${time}${more})`);
    return db;
  };
  /** Rows of ascending ids, a hundred in one statement. */
  const insert = async (
    db: ForeignDb,
    rows: readonly (readonly [number, string, string | null])[],
  ): Promise<void> => {
    for (let i = 0; i < rows.length; i += 500) {
      const values = rows
        .slice(i, i + 500)
        .map(([id, code, at]) => `(${id}, '${code}', ${at === null ? 'NULL' : `'${at}'`})`);
      await db.run(`INSERT INTO orders (id, code, changed_at) VALUES ${values.join(', ')}`);
    }
  };
  const at = (second: number): string =>
    new Date(Date.UTC(2026, 0, 2, 8, 0, 0) + second * 1000).toISOString().slice(0, 23).replace('T', ' ');
  /** Their clock is far behind these marks where the test is about marks only. */
  const unclocked = { clock: 'none' };

  test('[INT-01] [INT-03] rows come in the order of mark and key, one frame each, and once', async () => {
    const db = await theirs();
    await insert(db, [
      [3, 'b', at(2)],
      [1, 'c', at(5)],
      [2, 'a', at(2)],
    ]);
    const intake = new FakeIntake();
    const listener = await poll(db, intake, unclocked);
    await intake.until(() => intake.frames.length === 3);
    await insert(db, [[4, 'd', at(9)]]);
    await intake.until(() => intake.frames.length === 4);
    expect(ids(intake)).toEqual([2, 3, 1, 4]);
    expect(intake.frames[0]).toMatchObject({ meta: { view: 'orders' }, oddities: [] });
    expect(listener.connections()[0]).toMatchObject({ open: true, framesIn: 4 });
    expect(listener.capture(listener.connections()[0]!.id)).toHaveLength(4);
    expect(intake.incidents).toEqual([]);
  });

  test('20,000 rows of one moment cross the borders of pages whole, and a kill in their midst costs and repeats none', async () => {
    const db = await theirs();
    await insert(
      db,
      upTo(20_000).map((id) => [id, `c${id}`, at(0)] as const),
    );
    const intake = new FakeIntake();
    intake.before = async (_, n) => {
      if (n === 9_970) await new Promise(() => undefined); // the process is killed here
    };
    const first = await poll(db, intake, { ...unclocked, page: 500 });
    await intake.until(() => intake.frames.length === 9_970);
    await first.stop(0);
    const after = new FakeIntake();
    for (const [name, value] of intake.marks) after.marks.set(name, value);
    await poll(db, after, { ...unclocked, page: 500 });
    await after.until(() => after.frames.length === 10_030);
    await insert(db, [[20_001, 'next', at(1)]]);
    await after.until(() => after.rows.at(-1)!.id === 20_001);
    expect([...ids(intake), ...ids(after)]).toEqual(upTo(20_001));
  });

  test('several rows in flight when the process dies: only those not kept come again', async () => {
    const db = await theirs();
    await insert(
      db,
      upTo(300).map((id) => [id, 'x', at(id)] as const),
    );
    const intake = new FakeIntake();
    intake.before = async (_, n) => {
      if (n === 150 || n === 155) await new Promise(() => undefined);
    };
    const first = await poll(db, intake, { ...unclocked, inFlight: 10, overlap: 0 });
    await intake.until(() => intake.frames.length > 155);
    await new Promise((resolve) => setImmediate(resolve));
    await first.stop(0);
    intake.before = async () => undefined;
    await poll(db, intake, { ...unclocked, inFlight: 10, overlap: 0 });
    await intake.until(() => intake.frames.length === 300);
    await insert(db, [[301, 'x', at(400)]]);
    await intake.until(() => intake.frames.length === 301);
    expect((ids(intake) as number[]).sort((a, b) => a - b)).toEqual(upTo(301));
  });

  test('a commit that comes late, with a mark already passed, is read within the overlap and nothing else again', async () => {
    const db = await theirs();
    await insert(db, [
      [1, 'a', at(0)],
      [2, 'b', at(50)],
    ]);
    const intake = new FakeIntake();
    const first = await poll(db, intake, { ...unclocked, overlap: 60 });
    await intake.until(() => intake.frames.length === 2);
    await insert(db, [[3, 'late', at(20)]]);
    await intake.until(() => intake.frames.length === 3);
    await first.stop(1000);
    await insert(db, [[4, 'later still', at(10)]]); // while nobody reads
    await poll(db, intake, { ...unclocked, overlap: 60 });
    await intake.until(() => intake.frames.length === 4);
    await insert(db, [[5, 'e', at(60)]]);
    await intake.until(() => intake.frames.length === 5);
    expect(ids(intake)).toEqual([1, 2, 3, 4, 5]);
  });

  test('a row changed twice is read in its last state, and again when it goes back under the same mark', async () => {
    const db = await theirs();
    await insert(db, [[1, 'new', at(0)]]);
    const intake = new FakeIntake();
    await poll(db, intake, unclocked);
    await intake.until(() => intake.frames.length === 1);
    await db.run(`UPDATE orders SET code = 'a', changed_at = '${at(1)}' WHERE id = 1;
      UPDATE orders SET code = 'b', changed_at = '${at(2)}' WHERE id = 1`);
    await intake.until(() => intake.rows.at(-1)!.code === 'b');
    await db.run("UPDATE orders SET code = 'c' WHERE id = 1");
    await intake.until(() => intake.rows.at(-1)!.code === 'c');
    await db.run("UPDATE orders SET code = 'b' WHERE id = 1");
    await intake.until(() => intake.frames.length >= 4 && intake.rows.at(-1)!.code === 'b');
    expect(intake.rows.filter((r) => r.code !== 'a').map((r) => r.code)).toEqual(['new', 'b', 'c', 'b']);
  });

  test('changes: mark takes no notice of contents, none of a new mark either', async () => {
    const db = await theirs();
    await insert(db, [[1, 'a', at(0)]]);
    const [byMark, never] = [new FakeIntake(), new FakeIntake()];
    await poll(db, byMark, { ...unclocked, changes: 'mark' });
    await poll(db, never, { ...unclocked, changes: 'none' });
    await Promise.all([byMark, never].map((i) => i.until(() => i.frames.length === 1)));
    await db.run("UPDATE orders SET code = 'b' WHERE id = 1");
    await insert(db, [[2, 'x', at(1)]]);
    await Promise.all([byMark, never].map((i) => i.until(() => i.frames.length === 2)));
    await db.run(`UPDATE orders SET changed_at = '${at(2)}' WHERE id = 1`);
    await insert(db, [[3, 'x', at(3)]]);
    await Promise.all([byMark, never].map((i) => i.until(() => ids(i).includes(3))));
    expect(byMark.rows.map((r) => [r.id, r.code])).toEqual([
      [1, 'a'],
      [2, 'x'],
      [1, 'b'],
      [3, 'x'],
    ]);
    expect(ids(never)).toEqual([1, 2, 3]);
  });

  test('rows deleted between pages move no border', async () => {
    const db = await theirs();
    await insert(
      db,
      upTo(30).map((id) => [id, 'x', at(0)] as const),
    );
    const intake = new FakeIntake();
    intake.before = async (_, n) => {
      if (n === 9) await db.run('DELETE FROM orders WHERE id IN (1, 2, 3, 10, 12)');
    };
    await poll(db, intake, { ...unclocked, page: 10 });
    await intake.until(() => ids(intake).includes(30));
    expect(ids(intake)).toEqual(upTo(30).filter((id) => id !== 12));
  });

  test('rows without a mark are counted and told; they come when they have one, or by a second column', async () => {
    const db = await theirs(', made_at VARCHAR(30)');
    await insert(db, [
      [1, 'a', null],
      [2, 'b', at(1)],
    ]);
    const intake = new FakeIntake();
    await poll(db, intake, unclocked);
    await intake.until(() => intake.frames.length === 1);
    expect(intake.incidents).toMatchObject([
      { kind: 'mark-empty', reason: expect.stringContaining('1 rows') },
    ]);
    await db.run(`UPDATE orders SET changed_at = '${at(2)}' WHERE id = 1`);
    await intake.until(() => intake.frames.length === 2);
    expect(ids(intake)).toEqual([2, 1]);
  });

  test('the first that is not null of several marks counts', async () => {
    const db = await theirs();
    const time = kind === 'sqlite' ? 'TEXT' : kind === 'postgres' ? 'timestamp(3)' : 'DATETIME(3)';
    await db.run(`ALTER TABLE orders ADD COLUMN made_at ${time}`);
    await db.run(
      `INSERT INTO orders VALUES (1, 'a', NULL, '${at(5)}'), (2, 'b', '${at(9)}', '${at(1)}'), (3, 'c', NULL, '${at(2)}')`,
    );
    const intake = new FakeIntake();
    await poll(db, intake, { ...unclocked, mark: ['changed_at', 'made_at'], page: 2 });
    await intake.until(() => intake.frames.length === 3);
    expect(ids(intake)).toEqual([3, 1, 2]);
  });

  test('a growing number as mark, a key of two columns, conditions, and only the columns allowed', async () => {
    const db = await theirs();
    await db.run(
      'CREATE TABLE sheet (batch BIGINT, doc VARCHAR(20), line INTEGER, kind VARCHAR(5), secret VARCHAR(9))',
    );
    const values = upTo(50).map(
      (n) =>
        `(${9_007_199_254_740_990n + BigInt(Math.floor(n / 20))}, 'D${n % 7}', ${n}, '${n % 2 ? 'in' : 'out'}', 's')`,
    );
    await db.run(`INSERT INTO sheet VALUES ${values.join(', ')}`);
    const intake = new FakeIntake();
    await poll(db, intake, {
      view: 'sheet',
      mark: ['batch'],
      markKind: 'number',
      key: ['doc', 'line'],
      where: { kind: 'in' },
      columns: ['line', 'batch'],
      page: 3,
      overlap: 1,
    });
    await intake.until(() => intake.frames.length === 25);
    expect(new Set(intake.rows.map((r) => Object.keys(r).join()))).toEqual(new Set(['line,batch']));
    expect(new Set(ids(intake).length ? intake.rows.map((r) => r.line) : [])).toEqual(
      new Set(upTo(50).filter((n) => n % 2)),
    );
    await db.run("INSERT INTO sheet VALUES (9007199254740995, 'D1', 99, 'in', 's')");
    await intake.until(() => intake.rows.at(-1)!.line === 99);
    expect(intake.frames).toHaveLength(26);
    expect(String(intake.rows.at(-1)!.batch)).toBe('9007199254740995');
  });

  test('backfill begins at its value, in whatever form the view writes its marks', async () => {
    const db = await theirs();
    await insert(
      db,
      upTo(10).map((id) => [id, 'x', at(id)] as const),
    );
    const intake = new FakeIntake();
    await poll(db, intake, { ...unclocked, backfill: '2026-01-02T08:00:06' });
    await intake.until(() => intake.frames.length === 5);
    await insert(db, [[11, 'x', at(11)]]);
    await intake.until(() => intake.frames.length === 6);
    expect(ids(intake)).toEqual([6, 7, 8, 9, 10, 11]);
  });

  test('a mark of the far future hides nothing that comes after it', async () => {
    const db = await theirs();
    const now = (
      await db.rows(
        kind === 'sqlite'
          ? "SELECT datetime('now', 'localtime') AS t"
          : kind === 'postgres'
            ? "SELECT to_char(localtimestamp, 'YYYY-MM-DD HH24:MI:SS') AS t"
            : 'SELECT CAST(NOW() AS CHAR) AS t',
      )
    )[0]!.t as string;
    await insert(db, [[1, 'typing error', '2099-01-01 00:00:00']]);
    const intake = new FakeIntake();
    const first = await poll(db, intake);
    await intake.until(() => intake.frames.length === 1);
    await insert(db, [[2, 'b', now]]);
    await intake.until(() => intake.frames.length === 2);
    await first.stop(1000);
    await insert(db, [[3, 'c', now]]);
    await poll(db, intake);
    await intake.until(() => intake.frames.length === 3);
    expect(ids(intake)).toEqual([1, 2, 3]);
  });

  test('their clock goes back: told, and what is written then is read', async () => {
    const db = await theirs();
    const clock = (ahead: number): string =>
      new Date(Date.now() + ahead).toISOString().slice(0, 19).replace('T', ' ');
    await insert(db, [[1, 'a', clock(-3_600_000)]]);
    const intake = new FakeIntake();
    const first = await poll(db, intake, { clock: 'utc' });
    await intake.until(() => intake.frames.length === 1);
    await first.stop(1000);
    // The furthest row was read when their clock showed tomorrow.
    const tomorrow = clock(86_400_000).replace(' ', kind === 'sqlite' ? ' ' : 'T');
    for (const [name, value] of intake.marks) {
      const entry = JSON.parse(value) as unknown[];
      intake.marks.set(name, JSON.stringify([...entry.slice(0, 4), tomorrow, tomorrow, 1]));
    }
    await insert(db, [[2, 'b', clock(0)]]);
    await poll(db, intake, { clock: 'utc' });
    await intake.until(() => intake.frames.length === 2);
    expect(intake.kinds()).toEqual(['clock-back']);
    expect(ids(intake)).toEqual([1, 2]);
  });

  test('back-pressure: the next page is asked for when all of the last is kept', async () => {
    const db = await theirs();
    await insert(
      db,
      upTo(40).map((id) => [id, 'x', at(id)] as const),
    );
    const intake = new FakeIntake();
    let release: () => void = () => undefined;
    intake.before = (_, n) => (n === 9 ? new Promise((resolve) => (release = resolve)) : Promise.resolve());
    await poll(db, intake, { ...unclocked, page: 10, inFlight: 10 });
    await intake.until(() => intake.frames.length === 9);
    await db.run('DELETE FROM orders WHERE id > 30');
    release();
    await intake.until(() => ids(intake).includes(30));
    await insert(db, [[50, 'x', at(60)]]);
    await intake.until(() => ids(intake).includes(50));
    expect((ids(intake) as number[]).sort((a, b) => a - b)).toEqual([...upTo(30), 50]);
  });

  test('an intake that cannot keep a row: told once, and the row comes again before those behind it', async () => {
    const db = await theirs();
    await insert(
      db,
      upTo(5).map((id) => [id, 'x', at(id)] as const),
    );
    const intake = new FakeIntake();
    let failures = 0;
    intake.before = async (frame) => {
      if (Buffer.from(frame.bytes).includes('"id":3') && failures++ < 1) throw new Error('no space left');
    };
    await poll(db, intake, unclocked);
    await intake.until(() => intake.frames.length === 5);
    expect(ids(intake)).toEqual([1, 2, 3, 4, 5]);
    expect(intake.kinds()).toEqual(['intake-refused']);
  });

  test('a column that vanished is named in an incident, reading waits, and goes on where it was', async () => {
    const db = await theirs(', dose VARCHAR(10)');
    await db.run(`INSERT INTO orders VALUES (1, 'a', '${at(1)}', '5')`);
    const intake = new FakeIntake();
    await poll(db, intake, { ...unclocked, columns: ['id', 'code', 'dose'] });
    await intake.until(() => intake.frames.length === 1);
    await db.run('ALTER TABLE orders DROP COLUMN dose');
    await intake.until(() => intake.incidents.length === 1);
    expect(intake.incidents[0]).toMatchObject({
      kind: 'columns-missing',
      reason: 'orders has no column dose',
    });
    await insert(db, [[2, 'b', at(2)]]);
    await db.run('ALTER TABLE orders ADD COLUMN dose VARCHAR(10)');
    await intake.until(() => intake.frames.length === 3);
    expect(intake.rows).toEqual([
      { id: 1, code: 'a', dose: '5' },
      { id: 1, code: 'a', dose: null },
      { id: 2, code: 'b', dose: null },
    ]);
    expect(intake.incidents).toHaveLength(1);
  });

  test('rows with one key between them are all read, once, and told', async () => {
    const db = await theirs();
    await db.run(`CREATE VIEW both_views AS SELECT 1 AS id, code, changed_at FROM orders`);
    await insert(db, [
      [1, 'a', at(1)],
      [2, 'b', at(1)],
      [3, 'c', at(2)],
    ]);
    const intake = new FakeIntake();
    await poll(db, intake, { ...unclocked, view: 'both_views', page: 2 });
    await intake.until(() => new Set(intake.rows.map((r) => r.code)).size === 3);
    await insert(db, [[4, 'd', at(3)]]);
    await intake.until(() => intake.rows.some((r) => r.code === 'd'));
    const passes = intake.frames.length;
    await insert(db, [[5, 'e', at(4)]]);
    await intake.until(() => intake.rows.some((r) => r.code === 'e'));
    expect(intake.frames.length - passes).toBeLessThanOrEqual(3);
    expect(intake.kinds()).toContain('key-not-unique');
  });

  test('a row over the limit is handed over as broken, its beginning kept', async () => {
    const db = await theirs();
    await db.run(
      `CREATE TABLE notes (id INTEGER, note ${kind === 'mariadb' ? 'LONGTEXT' : 'TEXT'}, changed_at VARCHAR(30))`,
    );
    await db.run(`INSERT INTO notes VALUES (1, '${'x'.repeat(5000)}', '${at(1)}'), (2, 'short', '${at(2)}')`);
    const intake = new FakeIntake();
    await poll(db, intake, { ...unclocked, view: 'notes', maxRowBytes: 1000 });
    await intake.until(() => intake.frames.length === 2);
    expect(intake.frames.map((f) => f.broken?.code)).toEqual(['hub.frame.large', undefined]);
    expect(intake.kinds()).toEqual(['row-large']);
  });
}

/** One row with a value of every kind, and what becomes of it. */
const kinds: Record<'mariadb' | 'postgres', { columns: string; values: string; zone: string; json: object }> =
  {
    mariadb: {
      columns:
        'n TINYINT, b BIGINT, d DECIMAL(20,4), f DOUBLE, t VARCHAR(20), x BLOB, day DATE, at DATETIME(6), none DATETIME, bits BIT(3), j JSON, y YEAR, tm TIME',
      values:
        "7, 9007199254740993, 1234567890123456.5000, 0.1, '张三''', x'00ff', '2026-11-23', '2026-11-23 08:30:00.123456', '0000-00-00 00:00:00', b'101', '{\"a\":1}', 2026, '08:30:00'",
      zone: "SET sql_mode = ''",
      json: {
        n: 7,
        b: '9007199254740993',
        d: '1234567890123456.5000',
        f: 0.1,
        t: "张三'",
        x: 'AP8=',
        day: '2026-11-23',
        at: '2026-11-23T08:30:00.123456',
        none: null,
        bits: 5,
        j: '{"a":1}',
        y: 2026,
        tm: '08:30:00',
      },
    },
    postgres: {
      columns:
        'n SMALLINT, b BIGINT, d NUMERIC(20,4), f DOUBLE PRECISION, t TEXT, x BYTEA, day DATE, at TIMESTAMP, z TIMESTAMPTZ, yes BOOLEAN, j JSONB, u UUID, c CHAR(3)',
      values:
        "7, 9007199254740993, 1234567890123456.5000, 0.1, '张三''', '\\x00ff', '2026-11-23', '2026-11-23 08:30:00.123456', '2026-11-23 08:30:00.5+08', true, '{\"a\": 1}', '0a0b0c0d-0000-4000-8000-000000000001', 'a'",
      zone: "SET timezone = 'America/St_Johns'",
      json: {
        n: 7,
        b: '9007199254740993',
        d: '1234567890123456.5000',
        f: 0.1,
        t: "张三'",
        x: 'AP8=',
        day: '2026-11-23',
        at: '2026-11-23T08:30:00.123456',
        z: '2026-11-23T00:30:00.5Z',
        yes: true,
        j: '{"a": 1}',
        u: '0a0b0c0d-0000-4000-8000-000000000001',
        c: 'a  ',
      },
    },
  };

function values(kind: 'mariadb' | 'postgres', url: string): void {
  test('every kind of value is stable JSON, and can be the place of a poll', async () => {
    const { columns, values: row, zone, json } = kinds[kind];
    const db = await foreignDb(kind, url);
    cleanups.push(() => db.drop());
    await db.run(`${zone}; CREATE TABLE orders (${columns}); INSERT INTO orders VALUES (${row}), (${row})`);
    for (const [key, mark] of [
      ['t', 'at'],
      ['d', 'day'],
      ['f', 'at'],
      [kind === 'postgres' ? 'u' : 'j', kind === 'postgres' ? 'z' : 'at'],
    ]) {
      const intake = new FakeIntake();
      const listener = await poll(db, intake, {
        key: [key],
        mark: [mark],
        page: 1,
        clock: 'none',
        columns: Object.keys(json),
      });
      await intake.until(() => intake.frames.length === 1);
      expect(intake.rows[0]).toEqual(json);
      await listener.stop(1000);
      expect(intake.incidents).toEqual([]);
    }
  });
}

describe('polling a file of SQLite', () => suite('sqlite'));
await describeWith('mariadb', 'polling MariaDB', ({ url }) => {
  suite('mariadb', url);
  values('mariadb', url);
});
await describeWith('postgres', 'polling PostgreSQL', ({ url }) => {
  suite('postgres', url);
  values('postgres', url);
});
