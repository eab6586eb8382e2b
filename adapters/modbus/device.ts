import { type Block, halves, plan } from './blocks.ts';
import type { Client, Outcome, Trouble } from './client.ts';
import type { DeviceSettings } from './descriptor.ts';
import { pointsOf } from './drivers.ts';
import { readRequest } from './frames.ts';
import type { Point } from './point-schema.ts';
import { decodeBit, decodeRegisters, isBits, widthOf } from './values.ts';

/** One value as it goes into the frame; bad ones carry why. */
export interface Reading {
  readonly point: string;
  readonly raw?: string;
  readonly text?: string;
  readonly value: number | null;
  readonly unit?: string;
  readonly quality: 'good' | 'uncertain' | 'bad';
  readonly reason?: string;
  readonly alarm?: string;
  readonly at: string;
}

export interface Cycle {
  readonly readings: readonly Reading[];
  /** Why the device as a whole could not be read. */
  readonly trouble?: Trouble;
}

interface Way {
  readonly timeoutMs: number;
  readonly retries: number;
  readonly now: () => number;
  readonly stopped: () => boolean;
}

const busyTries = 3;
const busyWaitMs = 200;
/** A gateway says that the device behind it is not there. */
const notThere = new Set([10, 11]);
/** The addresses of this request are not all there (or not to be read together). */
const notHere = new Set([2, 3]);
/** Without answers a device is told of again after this long, where the settings do not say. */
const silentRepeatMs = 300_000;

/** One device: what is read of it with which requests, and what of it is worth telling. */
export class Device {
  readonly settings: DeviceSettings;
  private blocks: Block[];
  private readonly points: readonly Point[];
  private told = new Map<string, Reading>();
  private toldAt = Number.NEGATIVE_INFINITY;
  private failing = false;

  /** Throws `channel.text.invalid` where its driver or points do not hold. */
  constructor(settings: DeviceSettings) {
    this.settings = settings;
    const { points, limits } = pointsOf(settings);
    this.points = points;
    this.blocks = plan(points, limits);
  }

  get requests(): number {
    return this.blocks.length;
  }

  async read(client: Client, way: Way): Promise<Cycle> {
    const readings: Reading[] = [];
    const done: Block[] = [];
    const waiting = [...this.blocks];
    for (let block = waiting.shift(); block; block = waiting.shift()) {
      if (way.stopped()) return { readings: [], trouble: { kind: 'lost', reason: 'stopped' } };
      const outcome = await this.ask(client, block, way);
      const at = new Date(way.now()).toISOString();
      if ('pdu' in outcome) readings.push(...values(block, outcome.pdu, at));
      else if (this.isWhole(outcome.trouble)) return { readings: this.all(outcome.trouble, way), ...outcome };
      else {
        const parts = notHere.has(outcome.trouble.code ?? 0) ? halves(block) : undefined;
        if (parts) {
          waiting.unshift(...parts);
          continue;
        }
        readings.push(...block.points.map((p) => bad(p, outcome.trouble.reason, at)));
      }
      done.push(block);
    }
    this.blocks = done;
    return { readings };
  }

  /** Every point as not read. */
  all({ reason }: Trouble, { now }: Pick<Way, 'now'>): Reading[] {
    const at = new Date(now()).toISOString();
    return this.points.map((p) => bad(p, reason, at));
  }

  /** What of a cycle has to be told; call `keep` once it is kept. */
  worthTelling({ readings, trouble }: Cycle, now: number): readonly Reading[] {
    const { repeatSeconds } = this.settings;
    if (trouble) {
      const again = repeatSeconds === undefined ? silentRepeatMs : repeatSeconds * 1000;
      return this.failing && now - this.toldAt < again ? [] : readings;
    }
    if (repeatSeconds === undefined || this.failing || now - this.toldAt >= repeatSeconds * 1000)
      return readings;
    const deadbands = new Map(this.points.map(({ point, deadband = 0 }) => [point, deadband]));
    return readings.filter((r) => differs(this.told.get(r.point), r, deadbands.get(r.point) ?? 0));
  }

  keep(readings: readonly Reading[], { trouble, readings: every }: Cycle, now: number): void {
    this.failing = trouble !== undefined;
    if (trouble) this.told.clear();
    if (readings.length === every.length) this.toldAt = now;
    for (const r of readings) this.told.set(r.point, r);
  }

  private isWhole({ kind, code }: Trouble): boolean {
    return kind !== 'exception' || notThere.has(code ?? 0);
  }

  /** Asks again where the device was busy, and where no answer came. */
  private async ask(client: Client, block: Block, way: Way): Promise<Outcome> {
    const request = readRequest(block.table, block.address, block.count);
    let [busy, silent] = [0, 0];
    for (;;) {
      const outcome = await client.request(this.settings.unit, request, way.timeoutMs);
      if ('pdu' in outcome) return sized(block, outcome.pdu) ? outcome : shortAnswer;
      const { kind, code } = outcome.trouble;
      if (way.stopped()) return outcome;
      if (code === 5 || code === 6) {
        if (++busy > busyTries) return outcome;
        await new Promise((resolve) => setTimeout(resolve, busyWaitMs));
      } else if (kind === 'exception' || kind === 'refused' || ++silent > way.retries) return outcome;
    }
  }
}

const shortAnswer: Outcome = {
  trouble: { kind: 'garbage', reason: 'the answer has another size than was asked for' },
};

const sized = (block: Block, pdu: Buffer): boolean => {
  const bytes = isBits(block) ? Math.ceil(block.count / 8) : block.count * 2;
  return pdu.length === bytes + 2 && pdu.readUInt8(1) === bytes;
};

function values(block: Block, pdu: Buffer, at: string): Reading[] {
  return block.points.map((point) => {
    const from = point.address - block.address;
    const decoded = isBits(block)
      ? decodeBit(point, ((pdu[2 + (from >> 3)]! >> (from & 7)) & 1) === 1)
      : decodeRegisters(point, pdu.subarray(2 + from * 2, 2 + (from + widthOf(point)) * 2));
    const { raw, ...rest } = decoded;
    return {
      point: point.point,
      ...(point.type === 'ascii' ? { text: raw } : { raw }),
      ...rest,
      ...(point.unit === undefined ? {} : { unit: point.unit }),
      at,
    };
  });
}

const bad = ({ point, unit }: Point, reason: string, at: string): Reading => ({
  point,
  value: null,
  ...(unit === undefined ? {} : { unit }),
  quality: 'bad',
  reason,
  at,
});

function differs(before: Reading | undefined, now: Reading, deadband: number): boolean {
  if (!before || before.quality !== now.quality || before.alarm !== now.alarm || before.text !== now.text)
    return true;
  if (before.value === null || now.value === null) return before.value !== now.value;
  return Math.abs(now.value - before.value) > deadband;
}
