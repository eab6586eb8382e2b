import { createHash } from 'node:crypto';
import type { EventEmitter } from 'node:events';
import type { Stats } from 'node:fs';
import {
  type FileHandle,
  link,
  lstat,
  mkdir,
  open,
  readdir,
  rename,
  rm,
  rmdir,
  stat,
  unlink,
  utimes,
} from 'node:fs/promises';
import { join, posix } from 'node:path';
import ssh2, { type ServerConnection, type ServerSftp } from 'ssh2';

export interface SftpServerOptions {
  /** Folder it serves as `/`. */
  readonly folder: string;
  readonly user?: string;
  readonly password?: string;
  /** Public key that may sign in, as OpenSSH writes it. */
  readonly publicKey?: string;
  readonly port?: number;
  /** Key pair of an earlier server, for one that comes back. */
  readonly hostKey?: string;
  /** Asked before each request: `fail` answers FAILURE, `denied` PERMISSION_DENIED, `drop` cuts the connection, `after` does it after the work, `hang` never answers. */
  readonly trouble?: (
    operation: string,
    path: string,
  ) => 'fail' | 'denied' | 'drop' | 'after' | 'hang' | undefined;
}

export interface SftpServer {
  readonly port: number;
  readonly fingerprint: string;
  readonly hostKey: string;
  /** What was asked, e.g. `RENAME /in/a.csv`. */
  readonly log: string[];
  readonly connections: () => number;
  /** Cuts every connection. */
  drop(): void;
  stop(): Promise<void>;
}

const { STATUS_CODE: STATUS, OPEN_MODE } = ssh2.utils.sftp;

interface Open {
  readonly path: string;
  readonly file?: FileHandle;
  names?: { filename: string; longname: string; attrs: object }[];
}

/** A key pair as OpenSSH writes it. One in 256 of ssh2's own is malformed. */
export function newKey(options: object = {}, passphrase?: string): { private: string; public: string } {
  for (;;) {
    const pair = ssh2.utils.generateKeyPairSync('ed25519', options);
    if (!('message' in ssh2.utils.parseKey(pair.private, passphrase))) return pair;
  }
}

/** An SFTP server (version 3) over a real folder and a real socket, that can be told to fail. */
export async function startSftpServer(options: SftpServerOptions): Promise<SftpServer> {
  const hostKey = options.hostKey ?? newKey().private;
  const parsed = ssh2.utils.parseKey(hostKey);
  if ('message' in parsed) throw parsed;
  const log: string[] = [];
  const clients = new Set<ServerConnection>();
  const server = new ssh2.Server({ hostKeys: [hostKey] }, (client) => {
    clients.add(client);
    client.setNoDelay(true);
    client.on('error', () => undefined);
    client.on('close', () => clients.delete(client));
    client.on('authentication', (request: Authentication) => {
      if (mayEnter(request, options)) request.accept();
      else request.reject(['password', 'publickey']);
    });
    client.on('session', (accept: () => EventEmitter) =>
      accept().on('sftp', (begin: () => ServerSftp) => new Session(begin(), options, log, () => cut(client))),
    );
  });
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, '127.0.0.1', resolve));
  const drop = (): void => {
    for (const client of clients) cut(client);
  };
  return {
    port: server.address().port,
    fingerprint: `SHA256:${createHash('sha256').update(parsed.getPublicSSH()).digest('base64').replace('=', '')}`,
    hostKey,
    log,
    connections: () => clients.size,
    drop,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        drop();
      }),
  };
}

/** Without a goodbye, as a broken network does. */
function cut(client: ServerConnection): void {
  (client as unknown as { _sock?: { destroy(): void } })._sock?.destroy();
}

interface Authentication {
  readonly method: string;
  readonly username: string;
  readonly password?: string;
  readonly key?: { readonly data: Buffer };
  readonly blob?: Buffer;
  readonly signature?: Buffer;
  readonly hashAlgo?: string;
  accept(): void;
  reject(methods?: string[]): void;
}

function mayEnter(request: Authentication, options: SftpServerOptions): boolean {
  const { user = 'lab', password = 'secret', publicKey } = options;
  if (request.username !== user) return false;
  if (request.method === 'password') return request.password === password;
  if (request.method !== 'publickey' || publicKey === undefined) return false;
  const known = ssh2.utils.parseKey(publicKey);
  if ('message' in known) throw known;
  const same = request.key!.data.equals(known.getPublicSSH());
  return (
    same && (!request.signature || known.verify(request.blob!, request.signature, request.hashAlgo) === true)
  );
}

class Session {
  private readonly sftp: ServerSftp;
  private readonly options: SftpServerOptions;
  private readonly log: string[];
  private readonly cut: () => void;
  private readonly handles = new Map<number, Open>();
  private next = 0;

  constructor(sftp: ServerSftp, options: SftpServerOptions, log: string[], cut: () => void) {
    this.sftp = sftp;
    this.options = options;
    this.log = log;
    this.cut = cut;
    sftp.on('error', () => undefined);
    sftp.on('end', () => sftp.end());
    sftp.on('close', () => {
      for (const { file } of this.handles.values()) void file?.close().catch(() => undefined);
    });
    this.serve('REALPATH', (id, path: string) =>
      this.sftp.name(id, [{ filename: this.real(path), longname: '', attrs: {} }]),
    );
    this.serve('LSTAT', async (id, path: string) =>
      this.sftp.attrs(id, attributes(await lstat(this.at(path)))),
    );
    this.serve('STAT', async (id, path: string) =>
      this.sftp.attrs(id, attributes(await stat(this.at(path)))),
    );
    this.serve('FSTAT', async (id, handle: Buffer) =>
      this.sftp.attrs(id, attributes(await this.of(handle).file!.stat())),
    );
    this.serve('SETSTAT', async (id, path: string, given: { atime?: number; mtime?: number }) => {
      if (given.mtime !== undefined) await utimes(this.at(path), given.atime ?? given.mtime, given.mtime);
      this.ok(id);
    });
    this.serve('FSETSTAT', (id) => this.ok(id));
    this.serve('OPENDIR', async (id, path: string) => this.openFolder(id, path));
    this.serve('READDIR', (id, handle: Buffer) => this.readFolder(id, handle));
    this.serve('OPEN', async (id, path: string, flags: number) => this.openFile(id, path, flags));
    this.serve('READ', async (id, handle: Buffer, offset: number, length: number) =>
      this.read(id, handle, offset, length),
    );
    this.serve('WRITE', async (id, handle: Buffer, offset: number, data: Buffer) => {
      await this.of(handle).file!.write(data, 0, data.length, offset);
      this.ok(id);
    });
    this.serve('CLOSE', async (id, handle: Buffer) => {
      await this.of(handle).file?.close();
      this.handles.delete(handle.readUInt32BE());
      this.ok(id);
    });
    this.serve('RENAME', async (id, from: string, to: string) => this.move(id, from, to));
    this.serve('REMOVE', async (id, path: string) => this.done(id, unlink(this.at(path))));
    this.serve('MKDIR', async (id, path: string) => this.done(id, mkdir(this.at(path))));
    this.serve('RMDIR', async (id, path: string) => this.done(id, rmdir(this.at(path))));
  }

  private serve(operation: string, work: (id: number, ...given: never[]) => unknown): void {
    this.sftp.on(operation, (id: number, ...given: unknown[]) => {
      const path = this.pathOf(given[0]);
      this.log.push(`${operation} ${path}`);
      const trouble = this.options.trouble?.(operation, path);
      if (trouble === 'hang') return;
      if (trouble === 'drop') return this.cut();
      if (trouble === 'fail') return this.sftp.status(id, STATUS.FAILURE!);
      if (trouble === 'denied') return this.sftp.status(id, STATUS.PERMISSION_DENIED!);
      void (async () => {
        try {
          if (trouble !== 'after') return await work(id, ...(given as never[]));
          const answer = this.sftp.status;
          this.sftp.status = () => this.cut();
          await work(id, ...(given as never[]));
          this.sftp.status = answer;
        } catch (error) {
          this.sftp.status(id, statusOf(error));
        }
      })();
    });
  }

  private pathOf(given: unknown): string {
    if (Buffer.isBuffer(given)) return this.handles.get(given.readUInt32BE())?.path ?? '';
    return typeof given === 'string' ? given : '';
  }

  private async openFolder(id: number, path: string): Promise<void> {
    const folder = this.at(path);
    const names = [];
    for (const filename of await readdir(folder)) {
      const found = await lstat(join(folder, filename)).catch(() => undefined);
      if (found)
        names.push({
          filename,
          longname: `${found.isDirectory() ? 'd' : '-'}rw-r--r-- 1 lab lab ${found.size} Jan 1 00:00 ${filename}`,
          attrs: attributes(found),
        });
    }
    this.sftp.handle(id, this.handle({ path, names }));
  }

  private readFolder(id: number, handle: Buffer): void {
    const found = this.of(handle);
    const some = found.names!.splice(0, 50);
    if (some.length === 0) this.sftp.status(id, STATUS.EOF!);
    else this.sftp.name(id, some as never);
  }

  private async openFile(id: number, path: string, flags: number): Promise<void> {
    const text = ssh2.utils.sftp.flagsToString(flags);
    const read = (flags & OPEN_MODE.READ!) !== 0 && (flags & OPEN_MODE.WRITE!) === 0;
    const file = await open(this.at(path), read ? 'r' : (text ?? 'w'));
    this.sftp.handle(id, this.handle({ path, file }));
  }

  private async read(id: number, handle: Buffer, offset: number, length: number): Promise<void> {
    const bytes = Buffer.alloc(length);
    const { bytesRead } = await this.of(handle).file!.read(bytes, 0, length, offset);
    if (bytesRead === 0) this.sftp.status(id, STATUS.EOF!);
    else this.sftp.data(id, bytes.subarray(0, bytesRead));
  }

  /** As OpenSSH does it: by a second link, so that of several only one succeeds and nothing is overwritten. */
  private async move(id: number, from: string, to: string): Promise<void> {
    const [source, target] = [this.at(from), this.at(to)];
    if ((await lstat(source)).isDirectory()) return this.done(id, rename(source, target));
    await link(source, target);
    try {
      await unlink(source);
    } catch (error) {
      await rm(target, { force: true });
      throw error;
    }
    this.ok(id);
  }

  private async done(id: number, work: Promise<unknown>): Promise<void> {
    await work;
    this.ok(id);
  }

  private ok(id: number): void {
    this.sftp.status(id, STATUS.OK!);
  }

  private handle(opened: Open): Buffer {
    const handle = Buffer.alloc(4);
    handle.writeUInt32BE(++this.next);
    this.handles.set(this.next, opened);
    return handle;
  }

  private of(handle: Buffer): Open {
    const found = this.handles.get(handle.readUInt32BE());
    if (!found) throw Object.assign(new Error('no such handle'), { code: 'EBADF' });
    return found;
  }

  private real(path: string): string {
    return posix.resolve('/', path);
  }

  private at(path: string): string {
    return join(this.options.folder, this.real(path));
  }
}

const attributes = ({ mode, uid, gid, size, atimeMs, mtimeMs }: Stats) => ({
  mode,
  uid,
  gid,
  size,
  atime: Math.floor(atimeMs / 1000),
  mtime: Math.floor(mtimeMs / 1000),
});

function statusOf(error: unknown): number {
  const { code } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT') return STATUS.NO_SUCH_FILE!;
  if (code === 'EACCES' || code === 'EPERM') return STATUS.PERMISSION_DENIED!;
  return STATUS.FAILURE!;
}
