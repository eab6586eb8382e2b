import { Client, type ClientConfig } from 'pg';
import type { Answer, Column, Driver, Family, OpenOptions, Statement } from './driver.ts';
import { clientTls } from './tls.ts';

/** Object ids of built-in types; all others are text. */
const families: Readonly<Record<number, Family>> = {
  16: 'bool',
  17: 'bytes',
  20: 'bigint',
  21: 'integer',
  23: 'integer',
  26: 'bigint',
  700: 'float',
  701: 'float',
  1082: 'date',
  1114: 'time',
  1184: 'instant',
  1700: 'decimal',
};

const asText = { getTypeParser: () => (value: string) => value };

const decoded = (raw: string | null, { family }: Column): unknown =>
  family === 'bytes' && raw !== null ? Buffer.from(raw.slice(2), 'hex') : raw;

/** PostgreSQL, and what speaks its protocol. */
export async function openPostgres({
  settings,
  readOnly,
  statementMs,
  connectMs,
}: OpenOptions): Promise<Driver> {
  const client = new Client({
    host: settings.host ?? '127.0.0.1',
    port: settings.port ?? 5432,
    user: settings.user,
    password: settings.password,
    database: settings.database,
    ...(settings.tls ? { ssl: clientTls(settings) } : {}),
    connectionTimeoutMillis: connectMs,
    keepAlive: true,
    types: asText,
    application_name: 'cytomesh',
  } as ClientConfig);
  // A connection that breaks while nobody waits must not end the process; the next statement tells.
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query("SET datestyle = 'ISO, YMD'");
    await client.query("SET bytea_output = 'hex'");
    await client.query(`SET statement_timeout = ${statementMs}`);
    if (readOnly) await client.query('SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY');
  } catch (error) {
    destroy(client);
    throw error;
  }
  return driverOf(client);
}

function driverOf(client: Client): Driver {
  const run = async ({ sql, values }: Statement): Promise<Answer> => {
    const made = await client.query<(string | null)[]>({ text: sql, values: [...values], rowMode: 'array' });
    const columns = made.fields.map(
      ({ name, dataTypeID }): Column => ({
        name,
        type: String(dataTypeID),
        family: families[dataTypeID] ?? 'text',
      }),
    );
    const rows = made.rows.map((row) => row.map((raw, i) => decoded(raw, columns[i]!)));
    return { columns, rows, changed: made.rowCount ?? 0 };
  };
  const plainly = async (sql: string): Promise<void> => void (await client.query(sql));
  return {
    run,
    begin: () => plainly('BEGIN'),
    commit: () => plainly('COMMIT'),
    rollback: () => plainly('ROLLBACK'),
    close: () => client.end().catch(() => destroy(client)),
    destroy: () => destroy(client),
  };
}

const destroy = (client: Client): void => {
  (client as unknown as { connection: { stream: { destroy(): void } } }).connection.stream.destroy();
};
