import { type Connection, createConnection, type FieldPacket, type ResultSetHeader } from 'mysql2/promise';
import type { Answer, Column, Driver, Family, OpenOptions, Statement } from './driver.ts';
import { clientTls } from './tls.ts';

/** Codes of the protocol's column types. */
const families: Readonly<Record<number, Family>> = {
  0: 'decimal',
  1: 'integer',
  2: 'integer',
  3: 'integer',
  4: 'float',
  5: 'float',
  7: 'time',
  8: 'bigint',
  9: 'integer',
  10: 'date',
  12: 'time',
  13: 'integer',
  14: 'date',
  16: 'integer',
  245: 'text', // JSON says that it is binary
  246: 'decimal',
};
const binary = 63;
const bit = 16;
const contents = [249, 250, 251, 252, 253, 254, 255];

interface Field {
  readonly name: string;
  readonly columnType: number;
  readonly characterSet: number;
}

const columnOf = (f: Field): Column => ({
  name: f.name,
  type: String(f.columnType),
  family:
    families[f.columnType] ??
    (f.characterSet === binary && contents.includes(f.columnType) ? 'bytes' : 'text'),
});

/** Every value comes as the bytes of its text. */
function decoded(raw: Buffer | null, column: Column): unknown {
  if (raw === null || column.family === 'bytes') return raw;
  return Number(column.type) === bit ? BigInt(`0x${raw.toString('hex') || '0'}`) : raw.toString('utf8');
}

/** MySQL 5.6 and later, MariaDB, and what speaks their protocol. */
export async function openMysql({
  settings,
  readOnly,
  statementMs,
  connectMs,
}: OpenOptions): Promise<Driver> {
  const connection = await createConnection({
    host: settings.host ?? '127.0.0.1',
    port: settings.port ?? 3306,
    ...(settings.user === undefined ? {} : { user: settings.user }),
    ...(settings.password === undefined ? {} : { password: settings.password }),
    ...(settings.database === undefined ? {} : { database: settings.database }),
    ...(settings.tls ? { ssl: clientTls(settings) } : {}),
    charset: 'utf8mb4',
    connectTimeout: connectMs,
    multipleStatements: false,
    enableKeepAlive: true,
    typeCast: (field) => field.buffer(),
  });
  // A connection that breaks while nobody waits must not end the process; the next statement tells.
  connection.on('error', () => undefined);
  try {
    await prepare(connection, readOnly, statementMs);
  } catch (error) {
    connection.destroy();
    throw error;
  }
  return driverOf(connection);
}

async function prepare(connection: Connection, readOnly: boolean, statementMs: number): Promise<void> {
  await connection.query('SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED');
  if (readOnly) await connection.query('SET SESSION TRANSACTION READ ONLY');
  else await connection.query("SET SESSION sql_mode = CONCAT(@@sql_mode, ',STRICT_ALL_TABLES')");
  // The one of MySQL 5.7, the one of MariaDB; MySQL 5.6 has neither, there the caller's own limit holds.
  await connection.query(`SET SESSION max_execution_time = ${statementMs}`).catch(() => undefined);
  await connection.query(`SET SESSION max_statement_time = ${statementMs / 1000}`).catch(() => undefined);
}

function driverOf(connection: Connection): Driver {
  const run = async ({ sql }: Statement): Promise<Answer> => {
    const [made, fields] = (await connection.query({ sql, rowsAsArray: true })) as unknown as [
      (Buffer | null)[][] | ResultSetHeader,
      FieldPacket[] | undefined,
    ];
    if (!Array.isArray(made)) return { columns: [], rows: [], changed: made.affectedRows };
    const columns = ((fields ?? []) as unknown as Field[]).map(columnOf);
    const rows = made.map((row) => row.map((raw, i) => decoded(raw, columns[i]!)));
    return { columns, rows, changed: 0 };
  };
  return {
    run,
    begin: () => connection.beginTransaction(),
    commit: () => connection.commit(),
    rollback: () => connection.rollback(),
    close: () => connection.end().catch(() => connection.destroy()),
    destroy: () => connection.destroy(),
  };
}
