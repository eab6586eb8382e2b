import type { RecordDef } from '../../../contracts/kernel/record.ts';
import { registry } from '../../../contracts/registry.generated.ts';
import { Database } from '../db/database.ts';
import type { Databases } from '../kit.ts';

export const roles = ['main', 'log', 'media', 'telemetry'] as const;

const open = async (role: RecordDef['database'], url: string): Promise<Database> => {
  const records = [...registry.records.values()].filter((r) => r.database === role);
  const database = await Database.open({ role, url, records, poolSize: 4 });
  await database.source.synchronize();
  return database;
};

/**
 * Four empty databases with the tables of all contracts: SQLite in memory, which needs no server and leaves nothing behind.
 * With a server's URL in TEST_DATABASE_URL (`mariadb://…`, `postgres://…`, a user who may create databases) a database of
 * their own there, dropped by `close`.
 */
export async function databasesForTests(): Promise<{ databases: Databases; close: () => Promise<void> }> {
  const server = process.env.TEST_DATABASE_URL;
  const made = server ? await createDatabase(server) : undefined;
  const opened: Database[] = [];
  for (const role of roles) opened.push(await open(role, made?.url ?? 'sqlite::memory:'));
  return {
    databases: Object.fromEntries(roles.map((role, i) => [role, opened[i]])) as Databases,
    close: async () => {
      for (const database of opened) await database.close();
      await made?.drop();
    },
  };
}

let serial = 0;

async function createDatabase(server: string) {
  const name = `cytomesh_test_${process.pid}_${Date.now()}_${++serial}`;
  const run = async (statement: string): Promise<void> => {
    const database = await Database.open({ role: 'main', url: server, records: [], poolSize: 1 });
    await database.read.execute(statement).finally(() => database.close());
  };
  await run(`CREATE DATABASE ${name}${server.startsWith('postgres') ? '' : ' CHARACTER SET utf8mb4'}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => run(`DROP DATABASE ${name}`) };
}
