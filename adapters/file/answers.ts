import type { SendSettings } from './descriptor.ts';
import { splitName } from './names.ts';
import type { SentNotes } from './sent-notes.ts';
import { codeOf, type Entry, joined, type Store } from './store.ts';

interface Wanted {
  readonly id: string;
  readonly controlId: string;
  /** Of the file that was written. */
  readonly name: string;
  readonly matches: (bytes: Uint8Array) => boolean;
}

export interface Answer {
  readonly kind: 'answer' | 'refusal';
  readonly bytes: Uint8Array;
}

/** Looks for the file in which the partner answers, until it is there and whole, or it is told to end. */
export class Answers {
  private readonly store: Store;
  private readonly notes: SentNotes;
  private readonly settings: SendSettings;

  constructor(store: Store, notes: SentNotes, settings: SendSettings) {
    this.store = store;
    this.notes = notes;
    this.settings = settings;
  }

  /** Undefined where the time was over first. Rejects where the folder cannot be read. */
  async wait(wanted: Wanted, timeoutMs: number, signal: AbortSignal): Promise<Answer | undefined> {
    const until = performance.now() + timeoutMs;
    const seen = new Map<string, Entry>();
    for (;;) {
      const found = (await this.kept(wanted)) ?? (await this.look(wanted, seen));
      if (found !== undefined) return found;
      const left = until - performance.now();
      if (left <= 0 || signal.aborted) return undefined;
      await pause(Math.min(this.settings.answerMs ?? 1000, left), signal);
    }
  }

  /** One taken before: the answer outlives a crash of ours. */
  private async kept({ id }: Wanted): Promise<Answer | undefined> {
    for (const kind of ['answer', 'refusal'] as const) {
      const bytes = await this.notes.bytes(this.notes.path(id, kind), this.limit);
      if (bytes !== undefined) return { kind, bytes };
    }
    return undefined;
  }

  private async look(wanted: Wanted, seen: Map<string, Entry>): Promise<Answer | undefined> {
    for (const kind of ['answer', 'refusal'] as const) {
      const pattern = this.settings[kind];
      if (pattern === undefined) continue;
      const { folder, matches } = placeOf(pattern, wanted);
      for (const entry of await this.entries(folder, matches)) {
        const path = joined(folder, entry.name);
        const before = seen.get(path);
        seen.set(path, entry);
        if (before?.size !== entry.size || before.changedAt !== entry.changedAt) continue;
        const bytes = await this.store.read(path, this.limit);
        if (!wanted.matches(bytes)) continue;
        await this.store.rename(path, this.notes.path(wanted.id, kind));
        return { kind, bytes };
      }
    }
    return undefined;
  }

  private async entries(folder: string, matches: (name: string) => boolean): Promise<Entry[]> {
    try {
      return (await this.store.list(folder, matches)).filter(({ kind }) => kind === 'file');
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return [];
      throw error;
    }
  }

  private get limit(): number {
    return this.settings.maxAnswerBytes ?? 16_777_216;
  }
}

/** `ack/{stem}.*` for this delivery; what is filled in stands for itself. */
function placeOf(
  pattern: string,
  { id, controlId, name }: Wanted,
): { folder: string; matches: (name: string) => boolean } {
  const slash = pattern.lastIndexOf('/');
  const values: Record<string, string> = { id, controlId, name, stem: splitName(name).stem };
  const parts = pattern.slice(slash + 1).split(/\{(\w+)\}/);
  const expression = parts.map((part, i) => (i % 2 === 1 ? literal(values[part] ?? '') : wild(part)));
  const whole = new RegExp(`^${expression.join('')}$`, 'su');
  return { folder: slash < 0 ? '' : pattern.slice(0, slash), matches: (one) => whole.test(one) };
}

const literal = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
const wild = (text: string): string =>
  text
    .replace(/[\\^$.+()[\]{}|/]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done);
  });
}
