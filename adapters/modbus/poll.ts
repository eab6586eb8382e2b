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
  private stopping = false;
  private wake: () => void = () => undefined;

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
    this.wake();
    let late: NodeJS.Timeout | undefined;
    await Promise.race([this.running, new Promise((resolve) => (late = setTimeout(resolve, drainMs)))]);
    clearTimeout(late);
    this.client.close();
  }

  /** The device that has waited longest is next. */
  private async run(): Promise<void> {
    while (!this.stopping) {
      const next = this.turns.reduce((a, b) => (b.dueAt < a.dueAt ? b : a));
      await this.sleep(next.dueAt - performance.now());
      if (this.stopping) break;
      try {
        await this.turn(next);
      } catch (error) {
        const { message } = toFault(error);
        this.wire.trouble('poll-failed', next.device.settings.device, message);
        next.dueAt = performance.now() + longestWaitMs;
      }
    }
    this.client.close();
  }

  private async turn(turn: Turn): Promise<void> {
    const { device, everyMs } = turn;
    const name = device.settings.device;
    const cycle = await device.read(this.client, {
      timeoutMs: device.settings.timeoutMs ?? this.settings.timeoutMs ?? 1000,
      retries: this.settings.retries ?? 1,
      now: this.context.now,
      stopped: () => this.stopping,
    });
    if (this.stopping && cycle.trouble) return;
    const { trouble } = cycle;
    if (trouble?.kind === 'refused') this.wire.trouble('peer-lost', '', trouble.reason);
    else {
      this.wire.over('peer-lost', '');
      if (trouble) this.wire.trouble('device-lost', name, trouble.reason);
      else this.recovered(cycle, name);
    }
    const kept = await this.hand(device, cycle);
    const now = performance.now();
    const failed = trouble !== undefined || !kept;
    turn.waitMs = failed ? Math.min(turn.waitMs * 2 || Math.min(firstWaitMs, everyMs), longestWaitMs) : 0;
    // A poll that took longer than its interval goes on from now and does not run after itself.
    turn.dueAt = failed ? now + turn.waitMs : Math.max(turn.dueAt + everyMs, now);
  }

  private recovered({ readings }: Cycle, name: string): void {
    this.wire.over('device-lost', name);
    this.wire.over('garbage', '');
    const missing = readings.filter((r) => r.reason === 'illegal-address').map(({ point }) => point);
    if (missing.length > 0)
      this.wire.trouble('points-missing', name, `the device does not have ${missing.join(', ')}`);
    else this.wire.over('points-missing', name);
  }

  /** Hands a frame over until it is kept; no other is read meanwhile. False where the poll ended before. */
  private async hand(device: Device, cycle: Cycle): Promise<boolean> {
    const now = this.context.now();
    const readings = device.worthTelling(cycle, now);
    if (readings.every(isText)) return true;
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
        return true;
      } catch (error) {
        this.wire.trouble('intake-refused', '', toFault(error).message);
        if (this.stopping) return false;
        await this.sleep(wait);
      }
    }
  }

  private sleep(ms: number): Promise<void> {
    if (this.stopping || ms <= 0) return new Promise(setImmediate);
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(done, ms);
      this.wake = done;
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
