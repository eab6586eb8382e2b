import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe } from '@jest/globals';
import { registry } from '../../../contracts/registry.generated.ts';
import { Database } from '../../../nodes/kit/db/database.ts';
import { type Migration, migrate, missingSteps, readMigrations } from '../../../nodes/kit/db/migrate.ts';
import type { Databases } from '../../../nodes/kit/kit.ts';
import { Vault } from '../../../nodes/kit/vault.ts';
import { noteTable, probeRecord } from './probe.ts';

export const roles = ['main', 'log', 'media', 'telemetry'] as const;
export type Role = (typeof roles)[number];

/** The migrations that are shipped. */
export const shipped = readMigrations(join(import.meta.dirname, '../../../deploy/migrations'));
/** With the tables of these tests. */
export const migrations: Migration[] = [
  ...shipped,
  { id: '9999-probe', steps: missingSteps([probeRecord, noteTable], []) },
];

const key = (byte: number) => Buffer.alloc(32, byte).toString('base64');
export const vault = new Vault({ current: 'k1', keys: { k1: key(1) }, blind: key(2) });

/** A kind of database: gives empty ones by name and takes them away again. */
interface Server {
  readonly name: string;
  readonly reachable: () => Promise<boolean>;
  readonly make: (name: string) => Promise<{ url: string; drop: () => Promise<void> }>;
}

const answers = (port: number): Promise<boolean> => {
  if (process.env.CI === 'true') return Promise.resolve(true);
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
};

const onServer = (name: string, server: string, port: number, create: string): Server => ({
  name,
  reachable: () => answers(port),
  make: async (database) => {
    const run = async (statement: string): Promise<void> => {
      const admin = await Database.open({ role: 'main', url: server, records: [], poolSize: 1 });
      await admin.read.execute(statement).finally(() => admin.close());
    };
    await run(`CREATE DATABASE ${database}${create}`);
    const url = new URL(server);
    url.pathname = `/${database}`;
    return { url: url.href, drop: () => run(`DROP DATABASE ${database}`) };
  },
});

const servers: readonly Server[] = [
  {
    name: 'SQLite',
    reachable: () => Promise.resolve(true),
    make: async (name) => {
      const folder = mkdtempSync(join(tmpdir(), `${name}-`));
      return {
        url: `sqlite:${join(folder, 'it.db')}`,
        drop: async () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }),
      };
    },
  },
  onServer('MariaDB', 'mariadb://root@127.0.0.1:3306/mysql', 3306, ' CHARACTER SET utf8mb4'),
  onServer('PostgreSQL', 'postgres://postgres@127.0.0.1:5432/postgres', 5432, ''),
];

let serial = 0;

/** Empty databases of one kind, each with a name of its own; `drop` closes and removes what was made. */
export class Place {
  readonly kind: string;
  private readonly server: Server;
  private readonly made: (() => Promise<void>)[] = [];
  private readonly opened: Database[] = [];

  constructor(server: Server) {
    this.server = server;
    this.kind = server.name;
  }

  async url(): Promise<string> {
    const { url, drop } = await this.server.make(`cytomesh_conf_${process.pid}_${++serial}`);
    this.made.push(drop);
    return url;
  }

  async open(url: string, role: Role = 'main', poolSize = 8): Promise<Database> {
    const records = [...registry.records.values(), probeRecord, noteTable].filter((r) => r.database === role);
    const database = await Database.open({ role, url, records, poolSize });
    this.opened.push(database);
    return database;
  }

  /** A migrated database. */
  async fresh(role: Role = 'main'): Promise<Database> {
    const database = await this.open(await this.url(), role);
    await migrate(database, migrations);
    return database;
  }

  async drop(): Promise<void> {
    for (const database of this.opened) await database.close();
    for (const drop of this.made) await drop();
  }
}

export interface Four {
  readonly place: Place;
  readonly databases: Databases;
}

/**
 * The same tests on every database: SQLite in files, with its writing thread and separate reader, and the servers where they
 * answer. On CI a server that does not answer is a failure.
 */
export async function onEachDatabase(
  title: string,
  suite: (place: () => Place, kind: string) => void,
): Promise<void> {
  for (const server of servers) {
    const run = (await server.reachable()) ? describe : describe.skip;
    run(`[DBR-02] ${title} on ${server.name}`, () => {
      let place: Place;
      beforeAll(() => {
        place = new Place(server);
      });
      afterAll(() => place.drop());
      suite(() => place, server.name);
    });
  }
}

/** The same with the four databases of an installation, migrated, each on its own. */
export const onEachInstallation = (title: string, suite: (four: () => Four) => void): Promise<void> =>
  onEachDatabase(title, (place) => {
    let four: Four;
    beforeAll(async () => {
      const databases = {} as Record<Role, Database>;
      for (const role of roles) databases[role] = await place().fresh(role);
      four = { place: place(), databases };
    });
    suite(() => four);
  });
