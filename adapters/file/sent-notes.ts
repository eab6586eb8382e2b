import { createHash } from 'node:crypto';
import { codeOf, joined, type Store } from './store.ts';

/** What was decided about a delivery when it was first written. */
export interface Note {
  readonly name: string;
  readonly digest: string;
}

const DAY = 86_400_000;
const TIDY_MS = 3_600_000;
const NOTE_BYTES = 4096;

/**
 * Notes which delivery was written under which name, beside the temporary file. With the note there and the temporary file gone
 * the delivery is with the partner, even where the partner has taken its file away already.
 */
export class SentNotes {
  private readonly store: Store;
  private readonly folder: string;
  private readonly rememberMs: number;
  private tidiedAt = 0;

  constructor(store: Store, folder: string, rememberDays: number) {
    this.store = store;
    this.folder = folder;
    this.rememberMs = rememberDays * DAY;
  }

  /** A file that belongs to a delivery. */
  path(id: string, suffix: 'json' | 'tmp' | 'answer' | 'refusal'): string {
    const safe = /^[A-Za-z0-9_-]{1,64}$/.test(id)
      ? id
      : createHash('sha256').update(id).digest('hex').slice(0, 40);
    return joined(this.folder, `${safe}.${suffix}`);
  }

  async read(id: string): Promise<Note | undefined> {
    const text = await this.bytes(this.path(id, 'json'), NOTE_BYTES);
    if (text === undefined) return undefined;
    try {
      const { name, digest } = JSON.parse(text.toString('utf8')) as Partial<Note>;
      return typeof name === 'string' && typeof digest === 'string' ? { name, digest } : undefined;
    } catch {
      return undefined;
    }
  }

  /** The whole bytes first, then the note: whoever finds the note may rely on the bytes. */
  async keep(id: string, bytes: Uint8Array, note: Note): Promise<void> {
    await this.store.makeFolder(this.folder);
    await this.store.replace(this.path(id, 'tmp'), bytes);
    await this.store.replace(this.path(id, 'json'), Buffer.from(JSON.stringify(note), 'utf8'));
  }

  /** Undefined where there is no such file. */
  async bytes(path: string, limit: number): Promise<Buffer | undefined> {
    try {
      return await this.store.read(path, limit);
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return undefined;
      throw error;
    }
  }

  /** Forgets what is old, once an hour. */
  async tidy(now: number): Promise<void> {
    if (now - this.tidiedAt < TIDY_MS) return;
    this.tidiedAt = now;
    const entries = await this.store.list(this.folder, (name) => /\.(json|tmp|answer|refusal)$/.test(name));
    // The note goes before its temporary file: the other way round it would say that the file is with the partner.
    entries.sort((a, b) => (a.name < b.name ? -1 : 1));
    for (const { name, kind, changedAt } of entries)
      if (kind === 'file' && now - changedAt > this.rememberMs)
        await this.store.remove(joined(this.folder, name));
  }
}
