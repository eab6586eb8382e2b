import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';
import type { Reply } from '../../contracts/adapter/port.ts';
import { adapter } from './index.ts';

/** A node in a process of its own: watches a folder, and commits each file as a line of a journal. */
const [folder = '', journal = ''] = process.argv.slice(2);
const quiet = (): void => undefined;
const file = openSync(journal, 'a');

await adapter.listen!({
  endpoint: 'lis',
  files: '/',
  settings: { folder, pollMs: 20, stableMs: 0, takeBackMs: 2000 },
  log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
  now: Date.now,
  incident: quiet,
  accept: (frame): Promise<Reply> => {
    writeSync(file, `${frame.meta?.file} ${Buffer.from(frame.bytes).toString()}\n`);
    fsyncSync(file);
    return Promise.resolve({ outcome: 'kept', results: [{ id: 'm', outcome: 'kept' }] });
  },
  web: { url: '', mount: () => quiet },
  mark: () => Promise.resolve(undefined),
  query: () => Promise.reject(new Error('not asked')),
});
const alive = setInterval(quiet, 1000);
process.once('disconnect', () => {
  clearInterval(alive);
  closeSync(file);
  process.exit(0);
});
process.send!('ready');
