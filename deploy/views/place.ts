import { existsSync } from 'node:fs';
import { Fault } from '../../contracts/kernel/fault.ts';
import { Database, dialectOf } from '../../nodes/kit/db/database.ts';
import { quoter, tableOf } from '../../nodes/kit/db/dialect.ts';
import { accountOf, grantReading } from './grant.ts';
import { createView, dropView, quotedView, selectOf, type ViewOptions } from './sql.ts';
import { tablesOf, type ViewSet, viewName } from './view.ts';

export interface PlaceOptions {
  /** Database with the tables: `CYTOMESH_DB_MAIN`. */
  readonly url: string;
  readonly sets: readonly ViewSet[];
  /** A schema (MySQL: a database) of its own for the views; made where it is not there. */
  readonly schema?: string;
  readonly org?: string;
  readonly grantUser?: string;
  /** Take the views away instead. */
  readonly drop?: boolean;
}

export interface Placed {
  readonly views: readonly string[];
  /** Of an account that was made now. */
  readonly password?: string;
}

const name = /^[A-Za-z][A-Za-z0-9_]{0,30}$/;

/** Puts the views of all versions in place, or takes them away, and lets an account read them. The same again changes nothing. */
export async function placeViews(options: PlaceOptions): Promise<Placed> {
  const { url, sets, schema, org } = options;
  check(options);
  const db = await Database.open({ role: 'main', url, records: [], poolSize: 1 });
  try {
    const { dialect } = db;
    await haveTables(db, sets);
    const tables = schema === undefined ? undefined : await homeOf(db);
    const how: ViewOptions = {
      dialect,
      ...(org === undefined ? {} : { org }),
      ...(schema === undefined ? {} : { schema }),
      ...(tables === undefined ? {} : { tables }),
    };
    if (schema !== undefined && !options.drop)
      await db.source.query(`CREATE SCHEMA IF NOT EXISTS ${quoter(dialect)(schema)}`);
    const each = sets.flatMap((set) => set.views.map((view) => ({ set, view })));
    const views = each.map(({ set, view }) => viewName(set, view, org));
    if (options.drop) {
      for (const { set, view } of each) await db.source.query(dropView(set, view, how));
      return { views };
    }
    const statements = each.map(({ set, view }) => createView(set, view, how));
    await inOne(db, statements.flat());
    const names = each.map(({ set, view }) => quotedView(set, view, how));
    const password =
      options.grantUser === undefined
        ? undefined
        : await grantReading(db, accountOf(options.grantUser), names, schema);
    for (const { view } of each) await db.source.query(`${selectOf(view, how)} LIMIT 1`);
    return { views, ...(password === undefined ? {} : { password }) };
  } finally {
    await db.close();
  }
}

function check({ url, schema, org, grantUser }: PlaceOptions): void {
  const problem = (text: string) => new Fault('kernel.config.invalid', { problem: text });
  const dialect = dialectOf(url);
  if (schema !== undefined && !name.test(schema)) throw problem('--schema takes a plain name');
  if (org !== undefined && !/^[A-Z][A-Z0-9]{0,19}$/.test(org))
    throw problem('--org takes the code of an organisation');
  if (grantUser !== undefined) accountOf(grantUser);
  if (dialect !== 'sqlite') return;
  if (schema !== undefined) throw problem('a file of SQLite has no schemas');
  const file = url.slice('sqlite:'.length);
  if (!existsSync(file)) throw problem(`there is no database ${file}; start the platform once`);
}

/** SQLite would make a view of tables that are not there. */
async function haveTables(db: Database, sets: readonly ViewSet[]): Promise<void> {
  const quote = quoter(db.dialect);
  const tables = new Set(sets.flatMap((s) => s.views.flatMap((v) => [...tablesOf(v).values()].map(tableOf))));
  for (const table of tables)
    await db.source.query(`SELECT 1 FROM ${quote(table)} WHERE 1 = 0`).catch((error: unknown) => {
      throw new Fault(
        'kernel.config.invalid',
        { problem: `the main database has no table ${table}; start the platform once` },
        error,
      );
    });
}

async function homeOf(db: Database): Promise<string> {
  const sql = db.dialect === 'postgres' ? 'SELECT current_schema() AS home' : 'SELECT DATABASE() AS home';
  const [{ home }] = (await db.source.query(sql)) as [{ home: string }];
  return home;
}

/** One transaction where the database can: a reader never finds a view gone. */
async function inOne(db: Database, statements: readonly string[]): Promise<void> {
  const runner = db.source.createQueryRunner();
  const transactional = db.dialect === 'sqlite' || db.dialect === 'postgres';
  try {
    if (transactional) await runner.startTransaction();
    for (const statement of statements) await runner.query(statement);
    if (transactional) await runner.commitTransaction();
  } finally {
    if (runner.isTransactionActive) await runner.rollbackTransaction().catch(() => undefined);
    await runner.release();
  }
}
