/** Batches of work that overlap: those under way, and how the ones that ended did. */
export class Waves {
  private readonly under = new Set<Promise<void>>();
  private rung: () => void = () => undefined;
  private waiting = false;
  private failure: unknown;

  get size(): number {
    return this.under.size;
  }

  /** One had to leave work for later, or failed: no further one should be begun. */
  get halted(): boolean {
    return this.waiting || this.failure !== undefined;
  }

  /** `work` gives false where something has to wait. */
  begin(work: Promise<boolean>): void {
    const wave = work
      .then((good) => {
        if (!good) this.waiting = true;
      })
      .catch((error: unknown) => {
        this.failure ??= error;
      })
      .finally(() => this.under.delete(wave));
    this.under.add(wave);
  }

  /** Until one has ended, or somebody rings. */
  async change(): Promise<void> {
    const bell = new Promise<void>((resolve) => {
      this.rung = resolve;
    });
    await Promise.race([...this.under, bell]);
  }

  ring(): void {
    this.rung();
  }

  /** Until all have ended; fails as the first that failed did. */
  async ended(): Promise<void> {
    await Promise.all(this.under);
    if (this.failure !== undefined) throw this.failure;
  }
}
