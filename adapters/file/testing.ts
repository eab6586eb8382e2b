import { mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type {
  InboundFrame,
  ListenContext,
  Listener,
  Reply,
  Sender,
  SendOptions,
} from '../../contracts/adapter/port.ts';
import type { WireIncident } from '../../contracts/adapter/wire.ts';
import { adapter } from './index.ts';

const quiet = (): void => undefined;
const nothing: Pick<ListenContext, 'web' | 'mark' | 'query' | 'log'> = {
  web: { url: '', mount: () => quiet },
  mark: () => Promise.resolve(undefined),
  query: () => Promise.reject(new Error('not asked')),
  log: { debug: quiet, info: quiet, warn: quiet, error: quiet },
};

export const good = (id = 'm1'): Reply => ({ outcome: 'kept', results: [{ id, outcome: 'kept' }] });

/** Waits until something holds, looking often; fails in the end with what it last saw. */
export async function until(
  holds: () => boolean,
  seen: () => unknown = () => '',
  seconds = 25,
): Promise<void> {
  const end = performance.now() + seconds * 1000;
  while (!holds()) {
    if (performance.now() > end) throw new Error(`never held: ${JSON.stringify(seen())}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Files below a folder, hidden ones and links too (which are not followed), sorted; `day` stands for the dated folder. */
export function filesIn(folder: string, day = 'DAY'): string[] {
  const found: string[] = [];
  const walk = (inner: string): void => {
    for (const entry of readdirSync(join(folder, inner), { withFileTypes: true })) {
      const path = join(inner, entry.name);
      if (entry.isDirectory()) walk(path);
      else found.push(day ? path.replace(/\d{4}-\d{2}-\d{2}/, day) : path);
    }
  };
  walk('');
  return found.sort();
}

/** Puts a file there whole, as a good partner does: nobody sees half of it. */
export function drop(path: string, bytes: string | Uint8Array): void {
  const passing = join(dirname(path), '.writing');
  writeFileSync(passing, bytes);
  renameSync(passing, path);
}

/** Waits until so many files lie in the processed folder, and no node holds anything any more. */
export const moved = (folder: string, count: number): Promise<void> =>
  until(
    () =>
      filesIn(folder).filter((f) => f.startsWith('processed')).length >= count &&
      !filesIn(folder).some((f) => /^\.(alive|claimed)/.test(f)),
    () => filesIn(folder),
  );

/** Folders, listeners and senders of one test, gone after it. */
export class Bench {
  private readonly cleanups: (() => unknown)[] = [];

  async clear(): Promise<void> {
    for (const clean of this.cleanups.splice(0).reverse()) await clean();
  }

  onEnd(clean: () => unknown): void {
    this.cleanups.push(clean);
  }

  folder(base = tmpdir()): string {
    const path = mkdtempSync(join(base, 'cytomesh-file-'));
    this.cleanups.push(() => rmSync(path, { recursive: true, force: true, maxRetries: 5 }));
    return path;
  }

  /** Watches with short times; frames are answered by `accept`. */
  async watch(
    settings: Record<string, unknown>,
    accept: (frame: InboundFrame) => Promise<Reply> = () => Promise.resolve(good()),
    files: string | null = '/',
  ) {
    const frames: InboundFrame[] = [];
    const incidents: WireIncident[] = [];
    const listener: Listener = await adapter.listen!({
      ...nothing,
      ...(files !== null && { files }),
      endpoint: 'lis',
      settings: { pollMs: 20, stableMs: 0, takeBackMs: 200, ...settings },
      now: Date.now,
      incident: (incident) => incidents.push(incident),
      accept: (frame) => {
        frames.push(frame);
        return accept(frame);
      },
    });
    this.cleanups.push(() => listener.stop(0));
    return {
      listener,
      frames,
      incidents,
      kinds: () => incidents.map(({ kind }) => kind),
      texts: () => frames.map(({ bytes }) => Buffer.from(bytes).toString()),
      names: () => frames.map(({ meta }) => meta?.file),
    };
  }

  sender(settings: Record<string, unknown>, now: () => number = Date.now, files = '/') {
    const incidents: WireIncident[] = [];
    const sender: Sender = adapter.connect!({
      ...nothing,
      files,
      endpoint: 'lis',
      settings: { answerMs: 10, ...settings },
      now,
      incident: (incident) => incidents.push(incident),
    });
    this.cleanups.push(() => sender.close());
    const send = (text: string, more: Partial<SendOptions> = {}) =>
      sender.send(Buffer.from(text), {
        timeoutMs: 5000,
        matches: () => true,
        id: 'd-1',
        controlId: 'C1',
        with: {},
        mediaType: 'text/csv; charset=UTF-8',
        ...more,
      });
    return { sender, send, incidents, kinds: () => incidents.map(({ kind }) => kind) };
  }
}
