/** What a handler was called with, and a way to wait for it. */
export class Recorder {
  readonly calls: string[][] = [];
  private readonly watchers = new Set<() => void>();

  add(keys: string[]): void {
    this.calls.push(keys);
    for (const look of this.watchers) look();
  }

  /** Keys of all calls in order. */
  keys(): string[] {
    return this.calls.flat();
  }

  /** Calls without keys. */
  looks(): number {
    return this.calls.filter((keys) => keys.length === 0).length;
  }

  until(holds: (recorder: this) => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = () => {
        if (!holds(this)) return;
        this.watchers.delete(look);
        resolve();
      };
      this.watchers.add(look);
      look();
    });
  }

  has(key: string): Promise<void> {
    return this.until((r) => r.keys().includes(key));
  }
}

/** A promise and its resolver. */
export function gate(): { opened: Promise<void>; open: () => void } {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}
