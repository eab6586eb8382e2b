export interface Entry {
  readonly name: string;
  readonly kind: 'file' | 'folder' | 'link' | 'other';
  readonly size: number;
  /** Milliseconds since the epoch by the clock of the file system. */
  readonly changedAt: number;
}

/**
 * A folder and what is below it, local or remote. Paths are relative to it, with forward slashes; '' is the folder. Errors
 * carry a `code` as the system gives it: ENOENT, EEXIST, EACCES, ENOSPC …
 */
export interface Store {
  /** As people know it, and as a peer. */
  readonly place: string;
  readonly peer: string;
  /** Names in another encoding come with U+FFFD and cannot be reached. */
  readonly utf8Only: boolean;
  /** Entries whose names are wanted; links are not followed. */
  list(folder: string, wanted: (name: string) => boolean): Promise<Entry[]>;
  stat(path: string): Promise<Entry | undefined>;
  /** At most `limit` bytes; never through a link. */
  read(path: string, limit: number): Promise<Buffer>;
  /** To a name that nobody else uses. Of several who rename the same file one succeeds, the others get ENOENT. */
  rename(from: string, to: string): Promise<void>;
  /**
   * Never overwrites: EEXIST. The caller alone may move `from`. `alone`: no other node of ours wants the name, so that nothing
   * has to stand there for a moment that a partner could take for the file.
   */
  moveNew(from: string, to: string, alone?: boolean): Promise<void>;
  /** A new file, on the disk when this resolves: EEXIST. */
  create(path: string, bytes: Uint8Array): Promise<void>;
  /** The same, over an old one. */
  replace(path: string, bytes: Uint8Array): Promise<void>;
  /** Nothing where it is not there. */
  remove(path: string): Promise<void>;
  /** Whether two names are one file, as a move that was cut short may leave it. */
  same(one: string, other: string): Promise<boolean>;
  /** With those around it; nothing where it is there. */
  makeFolder(path: string): Promise<void>;
  /** Calls back when something changed in the folder itself, as far as the system tells. Gives the way to end it. */
  watch?(changed: () => void): () => void;
  close(): void;
}

export const codeOf = (error: unknown): string => {
  const { code, message } = error as NodeJS.ErrnoException;
  return typeof code === 'string' ? code : (message ?? String(error));
};

export const failure = (code: string, message = code): Error => Object.assign(new Error(message), { code });

export const joined = (folder: string, name: string): string => (folder === '' ? name : `${folder}/${name}`);

/** The server or the way to it is gone; nothing else can be tried now. */
export const isGone = (error: unknown): boolean =>
  /^(ECONN|EHOST|ENET|ETIMEDOUT|ELOGIN|EKEY|EPROTO|EPIPE|EAI_|ENOTFOUND)/.test(codeOf(error));
