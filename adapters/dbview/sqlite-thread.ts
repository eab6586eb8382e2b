import { parentPort, workerData } from 'node:worker_threads';
import Sqlite from 'better-sqlite3';
import type { Answer, Bound, Column, Statement } from './driver.ts';
import type { SqliteCall, SqliteReply } from './sqlite.ts';

/** The thread that has their file open. It is opened by the first call, whose answer tells why where it cannot be. */
const { file, readOnly, busyMs } = workerData as { file: string; readOnly: boolean; busyMs: number };
let opened: Sqlite.Database | undefined;

function database(): Sqlite.Database {
  opened ??= new Sqlite(file, { readonly: readOnly, fileMustExist: true, timeout: busyMs });
  return opened;
}

const column = ({ name, type }: { name: string; type: string | null }): Column => ({
  name,
  type: type ?? '',
  family: 'text',
});

/** Bytes cross the border of threads as `Uint8Array`. */
function run({ sql, values }: Statement): Answer {
  const statement = database().prepare<Bound[]>(sql);
  if (!statement.reader) return { columns: [], rows: [], changed: statement.run(...values).changes };
  const columns = statement.columns().map(column);
  return {
    columns,
    rows: statement
      .raw()
      .safeIntegers()
      .all(...values) as unknown[][],
    changed: 0,
  };
}

function handle(call: SqliteCall): Answer {
  if (call.op === 'run') return run(call.statement);
  if (call.op === 'close') opened?.close();
  else database().exec(call.op === 'begin' ? 'BEGIN IMMEDIATE' : call.op.toUpperCase());
  return { columns: [], rows: [], changed: 0 };
}

parentPort!.on('message', (call: SqliteCall) => {
  let reply: SqliteReply;
  try {
    reply = { id: call.id, answer: handle(call) };
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    reply = { id: call.id, error: { code: code ?? '', message } };
  }
  parentPort!.postMessage(reply);
});
