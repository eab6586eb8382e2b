import { randomBytes } from 'node:crypto';
import { aliveName, claimName, passingName } from './names.ts';
import type { Found } from './scan.ts';
import { codeOf, joined, type Store } from './store.ts';

/**
 * Which node takes a file: the one whose rename succeeds. A node that holds one for long shows that it lives by changing a
 * small file; one that shows nothing for `takeBackMs` by our clock has died, and what it held is claimed again.
 */
export class Claims {
  private readonly store: Store;
  private readonly takeBackMs: number;
  /** New with every start: what an earlier life held is taken back like that of others. */
  readonly owner = Array.from(randomBytes(8), (byte) => 'abcdefghijklmnopqrstuvwxyz012345'[byte % 32]).join(
    '',
  );
  private readonly others = new Map<string, { sign: string; since: number }>();
  private readonly held = new Set<string>();
  private beats = 0;
  private timer: NodeJS.Timeout | undefined;
  private beating: Promise<unknown> = Promise.resolve();

  constructor(store: Store, takeBackMs: number) {
    this.store = store;
    this.takeBackMs = takeBackMs;
  }

  /** Where a file stands once it is ours. */
  pathOf({ folder, name }: Found): string {
    return joined(folder, claimName(this.owner, name.slice(name.lastIndexOf('/') + 1)));
  }

  /** The claimed file; undefined where another node was faster. */
  async take(file: Found): Promise<Found | undefined> {
    const path = this.pathOf(file);
    if (file.owner === this.owner) return this.hold(file);
    try {
      await this.store.rename(file.path, path);
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return undefined;
      if (codeOf(error) === 'EFAILED' && (await this.store.stat(file.path)) === undefined) return undefined;
      throw error;
    }
    return this.hold({ ...file, path, owner: this.owner });
  }

  /** Back under its name, for whoever comes next; it stays claimed where a new file has that name meanwhile. */
  async release(file: Found): Promise<void> {
    try {
      await this.store.moveNew(file.path, file.name);
    } catch (error) {
      if (codeOf(error) !== 'EEXIST' && codeOf(error) !== 'ENOENT') throw error;
    }
    this.done(file);
  }

  /** It is held no longer. */
  done({ path }: Found): void {
    this.held.delete(path);
  }

  /** Who holds claims and has shown no sign of life for too long; `nextMs` says when to look again. */
  async abandoned(
    claimed: readonly Found[],
    signs: readonly string[],
  ): Promise<{ owners: ReadonlySet<string>; nextMs: number }> {
    const owners = new Set([...claimed.flatMap(({ owner }) => owner ?? []), ...signs]);
    owners.delete(this.owner);
    for (const owner of this.others.keys()) if (!owners.has(owner)) this.others.delete(owner);
    const dead = new Set<string>();
    let nextMs = Number.POSITIVE_INFINITY;
    for (const owner of owners) {
      const sign = await this.signOf(owner);
      const before = this.others.get(owner);
      const now = performance.now();
      if (before?.sign !== sign) this.others.set(owner, { sign, since: now });
      const left = this.takeBackMs - (before?.sign === sign ? now - before.since : 0);
      if (left <= 0) dead.add(owner);
      else nextMs = Math.min(nextMs, left);
    }
    return { owners: dead, nextMs };
  }

  /** Where nothing is held any more the sign of life goes. */
  async rest(): Promise<void> {
    if (this.held.size === 0) await this.stop();
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    this.timer = undefined;
    await this.beating;
    if (this.held.size > 0 || this.beats === 0) return;
    this.beats = 0;
    await this.bury(this.owner);
  }

  /** Removes what the dead left of themselves. */
  async bury(owner: string): Promise<void> {
    for (const path of [aliveName(owner), passingName(owner)])
      await this.store.remove(path).catch(() => undefined);
  }

  private hold(file: Found): Found {
    this.held.add(file.path);
    this.timer ??= setInterval(() => this.beat(), this.takeBackMs / 4).unref();
    return file;
  }

  private beat(): void {
    const sign = Buffer.from(String(++this.beats));
    this.beating = this.beating
      .then(() => this.store.replace(aliveName(this.owner), sign))
      .catch(() => undefined);
  }

  private async signOf(owner: string): Promise<string> {
    try {
      return (await this.store.read(aliveName(owner), 20)).toString('latin1');
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return '';
      throw error;
    }
  }
}
