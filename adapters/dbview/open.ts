import type { ConnectionSettings, Kind } from './descriptor.ts';
import type { Answer, Driver, Open, OpenOptions } from './driver.ts';

/** A driver is loaded when its kind of database is first called. */
const openers: Readonly<Record<Kind, Open>> = {
  mysql: async (options) => (await import('./mysql.ts')).openMysql(options),
  mariadb: async (options) => (await import('./mysql.ts')).openMysql(options),
  postgres: async (options) => (await import('./postgres.ts')).openPostgres(options),
  sqlite: async (options) => (await import('./sqlite.ts')).openSqlite(options),
  sqlserver: async (options) => (await import('./sqlserver.ts')).openSqlserver(options),
  oracle: async (options) => (await import('./oracle.ts')).openOracle(options),
};

const graceMs = 1000;

/** Connects. Their database is told to end statements that take too long; where it does not, the connection is ended here. */
export async function open(settings: ConnectionSettings, readOnly: boolean): Promise<Driver> {
  const statementMs = settings.statementMs ?? 30_000;
  const connectMs = settings.connectMs ?? 10_000;
  const options: OpenOptions = { settings, readOnly, statementMs, connectMs };
  const opening = openers[settings.kind](options);
  const driver = await within(opening, connectMs + graceMs, 'no connection', () => {
    opening.then((late) => late.destroy()).catch(() => undefined);
  });
  const limited = <T>(work: Promise<T>): Promise<T> =>
    within(work, statementMs + graceMs, 'no answer', () => driver.destroy());
  return {
    run: (statement): Promise<Answer> => limited(driver.run(statement)),
    begin: () => limited(driver.begin()),
    commit: () => limited(driver.commit()),
    rollback: () => limited(driver.rollback()),
    close: () => within(driver.close(), graceMs, 'no answer', () => driver.destroy()).catch(() => undefined),
    destroy: () => driver.destroy(),
  };
}

/** `what` within so many milliseconds, or `late` is called and the error is that of a connection that is lost. */
function within<T>(work: Promise<T>, ms: number, what: string, late: () => void): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      late();
      reject(Object.assign(new Error(`${what} within ${ms} ms`), { code: 'ETIMEDOUT' }));
    }, ms);
    timer.unref();
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/** `10.0.0.5:3306/his`, or the file. */
export function addressOf({ kind, host, port, database, file }: ConnectionSettings): string {
  if (kind === 'sqlite') return file ?? '';
  const usual = { mysql: 3306, mariadb: 3306, postgres: 5432, sqlserver: 1433, oracle: 1521 }[kind];
  const name = host ?? '127.0.0.1';
  return `${name.includes(':') ? `[${name}]` : name}:${port ?? usual}/${database ?? ''}`;
}
