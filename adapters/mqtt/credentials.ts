import { createHmac, randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import type { DeviceSettings } from './settings.ts';

const rememberedMs = 600_000;
const mostRemembered = 10_000;
const mostWaiting = 256;
const atOnce = 2;
/** Wrong passwords of one name from one address before it has to wait. */
const tries = 10;
const waitMs = 60_000;

/** Nobody's password: an unknown name costs as much time as a known one. */
const nobody = 'scrypt:16384:8:1:AAAAAAAAAAAAAAAAAAAAAA:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA';

/**
 * Who may connect. Passwords are compared in constant time; scrypt is run for few at once, and what held is remembered under a
 * key of this process, so that a thousand devices that come back together are let in.
 */
export class Credentials {
  private readonly devices: ReadonlyMap<string, DeviceSettings>;
  private readonly now: () => number;
  private readonly secret = randomBytes(32);
  private readonly held = new Map<string, number>();
  private readonly failures = new Map<string, { count: number; until: number }>();
  private readonly waiting: (() => void)[] = [];
  private running = 0;

  constructor(devices: readonly DeviceSettings[], now: () => number) {
    this.devices = new Map(devices.map((device) => [device.name, device]));
    this.now = now;
  }

  /** A device by the name its certificate gives. */
  named(name: string): DeviceSettings | undefined {
    return this.devices.get(name);
  }

  /** The device, or why not: `wrong` name or password, `busy` where it has to come again later. */
  async check(
    name: string,
    password: Buffer | undefined,
    address: string,
  ): Promise<DeviceSettings | 'wrong' | 'busy'> {
    const from = `${address}\n${name}`;
    const device = this.devices.get(name);
    const given = password ?? Buffer.alloc(0);
    const wanted = device?.password;
    const mark = createHmac('sha256', this.secret).update(`${name}\n`).update(given).digest('base64');
    const known = this.held.get(mark);
    if (device && wanted !== undefined && known !== undefined && this.now() < known) return device;
    const failed = this.failures.get(from);
    if (failed && failed.count >= tries && this.now() < failed.until) return 'busy';
    if (this.waiting.length >= mostWaiting) return 'busy';
    const holds = await this.inTurn(() => verify(wanted ?? nobody, given));
    if (device && wanted !== undefined && holds) {
      this.failures.delete(from);
      bounded(this.held, mostRemembered).set(mark, this.now() + rememberedMs);
      return device;
    }
    const count = failed && this.now() < failed.until ? failed.count + 1 : 1;
    bounded(this.failures, mostRemembered).set(from, { count, until: this.now() + waitMs });
    return 'wrong';
  }

  private async inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (this.running >= atOnce) await new Promise<void>((resolve) => this.waiting.push(resolve));
    this.running++;
    try {
      return await work();
    } finally {
      this.running--;
      this.waiting.shift()?.();
    }
  }
}

/** The oldest goes where there is no room. */
function bounded<V>(map: Map<string, V>, most: number): Map<string, V> {
  if (map.size >= most) map.delete(map.keys().next().value!);
  return map;
}

/** `scrypt:N:r:p:salt:hash` in base64url; anything else is the password itself, of a `$setting`. */
async function verify(wanted: string, given: Buffer): Promise<boolean> {
  const [scheme, n, r, p, salt, hash] = wanted.split(':');
  if (scheme !== 'scrypt' || hash === undefined) {
    const key = randomBytes(32);
    const digest = (text: string | Buffer) => createHmac('sha256', key).update(text).digest();
    return timingSafeEqual(digest(wanted), digest(given));
  }
  const right = Buffer.from(hash, 'base64url');
  const options = { N: Number(n), r: Number(r), p: Number(p), maxmem: 256 * 1024 * 1024 };
  const made = await new Promise<Buffer | undefined>((resolve) => {
    try {
      scrypt(given, Buffer.from(salt!, 'base64url'), right.length, options, (error, key) =>
        resolve(error ? undefined : key),
      );
    } catch {
      resolve(undefined);
    }
  });
  return made !== undefined && right.length >= 16 && timingSafeEqual(made, right);
}

/** A password as the settings keep it. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  const hash = await new Promise<Buffer>((resolve, reject) =>
    scrypt(password, salt, 32, { N: 16384, r: 8, p: 1 }, (error, key) =>
      error ? reject(error) : resolve(key),
    ),
  );
  return `scrypt:16384:8:1:${salt.toString('base64url')}:${hash.toString('base64url')}`;
}
