/** Characters of the link (LIS1-A, ASTM E1381). */
export const ENQ = 0x05;
export const ACK = 0x06;
export const NAK = 0x15;
export const EOT = 0x04;
const STX = 0x02;
const ETX = 0x03;
const ETB = 0x17;
export const CR = 0x0d;
export const LF = 0x0a;

export type Token =
  | { readonly kind: 'enq' | 'ack' | 'nak' | 'eot' }
  | {
      readonly kind: 'frame';
      /** 0 to 7; NaN where it is no digit. */
      readonly number: number;
      readonly text: Buffer;
      /** It ends a record (ETX) and is not continued in the next frame (ETB). */
      readonly last: boolean;
      /** The checksum does not hold. */
      readonly spoilt: boolean;
    }
  /** Bytes outside a frame, or `inFrame` those of one that was cut or too large. */
  | { readonly kind: 'noise'; readonly bytes: Buffer; readonly reason: string; readonly inFrame: boolean };

const controls = new Map<number, 'enq' | 'ack' | 'nak' | 'eot'>([
  [ENQ, 'enq'],
  [ACK, 'ack'],
  [NAK, 'nak'],
  [EOT, 'eot'],
]);

/** Modulo 256 of the bytes from the frame number to ETB or ETX, as two hexadecimal digits (LIS1-A 8.3.2). */
export function checksum(bytes: Uint8Array): string {
  let sum = 0;
  for (const byte of bytes) sum = (sum + byte) & 0xff;
  return sum.toString(16).toUpperCase().padStart(2, '0');
}

/** A message as frames: each record by itself, long ones in parts; numbers run 1 to 7, then 0. */
export function encodeFrames(message: Uint8Array, textBytes: number): Buffer[] {
  const bytes = withCr(message);
  const frames: Buffer[] = [];
  for (let from = 0; from < bytes.length; ) {
    const end = bytes.indexOf(CR, from);
    const to = end < 0 ? bytes.length : end + 1;
    for (let at = from; at < to; at += textBytes) {
      const part = bytes.subarray(at, Math.min(at + textBytes, to));
      frames.push(frameOf((frames.length + 1) % 8, part, at + textBytes >= to));
    }
    from = to;
  }
  return frames;
}

/** Records end with CR on the wire, also where a text was written with other line ends. */
function withCr(message: Uint8Array): Buffer {
  const bytes = Buffer.from(message);
  if (!bytes.includes(LF)) return bytes;
  return Buffer.from(bytes.toString('latin1').replace(/\r?\n/g, '\r'), 'latin1');
}

export function frameOf(number: number, text: Uint8Array, last: boolean): Buffer {
  const summed = Buffer.concat([Buffer.from([0x30 + number]), text, Buffer.from([last ? ETX : ETB])]);
  return Buffer.concat([Buffer.from([STX]), summed, Buffer.from(`${checksum(summed)}\r\n`, 'latin1')]);
}

/** Tokens from chunks, in linear time. A frame ends with its checksum; line ends between frames are passed over. */
export class Decoder {
  private readonly mostBytes: number;
  private readonly emit: (token: Token) => void;
  private parts: Buffer[] = [];
  private size = 0;
  /** Bytes of a checksum still to come after ETX or ETB. */
  private closing = 0;

  constructor(mostBytes: number, emit: (token: Token) => void) {
    this.mostBytes = mostBytes;
    this.emit = emit;
  }

  get buffered(): number {
    return this.size;
  }

  push(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) at = this.size > 0 ? this.inside(chunk, at) : this.outside(chunk, at);
  }

  /** What is left of a frame when the connection ends. */
  finish(): void {
    if (this.size > 0) this.cut('the connection ended within a frame');
  }

  private outside(chunk: Buffer, from: number): number {
    const byte = chunk[from]!;
    const control = controls.get(byte);
    if (control) {
      this.emit({ kind: control });
      return from + 1;
    }
    if (byte === STX) {
      this.keep(chunk.subarray(from, from + 1));
      return from + 1;
    }
    if (byte === CR || byte === LF) return from + 1;
    let to = from + 1;
    while (to < chunk.length && !controls.has(chunk[to]!) && chunk[to] !== STX) to++;
    this.emit({
      kind: 'noise',
      bytes: chunk.subarray(from, to),
      reason: 'bytes outside a frame',
      inFrame: false,
    });
    return to;
  }

  private inside(chunk: Buffer, from: number): number {
    let to = from;
    while (to < chunk.length) {
      const byte = chunk[to]!;
      // No control character of the link can be within a text: what was begun is not continued.
      if (byte === STX || controls.has(byte)) {
        this.keep(chunk.subarray(from, to));
        this.cut('a frame was not ended');
        return to;
      }
      to++;
      if (this.closing > 0 && --this.closing === 0) {
        this.keep(chunk.subarray(from, to));
        this.frame();
        return to;
      }
      if (this.closing === 0 && (byte === ETX || byte === ETB)) this.closing = 2;
      if (this.size + to - from > this.mostBytes) {
        this.keep(chunk.subarray(from, to));
        this.cut('a frame is longer than its limit');
        return to;
      }
    }
    this.keep(chunk.subarray(from, to));
    return to;
  }

  private keep(bytes: Buffer): void {
    if (bytes.length === 0) return;
    this.parts.push(Buffer.from(bytes));
    this.size += bytes.length;
  }

  private take(): Buffer {
    const bytes = this.parts.length === 1 ? this.parts[0]! : Buffer.concat(this.parts);
    this.parts = [];
    this.size = 0;
    this.closing = 0;
    return bytes;
  }

  private cut(reason: string): void {
    this.emit({ kind: 'noise', bytes: this.take(), reason, inFrame: true });
  }

  private frame(): void {
    const bytes = this.take();
    const summed = bytes.subarray(1, -2);
    const given = bytes.subarray(-2).toString('latin1').toUpperCase();
    const digit = summed[0]! - 0x30;
    this.emit({
      kind: 'frame',
      number: digit >= 0 && digit <= 7 ? digit : Number.NaN,
      text: summed.subarray(1, -1),
      last: summed.at(-1) === ETX,
      spoilt: given !== checksum(summed),
    });
  }
}
