/** Writes DER (ITU-T X.690), for certificates and tokens that a test makes. */

export function tlv(tag: number, ...parts: readonly (Uint8Array | string)[]): Buffer {
  const value = Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)));
  const { length } = value;
  const octets: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) octets.unshift(rest % 256);
  const size = length < 128 ? [length] : [0x80 | octets.length, ...octets];
  return Buffer.concat([Buffer.from([tag, ...size]), value]);
}

export const seq = (...parts: readonly Uint8Array[]): Buffer => tlv(0x30, ...parts);
export const set = (...parts: readonly Uint8Array[]): Buffer => tlv(0x31, ...parts);
export const octets = (value: Uint8Array): Buffer => tlv(0x04, value);
export const bits = (value: Uint8Array): Buffer => tlv(0x03, Buffer.from([0]), value);
export const yes = tlv(0x01, Buffer.from([0xff]));
export const nothing = tlv(0x05);

/** A positive number, or bytes that are one. */
export function int(value: number | Uint8Array): Buffer {
  const bytes = typeof value === 'number' ? Buffer.from([value]) : Buffer.from(value);
  return tlv(0x02, (bytes[0] ?? 0) & 0x80 ? Buffer.concat([Buffer.from([0]), bytes]) : bytes);
}

export function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const bytes = [first * 40 + second, ...rest].flatMap((part) => {
    const out = [part & 0x7f];
    for (let more = Math.floor(part / 128); more > 0; more = Math.floor(more / 128))
      out.unshift(0x80 | (more & 0x7f));
    return out;
  });
  return tlv(0x06, Buffer.from(bytes));
}

/** GeneralizedTime in seconds. */
export const time = (ms: number): Buffer =>
  tlv(0x18, `${new Date(ms).toISOString().replace(/[-:T]/g, '').slice(0, 14)}Z`);

export const name = (common: string): Buffer =>
  seq(set(seq(oid('2.5.4.6'), tlv(0x13, 'CN'))), set(seq(oid('2.5.4.3'), tlv(0x0c, common))));

export const pem = (label: string, der: Uint8Array): string =>
  `-----BEGIN ${label}-----\n${Buffer.from(der).toString('base64').replace(/.{64}/g, '$&\n')}\n-----END ${label}-----\n`;
