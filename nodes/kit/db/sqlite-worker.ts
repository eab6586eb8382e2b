import { parentPort, workerData } from 'node:worker_threads';
import Sqlite, { type Statement } from 'better-sqlite3';
import { unpackRows } from './packed-rows.ts';
import type { EachResult, WorkerReply, WorkerRequest } from './sqlite-writer.ts';

/** The thread that owns SQLite's writing connection: statements and the wait for the disk leave the event loop free. */
const { path, pragmas } = workerData as { path: string; pragmas: string[] };
const db = new Sqlite(path, { timeout: 5000 });
for (const pragma of pragmas) db.pragma(pragma);

const cache = new Map<string, Statement>();
function prepare(sql: string): Statement {
  let statement = cache.get(sql);
  if (!statement) {
    if (cache.size >= 400) cache.delete(cache.keys().next().value!);
    statement = db.prepare(sql);
    cache.set(sql, statement);
  }
  return statement;
}

/** A statement of the running transaction failed: its commit, which may be on its way already, must not be one. */
let failed = false;

/** The next transaction may be on its way already: whatever happens, this one has ended. */
function commit(): void {
  try {
    if (failed)
      throw Object.assign(new Error('a statement of the transaction failed'), { code: 'SQLITE_ABORT' });
    db.exec('COMMIT');
  } finally {
    if (db.inTransaction) db.exec('ROLLBACK');
  }
}

/** Statements follow their BEGIN without waiting for it: where it failed, none of them may run on its own. */
function run(request: WorkerRequest): unknown {
  if (!db.inTransaction && ['query', 'execute', 'each', 'commit'].includes(request.op))
    throw Object.assign(new Error('there is no transaction'), { code: 'SQLITE_BUSY' });
  switch (request.op) {
    case 'query':
      return prepare(request.sql).all(...(request.params as unknown[]));
    case 'execute':
      return prepare(request.sql).run(...(request.params as unknown[])).changes;
    case 'each': {
      const statement = prepare(request.sql);
      let changes = 0;
      let lastRow = 0;
      for (const row of unpackRows(request.rows!)) {
        const done = statement.run(row);
        changes += done.changes;
        lastRow = Number(done.lastInsertRowid);
      }
      return { changes, lastRow } satisfies EachResult;
    }
    case 'begin':
      failed = false;
      db.exec('BEGIN IMMEDIATE');
      return undefined;
    case 'commit':
      commit();
      return undefined;
    case 'rollback':
      if (db.inTransaction) db.exec('ROLLBACK');
      return undefined;
    case 'close':
      db.close();
      return undefined;
  }
}

parentPort!.on('message', (requests: WorkerRequest[]) => {
  const replies = requests.map((request): WorkerReply => {
    try {
      return { id: request.id, result: run(request) };
    } catch (error) {
      failed = true;
      const { code, message } = error as { code?: string; message: string };
      return { id: request.id, error: { code: code ?? '', message } };
    }
  });
  parentPort!.postMessage(replies);
});
