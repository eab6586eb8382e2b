import { AsyncLocalStorage } from 'node:async_hooks';
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Database as SqliteConnection, Statement } from 'better-sqlite3';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { Fault } from '../../../contracts/kernel/fault.ts';
import type { RecordDef } from '../../../contracts/kernel/record.ts';
import { type Dialect, isRace, storeFault } from './dialect.ts';
import { entityOf } from './entity.ts';
import { pooledSql, runnerSql } from './server-sql.ts';
import type { Sql } from './sql.ts';
import { SqliteWriter } from './sqlite-writer.ts';
import { ThreadTransaction } from './thread-transaction.ts';

export interface DatabaseOptions {
  readonly role: string;
  /** `sqlite:<path>`, `mysql://`, `mariadb://`, `postgres://` */
  readonly url: string;
  readonly records: readonly RecordDef[];
  readonly poolSize?: number;
}

const inside = new AsyncLocalStorage<Set<Database>>();

/**
 * One of the four databases. TypeORM opens it, knows its entities and runs its migrations; statements of the store run on
 * its connections. SQLite has one writer: every transaction waits its turn, and reads use a second connection so that they
 * never see what is not committed.
 */
export class Database {
  readonly role: string;
  readonly dialect: Dialect;
  readonly source: DataSource;
  /** Committed rows only. */
  readonly read: Sql;
  private readonly reader: DataSource | undefined;
  private writer: SqliteWriter | undefined;
  private tail: Promise<unknown> = Promise.resolve();
  private closed = false;

  private constructor(role: string, dialect: Dialect, source: DataSource, reader: DataSource | undefined) {
    this.role = role;
    this.dialect = dialect;
    this.source = source;
    this.reader = reader;
    this.read = dialect === 'sqlite' ? sqliteSql(connectionOf(reader ?? source)) : pooledSql(source, dialect);
  }

  static async open(options: DatabaseOptions): Promise<Database> {
    const { role, url } = options;
    const dialect = dialectOf(url);
    const entities = options.records.map((r) => entityOf(r, dialect));
    if (dialect === 'sqlite') {
      const path = url.slice('sqlite:'.length);
      if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true });
      const source = new DataSource(sqliteOptions(path, entities, writerPragmas(role)));
      await source.initialize();
      if (path === ':memory:') return new Database(role, dialect, source, undefined);
      const reader = new DataSource(sqliteOptions(path, [], readerPragmas));
      await reader.initialize();
      return new Database(role, dialect, source, reader);
    }
    const source = new DataSource({
      type: dialect,
      url: dialect === 'mariadb' ? url.replace(/^mariadb:/, 'mysql:') : url,
      entities,
      ...(dialect === 'postgres'
        ? { poolSize: options.poolSize ?? 10 }
        : { poolSize: options.poolSize ?? 10, charset: 'utf8mb4', timezone: 'Z', supportBigNumbers: true }),
    } as DataSourceOptions);
    await source.initialize().catch((error: unknown) => {
      throw storeFault(error);
    });
    return new Database(role, dialect, source, undefined);
  }

  /**
   * Runs `work` in one transaction and commits it durably. A lost race (deadlock, serialisation) runs it again, so `work`
   * must not keep results outside itself. Never call another service inside: on SQLite that would wait for itself.
   */
  async tx<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    const held = inside.getStore();
    if (held?.has(this))
      throw new Fault('kernel.internal.error', {}, new Error('a transaction was begun inside a transaction'));
    if (this.closed) throw new Fault('kernel.store.unavailable');
    const scope = new Set([...(held ?? []), this]);
    for (let attempt = 1; ; attempt++) {
      try {
        return await inside.run(scope, () =>
          this.dialect === 'sqlite' ? this.inTurn(work) : this.pooled(work),
        );
      } catch (error) {
        if (attempt < 5 && isRace(error)) continue;
        throw storeFault(error);
      }
    }
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    await this.tail.catch(() => undefined);
    await this.writer?.close();
    if (this.reader) await this.reader.destroy();
    if (this.source.isInitialized) await this.source.destroy();
  }

  /** One after the other. The turn ends with the transaction, or sooner: once it is handed over to the thread. */
  private async inTurn<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    const before = this.tail;
    let over = (): void => undefined;
    this.tail = new Promise<void>((resolve) => {
      over = resolve;
    });
    await before;
    try {
      return await (this.reader ? this.inThread(work, over) : this.inPlace(work));
    } finally {
      over();
    }
  }

  private async inThread<T>(work: (sql: Sql) => Promise<T>, handedOver: () => void): Promise<T> {
    if (!this.writer?.alive)
      this.writer = new SqliteWriter(this.source.options.database as string, writerPragmas(this.role));
    const transaction = new ThreadTransaction(this.writer, this.read);
    let result: T;
    try {
      result = await work(transaction.sql);
    } catch (error) {
      await transaction.rollback();
      throw error;
    }
    const committed = transaction.commit();
    handedOver();
    await committed;
    return result;
  }

  /** A database in memory has one connection, and nothing to wait for. */
  private async inPlace<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    const connection = connectionOf(this.source);
    connection.exec('BEGIN IMMEDIATE');
    const own = ownSql(sqliteSql(connection));
    try {
      const result = await work(own);
      own.end();
      connection.exec('COMMIT');
      return result;
    } catch (error) {
      own.end();
      if (connection.inTransaction) connection.exec('ROLLBACK');
      throw error;
    }
  }

  private async pooled<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    const runner = this.source.createQueryRunner();
    try {
      await runner.startTransaction('READ COMMITTED');
      const result = await work(runnerSql(runner, this.dialect));
      await runner.commitTransaction();
      return result;
    } catch (error) {
      if (runner.isTransactionActive) await runner.rollbackTransaction().catch(() => undefined);
      throw error;
    } finally {
      await runner.release().catch(() => undefined);
    }
  }
}

export function dialectOf(url: string): Dialect {
  const scheme = /^(sqlite|mysql|mariadb|postgres)(?:ql)?:/.exec(url)?.[1];
  if (!scheme)
    throw new Fault('kernel.config.invalid', {
      problem: 'a database URL begins with sqlite:, mysql:, mariadb: or postgres:',
    });
  return scheme as Dialect;
}

/** Pages that were read are dropped with every commit: a large cache would hold nothing. */
const readerPragmas = ['cache_size = -8192', 'temp_store = MEMORY'];
/** A commit is on the disk before it returns: WAL with a sync at each commit. */
const writerPragmas = (role: string): string[] => [
  'page_size = 8192', // rows of messages are long; for a new file only
  'journal_mode = WAL',
  'synchronous = FULL',
  'wal_autocheckpoint = 4000',
  'journal_size_limit = 67108864',
  // Only the main database is changed all over; the others grow at their ends.
  `cache_size = -${role === 'main' ? 32_768 : 8192}`,
  'temp_store = MEMORY',
];

function sqliteOptions(
  path: string,
  entities: DataSourceOptions['entities'],
  pragmas: readonly string[],
): DataSourceOptions {
  return {
    type: 'better-sqlite3',
    database: path,
    readonly: pragmas === readerPragmas,
    entities: entities ?? [],
    prepareDatabase: (db: SqliteConnection) => {
      for (const pragma of pragmas) db.pragma(pragma);
    },
  } as DataSourceOptions;
}

const connectionOf = (source: DataSource): SqliteConnection =>
  (source.driver as unknown as { databaseConnection: SqliteConnection }).databaseConnection;

function sqliteSql(connection: SqliteConnection): Sql {
  const cache = new Map<string, Statement>();
  const prepare = (sql: string): Statement => {
    let statement = cache.get(sql);
    if (!statement) {
      if (cache.size >= 300) cache.delete(cache.keys().next().value!);
      statement = connection.prepare(sql);
      cache.set(sql, statement);
    }
    return statement;
  };
  return {
    dialect: 'sqlite',
    query: async (sql, params = []) => prepare(sql).all(...params) as never,
    execute: async (sql, params = []) => prepare(sql).run(...params).changes,
    executeEach: async (sql, rows, lastRow) => {
      const statement = prepare(sql);
      let changes = 0;
      let last: number | bigint = 0;
      for (const row of rows) {
        const done = statement.run(...row);
        changes += done.changes;
        last = done.lastInsertRowid;
      }
      lastRow?.(Number(last));
      return changes;
    },
  };
}

/** A transaction's own face of the one writing connection: once the transaction has ended, nothing reaches the next one by it. */
function ownSql(sql: Sql): Sql & { end(): void } {
  let ended = false;
  const open = (): Sql => {
    if (ended)
      throw new Fault('kernel.internal.error', {}, new Error('a statement came after its transaction'));
    return sql;
  };
  return {
    dialect: sql.dialect,
    query: async (text, params) => open().query(text, params),
    execute: async (text, params) => open().execute(text, params),
    executeEach: async (text, rows, lastRow) => open().executeEach(text, rows, lastRow),
    end: () => {
      ended = true;
    },
  };
}
