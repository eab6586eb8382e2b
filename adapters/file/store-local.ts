import { constants, type Stats, watch } from 'node:fs';
import {
  type FileHandle,
  link,
  lstat,
  mkdir,
  open,
  readdir,
  rename,
  rm,
  stat,
  unlink,
} from 'node:fs/promises';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { nameOf } from './name-bytes.ts';
import { codeOf, type Entry, failure, joined, type Store } from './store.ts';

const { O_CREAT, O_EXCL, O_NOFOLLOW = 0, O_RDONLY, O_TRUNC, O_WRONLY } = constants;

/** What file systems without hard links say when asked for one. */
const noLinks = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EINVAL', 'EACCES']);

export class LocalStore implements Store {
  readonly place: string;
  readonly peer: string;
  readonly utf8Only = false;
  private readonly folder: string;
  /** Full paths of names that are not UTF-8, as bytes, as the last look found them; by folder. */
  private readonly foreign = new Map<string, Map<string, Buffer>>();

  constructor(folder: string) {
    this.folder = resolve(folder);
    this.place = this.folder;
    this.peer = this.folder.slice(-100);
  }

  async list(folder: string, wanted: (name: string) => boolean): Promise<Entry[]> {
    const path = this.full(folder);
    const found = await this.names(path);
    const names = found.filter(wanted);
    const entries: Entry[] = [];
    for (let i = 0; i < names.length; i += 64) {
      const some = names.slice(i, i + 64).map(async (name) => this.stat(joined(folder, name)));
      for (const entry of await Promise.all(some)) if (entry) entries.push(entry);
    }
    return entries;
  }

  private async names(path: string): Promise<string[]> {
    const names = new Set<string>();
    const foreign = new Map<string, Buffer>();
    for (const bytes of await readdir(path, { encoding: 'buffer' })) {
      const { name, foreign: odd } = nameOf(bytes);
      // Of two that read alike the one in UTF-8 goes first; the other when that is gone.
      if (odd) foreign.set(join(path, name), Buffer.concat([Buffer.from(path + sep), bytes]));
      else names.add(name);
    }
    for (const full of foreign.keys()) {
      const name = basename(full);
      if (names.has(name) || join(path, name) !== full) foreign.delete(full);
      else names.add(name);
    }
    if (foreign.size > 0) this.foreign.set(path, foreign);
    else this.foreign.delete(path);
    return [...names];
  }

  async stat(path: string): Promise<Entry | undefined> {
    try {
      const stats = await lstat(this.at(path));
      const name = path.slice(path.lastIndexOf('/') + 1);
      return { name, kind: kindOf(stats), size: stats.size, changedAt: stats.mtimeMs };
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return undefined;
      throw error;
    }
  }

  async read(path: string, limit: number): Promise<Buffer> {
    const file = await open(this.at(path), O_RDONLY | O_NOFOLLOW);
    try {
      const { size } = await file.stat();
      const bytes = Buffer.allocUnsafe(Math.min(size, limit));
      let filled = 0;
      while (filled < bytes.length) {
        const { bytesRead } = await file.read(bytes, filled, bytes.length - filled, filled);
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
      return bytes.subarray(0, filled);
    } finally {
      await file.close();
    }
  }

  async rename(from: string, to: string): Promise<void> {
    await rename(this.at(from), this.at(to));
  }

  /**
   * By a second link where the file system has them; else the name is looked at first, or taken by an empty file that the move
   * replaces.
   */
  async moveNew(from: string, to: string, alone = false): Promise<void> {
    const [source, target] = [this.at(from), this.at(to)];
    try {
      await link(source, target);
    } catch (error) {
      if (!noLinks.has(codeOf(error))) throw error;
      if (alone) {
        if (await this.stat(to)) throw failure('EEXIST');
        await rename(source, target);
        return;
      }
      await (await open(target, O_CREAT | O_EXCL | O_WRONLY)).close();
      await rename(source, target).catch(async (failed: unknown) => {
        await rm(target, { force: true });
        throw failed;
      });
      return;
    }
    await unlink(source);
    await this.flushFolder(dirname(this.full(to)));
  }

  create(path: string, bytes: Uint8Array): Promise<void> {
    return this.write(this.at(path), bytes, O_CREAT | O_EXCL | O_WRONLY);
  }

  replace(path: string, bytes: Uint8Array): Promise<void> {
    return this.write(this.at(path), bytes, O_CREAT | O_TRUNC | O_WRONLY | O_NOFOLLOW);
  }

  async remove(path: string): Promise<void> {
    await rm(this.at(path), { force: true });
  }

  async same(one: string, other: string): Promise<boolean> {
    const [a, b] = await Promise.all(
      [one, other].map((path) => lstat(this.at(path), { bigint: true }).catch(() => undefined)),
    );
    return a !== undefined && b !== undefined && a.ino === b.ino && a.dev === b.dev;
  }

  /** The folder itself is made only where it is asked for: one that was taken away (a mount) is not replaced by its own name. */
  async makeFolder(path: string): Promise<void> {
    if (path !== '') await stat(this.folder);
    await mkdir(this.full(path), { recursive: true });
  }

  /** The folder alone: on Linux a watch of what is below it would watch every file that was ever processed. */
  watch(changed: () => void): () => void {
    const watcher = watch(this.folder, { persistent: false }, changed);
    watcher.on('error', changed);
    return () => watcher.close();
  }

  close(): void {}

  private at(path: string): string | Buffer {
    const full = this.full(path);
    return this.foreign.get(dirname(full))?.get(full) ?? full;
  }

  /** Below the folder, whatever the path says. */
  private full(path: string): string {
    const full = resolve(this.folder, path);
    if (full !== this.folder && !full.startsWith(this.folder.endsWith(sep) ? this.folder : this.folder + sep))
      throw failure('EACCES', 'the path leads out of the folder');
    return full;
  }

  private async write(path: string | Buffer, bytes: Uint8Array, flags: number): Promise<void> {
    const file = await open(path, flags);
    try {
      await file.writeFile(bytes);
      await file.sync();
    } catch (error) {
      await rm(path, { force: true }).catch(() => undefined);
      throw error;
    } finally {
      await file.close();
    }
  }

  /** Makes a new name durable; Windows cannot and need not. */
  private async flushFolder(path: string): Promise<void> {
    let folder: FileHandle | undefined;
    try {
      folder = await open(path, O_RDONLY);
      await folder.sync();
    } catch {
      return;
    } finally {
      await folder?.close();
    }
  }
}

function kindOf(stats: Stats): Entry['kind'] {
  if (stats.isSymbolicLink()) return 'link';
  if (stats.isDirectory()) return 'folder';
  return stats.isFile() ? 'file' : 'other';
}
