import type { Stats } from 'ssh2';
import type { SftpSettings } from './descriptor.ts';
import { SftpSession } from './sftp-session.ts';
import { codeOf, type Entry, failure, type Store } from './store.ts';

const CHUNK = 32_768;
/** Reads and writes under way at once: round trips, not bytes, are what takes the time. */
const WINDOW = 16;

export class SftpStore implements Store {
  readonly place: string;
  readonly peer: string;
  readonly utf8Only = true;
  private readonly folder: string;
  private readonly session: SftpSession;

  constructor(settings: SftpSettings, folder: string) {
    this.session = new SftpSession(settings);
    this.folder = folder.replace(/(?<=.)\/+$/, '');
    this.peer = this.session.peer;
    this.place = `sftp://${this.peer}/${this.folder.replace(/^\//, '')}`;
  }

  async list(folder: string, wanted: (name: string) => boolean): Promise<Entry[]> {
    const found = await this.session.request<{ filename: string; attrs: Stats }[]>((sftp, done) =>
      sftp.readdir(this.at(folder), done),
    );
    return found
      .filter(
        ({ filename }) =>
          filename !== '.' && filename !== '..' && !filename.includes('/') && wanted(filename),
      )
      .map(({ filename, attrs }) => entryOf(filename, attrs));
  }

  async stat(path: string): Promise<Entry | undefined> {
    try {
      const attrs = await this.session.request<Stats>((sftp, done) => sftp.lstat(this.at(path), done));
      return entryOf(path.slice(path.lastIndexOf('/') + 1), attrs);
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return undefined;
      throw error;
    }
  }

  async read(path: string, limit: number): Promise<Buffer> {
    const found = await this.stat(path);
    if (found === undefined) throw failure('ENOENT');
    if (found.kind !== 'file') throw failure('ELOOP', 'not a file');
    const bytes = Buffer.alloc(Math.min(found.size, limit));
    const handle = await this.open(path, 'r');
    try {
      let end = bytes.length;
      await inWindow(bytes.length, async (offset) => {
        const last = Math.min(offset + CHUNK, bytes.length);
        for (let at = offset; at < last; ) {
          const got = await this.session
            .request<number>((sftp, done) => sftp.read(handle, bytes, at, last - at, at, done))
            .catch((error: unknown) => (codeOf(error) === 'EFAILED' ? 0 : Promise.reject(error)));
          if (got === 0) {
            end = Math.min(end, at);
            return;
          }
          at += got;
        }
      });
      return bytes.subarray(0, end);
    } finally {
      await this.shut(handle);
    }
  }

  rename(from: string, to: string): Promise<void> {
    return this.session.request((sftp, done) => sftp.rename(this.at(from), this.at(to), done));
  }

  /** Version 3 refuses to rename over a file, but says only that it failed; some servers do it all the same. */
  async moveNew(from: string, to: string): Promise<void> {
    if (await this.stat(to)) throw failure('EEXIST');
    try {
      await this.rename(from, to);
    } catch (error) {
      throw codeOf(error) === 'EFAILED' && (await this.stat(to)) ? failure('EEXIST') : error;
    }
  }

  async create(path: string, bytes: Uint8Array): Promise<void> {
    try {
      await this.write(path, bytes, 'wx');
    } catch (error) {
      const there = codeOf(error) === 'EFAILED' || codeOf(error) === 'EACCES';
      throw there && (await this.stat(path)) ? failure('EEXIST') : error;
    }
  }

  replace(path: string, bytes: Uint8Array): Promise<void> {
    return this.write(path, bytes, 'w');
  }

  async remove(path: string): Promise<void> {
    try {
      await this.session.request((sftp, done) => sftp.unlink(this.at(path), done));
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error;
    }
  }

  same(): Promise<boolean> {
    return Promise.resolve(false);
  }

  async makeFolder(path: string): Promise<void> {
    const parts = path === '' ? [''] : path.split('/').map((_, i, all) => all.slice(0, i + 1).join('/'));
    for (const part of parts) {
      if (await this.stat(part)) continue;
      try {
        await this.session.request((sftp, done) => sftp.mkdir(this.at(part), done));
      } catch (error) {
        if (!(await this.stat(part))) throw error;
      }
    }
  }

  close(): void {
    this.session.close();
  }

  private at(path: string): string {
    if (path.split('/').includes('..')) throw failure('EACCES', 'the path leads out of the folder');
    if (path === '') return this.folder;
    return this.folder === '/' ? `/${path}` : `${this.folder}/${path}`;
  }

  private open(path: string, flags: 'r' | 'w' | 'wx'): Promise<Buffer> {
    return this.session.request<Buffer>((sftp, done) => sftp.open(this.at(path), flags, done));
  }

  private shut(handle: Buffer): Promise<void> {
    return this.session
      .request((sftp, done) => sftp.close(handle, done))
      .catch(() => undefined) as Promise<void>;
  }

  private async write(path: string, bytes: Uint8Array, flags: 'w' | 'wx'): Promise<void> {
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const handle = await this.open(path, flags);
    let whole = false;
    try {
      await inWindow(buffer.length, (offset) => {
        const length = Math.min(CHUNK, buffer.length - offset);
        return this.session.request((sftp, done) => sftp.write(handle, buffer, offset, length, offset, done));
      });
      await this.flush(handle);
      await this.session.request((sftp, done) => sftp.close(handle, done));
      whole = true;
    } finally {
      if (!whole) {
        await this.shut(handle);
        await this.remove(path).catch(() => undefined);
      }
    }
  }

  /** Servers other than OpenSSH have no way to be asked. */
  private async flush(handle: Buffer): Promise<void> {
    try {
      await this.session.request((sftp, done) => sftp.ext_openssh_fsync(handle, done));
    } catch (error) {
      if (codeOf(error) === 'ECONNLOST') throw error;
    }
  }
}

async function inWindow(length: number, work: (offset: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < length) {
      const offset = next;
      next += CHUNK;
      await work(offset);
    }
  };
  await Promise.all(Array.from({ length: WINDOW }, worker));
}

function entryOf(name: string, attrs: Stats): Entry {
  const kind = attrs.isSymbolicLink()
    ? 'link'
    : attrs.isDirectory()
      ? 'folder'
      : attrs.isFile()
        ? 'file'
        : 'other';
  return { name, kind, size: attrs.size, changedAt: attrs.mtime * 1000 };
}
