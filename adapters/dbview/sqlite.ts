import { Worker } from 'node:worker_threads';
import type { Answer, Driver, OpenOptions, Statement } from './driver.ts';

export type SqliteCall = { readonly id: number } & (
  | { readonly op: 'run'; readonly statement: Statement }
  | { readonly op: 'begin' | 'commit' | 'rollback' | 'close' }
);

export interface SqliteReply {
  readonly id: number;
  readonly answer?: Answer;
  readonly error?: { readonly code: string; readonly message: string };
}

interface Waiting {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

/** A file of theirs, in a thread: SQLite works in place, and a slow disk or share must not stop the process. */
export async function openSqlite({ settings, readOnly, connectMs }: OpenOptions): Promise<Driver> {
  const worker = new Worker(new URL('./sqlite-thread.ts', import.meta.url), {
    workerData: { file: settings.file ?? '', readOnly, busyMs: Math.min(connectMs, 10_000) },
  });
  worker.unref();
  const waiting = new Map<number, Waiting>();
  let serial = 0;
  let gone: Error | undefined;
  const lost = (cause: unknown): void => {
    gone ??= Object.assign(new Error('the thread of the file ended'), { code: 'SQLITE_IOERR', cause });
    for (const { reject } of waiting.values()) reject(gone);
    waiting.clear();
  };
  worker.on('message', ({ id, answer, error }: SqliteReply) => {
    const one = waiting.get(id);
    waiting.delete(id);
    if (waiting.size === 0) worker.unref();
    if (error) one?.reject(Object.assign(new Error(error.message), { code: error.code }));
    else one?.resolve(answer!);
  });
  worker.on('error', lost);
  worker.on('exit', lost);
  const ask = (call: { op: SqliteCall['op']; statement?: Statement }): Promise<Answer> =>
    new Promise((resolve, reject) => {
      if (gone) return reject(gone);
      const id = ++serial;
      waiting.set(id, { resolve, reject });
      worker.ref();
      worker.postMessage({ id, ...call });
    });
  const plainly = async (op: 'begin' | 'commit' | 'rollback' | 'close'): Promise<void> =>
    void (await ask({ op }));
  const driver: Driver = {
    run: (statement) => ask({ op: 'run', statement }),
    begin: () => plainly('begin'),
    commit: () => plainly('commit'),
    rollback: () => plainly('rollback'),
    close: () =>
      plainly('close')
        .catch(() => undefined)
        .then(() => void worker.terminate()),
    destroy: () => void worker.terminate(),
  };
  try {
    await driver.run({ sql: 'SELECT 1', values: [] });
  } catch (error) {
    driver.destroy();
    throw error;
  }
  return driver;
}
