import { isFault } from '../../contracts/kernel/fault.ts';

/** What a driver's error means, whichever database it comes from. */
export interface Trouble {
  readonly sort:
    | 'lost' // no connection, or not any more
    | 'denied' // account, password, rights, TLS
    | 'timeout' // they ended the statement because it took too long
    | 'busy' // deadlock, locked, no room, shutting down: the same may work later
    | 'duplicate'
    | 'constraint' // their rules refuse the row
    | 'schema' // a table or column is not there
    | 'other';
  readonly code: string;
  /** Without values of rows: messages of databases quote them. */
  readonly reason: string;
}

interface DriverError {
  readonly code?: string;
  readonly errno?: number;
  readonly number?: number;
  readonly errorNum?: number;
  readonly message?: string;
  readonly constraint?: string;
}

type Sort = Trouble['sort'];
const rules: readonly (readonly [RegExp, Sort])[] = [
  // Codes that look like a lost connection, but are about something else, come first.
  [
    /^(57014|ETIMEOUT|ER_QUERY_TIMEOUT|ER_STATEMENT_TIMEOUT|NJS-123|ORA-01013|NJS-040|ESTATEMENT)$/,
    'timeout',
  ],
  [
    /^(ER_LOCK_\w+|40\w{3}|55P03|53\w{3}|SQLITE_BUSY\w*|SQLITE_LOCKED\w*|SQLITE_FULL|ER_CON_COUNT_ERROR|ER_DISK_FULL|ER_OPTION_PREVENTS_STATEMENT|ER_READ_ONLY_MODE|25006|MSSQL-(1205|1222|1105|3960)|ORA-(00060|00054|01653|30006))$/,
    'busy',
  ],
  [
    /^(ER_DUP_ENTRY\w*|23505|SQLITE_CONSTRAINT_(UNIQUE|PRIMARYKEY)|MSSQL-(2627|2601)|ORA-00001)$/,
    'duplicate',
  ],
  [
    /^(23\w{3}|22\w{3}|44000|ER_(BAD_NULL|NO_REFERENCED_ROW|ROW_IS_REFERENCED|DATA_TOO_LONG|TRUNCATED_WRONG_VALUE|WARN_DATA_OUT_OF_RANGE|NO_DEFAULT_FOR_FIELD|CONSTRAINT_FAILED|CHECK_CONSTRAINT_VIOLATED|DATA_OUT_OF_RANGE|WRONG_VALUE|INVALID_JSON_TEXT|SIGNAL_EXCEPTION)\w*|WARN_DATA_TRUNCATED|SQLITE_CONSTRAINT\w*|SQLITE_MISMATCH|SQLITE_TOOBIG|MSSQL-(515|547|8152|2628|245|8114|241|242|220|8115|50000)|ORA-(01400|02290|02291|02292|12899|01438|01722|01841|01843|01861|01830))$/,
    'constraint',
  ],
  [
    /^(42703|42P01|42P10|3F000|ER_BAD_FIELD_ERROR|ER_NO_SUCH_TABLE|ER_VIEW_INVALID|MSSQL-(207|208|4413|4502)|ORA-(00904|00942|04063))$/,
    'schema',
  ],
  [
    /^(28\w{3}|42501|3D000|ER_ACCESS_DENIED\w*|ER_DBACCESS_DENIED\w*|ER_TABLEACCESS_DENIED\w*|ER_COLUMNACCESS_DENIED\w*|ER_SPECIFIC_ACCESS_DENIED\w*|ER_BAD_DB_ERROR|ELOGIN|MSSQL-(229|230|18456|4060)|ORA-(01017|01031|28000)|SQLITE_CANTOPEN|SQLITE_READONLY\w*|SQLITE_NOTADB|SQLITE_AUTH|CERT_\w+|\w*_CERT\w*|ERR_TLS\w*|DEPTH_ZERO\w*|SELF_SIGNED\w*|UNABLE_TO_\w+|HANDSHAKE_\w+)$/,
    'denied',
  ],
  [
    /^(E[A-Z]+|PROTOCOL_\w+|08\w{3}|57P\d\d|ER_SERVER_SHUTDOWN|ER_CONNECTION_KILLED|SQLITE_IOERR\w*|SQLITE_CORRUPT|NJS-\d+|DPI-\d+|ORA-(03113|03114|03135|12\d{3}|01033|01034|01089))$/,
    'lost',
  ],
];

const lostWords =
  /connection (is |was )?(terminated|closed|lost|ended)|closed state|not connected|client was closed|not queryable|connection error/i;
const schemaWords = /no such (column|table)|has no column named/i;

function codeOf({ code, number, message }: DriverError): string {
  if (number !== undefined) return `MSSQL-${number}`;
  const oracle = /^(ORA|NJS|DPI)-\d+/.exec(message ?? '');
  return oracle?.[0] ?? code ?? '';
}

function sortOf(code: string, message: string): Sort {
  if (schemaWords.test(message)) return 'schema';
  const rule = rules.find(([pattern]) => pattern.test(code));
  if (rule) return rule[1];
  return lostWords.test(message) ? 'lost' : 'other';
}

export function troubleOf(error: unknown): Trouble {
  if (isFault(error)) return { sort: 'other', code: error.code, reason: error.message };
  const found = (error ?? {}) as DriverError;
  const message = found.message ?? '';
  const code = codeOf(found);
  const sort = sortOf(code, message);
  const told = sort === 'lost' || sort === 'denied' || sort === 'schema' || sort === 'timeout';
  const index = sort === 'duplicate' ? /for key '([^']{1,80})'/.exec(message)?.[1] : undefined;
  const extra = told ? message : (found.constraint ?? index ?? '');
  return { sort, code, reason: [code, extra.slice(0, 300)].filter(Boolean).join(' ') || sort };
}
