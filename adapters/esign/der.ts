/** One element of DER (ITU-T X.690, section 10). */
export interface Der {
  readonly tag: number;
  /** With tag and length. */
  readonly all: Uint8Array;
  readonly value: Uint8Array;
}

export const tags = {
  boolean: 0x01,
  integer: 0x02,
  bits: 0x03,
  octets: 0x04,
  oid: 0x06,
  sequence: 0x30,
  set: 0x31,
} as const;

/** Reads one element at `at`; throws `RangeError` where it is not whole or its length is not definite. */
export function derAt(bytes: Uint8Array, at = 0): Der {
  const tag = bytes[at];
  const first = bytes[at + 1];
  if (tag === undefined || first === undefined || (tag & 0x1f) === 0x1f) throw new RangeError('no DER');
  let length = first;
  let begin = at + 2;
  if (first & 0x80) {
    const octets = first & 0x7f;
    if (octets === 0 || octets > 4) throw new RangeError('no DER length');
    length = 0;
    for (let i = 0; i < octets; i++) length = length * 256 + (bytes[begin++] ?? Number.NaN);
  }
  if (!(begin + length <= bytes.length)) throw new RangeError('DER is cut');
  return { tag, all: bytes.subarray(at, begin + length), value: bytes.subarray(begin, begin + length) };
}

/** A single element that takes up all of the bytes. */
export function derOf(bytes: Uint8Array, tag?: number): Der {
  const one = derAt(bytes);
  if (one.all.length !== bytes.length || (tag !== undefined && one.tag !== tag))
    throw new RangeError('not the DER that was expected');
  return one;
}

export function childrenOf({ value }: Der): Der[] {
  const found: Der[] = [];
  for (let at = 0; at < value.length; at += found.at(-1)!.all.length) found.push(derAt(value, at));
  return found;
}

export const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

export function oidOf({ tag, value }: Der): string {
  if (tag !== tags.oid || value.length === 0) throw new RangeError('no object identifier');
  const parts: number[] = [];
  let part = 0;
  for (const byte of value) {
    part = part * 128 + (byte & 0x7f);
    if (byte & 0x80) continue;
    parts.push(part);
    part = 0;
  }
  const [first = 0, ...rest] = parts;
  const top = Math.min(2, Math.floor(first / 40));
  return [top, first - top * 40, ...rest].join('.');
}

/** UTCTime or GeneralizedTime (RFC 5280, section 4.1.2.5) in milliseconds. */
export function timeOf({ tag, value }: Der): number {
  const text = Buffer.from(value).toString('latin1');
  const full = tag === 0x17 ? (Number(text.slice(0, 2)) < 50 ? '20' : '19') + text : text;
  const found = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\.\d{1,9})?Z$/.exec(full);
  if (!found || (tag !== 0x17 && tag !== 0x18)) throw new RangeError('no time');
  const [, year, month, day, hour, minute, second, part = ''] = found;
  const ms = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}${part.slice(0, 4)}Z`);
  if (Number.isNaN(ms)) throw new RangeError('no time');
  return ms;
}

/** Contents of a bit string without unused bits. */
export function bitsOf({ tag, value }: Der): Uint8Array {
  if (tag !== tags.bits || value[0] !== 0) throw new RangeError('no bit string');
  return value.subarray(1);
}

const stringTags = new Map<number, BufferEncoding>([
  [0x0c, 'utf8'],
  [0x13, 'latin1'],
  [0x14, 'latin1'],
  [0x16, 'latin1'],
  [0x1e, 'utf16le'],
]);

/** A string of a name: UTF8String, PrintableString, TeletexString, IA5String, BMPString. */
export function stringOf({ tag, value }: Der): string | undefined {
  const encoding = stringTags.get(tag);
  if (encoding === undefined) return undefined;
  const bytes = Buffer.from(value);
  if (encoding === 'utf16le' && bytes.length % 2 === 0) bytes.swap16();
  return bytes.toString(encoding);
}
