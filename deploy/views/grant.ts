import { randomBytes } from 'node:crypto';
import { Fault } from '../../contracts/kernel/fault.ts';
import type { Database } from '../../nodes/kit/db/database.ts';
import { quoter } from '../../nodes/kit/db/dialect.ts';

/** An account of theirs: `his_reader`, on MySQL also `his_reader@10.0.0.%`. */
interface Account {
  readonly name: string;
  readonly host: string;
}

export function accountOf(text: string): Account {
  const found = /^([A-Za-z][A-Za-z0-9_]{0,30})(?:@([A-Za-z0-9.%:_-]{1,60}))?$/.exec(text);
  if (!found)
    throw new Fault('kernel.config.invalid', {
      problem: '--grant-user takes a name of letters, digits and underscores, on MySQL with @host',
    });
  return { name: found[1]!, host: found[2] ?? '%' };
}

/** Long, random, with what rules for passwords usually ask for. */
const newPassword = (): string => `${randomBytes(18).toString('base64url')}-aA1`;

/**
 * Makes the account where it is not there, and lets it read these views: no table, nothing else. Gives the password of a new
 * account, which is told once and kept nowhere.
 */
export async function grantReading(
  db: Database,
  account: Account,
  views: readonly string[],
  schema: string | undefined,
): Promise<string | undefined> {
  if (db.dialect === 'sqlite')
    throw new Fault('kernel.config.invalid', {
      problem:
        'a file of SQLite has no accounts; who may open it reads all of it, so --grant-user needs a server',
    });
  return db.dialect === 'postgres'
    ? grantOnPostgres(db, account.name, views, schema ?? 'public')
    : grantOnMysql(db, account, views);
}

async function grantOnMysql(
  db: Database,
  { name, host }: Account,
  views: readonly string[],
): Promise<string | undefined> {
  const who = `'${name}'@'${host}'`;
  const password = newPassword();
  const made = await db.source.query(`CREATE USER ${who} IDENTIFIED BY '${password}'`).then(
    () => true,
    (error: { errno?: number; driverError?: { errno?: number } }) => {
      // 1396: it is there already. MySQL 5.6 has no IF NOT EXISTS for accounts.
      if ((error.driverError?.errno ?? error.errno) === 1396) return false;
      throw error;
    },
  );
  for (const view of views) await db.source.query(`GRANT SELECT ON ${view} TO ${who}`);
  return made ? password : undefined;
}

async function grantOnPostgres(
  db: Database,
  name: string,
  views: readonly string[],
  schema: string,
): Promise<string | undefined> {
  const quote = quoter('postgres');
  const found = (await db.source.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [name])) as unknown[];
  const password = found.length > 0 ? undefined : newPassword();
  if (password !== undefined) {
    await db.source.query(`CREATE ROLE ${quote(name)} LOGIN PASSWORD '${password}'`);
    await db.source.query(`ALTER ROLE ${quote(name)} SET default_transaction_read_only = on`);
  }
  const [{ current }] = (await db.source.query('SELECT current_database() AS current')) as [
    { current: string },
  ];
  await db.source.query(`GRANT CONNECT ON DATABASE ${quote(current)} TO ${quote(name)}`);
  await db.source.query(`GRANT USAGE ON SCHEMA ${quote(schema)} TO ${quote(name)}`);
  for (const view of views) await db.source.query(`GRANT SELECT ON ${view} TO ${quote(name)}`);
  return password;
}
