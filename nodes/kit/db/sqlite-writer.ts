import { Worker } from 'node:worker_threads';
import { type PackedRows, packRows } from './packed-rows.ts';
import type { Sql } from './sql.ts';

export interface WorkerRequest {
  readonly id: number;
  readonly op: 'query' | 'execute' | 'each' | 'begin' | 'commit' | 'rollback' | 'close';
  readonly sql: string;
  readonly params: readonly unknown[];
  /** Rows of an `each`. */
  readonly rows?: PackedRows;
}

export interface WorkerReply {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: { readonly code: string; readonly message: string };
}

export interface EachResult {
  readonly changes: number;
  readonly lastRow: number;
}

interface Waiting {
  readonly resolve: (value: never) => void;
  readonly reject: (error: Error) => void;
}

/** SQLite's writing connection in a thread of its own. Statements run in the order they are given. */
export class SqliteWriter implements Sql {
  readonly dialect = 'sqlite';
  private readonly worker: Worker;
  private readonly waiting = new Map<number, Waiting>();
  private outbox: WorkerRequest[] = [];
  private serial = 0;
  private last: Promise<unknown> = Promise.resolve();
  private gone: Error | undefined;

  constructor(path: string, pragmas: readonly string[]) {
    this.worker = new Worker(new URL('./sqlite-worker.ts', import.meta.url), {
      workerData: { path, pragmas },
      // What it allocates is short-lived parameters: left alone, V8 keeps room for many times as much.
      resourceLimits: { maxYoungGenerationSizeMb: 16 },
    });
    this.worker.on('message', (replies: WorkerReply[]) => {
      for (const reply of replies) this.settle(reply);
    });
    const lost = (cause: unknown): void => {
      this.gone = Object.assign(new Error('the database thread ended'), { code: 'SQLITE_IOERR', cause });
      for (const { reject } of this.waiting.values()) reject(this.gone);
      this.waiting.clear();
    };
    this.worker.on('error', lost);
    this.worker.on('exit', lost);
  }

  /** False once the thread has ended; what was not committed is rolled back by the next one that opens the file. */
  get alive(): boolean {
    return this.gone === undefined;
  }

  /** Resolves once all that was given so far is done, well or not. */
  get settled(): Promise<unknown> {
    return this.last;
  }

  query<T>(sql: string, params: readonly unknown[] = []): Promise<T[]> {
    return this.ask('query', sql, params.map(own));
  }

  execute(sql: string, params: readonly unknown[] = []): Promise<number> {
    return this.ask('execute', sql, params.map(own));
  }

  async executeEach(
    sql: string,
    rows: readonly (readonly unknown[])[],
    lastRow?: (rowId: number) => void,
  ): Promise<number> {
    const done = await this.ask<EachResult>('each', sql, [], packRows(rows));
    lastRow?.(done.lastRow);
    return done.changes;
  }

  begin(): Promise<void> {
    return this.ask('begin', '', []);
  }

  commit(): Promise<void> {
    return this.ask('commit', '', []);
  }

  rollback(): Promise<void> {
    return this.ask('rollback', '', []);
  }

  async close(): Promise<void> {
    if (!this.gone) await this.ask('close', '', []);
    await this.worker.terminate();
  }

  private ask<T>(
    op: WorkerRequest['op'],
    sql: string,
    params: readonly unknown[],
    rows?: PackedRows,
  ): Promise<T> {
    if (this.gone) return Promise.reject(this.gone);
    const done = new Promise<T>((resolve, reject) => {
      const id = ++this.serial;
      this.waiting.set(id, { resolve, reject });
      this.outbox.push(rows ? { id, op, sql, params, rows } : { id, op, sql, params });
      if (this.outbox.length === 1) queueMicrotask(() => this.post());
    });
    this.last = done.catch(() => undefined);
    return done;
  }

  /** Statements given in one tick cross to the thread together. */
  private post(): void {
    const requests = this.outbox;
    this.outbox = [];
    this.worker.postMessage(requests);
  }

  private settle({ id, result, error }: WorkerReply): void {
    const waiting = this.waiting.get(id);
    this.waiting.delete(id);
    if (error) waiting?.reject(Object.assign(new Error(error.message), { code: error.code }));
    else waiting?.resolve(result as never);
  }
}

/** Bytes are cloned with all of their buffer: a slice of a large one is copied to its own size first. */
function own(value: unknown): unknown {
  return value instanceof Uint8Array && value.byteLength !== value.buffer.byteLength
    ? new Uint8Array(value)
    : value;
}
