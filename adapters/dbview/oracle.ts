import type { Answer, Column, Driver, Family, OpenOptions, Statement } from './driver.ts';

/** What is used of the package. */
interface Found {
  readonly name: string;
  readonly dbTypeName: string;
}
interface Result {
  readonly metaData?: readonly Found[];
  readonly rows?: readonly (readonly unknown[])[];
  readonly rowsAffected?: number;
}
interface Session {
  callTimeout: number;
  execute(sql: string, binds: readonly unknown[], options: object): Promise<Result>;
  commit(): Promise<void>;
  rollback(): Promise<void>;
  close(options?: { drop: boolean }): Promise<void>;
}
interface Oracledb {
  readonly OUT_FORMAT_ARRAY: number;
  readonly STRING: unknown;
  readonly BUFFER: unknown;
  getConnection(options: object): Promise<Session>;
}

const families: Readonly<Record<string, Family>> = {
  NUMBER: 'decimal',
  BINARY_INTEGER: 'integer',
  BINARY_FLOAT: 'float',
  BINARY_DOUBLE: 'float',
  BOOLEAN: 'bool',
  DATE: 'time', // always with its time of day
  TIMESTAMP: 'time',
  'TIMESTAMP WITH TIME ZONE': 'instant',
  'TIMESTAMP WITH LOCAL TIME ZONE': 'instant',
  RAW: 'bytes',
  'LONG RAW': 'bytes',
  BLOB: 'bytes',
};

const columnOf = ({ name, dbTypeName }: Found): Column => ({
  name,
  type: dbTypeName,
  family: families[dbTypeName] ?? 'text',
});

/** Oracle 12.1 and later, without a client installation. */
export async function openOracle({
  settings,
  readOnly,
  statementMs,
  connectMs,
}: OpenOptions): Promise<Driver> {
  const oracledb = (await import('oracledb')).default as Oracledb;
  const protocol = settings.tls ? 'tcps' : 'tcp';
  const session = await oracledb.getConnection({
    user: settings.user,
    password: settings.password,
    connectString: `${protocol}://${settings.host ?? '127.0.0.1'}:${settings.port ?? 1521}/${settings.database ?? ''}`,
    connectTimeout: Math.ceil(connectMs / 1000),
  });
  session.callTimeout = statementMs;
  return driverOf(oracledb, session, readOnly);
}

function driverOf(oracledb: Oracledb, session: Session, readOnly: boolean): Driver {
  /** Large objects come as what they contain, not as locators. */
  const fetchTypeHandler = ({ dbTypeName }: Found): object | undefined => {
    if (dbTypeName === 'BLOB') return { type: oracledb.BUFFER };
    return /CLOB|LONG/.test(dbTypeName) && dbTypeName !== 'LONG RAW' ? { type: oracledb.STRING } : undefined;
  };
  const execute = ({ sql, values }: Statement): Promise<Result> =>
    session.execute(sql, values, {
      outFormat: oracledb.OUT_FORMAT_ARRAY,
      fetchTypeHandler,
      autoCommit: false,
    });
  const run = async (statement: Statement): Promise<Answer> => {
    // Here a transaction, not a session, is read-only, and it must be the first thing in it.
    if (readOnly) await execute({ sql: 'SET TRANSACTION READ ONLY', values: [] });
    const { metaData = [], rows = [], rowsAffected = 0 } = await execute(statement);
    if (readOnly) await session.commit();
    return { columns: metaData.map(columnOf), rows, changed: rowsAffected };
  };
  return {
    run,
    begin: async () => undefined,
    commit: () => session.commit(),
    rollback: () => session.rollback(),
    close: () => session.close().catch(() => undefined),
    destroy: () => void session.close({ drop: true }).catch(() => undefined),
  };
}
