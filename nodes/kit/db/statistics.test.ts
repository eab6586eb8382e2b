import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { defineTable, field } from '../../../contracts/kernel/record.ts';
import { databasesOn } from '../../../test/integration/on-database.ts';
import { describeWith } from '../../../test/services.ts';
import { Database } from './database.ts';
import { freshenStatistics } from './statistics.ts';

const title = { title: { zh: '数', en: 'Numbers' } };
const table = defineTable({
  name: 'number',
  plural: 'numbers',
  ...title,
  fields: { id: field.id(title), value: field.int(title) },
});

await describeWith('postgres', 'what PostgreSQL knows of its tables', ({ url }) => {
  let made: Awaited<ReturnType<typeof databasesOn>>;
  let db: Database;

  beforeAll(async () => {
    made = await databasesOn(url);
    db = await Database.open({
      role: 'main',
      url: made.env.CYTOMESH_DB_MAIN!,
      records: [table],
      poolSize: 1,
    });
    await db.source.synchronize();
  });
  afterAll(async () => {
    await db.close();
    await made.drop();
  });

  const analysed = async (): Promise<boolean> =>
    (await db.read.query("SELECT 1 FROM pg_stats WHERE tablename = 'numbers'")).length > 0;
  /** Counts of changes reach the server's statistics a little after the commit. */
  const counted = async (rows: number): Promise<void> => {
    for (let n = 0; n < rows; )
      n = Number(
        (
          await db.read.query<{ n: string }>('SELECT SUM(n_mod_since_analyze) AS n FROM pg_stat_user_tables')
        )[0]?.n,
      );
  };
  const grow = (from: number, to: number): Promise<void> =>
    db.tx(async (sql) => {
      await sql.execute(
        `INSERT INTO "numbers" ("id", "value") SELECT CAST(n AS text), n FROM generate_series(${from}, ${to}) AS n`,
      );
    });

  test('a table that has grown is analysed, and not again before it has grown much further', async () => {
    await grow(1, 100);
    await counted(100);
    expect(await freshenStatistics(db)).toBe(0);
    expect(await analysed()).toBe(false);
    await grow(101, 700);
    await counted(700);
    expect(await freshenStatistics(db)).toBe(1);
    expect(await analysed()).toBe(true);
    await grow(701, 1500);
    await counted(800);
    expect(await freshenStatistics(db)).toBe(0);
  });
});
