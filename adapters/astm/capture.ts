import type { CapturedBytes } from '../../contracts/adapter/wire.ts';

/** The last bytes of a connection, bounded in each direction; the oldest chunks go first. */
export class Capture {
  private readonly limit: number;
  private readonly chunks: CapturedBytes[] = [];
  private first = 0;
  private readonly size = { in: 0, out: 0 };

  constructor(limit: number) {
    this.limit = limit;
  }

  /** Keeps the bytes by copy where they are few, so that a small frame does not hold a large read buffer alive. */
  add(direction: 'in' | 'out', bytes: Uint8Array, at: number): void {
    if (this.limit === 0 || bytes.length === 0) return;
    const last = bytes.length > this.limit ? bytes.subarray(bytes.length - this.limit) : bytes;
    this.chunks.push({ at, direction, bytes: Uint8Array.prototype.slice.call(last) });
    this.size[direction] += last.length;
    while (this.size[direction] > this.limit) this.dropOldest(direction);
    if (this.first <= 256) return;
    this.chunks.splice(0, this.first);
    this.first = 0;
  }

  read(): CapturedBytes[] {
    return this.chunks.slice(this.first);
  }

  private dropOldest(direction: 'in' | 'out'): void {
    for (let i = this.first; i < this.chunks.length; i++) {
      const chunk = this.chunks[i]!;
      if (chunk.direction !== direction) continue;
      this.size[direction] -= chunk.bytes.length;
      if (i === this.first) this.first++;
      else this.chunks.splice(i, 1);
      return;
    }
  }
}
