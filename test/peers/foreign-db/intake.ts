import type { InboundFrame, ListenContext, Reply } from '../../../contracts/adapter/port.ts';
import type { WireIncident } from '../../../contracts/adapter/wire.ts';

export type Json = Record<string, string | number | boolean | null>;

/** Conditions that are looked at again whenever something happens. */
class Watch {
  private readonly waiting = new Set<() => void>();

  poke(): void {
    for (const check of this.waiting) check();
  }

  until(holds: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const check = (): void => {
        if (!holds()) return;
        this.waiting.delete(check);
        resolve();
      };
      this.waiting.add(check);
      check();
    });
  }
}

/**
 * What stands behind the port in these tests: keeps frames and marks together, as one transaction does, over restarts of the
 * adapter. `before` decides about a frame: it may wait, or throw, and then nothing of it is kept.
 */
export class FakeIntake {
  readonly frames: InboundFrame[] = [];
  readonly incidents: WireIncident[] = [];
  readonly marks = new Map<string, string>();
  before: (frame: InboundFrame, n: number) => Promise<void> = async () => undefined;
  /** How a frame that is kept is answered. */
  answer: (frame: InboundFrame) => Reply = () => ({ outcome: 'kept', results: [] });
  now: () => number = Date.now;
  /** Incidents that are over, as the log tells. */
  readonly over: string[] = [];
  private readonly watch = new Watch();
  private asked = 0;

  get rows(): Json[] {
    return this.frames.map((f) => JSON.parse(Buffer.from(f.bytes).toString('utf8')) as Json);
  }

  until(holds: () => boolean): Promise<void> {
    return this.watch.until(holds);
  }

  kinds(): string[] {
    return this.incidents.map((i) => i.kind);
  }

  context(settings: Record<string, unknown>): ListenContext {
    const quiet = (): void => undefined;
    return {
      endpoint: 'his-view',
      settings,
      log: { debug: quiet, info: (_, data) => this.note(data), warn: quiet, error: quiet },
      now: () => {
        queueMicrotask(() => this.watch.poke());
        return this.now();
      },
      web: { url: '', mount: () => () => undefined },
      mark: async (name) => this.marks.get(name),
      query: async () => undefined,
      incident: (incident) => {
        this.incidents.push(incident);
        this.watch.poke();
      },
      accept: (frame) => this.accept(frame),
    };
  }

  private note(data: object | undefined): void {
    this.over.push((data as { incident: string }).incident);
    this.watch.poke();
  }

  private async accept(frame: InboundFrame): Promise<Reply> {
    await this.before(frame, this.asked++);
    this.frames.push(frame);
    if (frame.mark) this.marks.set(frame.mark.name, frame.mark.value);
    this.watch.poke();
    return this.answer(frame);
  }
}
