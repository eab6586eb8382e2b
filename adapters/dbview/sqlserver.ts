import type { Connection, ConnectionConfiguration, Request } from 'tedious';
import type { Answer, Bound, Column, Driver, Family, OpenOptions, Statement } from './driver.ts';
import { clientTls } from './tls.ts';

type Tedious = typeof import('tedious');

const families: Readonly<Record<string, Family>> = {
  TinyInt: 'integer',
  SmallInt: 'integer',
  Int: 'integer',
  BigInt: 'bigint',
  Real: 'float',
  Float: 'float',
  FloatN: 'float',
  Bit: 'bool',
  BitN: 'bool',
  Money: 'decimal',
  SmallMoney: 'decimal',
  MoneyN: 'decimal',
  Decimal: 'decimal',
  DecimalN: 'decimal',
  Numeric: 'decimal',
  NumericN: 'decimal',
  Date: 'date',
  DateTime: 'time',
  SmallDateTime: 'time',
  DateTimeN: 'time',
  DateTime2: 'time',
  DateTimeOffset: 'instant',
  Binary: 'bytes',
  VarBinary: 'bytes',
  Image: 'bytes',
};

interface Metadata {
  readonly colName: string;
  readonly dataLength?: number | undefined;
  readonly type: { readonly name: string };
}

/** A nullable integer of eight bytes is a `bigint`. */
function columnOf({ colName, type: { name }, dataLength }: Metadata): Column {
  const family = name === 'IntN' ? (dataLength === 8 ? 'bigint' : 'integer') : (families[name] ?? 'text');
  return { name: colName, type: name, family };
}

/** SQL Server 2012 and later. It has no read-only session: the account must have no other right than to read the view. */
export async function openSqlserver(options: OpenOptions): Promise<Driver> {
  const tedious = await import('tedious');
  const { settings, readOnly, statementMs, connectMs } = options;
  const connection = new tedious.Connection({
    server: settings.host ?? '127.0.0.1',
    authentication: {
      type: 'default',
      options: { userName: settings.user, password: settings.password },
    },
    options: {
      port: settings.port ?? 1433,
      database: settings.database,
      connectTimeout: connectMs,
      requestTimeout: statementMs,
      appName: 'cytomesh',
      readOnlyIntent: readOnly,
      // Waits of ours must not make their own work wait or fail.
      encrypt: settings.tls !== undefined,
      ...(settings.tls
        ? {
            serverName: settings.tls.serverName ?? settings.host,
            cryptoCredentialsDetails: clientTls(settings),
          }
        : {}),
    },
  } as ConnectionConfiguration);
  connection.on('error', () => undefined);
  await new Promise<void>((resolve, reject) =>
    connection.connect((error) => (error ? reject(error) : resolve())),
  );
  const driver = driverOf(tedious, connection);
  await driver.run({
    sql: `SET DEADLOCK_PRIORITY LOW; SET LOCK_TIMEOUT ${statementMs}; SET XACT_ABORT ON`,
    values: [],
  });
  return driver;
}

function driverOf(tedious: Tedious, connection: Connection): Driver {
  const run = ({ sql, values }: Statement): Promise<Answer> =>
    new Promise((resolve, reject) => {
      let columns: Column[] = [];
      const rows: unknown[][] = [];
      const request = new tedious.Request(sql, (error, changed) =>
        error ? reject(error) : resolve({ columns, rows, changed: changed ?? 0 }),
      );
      request.on('columnMetadata', (found) => {
        columns = (found as unknown as Metadata[]).map(columnOf);
      });
      request.on('row', (row: { value: unknown }[]) => rows.push(row.map((cell) => cell.value)));
      for (const [i, value] of values.entries()) addParameter(tedious, request, `p${i + 1}`, value);
      connection.execSql(request);
    });
  const step = (act: (done: (error?: Error | null) => void) => void): Promise<void> =>
    new Promise((resolve, reject) => act((error) => (error ? reject(error) : resolve())));
  const close = (): void => {
    connection.removeAllListeners('end');
    connection.close();
  };
  return {
    run,
    begin: () => step((done) => connection.beginTransaction(done)),
    commit: () => step((done) => connection.commitTransaction(done)),
    rollback: () => step((done) => connection.rollbackTransaction(done)),
    close: async () => close(),
    destroy: close,
  };
}

function addParameter({ TYPES }: Tedious, request: Request, name: string, value: Bound): void {
  if (typeof value === 'boolean') request.addParameter(name, TYPES.Bit, value);
  else if (typeof value === 'number' && !Number.isInteger(value))
    request.addParameter(name, TYPES.Float, value);
  else if (typeof value === 'number' || typeof value === 'bigint')
    request.addParameter(name, TYPES.BigInt, value.toString());
  else request.addParameter(name, TYPES.NVarChar, value);
}
