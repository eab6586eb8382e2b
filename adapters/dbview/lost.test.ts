import { afterEach, describe, expect, test } from '@jest/globals';
import type { Listener } from '../../contracts/adapter/port.ts';
import { Cut } from '../../test/peers/foreign-db/cut.ts';
import { type ForeignDb, type ForeignKind, foreignDb } from '../../test/peers/foreign-db/foreign-db.ts';
import { FakeIntake } from '../../test/peers/foreign-db/intake.ts';
import { describeWith } from '../../test/services.ts';
import { adapter } from './index.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

async function poll(
  intake: FakeIntake,
  connection: object,
  more: Record<string, unknown> = {},
): Promise<Listener> {
  const listener = await adapter.listen!(
    intake.context({
      connection,
      view: 'orders',
      key: ['id'],
      mark: ['id'],
      markKind: 'number',
      every: 0.05,
      backfill: 'all',
      ...more,
    }),
  );
  cleanups.push(() => listener.stop(0));
  return listener;
}

describe('a database that is not there', () => {
  const away = { host: '127.0.0.1', port: 9, user: 'u', password: 'p', database: 'd', connectMs: 2000 };
  test.each<[string, object, string]>([
    ['sqlite', { kind: 'sqlite', file: 'none.sqlite' }, 'peer-refused'],
    ['mysql', { kind: 'mysql', ...away }, 'peer-lost'],
    ['postgres', { kind: 'postgres', ...away }, 'peer-lost'],
    ['sqlserver', { kind: 'sqlserver', ...away }, 'peer-lost'],
    ['oracle', { kind: 'oracle', ...away }, 'peer-lost'],
  ])('%s: the endpoint starts, one incident tells, its end is quick', async (_, connection, kind) => {
    const intake = new FakeIntake();
    const listener = await poll(intake, connection);
    await intake.until(() => intake.incidents.length > 0);
    const first = listener.connections()[0]!.lastError!.at;
    await intake.until(() => listener.connections()[0]!.lastError!.at > first);
    expect(intake.kinds()).toEqual([kind]);
    await listener.stop(2000);
  });

  test('a start that is no mark is refused at once', async () => {
    const settings = { connection: { kind: 'sqlite', file: 'x' }, view: 'v', key: ['a'], mark: ['b'] };
    const context = new FakeIntake().context({ ...settings, backfill: 'last week' });
    await expect(adapter.listen!(context)).rejects.toMatchObject({ code: 'channel.text.invalid' });
  });
});

function suite(kind: ForeignKind, url: string): void {
  const theirs = async (): Promise<{ db: ForeignDb; wire: Cut; connection: object }> => {
    const db = await foreignDb(kind, url);
    cleanups.push(() => db.drop());
    await db.run('CREATE TABLE orders (id INTEGER PRIMARY KEY, code VARCHAR(40))');
    await db.run("INSERT INTO orders VALUES (1, 'a')");
    const { host, port } = db.connection as { host: string; port?: number };
    const wire = await Cut.to(host, port ?? (kind === 'mariadb' ? 3306 : 5432));
    cleanups.push(() => wire.close());
    return { db, wire, connection: { ...db.connection, host: '127.0.0.1', port: wire.port } };
  };

  test('a connection that is cut is one incident; reading goes on when it is back, and says it anew the next time', async () => {
    const { db, wire, connection } = await theirs();
    const intake = new FakeIntake();
    await poll(intake, connection);
    await intake.until(() => intake.frames.length === 1);
    wire.cut();
    await intake.until(() => intake.incidents.length === 1);
    await db.run("INSERT INTO orders VALUES (2, 'b')");
    wire.mend();
    await intake.until(() => intake.frames.length === 2);
    await db.run("INSERT INTO orders VALUES (3, 'c')");
    await intake.until(() => intake.frames.length === 3);
    await intake.until(() => intake.over.length === 1);
    wire.cut();
    await intake.until(() => intake.incidents.length === 2);
    expect(intake.kinds()).toEqual(['peer-lost', 'peer-lost']);
    expect(intake.rows.map((r) => r.id)).toEqual([1, 2, 3]);
  });

  test('a connection on which nothing comes any more is given up after the time of a statement', async () => {
    const { db, wire, connection } = await theirs();
    const intake = new FakeIntake();
    await poll(intake, { ...connection, statementMs: 200, connectMs: 200 });
    await intake.until(() => intake.frames.length === 1);
    wire.hold();
    await intake.until(() => intake.incidents.length === 1);
    await db.run("INSERT INTO orders VALUES (2, 'b')");
    wire.mend();
    await intake.until(() => intake.frames.length === 2);
    expect(intake.kinds()).toEqual(['peer-lost']);
  });

  test('a statement of theirs that takes too long is ended by their server', async () => {
    const { db, connection } = await theirs();
    const sleep = kind === 'mariadb' ? 'SLEEP(30)' : 'length(pg_sleep(30)::text)';
    await db.run(`CREATE VIEW slow AS SELECT id, ${sleep} AS waited FROM orders`);
    const intake = new FakeIntake();
    await poll(intake, { ...connection, statementMs: 200 }, { view: 'slow' });
    await intake.until(() => intake.incidents.length === 1);
    expect(intake.incidents[0]).toMatchObject({ kind: 'poll-failed' });
  });

  test('nothing can be written over a connection that polls', async () => {
    const { connection } = await theirs();
    const { open } = await import('./open.ts');
    const driver = await open(connection as never, true);
    cleanups.push(() => driver.close());
    const write = driver.run({ sql: "INSERT INTO orders VALUES (9, 'x')", values: [] });
    await expect(write).rejects.toThrow(/read.only/i);
  });

  test('a wrong password is told as such, without it', async () => {
    const { db, connection } = await theirs();
    const name = `reader_${db.connection.database as string}`;
    await db.run(`CREATE USER ${name} ${kind === 'mariadb' ? 'IDENTIFIED BY' : 'PASSWORD'} 'right'`);
    cleanups.push(() => db.run(`DROP USER ${name}`));
    const intake = new FakeIntake();
    const bad =
      kind === 'mariadb'
        ? { user: name, password: 'wrong-one' }
        : { user: `${name}_x`, password: 'wrong-one' };
    await poll(intake, { ...connection, ...bad });
    await intake.until(() => intake.incidents.length === 1);
    expect(intake.incidents[0]!.kind).toBe('peer-refused');
    expect(JSON.stringify(intake.incidents)).not.toContain('wrong-one');
  });
}

await describeWith('mariadb', 'a wire to MariaDB', ({ url }) => suite('mariadb', url));
await describeWith('postgres', 'a wire to PostgreSQL', ({ url }) => suite('postgres', url));
