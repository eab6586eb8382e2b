import { createHash } from 'node:crypto';
import type { InboundFrame, ListenContext, Listener, Reply } from '../../contracts/adapter/port.ts';
import type { CapturedBytes, ConnectionStats } from '../../contracts/adapter/wire.ts';
import { Claims } from './claims.ts';
import type { ListenSettings } from './descriptor.ts';
import { mediaTypeOf } from './media-type.ts';
import { storeOf } from './place.ts';
import { Readiness } from './readiness.ts';
import { type Found, type Scan, scanner } from './scan.ts';
import { settle, type Unsettled } from './settle.ts';
import { codeOf, failure, isGone, type Store } from './store.ts';
import { Wire } from './wire.ts';

/** What is kept of a file over the limit. */
const HEAD_BYTES = 1_048_576;
/** Files that are committed and cannot be moved: beyond so many nothing more is taken. */
const MOST_UNMOVED = 100;
const WAKE_MS = 50;

/** Watches a folder until stopped. Throws `channel.text.invalid` where it lies outside the installation's own. */
export async function listen(context: ListenContext): Promise<Listener> {
  const settings = context.settings as ListenSettings;
  return new FolderListener(context, settings, storeOf(settings, context.files));
}

class FolderListener implements Listener {
  readonly address: string;
  readonly port = 0;
  private readonly context: ListenContext;
  private readonly settings: ListenSettings;
  private readonly store: Store;
  private readonly wire: Wire;
  private readonly claims: Claims;
  private readonly readiness: Readiness;
  private readonly scan: () => Promise<Scan>;
  private readonly pollMs: number;
  /** Committed, and still where they were claimed. */
  private readonly unmoved = new Map<string, Unsettled>();
  private timer: NodeJS.Timeout | undefined;
  private waking: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private again = false;
  private stopping = false;
  private unwatch: (() => void) | undefined;
  /** The folder was there once: from then on its absence is an incident. */
  private seen = false;
  private made = false;

  constructor(context: ListenContext, settings: ListenSettings, store: Store) {
    this.context = context;
    this.settings = settings;
    this.store = store;
    this.address = store.place;
    this.pollMs = settings.pollMs ?? 5000;
    this.wire = new Wire(context, store.peer);
    this.claims = new Claims(store, settings.takeBackMs ?? 60_000);
    this.readiness = new Readiness(settings);
    this.scan = scanner(store, settings);
    this.look();
  }

  connections(): ConnectionStats[] {
    return [this.wire.stats()];
  }

  capture(connection: string): CapturedBytes[] {
    return connection === this.wire.id ? this.wire.capture() : [];
  }

  async stop(drainMs: number): Promise<void> {
    this.stopping = true;
    clearTimeout(this.timer);
    clearTimeout(this.waking);
    this.unwatch?.();
    let late: NodeJS.Timeout | undefined;
    await Promise.race([this.running, new Promise((resolve) => (late = setTimeout(resolve, drainMs)))]);
    clearTimeout(late);
    await this.claims.stop();
    this.wire.open = false;
    this.store.close();
  }

  /** Looks now, or once more when the look under way is over. */
  private look(): void {
    if (this.stopping) return;
    this.again = this.running !== undefined;
    if (this.again) return;
    clearTimeout(this.timer);
    this.running = this.round()
      .catch((error: unknown) => this.failed(error))
      .then((nextMs) => {
        this.running = undefined;
        if (this.again) this.look();
        else this.later(Math.min(nextMs, this.pollMs));
      });
  }

  private later(ms: number): void {
    if (this.stopping) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.look(), Math.max(ms, 1)).unref();
  }

  /** Changes come in swarms: one look for all of them, and none puts it off. */
  private wake(): void {
    if (this.stopping || this.waking !== undefined) return;
    this.waking = setTimeout(() => {
      this.waking = undefined;
      this.look();
    }, WAKE_MS).unref();
  }

  private failed(error: unknown): number {
    this.unwatch?.();
    this.unwatch = undefined;
    const waits = this.settings.optional && !this.seen && codeOf(error) === 'ENOENT';
    if (!this.stopping && !waits) this.wire.trouble('folder', error);
    this.wire.open = false;
    return this.pollMs;
  }

  /** One look: what was committed moves, what is complete is taken in order. Gives when to look again. */
  private async round(): Promise<number> {
    if (this.settings.create && !this.made) await this.store.makeFolder('');
    this.made = true;
    for (const one of [...this.unmoved.values()]) await this.move(one);
    const { files, refused, signs } = await this.scan();
    this.seen = true;
    this.wire.open = true;
    this.wire.well('folder');
    this.watch();
    for (const [kind, reason] of refused) this.wire.once(kind, reason);
    const open = files.filter(({ path }) => !this.unmoved.has(path));
    const { complete, nextMs } = this.readiness.sort(open);
    const abandoned = await this.claims.abandoned(open, signs);
    const mine = new Set(files.filter(({ owner }) => owner === this.claims.owner).map(({ path }) => path));
    for (const file of complete) {
      if (this.stopping || this.unmoved.size >= MOST_UNMOVED) break;
      const others = file.owner !== undefined && file.owner !== this.claims.owner;
      // Another node has it: those behind it wait, or a node that died with it would let them pass.
      if (others && !abandoned.owners.has(file.owner!)) break;
      // One of this name is still with us: taken now, it would be overwritten.
      if (file.owner !== this.claims.owner && mine.has(this.claims.pathOf(file))) continue;
      if (!(await this.take(file))) break;
    }
    for (const owner of abandoned.owners) await this.claims.bury(owner);
    await this.claims.rest();
    return Math.min(nextMs, abandoned.nextMs);
  }

  /** False where nothing more should be tried in this look: the order of files is kept. */
  private async take(found: Found): Promise<boolean> {
    let file: Found | undefined;
    try {
      file = await this.claims.take(found);
      this.wire.well('claim');
    } catch (error) {
      if (isGone(error)) throw error;
      // Windows: whoever writes it still has it open.
      if (codeOf(error) !== 'EBUSY') this.wire.trouble('claim', error);
      return true;
    }
    if (file === undefined) return true;
    const bytes = await this.read(file).catch((error: unknown) => {
      if (isGone(error)) throw error;
      this.wire.once('unreadable', `${found.name} ${codeOf(error)}`);
      return undefined;
    });
    if (bytes === undefined) {
      this.readiness.forget(found);
      await this.claims.release(file);
      return true;
    }
    const reply = await this.commit(file, bytes);
    if (reply === undefined) {
      await this.claims.release(file);
      return false;
    }
    await this.move({ file, reply });
    return true;
  }

  /** Its bytes, of one over the limit the first; undefined where it is still being written. */
  private async read(file: Found): Promise<Uint8Array | undefined> {
    const limit = this.settings.maxBytes ?? 67_108_864;
    const before = await this.store.stat(file.path);
    if (before?.kind !== 'file') return undefined;
    const size = Math.min(before.size, before.size > limit ? HEAD_BYTES : limit);
    const bytes = await this.store.read(file.path, size);
    const after = await this.store.stat(file.path);
    const still = [before, after].every((one) => one?.size === file.size && one.changedAt === file.changedAt);
    return still && bytes.length === size ? bytes : undefined;
  }

  /** Undefined where nothing could be kept; then it is tried again later. */
  private async commit(file: Found, bytes: Uint8Array): Promise<Reply | undefined> {
    const began = performance.now();
    this.wire.pending = 1;
    try {
      const reply = await this.context.accept(this.frameOf(file, bytes));
      this.wire.moved('in', bytes, performance.now() - began);
      this.wire.well('intake');
      return reply;
    } catch (error) {
      this.wire.trouble(
        'intake',
        failure(codeOf(error), 'nothing could be kept; the file stays'),
        'intake-refused',
      );
      return undefined;
    } finally {
      this.wire.pending = 0;
    }
  }

  private frameOf(file: Found, bytes: Uint8Array): InboundFrame {
    const large = file.size > bytes.length;
    const keep = this.settings.keepOriginal !== false && !large && bytes.length > 0;
    const digest = keep ? createHash('sha256').update(bytes).digest('hex') : '';
    const limit = this.settings.maxBytes ?? 67_108_864;
    return {
      bytes,
      connection: this.wire.id,
      peer: this.wire.peer,
      receivedAt: this.context.now(),
      oddities: large ? ['cut'] : [],
      meta: { file: file.name.slice(-200), ...(keep && { original: digest }) },
      ...(keep && { blobs: [{ digest, mediaType: mediaTypeOf(file.name), bytes }] }),
      ...(large && { broken: { code: 'hub.frame.large', reason: `${file.size} bytes, at most ${limit}` } }),
      ...(file.size === 0 && { broken: { code: 'hub.frame.broken', reason: '空文件 · an empty file' } }),
    };
  }

  /** What cannot be moved stays claimed and is moved later; it is not taken in again. */
  private async move(one: Unsettled): Promise<void> {
    const { file, reply } = one;
    try {
      const mine = await settle(this.store, this.settings, one, this.context.now());
      if (!mine)
        this.wire.incident('claim-lost', 'another node took the file back; it is known by its content');
      this.unmoved.delete(file.path);
      this.claims.done(file);
      this.wire.well('moving');
      reply.written?.('sent');
    } catch (error) {
      this.unmoved.set(file.path, one);
      this.wire.trouble('moving', error);
    }
  }

  private watch(): void {
    if (this.unwatch !== undefined || this.store.watch === undefined || this.stopping) return;
    try {
      this.unwatch = this.store.watch(() => this.wake());
    } catch (error) {
      this.unwatch = () => undefined;
      this.context.log.info('changes in a folder are not told by the system; it is polled', {
        endpoint: this.context.endpoint,
        reason: codeOf(error),
      });
    }
  }
}
