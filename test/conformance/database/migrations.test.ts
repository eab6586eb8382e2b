import { expect, test } from '@jest/globals';
import { registry } from '../../../contracts/registry.generated.ts';
import type { Database } from '../../../nodes/kit/db/database.ts';
import { migrate, missingSteps, type Step } from '../../../nodes/kit/db/migrate.ts';
import { insertRows } from '../../../nodes/kit/db/rows.ts';
import { migrations, onEachDatabase, roles, shipped, vault } from './databases.ts';
import { noteTable } from './probe.ts';

const differences = async (database: Database): Promise<string[]> =>
  (await database.source.driver.createSchemaBuilder().log()).upQueries.map((q) => q.query);

test('the shipped migrations give all that the contracts ask for', () => {
  expect(missingSteps(registry.records.values(), shipped)).toEqual([]);
});

await onEachDatabase('migrations', (place) => {
  for (const role of roles)
    test(`migrations and entities agree: ${role}`, async () => {
      expect(await differences(await place().fresh(role))).toEqual([]);
    });

  test('[DBR-05] the four databases of an installation may be one', async () => {
    const url = await place().url();
    for (const role of roles)
      expect(await migrate(await place().open(url, role), shipped)).toEqual(shipped.map((m) => m.id));
    for (const role of roles) expect(await migrate(await place().open(url, role), shipped)).toEqual([]);
  });

  test('a second run finds nothing to do', async () => {
    const database = await place().fresh();
    expect(await migrate(database, migrations)).toEqual([]);
  });

  test('two nodes that start together leave one schema', async () => {
    const url = await place().url();
    const [one, two] = [await place().open(url), await place().open(url)];
    await Promise.all([migrate(one, migrations), migrate(two, migrations)]);
    expect(await differences(one)).toEqual([]);
    expect(await migrate(two, migrations)).toEqual([]);
  });

  test('a run cut between a table and its indexes is finished by the next', async () => {
    const database = await place().open(await place().url());
    const [first] = migrations.at(-1)!.steps.filter((s) => 'createTable' in s && s.createTable === 'notes');
    const { createTable, columns } = first as Extract<Step, { createTable: string }>;
    const bare: Step = { database: 'main', createTable, columns, indexes: [] };
    await migrate(database, [{ id: '9999-probe', steps: [bare] }]);
    await database.source.query('DELETE FROM schema_migrations');
    await migrate(database, migrations);
    expect(await differences(database)).toEqual([]);
    const note = { id: 'a', text: null, more: null };
    await database.tx((sql) => insertRows(sql, noteTable, [note], vault));
    await expect(database.tx((sql) => insertRows(sql, noteTable, [note], vault))).rejects.toMatchObject({
      code: 'kernel.record.duplicate',
    });
  });

  test('[DBR-02] tables that hold rows of the first release go through every migration since', async () => {
    const database = await place().open(await place().url());
    const [first] = shipped;
    await migrate(database, [first!]);
    const quote = (name: string): string =>
      database.dialect === 'postgres' || database.dialect === 'sqlite' ? `"${name}"` : `\`${name}\``;
    const tables = first!.steps.flatMap((s) => ('createTable' in s && s.database === 'main' ? [s] : []));
    for (const { createTable, columns } of tables) {
      const given = columns.filter((c) => c.kind !== 'seq' && !c.nullable);
      const value = (kind: string): string =>
        ['int', 'real', 'bool'].includes(kind)
          ? '1'
          : kind === 'bytes' && database.dialect === 'postgres'
            ? "'\\x00'"
            : "'1'";
      await database.source.query(
        `INSERT INTO ${quote(createTable)} (${given.map((c) => quote(c.name)).join(', ')}) VALUES (${given.map((c) => value(c.kind)).join(', ')})`,
      );
    }
    await migrate(database, shipped);
    for (const { createTable } of tables) {
      const [row] = await database.source.query(`SELECT COUNT(*) AS n FROM ${quote(createTable)}`);
      expect([createTable, Number(row.n)]).toEqual([createTable, 1]);
    }
    const [entry] = await database.source.query('SELECT owner, valid_from FROM code_entries');
    expect({ ...entry }).toEqual({ owner: '', valid_from: null });
  });

  test('a column and an index that come later are added to a table that holds rows', async () => {
    const database = await place().fresh();
    await database.tx((sql) => insertRows(sql, noteTable, [{ id: 'old', text: '旧', more: null }], vault));
    const later = {
      id: '9999-z-later',
      steps: [
        {
          database: 'main',
          table: 'notes',
          addColumn: { name: 'extra', kind: 'string', length: 20, nullable: true },
        },
        { database: 'main', table: 'notes', addIndex: { name: 'ix_notes_extra', columns: ['extra'] } },
      ] as Step[],
    };
    expect(await migrate(database, [...migrations, later])).toEqual(['9999-z-later']);
    expect(await migrate(database, [...migrations, later])).toEqual([]);
    const rows = await database.read.query('SELECT id, text, extra FROM notes');
    expect(rows.map((r) => ({ ...r }))).toEqual([{ id: 'old', text: '旧', extra: null }]);
  });

  test('a column that is made longer keeps its rows and takes longer text', async () => {
    const database = await place().fresh();
    const long = 'HTTP 503';
    const step = (length: number): Step[] => [
      {
        database: 'main',
        table: 'notes',
        addColumn: { name: 'code', kind: 'string', length: 4, nullable: true },
      },
      {
        database: 'main',
        table: 'notes',
        widenColumn: { name: 'code', kind: 'string', length, nullable: true },
      },
    ];
    await migrate(database, [...migrations, { id: '9999-z-code', steps: step(4).slice(0, 1) }]);
    await database.tx((sql) => insertRows(sql, noteTable, [{ id: 'old', text: '旧', more: null }], vault));
    const later = [
      ...migrations,
      { id: '9999-z-code', steps: [] },
      { id: '9999-zz', steps: step(20).slice(1) },
    ];
    expect(await migrate(database, later)).toEqual(['9999-zz']);
    await database.tx((sql) => sql.execute('UPDATE notes SET code = ?', [long]));
    const rows = await database.read.query('SELECT id, text, code FROM notes');
    expect(rows.map((r) => ({ ...r }))).toEqual([{ id: 'old', text: '旧', code: long }]);
  });

  test('a database that a newer release changed is refused at once', async () => {
    const database = await place().fresh();
    await expect(migrate(database, shipped)).rejects.toMatchObject({
      code: 'kernel.config.invalid',
      data: { problem: expect.stringContaining('9999-probe') },
    });
  });
});
