import type { ListenContext, Listener } from '../../contracts/adapter/port.ts';
import type { CapturedBytes, ConnectionStats } from '../../contracts/adapter/wire.ts';
import { Fault, toFault } from '../../contracts/kernel/fault.ts';
import { Client } from './client.ts';
import type { ListenSettings } from './descriptor.ts';
import { type Cycle, Device, type Reading } from './device.ts';
import { Wire } from './wire.ts';

const firstWaitMs = 1000;
const longestWaitMs = 60_000;
const intakeWaitMs = 250;
const longestIntakeWaitMs = 30_000;
/** Polls that are being kept while others are read; they share commits. */
const mostHanding = 64;

/** Polls the devices at one address; what does not answer is an incident, not a fault of the start. */
export async function listen(context: ListenContext): Promise<Listener> {
  return new Poll(context, context.settings as ListenSettings);
}

interface Turn {
  readonly device: Device;
  readonly everyMs: number;
  dueAt: number;
  /** Waits that grow while the device does not answer. */
  waitMs: number;
}

class Poll implements Listener {
  readonly address: string;
  readonly port = 0;
  private readonly context: ListenContext;
  private readonly settings: ListenSettings;
  private readonly wire: Wire;
  private readonly client: Client;
  private readonly turns: Turn[];
  private readonly running: Promise<void>;
  private readonly handing = new Set<Promise<void>>();
  private readonly sleepers = new Set<() => void>();
  private stopping = false;
  /** Wakes the poll where it waits for a device to be due. */
  private nudge: () => void = () => undefined;

  constructor(context: ListenContext, settings: ListenSettings) {
    const { host, port = 502, everySeconds = 10, devices } = settings;
    const names = devices.map(({ device }) => device);
    const twice = names.find((name, i) => names.indexOf(name) !== i);
    if (twice !== undefined)
      throw new Fault('channel.text.invalid', { problem: `listen.devices has "${twice}" twice` });
    this.context = context;
    this.settings = settings;
    this.address = `${host.includes(':') ? `[${host}]` : host}:${port}`;
    this.wire = new Wire(context, this.address);
    this.client = new Client(settings, this.wire);
    const began = performance.now();
    this.turns = devices.map((one) => ({
      device: new Device(one),
      everyMs: (one.everySeconds ?? everySeconds) * 1000,
      dueAt: began,
      waitMs: 0,
    }));
    this.running = this.run();
  }

  connections(): ConnectionStats[] {
    return [this.wire.stats()];
  }

  capture(connection: string): CapturedBytes[] {
    return this.wire.capture(connection);
  }

  async stop(drainMs: number): Promise<void> {
    this.stopping = true;
    for (const wake of this.sleepers) wake();
    let late: NodeJS.Timeout | undefined;
    await Promise.race([this.running, new Promise((resolve) => (late = setTimeout(resolve, drainMs)))]);
    clearTimeout(late);
    this.client.close();
  }

  /** The device that has waited longest is next; one whose last poll is not kept yet is not. */
  private async run(): Promise<void> {
    while (!this.stopping) {
      const next = this.turns.reduce((a, b) => (b.dueAt < a.dueAt ? b : a));
      const wait = this.handing.size < mostHanding ? next.dueAt - performance.now() : longestWaitMs;
      if (wait > 0) await this.sleep(Math.min(wait, longestWaitMs), (wake) => (this.nudge = wake));
      else
        await this.turn(next).catch((error: unknown) => {
          this.wire.trouble('poll-failed', next.device.settings.device, toFault(error).message);
          next.dueAt = performance.now() + longestWaitMs;
        });
    }
    await Promise.all(this.handing);
    this.client.close();
  }

  private async turn(turn: Turn): Promise<void> {
    const { device } = turn;
    const name = device.settings.device;
    const began = turn.dueAt;
    const cycle = await device.read(this.client, {
      timeoutMs: device.settings.timeoutMs ?? this.settings.timeoutMs ?? 1000,
      retries: this.settings.retries ?? 1,
      now: this.context.now,
      stopped: () => this.stopping,
    });
    const { trouble } = cycle;
    if (this.stopping && trouble) return;
    if (trouble?.kind === 'refused') this.wire.trouble('peer-lost', '', trouble.reason);
    else {
      this.wire.over('peer-lost', '');
      if (trouble) this.wire.trouble('device-lost', name, trouble.reason);
      else this.recovered(cycle, name);
    }
    turn.dueAt = Number.POSITIVE_INFINITY;
    const handed: Promise<void> = this.hand(device, cycle)
      .catch((error: unknown) => this.wire.trouble('poll-failed', name, toFault(error).message))
      .then(() => {
        this.handing.delete(handed);
        this.plan(turn, began, trouble !== undefined);
        this.nudge();
      });
    this.handing.add(handed);
  }

  private plan(turn: Turn, began: number, failed: boolean): void {
    const now = performance.now();
    const { everyMs, waitMs } = turn;
    turn.waitMs = failed ? Math.min(waitMs * 2 || Math.min(firstWaitMs, everyMs), longestWaitMs) : 0;
    // A poll that took longer than its interval goes on from now and does not run after itself.
    turn.dueAt = failed ? now + turn.waitMs : Math.max(began + everyMs, now);
  }

  private recovered({ readings }: Cycle, name: string): void {
    this.wire.over('device-lost', name);
    this.wire.over('garbage', '');
    const missing = readings.filter((r) => r.reason === 'illegal-address').map(({ point }) => point);
    if (missing.length > 0)
      this.wire.trouble('points-missing', name, `the device does not have ${missing.join(', ')}`);
    else this.wire.over('points-missing', name);
  }

  /** Hands a frame over until it is kept, or the poll is stopped; of this device no other is read meanwhile. */
  private async hand(device: Device, cycle: Cycle): Promise<void> {
    const now = this.context.now();
    const readings = device.worthTelling(cycle, now);
    if (readings.every(isText)) return;
    const { device: name, driver = '', unit } = device.settings;
    const bytes = frameOf(name, driver, unit, readings, now);
    for (let wait = intakeWaitMs; ; wait = Math.min(wait * 2, longestIntakeWaitMs)) {
      try {
        await this.context.accept({
          bytes,
          connection: this.wire.connection,
          peer: this.address,
          receivedAt: now,
          oddities: [],
          meta: { device: name, driver, unit: String(unit) },
        });
        this.wire.over('intake-refused', '');
        device.keep(readings, cycle, now);
        return;
      } catch (error) {
        this.wire.trouble('intake-refused', '', toFault(error).message);
        if (this.stopping) return;
        await this.sleep(wait);
      }
    }
  }

  /** Until the time has passed, the poll is stopped, or it is woken. */
  private sleep(ms: number, waker: (wake: () => void) => void = () => undefined): Promise<void> {
    if (this.stopping) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        this.sleepers.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, ms);
      this.sleepers.add(wake);
      waker(wake);
    });
  }
}

const isText = ({ text }: Reading): boolean => text !== undefined;

/** The frame of one poll of one device: what the format `json` reads. Texts are no readings; they stand beside them. */
function frameOf(
  device: string,
  driver: string,
  unit: number,
  readings: readonly Reading[],
  now: number,
): Buffer {
  const texts = Object.fromEntries(readings.filter(isText).map(({ point, text }) => [point, text]));
  const frame = {
    device,
    ...(driver ? { driver } : {}),
    unit,
    at: new Date(now).toISOString(),
    ...(Object.keys(texts).length > 0 ? { texts } : {}),
    readings: readings.filter((r) => !isText(r)),
  };
  return Buffer.from(JSON.stringify(frame), 'utf8');
}
