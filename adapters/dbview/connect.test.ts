import { afterEach, describe, expect, test } from '@jest/globals';
import type { Sender, SendOptions, SendOutcome } from '../../contracts/adapter/port.ts';
import { Cut } from '../../test/peers/foreign-db/cut.ts';
import { type ForeignDb, type ForeignKind, foreignDb } from '../../test/peers/foreign-db/foreign-db.ts';
import { FakeIntake } from '../../test/peers/foreign-db/intake.ts';
import { describeWith } from '../../test/services.ts';
import { adapter } from './index.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

const settings = {
  table: 'cell_result',
  columns: ['apply_no', 'item', 'result', 'unit', 'data'],
  key: ['apply_no', 'item'],
};

function writer(
  connection: object,
  more: Record<string, unknown> = {},
): { link: Sender; intake: FakeIntake } {
  const intake = new FakeIntake();
  const link = adapter.connect!(intake.context({ connection, ...settings, ...more }));
  cleanups.push(() => link.close());
  return { link, intake };
}

const options = (more: Partial<SendOptions> = {}): SendOptions => ({
  timeoutMs: 5000,
  matches: () => true,
  id: 'd1',
  controlId: '',
  with: {},
  mediaType: 'application/json',
  ...more,
});
const send = (link: Sender, row: unknown, more: Partial<SendOptions> = {}): Promise<SendOutcome> =>
  link.send(Buffer.from(typeof row === 'string' ? row : JSON.stringify(row)), options(more));
const said = (outcome: SendOutcome): unknown =>
  outcome.kind === 'replied' ? [outcome.said!.verdict, outcome.said!.code] : outcome.kind;

function suite(kind: ForeignKind, url?: string): void {
  const theirs = async (key = true): Promise<ForeignDb> => {
    const db = await foreignDb(kind, url);
    cleanups.push(() => db.drop());
    await db.run(
      `CREATE TABLE cell_result (apply_no VARCHAR(20), item VARCHAR(20), result VARCHAR(20) NOT NULL, unit VARCHAR(5), data VARCHAR(200)${key ? ', PRIMARY KEY (apply_no, item)' : ''})`,
    );
    return db;
  };

  test('[INT-01] [INT-03] a row is inserted, changed by its key, and a repeat changes nothing', async () => {
    const db = await theirs(false);
    const { link } = writer(db.connection);
    const row = { apply_no: 'A1', item: "CD34'\\", result: '5.20', unit: '%' };
    expect(said(await send(link, row))).toEqual(['good', 'inserted']);
    expect(said(await send(link, row))).toEqual(['good', 'updated']);
    expect(said(await send(link, { ...row, result: '5.3', data: { 备注: [1] } }))).toEqual([
      'good',
      'updated',
    ]);
    expect(await db.rows('SELECT * FROM cell_result')).toMatchObject([
      { ...row, result: '5.3', data: '{"备注":[1]}' },
    ]);
    expect(link.connections()[0]).toMatchObject({ open: true, framesOut: 3, framesIn: 3 });
  });

  test('insert leaves what is there as it is', async () => {
    const db = await theirs();
    const { link } = writer(db.connection, { mode: 'insert' });
    await send(link, { apply_no: 'A1', item: 'x', result: '1' });
    expect(said(await send(link, { apply_no: 'A1', item: 'x', result: '2' }))).toEqual(['good', 'unchanged']);
    expect(await db.rows('SELECT result FROM cell_result')).toMatchObject([{ result: '1' }]);
  });

  test('what their rules refuse is negative, without the values, and the next row is taken', async () => {
    const db = await theirs();
    const { link } = writer(db.connection);
    const missing = await send(link, { apply_no: 'A1', item: 'x' });
    expect(missing).toMatchObject({ kind: 'replied', said: { verdict: 'negative' } });
    await db.run('CREATE UNIQUE INDEX one_unit ON cell_result (unit)');
    expect(said(await send(link, { apply_no: 'A2', item: 'x', result: '1', unit: 'kg' }))).toEqual([
      'good',
      'inserted',
    ]);
    const taken = await send(link, { apply_no: 'SECRET', item: 'x', result: '1', unit: 'kg' });
    expect(taken).toMatchObject({ kind: 'replied', said: { verdict: 'negative' } });
    expect(JSON.stringify(taken)).not.toContain('SECRET');
    expect(said(await send(link, { apply_no: 'A3', item: 'x', result: '1' }))).toEqual(['good', 'inserted']);
    expect(await db.rows('SELECT apply_no FROM cell_result ORDER BY 1')).toHaveLength(2);
  });

  test('text that is no row of the table never reaches it', async () => {
    const db = await theirs();
    const { link } = writer(db.connection);
    const bad = [
      '',
      '[]',
      '{"apply_no":"A1"',
      '{"apply_no":"A1","item":"x","salary":1}',
      '{"apply_no":null,"item":"x"}',
    ];
    for (const text of bad) expect(said(await send(link, text))).toEqual(['negative', 'row']);
    expect(await db.rows('SELECT * FROM cell_result')).toEqual([]);
  });

  test('a table that is not there, or lost a column, is tried again later and told', async () => {
    const db = await theirs();
    await db.run('ALTER TABLE cell_result DROP COLUMN unit');
    const { link, intake } = writer(db.connection);
    const outcome = await send(link, { apply_no: 'A1', item: 'x', result: '1', unit: '%' });
    expect(outcome).toMatchObject({ kind: 'replied', said: { verdict: 'busy' } });
    expect(intake.incidents).toMatchObject([
      { kind: 'table-unfit', reason: expect.stringContaining('unit') },
    ]);
  });
}

describe('writing to a file of SQLite', () => {
  suite('sqlite');

  test('a key outside the columns is refused when the sender is made', () => {
    expect(() => writer({ kind: 'sqlite', file: 'x' }, { key: ['other'] })).toThrow(/not among/);
  });

  test('nobody there: not sent', async () => {
    const { link } = writer({ kind: 'postgres', host: '127.0.0.1', port: 9, user: 'u', database: 'd' });
    expect(await send(link, { apply_no: 'A1', item: 'x' })).toMatchObject({ kind: 'not-sent' });
    await link.close();
    expect(await send(link, { apply_no: 'A1', item: 'x' })).toMatchObject({ kind: 'not-sent' });
  });

  test('a file that another holds is busy', async () => {
    const db = await foreignDb('sqlite');
    cleanups.push(() => db.drop());
    await db.run('CREATE TABLE cell_result (apply_no TEXT, item TEXT, result TEXT)');
    await db.run('BEGIN EXCLUSIVE');
    const { link } = writer({ ...db.connection, connectMs: 50 });
    expect(said(await send(link, { apply_no: 'A1', item: 'x', result: '1' }))).toEqual([
      'busy',
      'SQLITE_BUSY',
    ]);
    await db.run('ROLLBACK');
    expect(said(await send(link, { apply_no: 'A1', item: 'x', result: '1' }))).toEqual(['good', 'inserted']);
  });
});

function wires(kind: ForeignKind, url: string): void {
  const theirs = async () => {
    const db = await foreignDb(kind, url);
    cleanups.push(() => db.drop());
    await db.run('CREATE TABLE cell_result (apply_no VARCHAR(20), item VARCHAR(20), result VARCHAR(20))');
    const { host, port } = db.connection as { host: string; port?: number };
    const wire = await Cut.to(host, port ?? (kind === 'mariadb' ? 3306 : 5432));
    cleanups.push(() => wire.close());
    return { db, wire, connection: { ...db.connection, host: '127.0.0.1', port: wire.port } };
  };
  const row = { apply_no: 'A1', item: 'x', result: '1' };

  test('a row of theirs that is locked: not written when the time is over, and nothing of it later', async () => {
    const { db, connection } = await theirs();
    await db.run("INSERT INTO cell_result VALUES ('A1', 'x', '0')");
    await db.run(
      `${kind === 'mariadb' ? 'START TRANSACTION' : 'BEGIN'}; UPDATE cell_result SET result = 'theirs'`,
    );
    const { link } = writer(connection);
    expect(await send(link, row, { timeoutMs: 300 })).toMatchObject({ kind: 'not-sent' });
    await db.run('COMMIT');
    expect(await db.rows('SELECT result FROM cell_result')).toMatchObject([{ result: 'theirs' }]);
    expect(said(await send(link, row))).toEqual(['good', 'updated']);
  });

  test('the wire is cut between two rows: the next one comes over a new connection', async () => {
    const { wire, connection } = await theirs();
    const { link } = writer(connection);
    expect(said(await send(link, row))).toEqual(['good', 'inserted']);
    wire.cut();
    expect(await send(link, row)).toMatchObject({ kind: 'not-sent' });
    wire.mend();
    expect(said(await send(link, row))).toEqual(['good', 'updated']);
  });

  test('the wire stops while the commit is on it: unknown, and the repeat by key does no harm', async () => {
    const { db, wire, connection } = await theirs();
    const { link } = writer(connection);
    await send(link, { ...row, apply_no: 'A0' });
    wire.holdAfter('COMMIT');
    expect(await send(link, row, { timeoutMs: 400 })).toMatchObject({ kind: 'unknown' });
    wire.mend();
    expect(said(await send(link, row))).toEqual(['good', 'updated']);
    expect(await db.rows("SELECT * FROM cell_result WHERE apply_no = 'A1'")).toHaveLength(1);
  });
}

await describeWith('mariadb', 'writing to MariaDB', ({ url }) => {
  suite('mariadb', url);
  wires('mariadb', url);
});
await describeWith('postgres', 'writing to PostgreSQL', ({ url }) => {
  suite('postgres', url);
  wires('postgres', url);
});
