import type { Order, Point, PointType } from './point-schema.ts';

/** What a point's registers say. */
export interface Decoded {
  /** As the device sent it: hexadecimal, or the text of `ascii`. */
  readonly raw: string;
  readonly value: number | null;
  readonly quality: 'good' | 'uncertain' | 'bad';
  /** Why the quality is not good. */
  readonly reason?: 'invalid-value' | 'not-a-number' | 'not-bcd' | 'out-of-range';
  readonly alarm?: string;
}

const widths: Readonly<Record<PointType, number>> = {
  bit: 1,
  u16: 1,
  s16: 1,
  bcd16: 1,
  u32: 2,
  s32: 2,
  f32: 2,
  bcd32: 2,
  u64: 4,
  s64: 4,
  f64: 4,
  ascii: 1,
};

export const isBits = ({ table }: Pick<Point, 'table'>): boolean => table === 'coil' || table === 'discrete';
export const typeOf = (point: Pick<Point, 'table' | 'type'>): PointType =>
  point.type ?? (isBits(point) ? 'bit' : 'u16');

/** Registers, or bits, that a point takes. */
export const widthOf = (point: Pick<Point, 'table' | 'type' | 'length'>): number =>
  typeOf(point) === 'ascii' ? (point.length ?? 1) : widths[typeOf(point)];

/** Registers in the order of `order` as bytes with the highest first, and back: it is its own inverse. */
export function arranged(bytes: Buffer, order: Order = 'ABCD'): Buffer {
  const out = Buffer.from(bytes);
  if (order === 'CDAB' || order === 'DCBA') {
    for (let i = 0; i < out.length; i += 2) bytes.copy(out, out.length - 2 - i, i, i + 2);
  }
  if (order === 'BADC' || order === 'DCBA') out.swap16();
  return out;
}

/** Registers of one point, as they came. */
export function decodeRegisters(point: Point, bytes: Buffer): Decoded {
  const type = typeOf(point);
  if (type === 'ascii') {
    const text = arranged(bytes, point.order).toString('latin1').replace(/\0.*$/s, '');
    return { raw: text.replace(/[^ -~]/g, '?').trim(), value: null, quality: 'good' };
  }
  const b = arranged(bytes, point.order);
  const raw = `0x${b.toString('hex').toUpperCase()}`;
  const bad = (reason: NonNullable<Decoded['reason']>): Decoded => ({
    raw,
    value: null,
    quality: 'bad',
    reason,
  });
  const read = numberOf(type, b);
  if (read === undefined) return bad('not-bcd');
  if (!Number.isFinite(read)) return bad('not-a-number');
  const unsigned = type === 'f32' || type === 'f64' ? read : Number(unsignedOf(b));
  if (point.invalid?.some((i) => i === read || i === unsigned)) return bad('invalid-value');
  return { raw, ...judged(point, masked(read, unsigned, point.mask)) };
}

export const decodeBit = (point: Point, on: boolean): Decoded => ({
  raw: on ? '1' : '0',
  ...judged(point, on ? 1 : 0),
});

function judged(point: Point, number: number): Omit<Decoded, 'raw'> {
  const value = scaled(number, point);
  const { min = -Infinity, max = Infinity, alarm } = point;
  return {
    value,
    ...(value < min || value > max ? { quality: 'uncertain', reason: 'out-of-range' } : { quality: 'good' }),
    ...(alarm && value !== 0 ? { alarm: `${alarm.zh} · ${alarm.en}` } : {}),
  };
}

/** Without the noise of binary fractions: 235 × 0.1 is 23.5. */
const scaled = (number: number, { scale = 1, offset = 0 }: Point): number =>
  scale === 1 && offset === 0 ? number : Number((number * scale + offset).toPrecision(12));

function masked(read: number, unsigned: number, mask: number | undefined): number {
  if (mask === undefined) return read;
  const low = mask & -mask;
  return ((unsigned & mask) >>> 0) / (low >>> 0);
}

/** The shortest decimal that is this single: 23.1, not 23.100000381. */
function shortest(single: number): number {
  for (let digits = 6; digits < 9; digits++) {
    const decimal = Number(single.toPrecision(digits));
    if (Math.fround(decimal) === single) return decimal;
  }
  return single;
}

const unsignedOf = (b: Buffer): bigint => BigInt(`0x${b.toString('hex')}`);

/** Undefined where the digits are not decimal. */
function numberOf(type: PointType, b: Buffer): number | undefined {
  switch (type) {
    case 's16':
      return b.readInt16BE();
    case 'u32':
      return b.readUInt32BE();
    case 's32':
      return b.readInt32BE();
    case 'f32':
      return shortest(b.readFloatBE());
    case 'f64':
      return b.readDoubleBE();
    case 'u64':
      return Number(b.readBigUInt64BE());
    case 's64':
      return Number(b.readBigInt64BE());
    case 'bcd16':
    case 'bcd32': {
      const digits = b.toString('hex');
      return /^\d+$/.test(digits) ? Number(digits) : undefined;
    }
    default:
      return b.readUInt16BE();
  }
}

/** A number as registers, the other way; undefined where the type cannot hold it. */
export function encodeRegisters(
  output: Pick<Point, 'table' | 'type' | 'order' | 'scale' | 'offset'>,
  value: number,
): Buffer | undefined {
  const type = typeOf(output);
  const raw = (value - (output.offset ?? 0)) / (output.scale ?? 1);
  const float = type === 'f32' || type === 'f64';
  const number = float ? raw : Math.round(raw);
  const b = Buffer.alloc(widths[type] * 2);
  try {
    if (type === 's16') b.writeInt16BE(number);
    else if (type === 'u32') b.writeUInt32BE(number);
    else if (type === 's32') b.writeInt32BE(number);
    else if (type === 'f32') b.writeFloatBE(number);
    else if (type === 'f64') b.writeDoubleBE(number);
    else if (type === 'u16') b.writeUInt16BE(number);
    else return undefined;
  } catch {
    return undefined;
  }
  return arranged(b, output.order);
}
