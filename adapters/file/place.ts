import { isAbsolute, relative, resolve } from 'node:path';
import { Fault } from '../../contracts/kernel/fault.ts';
import type { ListenSettings } from './descriptor.ts';
import type { Store } from './store.ts';
import { LocalStore } from './store-local.ts';
import { SftpStore } from './store-sftp.ts';

/**
 * The folder of the settings. Undefined where it is relative and the installation has no root for it: the link then does
 * nothing. Throws `channel.text.invalid` for one outside its root.
 */
export function storeOf({
  folder,
  root,
  sftp,
}: Pick<ListenSettings, 'folder' | 'root' | 'sftp'>): Store | undefined {
  if (sftp !== undefined) return new SftpStore(sftp, folder);
  if (root === undefined) return isAbsolute(folder) ? new LocalStore(folder) : undefined;
  const full = resolve(root, folder);
  const below = relative(resolve(root), full);
  if (below.startsWith('..') || isAbsolute(below))
    throw new Fault('channel.text.invalid', { problem: 'folder: must lie in root' });
  return new LocalStore(full);
}
