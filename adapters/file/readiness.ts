import type { ListenSettings } from './descriptor.ts';
import type { Found } from './scan.ts';

interface Seen {
  readonly size: number;
  readonly changedAt: number;
  /** By our own clock, which alone can be trusted to go on evenly. */
  readonly since: number;
}

/** Whether files are complete, by what is seen of them from look to look. */
export class Readiness {
  private readonly ready: NonNullable<ListenSettings['ready']>;
  private readonly stableMs: number;
  private seen = new Map<string, Seen>();

  constructor({ ready = 'stable', stableMs = 3000 }: ListenSettings) {
    this.ready = ready;
    this.stableMs = stableMs;
  }

  /** The files that are complete, and in how many milliseconds the next may be. */
  sort(files: readonly Found[]): { complete: Found[]; nextMs: number } {
    const now = performance.now();
    const seen = new Map<string, Seen>();
    const complete: Found[] = [];
    let nextMs = Number.POSITIVE_INFINITY;
    for (const file of files) {
      if (this.ready === 'stable') {
        const before = this.seen.get(file.path);
        const same = before?.size === file.size && before.changedAt === file.changedAt;
        const since = same ? before.since : now;
        seen.set(file.path, { size: file.size, changedAt: file.changedAt, since });
        const left = this.stableMs - (now - since);
        if (left <= 0) complete.push(file);
        else nextMs = Math.min(nextMs, left);
      } else if (this.ready === 'named' || file.owner !== undefined || file.companions.length > 0)
        complete.push(file);
    }
    this.seen = seen;
    return { complete, nextMs };
  }

  /** It changed after all. */
  forget({ path }: Found): void {
    this.seen.delete(path);
  }
}
