import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type QueryRunner, Table, TableColumn, type TableColumnOptions, TableIndex } from 'typeorm';
import { Fault, isFault } from '../../../contracts/kernel/fault.ts';
import type { Column, Field, RecordDef } from '../../../contracts/kernel/record.ts';
import type { Database } from './database.ts';
import { columnOptions, type Dialect, primaryOf, quoter, snake, tableOf } from './dialect.ts';
import { indexesOf } from './entity.ts';

/** A column as a migration states it: portable, and fixed for ever once landed. */
interface ColumnState {
  readonly name: string;
  readonly kind: Column['kind'];
  readonly length?: number;
  readonly nullable?: true;
  readonly primary?: true;
}

interface IndexState {
  readonly name: string;
  readonly columns: readonly string[];
  readonly unique?: true;
}

export type Step =
  | {
      readonly database: string;
      readonly createTable: string;
      readonly columns: readonly ColumnState[];
      readonly indexes: readonly IndexState[];
    }
  | { readonly database: string; readonly addColumn: ColumnState; readonly table: string }
  /** Longer text in a column that is there. */
  | { readonly database: string; readonly widenColumn: ColumnState; readonly table: string }
  | { readonly database: string; readonly addIndex: IndexState; readonly table: string };

export interface Migration {
  readonly id: string;
  readonly steps: readonly Step[];
}

const ledger = 'schema_migrations';

/** Migrations in their order, one JSON file each. */
export function readMigrations(folder: string): Migration[] {
  return readdirSync(folder)
    .filter((f) => /^\d{4}-[\w-]+\.json$/.test(f))
    .sort()
    .map((f) => ({
      id: f.replace(/\.json$/, ''),
      steps: JSON.parse(readFileSync(join(folder, f), 'utf8')) as Step[],
    }));
}

/**
 * Brings a database to the last migration. A migration is one transaction where the database can; on MySQL, which commits each
 * DDL, every step looks before it acts, so that a run cut half way is finished by the next. Two nodes starting together: the loser of a race looks again.
 */
export async function migrate(db: Database, migrations: readonly Migration[]): Promise<string[]> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await run(db, migrations);
    } catch (error) {
      if (attempt === 5 || isFault(error)) throw error;
      await new Promise((resolve) => setTimeout(resolve, 200 * attempt));
    }
  }
}

async function run(db: Database, migrations: readonly Migration[]): Promise<string[]> {
  const runner = db.source.createQueryRunner();
  const quote = quoter(db.dialect);
  // A new column rebuilds the whole table on SQLite: cut in the middle, it would be gone.
  const transactional = db.dialect === 'sqlite' || db.dialect === 'postgres';
  try {
    await runner.createTable(
      new Table({
        name: ledger,
        columns: [column({ name: 'id', kind: 'string', length: 100, primary: true }, db.dialect)],
      }),
      true,
    );
    const rows = (await runner.query(`SELECT ${quote('id')} FROM ${quote(ledger)}`)) as { id: string }[];
    const mine = `${db.role}/`; // databases of several roles may be one
    const applied = new Set(rows.filter((r) => r.id.startsWith(mine)).map((r) => r.id.slice(mine.length)));
    const unknown = [...applied].find((id) => !migrations.some((m) => m.id === id));
    if (unknown)
      throw new Fault('kernel.config.invalid', {
        problem: `the ${db.role} database was changed by a newer release (${unknown}); start that one`,
      });
    const done: string[] = [];
    for (const migration of migrations) {
      if (applied.has(migration.id)) continue;
      if (transactional) await runner.startTransaction();
      for (const step of migration.steps)
        if (step.database === db.role) await apply(runner, step, db.dialect);
      await runner.query(`INSERT INTO ${quote(ledger)} (${quote('id')}) VALUES ('${mine}${migration.id}')`);
      if (transactional) await runner.commitTransaction();
      done.push(migration.id);
    }
    return done;
  } finally {
    if (runner.isTransactionActive) await runner.rollbackTransaction().catch(() => undefined);
    await runner.release();
  }
}

async function apply(runner: QueryRunner, step: Step, dialect: Dialect): Promise<void> {
  if ('createTable' in step) {
    const indices = step.indexes.map(index);
    const there = await runner.getTable(step.createTable);
    if (there) {
      for (const i of indices)
        if (!there.indices.some((known) => known.name === i.name))
          await runner.createIndex(step.createTable, i);
    } else
      await runner.createTable(
        new Table({ name: step.createTable, columns: step.columns.map((c) => column(c, dialect)), indices }),
      );
  } else if ('addColumn' in step) {
    if (!(await runner.hasColumn(step.table, step.addColumn.name)))
      await add(runner, step.table, step.addColumn, dialect);
  } else if ('widenColumn' in step) {
    await widen(runner, step.table, column(step.widenColumn, dialect), dialect);
  } else {
    const table = await runner.getTable(step.table);
    if (!table?.indices.some((i) => i.name === step.addIndex.name))
      await runner.createIndex(step.table, index(step.addIndex));
  }
}

/** What rows that are there already get in a new column that may not be null. */
const zeros: Partial<Record<ColumnState['kind'], string>> = { string: "''", int: '0', real: '0', bool: '0' };
export const isAddable = (c: ColumnState): boolean => c.nullable === true || zeros[c.kind] !== undefined;

async function add(runner: QueryRunner, table: string, state: ColumnState, dialect: Dialect): Promise<void> {
  const wanted = column(state, dialect);
  if (wanted.isNullable) return runner.addColumn(table, new TableColumn(wanted));
  const filled = new TableColumn({ ...wanted, default: zeros[state.kind] });
  await runner.addColumn(table, filled);
  await runner.changeColumn(table, filled, new TableColumn(wanted));
}

/** In place on a server; on SQLite, as for a new column, by rebuilding the table. */
async function widen(
  runner: QueryRunner,
  table: string,
  c: TableColumnOptions,
  dialect: Dialect,
): Promise<void> {
  const quote = quoter(dialect);
  const type = `varchar(${c.length})`;
  if (dialect === 'sqlite') await runner.changeColumn(table, c.name, new TableColumn(c));
  else if (dialect === 'postgres')
    await runner.query(`ALTER TABLE ${quote(table)} ALTER COLUMN ${quote(c.name)} TYPE ${type}`);
  else {
    const text = `${type} CHARACTER SET ${c.charset} COLLATE ${c.collation}`;
    await runner.query(
      `ALTER TABLE ${quote(table)} MODIFY ${quote(c.name)} ${text} ${c.isNullable ? 'NULL' : 'NOT NULL'}`,
    );
  }
}

const index = (i: IndexState): TableIndex =>
  new TableIndex({ name: i.name, columnNames: [...i.columns], isUnique: i.unique ?? false });

function column(c: ColumnState, dialect: Dialect): TableColumnOptions {
  const of = c.kind === 'string' ? { kind: c.kind, max: c.length ?? 191 } : { kind: c.kind };
  const field = {
    column: of,
    options: { title: { zh: '', en: '' }, nullable: c.nullable ?? false },
  } as unknown as Field;
  const { type, length, nullable, charset, collation } = columnOptions(field, dialect);
  return {
    name: c.name,
    type: type as string,
    ...(length ? { length: String(length) } : {}),
    ...(charset ? { charset } : {}),
    ...(collation ? { collation } : {}),
    isNullable: nullable ?? false,
    ...(c.primary ? { isPrimary: true } : {}),
    ...(c.kind === 'seq' ? { isGenerated: true, generationStrategy: 'increment' as const } : {}),
  };
}

/** What the records ask for beyond what the migrations give: the next migration's steps. Additive only. */
export function missingSteps(records: Iterable<RecordDef>, migrations: readonly Migration[]): Step[] {
  const have = new Map<string, { columns: Map<string, number>; indexes: Set<string> }>();
  for (const step of migrations.flatMap((m) => m.steps)) {
    const table = 'createTable' in step ? step.createTable : step.table;
    const entry = have.get(table) ?? { columns: new Map(), indexes: new Set() };
    have.set(table, entry);
    for (const c of columnsIn(step)) entry.columns.set(c.name, c.length ?? 0);
    const indexes = 'createTable' in step ? step.indexes : 'addIndex' in step ? [step.addIndex] : [];
    for (const i of indexes) entry.indexes.add(i.name);
  }
  const steps: Step[] = [];
  for (const record of records) {
    const table = tableOf(record);
    const columns = columnStates(record);
    const indexes = indexesOf(record).map(
      (i): IndexState => ({
        name: i.name,
        columns: i.fields.map(snake),
        ...(i.unique ? { unique: true } : {}),
      }),
    );
    const entry = have.get(table);
    if (!entry) {
      steps.push({ database: record.database, createTable: table, columns, indexes });
      continue;
    }
    for (const c of columns) {
      const length = entry.columns.get(c.name);
      if (length === undefined) steps.push({ database: record.database, table, addColumn: c });
      else if ((c.length ?? 0) > length) steps.push({ database: record.database, table, widenColumn: c });
    }
    for (const i of indexes)
      if (!entry.indexes.has(i.name)) steps.push({ database: record.database, table, addIndex: i });
  }
  return steps;
}

function columnsIn(step: Step): readonly ColumnState[] {
  if ('createTable' in step) return step.columns;
  if ('addColumn' in step) return [step.addColumn];
  return 'widenColumn' in step ? [step.widenColumn] : [];
}

function columnStates(record: RecordDef): ColumnState[] {
  const primary = primaryOf(record);
  return Object.entries(record.fields).flatMap(([name, { column: c, options }]): ColumnState[] => [
    {
      name: snake(name),
      kind: options.personal ? 'text' : c.kind,
      ...(c.kind === 'string' && !options.personal ? { length: c.max } : {}),
      ...(options.nullable ? { nullable: true } : {}),
      ...(name === primary ? { primary: true } : {}),
    },
    ...(options.blind
      ? [{ name: `${snake(name)}_bidx`, kind: 'string' as const, length: 64, nullable: true as const }]
      : []),
  ]);
}
