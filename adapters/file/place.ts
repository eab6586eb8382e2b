import { isAbsolute, relative, resolve } from 'node:path';
import { Fault } from '../../contracts/kernel/fault.ts';
import type { ListenSettings } from './descriptor.ts';
import type { Store } from './store.ts';
import { LocalStore } from './store-local.ts';
import { SftpStore } from './store-sftp.ts';

/**
 * The folder of the settings: on a server, or inside `files`. Throws `channel.text.invalid` for one outside it, or where the
 * installation has none.
 */
export function storeOf(
  { folder, sftp }: Pick<ListenSettings, 'folder' | 'sftp'>,
  files: string | undefined,
): Store {
  if (sftp !== undefined) return new SftpStore(sftp, folder);
  if (files === undefined)
    throw new Fault('channel.text.invalid', { problem: 'folder: this installation has no folder of files' });
  const full = resolve(files, folder);
  const below = relative(resolve(files), full);
  if (below.startsWith('..') || isAbsolute(below))
    throw new Fault('channel.text.invalid', { problem: `folder: must lie in ${files}` });
  return new LocalStore(full);
}
