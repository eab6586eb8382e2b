import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Sqlite from 'better-sqlite3';
import { createConnection } from 'mysql2/promise';
import { Client } from 'pg';

export type ForeignKind = 'sqlite' | 'mariadb' | 'postgres';

/** A database of another system: its owner's side, and what a caller needs to reach it. */
export interface ForeignDb {
  readonly kind: ForeignKind;
  /** `connection` of an endpoint's settings. */
  readonly connection: Readonly<Record<string, unknown>>;
  run(sql: string): Promise<void>;
  rows(sql: string): Promise<Record<string, unknown>[]>;
  drop(): Promise<void>;
}

let made = 0;
const fresh = (): string => `foreign_${process.pid}_${++made}`;

/** A new, empty database of theirs; `url` is that of a server's administrator. */
export function foreignDb(kind: ForeignKind, url = ''): Promise<ForeignDb> {
  return kind === 'sqlite' ? sqlite() : kind === 'mariadb' ? mariadb(url) : postgres(url);
}

async function sqlite(): Promise<ForeignDb> {
  const folder = mkdtempSync(join(tmpdir(), 'foreign-'));
  const file = join(folder, 'his.sqlite');
  const db = new Sqlite(file);
  db.pragma('journal_mode = WAL');
  return {
    kind: 'sqlite',
    connection: { kind: 'sqlite', file },
    run: async (sql) => void db.exec(sql),
    rows: async (sql) => db.prepare(sql).all() as Record<string, unknown>[],
    drop: async () => {
      db.close();
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

const addressOf = (url: string) => {
  const { hostname, port, username, password } = new URL(url);
  return {
    host: hostname,
    user: decodeURIComponent(username),
    ...(port ? { port: Number(port) } : {}),
    ...(password ? { password: decodeURIComponent(password) } : {}),
  };
};

async function mariadb(url: string): Promise<ForeignDb> {
  const address = addressOf(url);
  const database = fresh();
  const owner = await createConnection({ ...address, multipleStatements: true, dateStrings: true });
  await owner.query(`CREATE DATABASE ${database} CHARACTER SET utf8mb4; USE ${database}`);
  return {
    kind: 'mariadb',
    connection: { kind: 'mariadb', ...address, database },
    run: async (sql) => void (await owner.query(sql)),
    rows: async (sql) => (await owner.query(sql))[0] as Record<string, unknown>[],
    drop: async () => {
      await owner.query(`DROP DATABASE ${database}`);
      await owner.end();
    },
  };
}

async function postgres(url: string): Promise<ForeignDb> {
  const address = addressOf(url);
  const database = fresh();
  const admin = new Client({ ...address, database: 'postgres' });
  await admin.connect();
  await admin.query(`CREATE DATABASE ${database}`);
  const owner = new Client({ ...address, database });
  await owner.connect();
  return {
    kind: 'postgres',
    connection: { kind: 'postgres', ...address, database },
    run: async (sql) => void (await owner.query(sql)),
    rows: async (sql) => (await owner.query(sql)).rows as Record<string, unknown>[],
    drop: async () => {
      await owner.end();
      await admin.query(`DROP DATABASE ${database} WITH (FORCE)`);
      await admin.end();
    },
  };
}
