/** What is used of ssh2, which carries no types of its own. */
declare module 'ssh2' {
  import type { EventEmitter } from 'node:events';
  import type { Server as NetServer } from 'node:net';

  export interface Attributes {
    mode: number;
    uid: number;
    gid: number;
    size: number;
    /** Seconds since the epoch. */
    atime: number;
    mtime: number;
  }
  export interface Stats extends Attributes {
    isFile(): boolean;
    isDirectory(): boolean;
    isSymbolicLink(): boolean;
  }
  export interface FileEntry {
    filename: string;
    longname: string;
    attrs: Stats;
  }
  type Done<T = void> = (error: (Error & { code?: number | string }) | undefined | null, value: T) => void;

  export interface Sftp extends EventEmitter {
    readdir(path: string, done: Done<FileEntry[]>): void;
    lstat(path: string, done: Done<Stats>): void;
    stat(path: string, done: Done<Stats>): void;
    open(path: string, flags: string, done: Done<Buffer>): void;
    read(
      handle: Buffer,
      to: Buffer,
      offset: number,
      length: number,
      position: number,
      done: Done<number>,
    ): void;
    write(handle: Buffer, from: Buffer, offset: number, length: number, position: number, done: Done): void;
    close(handle: Buffer, done: Done): void;
    rename(from: string, to: string, done: Done): void;
    unlink(path: string, done: Done): void;
    mkdir(path: string, done: Done): void;
    ext_openssh_fsync(handle: Buffer, done: Done): void;
    end(): void;
  }

  export interface ConnectConfig {
    host: string;
    port: number;
    username: string;
    password?: string;
    privateKey?: Buffer;
    passphrase?: string;
    readyTimeout: number;
    keepaliveInterval: number;
    keepaliveCountMax: number;
    /** Gets the host key as it goes over the wire. */
    hostVerifier: (key: Buffer) => boolean;
    tryKeyboard?: boolean;
  }
  export class Client extends EventEmitter {
    connect(config: ConnectConfig): this;
    sftp(done: Done<Sftp>): void;
    setNoDelay(on: boolean): this;
    end(): this;
    destroy(): this;
  }

  export interface ServerSftp extends EventEmitter {
    end(): void;
    status(id: number, code: number, message?: string): void;
    handle(id: number, handle: Buffer): void;
    data(id: number, data: Buffer): void;
    name(id: number, names: { filename: string; longname: string; attrs: Partial<Attributes> }[]): void;
    attrs(id: number, attributes: Partial<Attributes>): void;
  }
  export interface ServerConnection extends EventEmitter {
    end(): void;
    setNoDelay(on: boolean): this;
  }
  export class Server extends EventEmitter {
    constructor(config: { hostKeys: (Buffer | string)[] }, connected?: (client: ServerConnection) => void);
    listen(port: number, host: string, done: () => void): NetServer;
    address(): { port: number };
    close(done?: () => void): void;
  }
  export interface ParsedKey {
    getPublicSSH(): Buffer;
    verify(data: Buffer, signature: Buffer, hash?: string): boolean;
  }
  export const utils: {
    parseKey(data: Buffer | string, passphrase?: string): ParsedKey | Error;
    generateKeyPairSync(type: 'ed25519' | 'rsa', options?: object): { private: string; public: string };
    sftp: {
      STATUS_CODE: Readonly<Record<string, number>>;
      OPEN_MODE: Readonly<Record<string, number>>;
      flagsToString(flags: number): string | null;
    };
  };

  const parts: { Client: typeof Client; Server: typeof Server; utils: typeof utils };

  // biome-ignore lint/style/noDefaultExport: the package has no other
  export { parts as default };
}
