import type { FaultCode } from '../../contracts/faults/catalogue.ts';

/** How frames are told apart; from the settings. */
export interface Framing {
  readonly start: Uint8Array;
  readonly end: Uint8Array;
  readonly requireFinalCr: boolean;
  readonly maxFrameBytes: number;
}

export const defaultFraming: Framing = {
  start: Uint8Array.of(0x0b),
  end: Uint8Array.of(0x1c, 0x0d),
  requireFinalCr: true,
  maxFrameBytes: 64 * 1024 * 1024,
};

export interface DecodedFrame {
  readonly bytes: Buffer;
  /** `no-final-cr`, `double-framed`, `cut`. */
  readonly oddities: readonly string[];
  readonly broken?: { readonly code: FaultCode; readonly reason: string };
}

/** What one chunk brought, in the order of the wire. */
export interface FrameSink {
  frame(frame: DecodedFrame): void;
  /** Bytes outside frames. */
  noise(bytes: Buffer): void;
}

export const hexBytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, 'hex'));

const NONE: readonly string[] = [];
const EMPTY: Buffer = Buffer.alloc(0);
/** So many first bytes of a frame, met again after a start byte inside it, show that a new frame begins. */
const HEAD = 4;
/** So much of a frame over the cap is kept. */
const KEPT = 1024 * 1024;

/** Where a frame ends in a chunk: `at` its end bytes, `next` what follows; `partly`: the chunk ends within the end bytes. */
interface End {
  readonly at: number;
  readonly next: number;
  readonly partly: boolean;
}

/**
 * The framing layer of one connection (HL7 transport specification MLLP, release 1). Payloads are opaque bytes. Work is
 * linear: every byte is searched once, and chunks are joined once, when their frame ends.
 *
 * Start bytes inside a frame are payload, unless a new frame visibly begins there: after a line end, after the first end
 * byte, or before the same bytes with which the frame began. Then the first frame is closed as broken.
 */
export class FrameDecoder {
  private readonly framing: Framing;
  private readonly sink: FrameSink;
  private held: Buffer[] = [];
  private heldBytes = 0;
  private head = EMPTY;
  private lastByte = -1;
  private inFrame = false;
  private doubled = false;
  private tooLarge = false;
  /** Bytes at the end of a chunk whose meaning the next chunk decides. */
  private undecided: Buffer | undefined;
  /** Index in the end bytes of what may still follow a frame that is already delivered; -1: nothing. */
  private tail = -1;

  constructor(framing: Framing, sink: FrameSink) {
    this.framing = framing;
    this.sink = sink;
  }

  /** Bytes of a frame that has not ended. */
  get buffered(): number {
    return this.heldBytes + (this.undecided?.length ?? 0);
  }

  push(chunk: Buffer): void {
    const bytes = this.undecided === undefined ? chunk : Buffer.concat([this.undecided, chunk]);
    this.undecided = undefined;
    let at = 0;
    while (at < bytes.length) at = this.inFrame ? this.readFrame(bytes, at) : this.seekStart(bytes, at);
  }

  /** The connection ended: what came of a frame that did not, cut to 1 MiB where it is over the cap. */
  finish(): Buffer | undefined {
    const rest = this.undecided ?? EMPTY;
    this.undecided = undefined;
    if (!this.inFrame) {
      if (rest.length > 0) this.sink.noise(rest);
      return undefined;
    }
    this.hold(rest);
    const bytes = Buffer.concat(this.held);
    this.reset();
    return bytes.length > 0 ? bytes : undefined;
  }

  private seekStart(bytes: Buffer, from: number): number {
    const { start, end } = this.framing;
    if (this.tail >= 0) {
      const expected = bytes[from] === end[this.tail];
      this.tail = expected && this.tail + 1 < end.length ? this.tail + 1 : -1;
      if (expected) return from + 1;
    }
    const at = bytes.indexOf(start[0]!, from);
    if (at !== from) this.sink.noise(bytes.subarray(from, at < 0 ? bytes.length : at));
    if (at < 0) return bytes.length;
    const match = compare(bytes, at, start);
    if (match === 'partly') {
      this.undecided = bytes.subarray(at);
      return bytes.length;
    }
    if (match === 'no') {
      this.sink.noise(bytes.subarray(at, at + 1));
      return at + 1;
    }
    this.inFrame = true;
    return at + start.length;
  }

  private readFrame(bytes: Buffer, from: number): number {
    const { start, end } = this.framing;
    if (this.heldBytes === 0 && compare(bytes, from, start) === 'yes') {
      this.doubled = true;
      return from + start.length;
    }
    const found = this.findEnd(bytes, from);
    const limit = found?.at ?? bytes.length;
    const anew = this.findRestart(bytes, from, limit);
    if (anew !== undefined) {
      this.hold(bytes.subarray(from, anew.at));
      if (anew.certain) this.closeUnended();
      else this.undecided = bytes.subarray(anew.at);
      return anew.certain ? anew.at : bytes.length;
    }
    const whole = found !== undefined && this.heldBytes === 0 && limit - from <= this.framing.maxFrameBytes;
    if (whole && !(found.partly && this.framing.requireFinalCr)) this.held.push(bytes.subarray(from, limit));
    else this.hold(bytes.subarray(from, limit));
    if (found === undefined) return bytes.length;
    if (found.partly && this.framing.requireFinalCr) {
      this.undecided = bytes.subarray(found.at);
      return bytes.length;
    }
    const loose = found.next - found.at < end.length;
    this.tail = loose ? found.next - found.at : this.doubled ? 0 : -1;
    this.deliver(loose ? ['no-final-cr'] : NONE);
    return found.next;
  }

  private findEnd(bytes: Buffer, from: number): End | undefined {
    const { end, requireFinalCr } = this.framing;
    for (let at = bytes.indexOf(end[0]!, from); at >= 0; at = bytes.indexOf(end[0]!, at + 1)) {
      const match = compare(bytes, at, end);
      if (match === 'yes') return { at, next: at + end.length, partly: false };
      if (match === 'partly') return { at, next: bytes.length, partly: true };
      if (!requireFinalCr) return { at, next: at + 1, partly: false };
    }
    return undefined;
  }

  private findRestart(
    bytes: Buffer,
    from: number,
    limit: number,
  ): { at: number; certain: boolean } | undefined {
    const { start, end } = this.framing;
    let at = bytes.indexOf(start[0]!, from);
    if (at < 0 || at >= limit) return undefined;
    const head = this.headWith(bytes, from, limit);
    for (; at >= 0 && at < limit; at = bytes.indexOf(start[0]!, at + 1)) {
      const match = compare(bytes, at, start);
      if (match === 'no') continue;
      if (match === 'partly') return { at, certain: false };
      const before = at > from ? bytes[at - 1]! : this.lastByte;
      if (before === 0x0d || before === 0x0a || before === end[0]) return { at, certain: true };
      if (this.heldBytes + at - from < HEAD) continue;
      const again = compare(bytes, at + start.length, head);
      if (again !== 'no') return { at, certain: again === 'yes' };
    }
    return undefined;
  }

  private headWith(bytes: Buffer, from: number, limit: number): Buffer {
    if (this.head.length >= HEAD) return this.head;
    return Buffer.concat([this.head, bytes.subarray(from, Math.min(limit, from + HEAD - this.head.length))]);
  }

  /** A new frame begins before this one has ended. */
  private closeUnended(): void {
    const cut = this.lastByte === this.framing.end[0];
    const reason = cut ? 'the end bytes are incomplete' : 'a new frame began before the end bytes';
    this.deliver([], { code: 'hub.frame.broken', reason });
  }

  private hold(bytes: Buffer): void {
    if (bytes.length === 0) return;
    this.head = this.headWith(bytes, 0, bytes.length);
    this.lastByte = bytes[bytes.length - 1]!;
    this.heldBytes += bytes.length;
    if (this.tooLarge) return;
    this.held.push(bytes);
    if (this.heldBytes > this.framing.maxFrameBytes) {
      this.tooLarge = true;
      this.held = [Buffer.from(Buffer.concat(this.held).subarray(0, KEPT))];
    }
  }

  private deliver(oddities: readonly string[], broken?: DecodedFrame['broken']): void {
    const bytes = this.held.length === 1 ? this.held[0]! : Buffer.concat(this.held);
    const large = this.tooLarge;
    const seen = this.doubled ? [...oddities, 'double-framed'] : oddities;
    this.reset();
    if (large) {
      const reason = `larger than ${this.framing.maxFrameBytes} bytes`;
      this.sink.frame({ bytes, oddities: [...seen, 'cut'], broken: { code: 'hub.frame.large', reason } });
    } else
      this.sink.frame(broken === undefined ? { bytes, oddities: seen } : { bytes, oddities: seen, broken });
  }

  private reset(): void {
    this.held = [];
    this.heldBytes = 0;
    this.head = EMPTY;
    this.lastByte = -1;
    this.inFrame = false;
    this.doubled = false;
    this.tooLarge = false;
  }
}

/** Whether the bytes at a position are the sequence, may become it with more bytes, or are not. */
function compare(bytes: Buffer, at: number, sequence: Uint8Array): 'yes' | 'no' | 'partly' {
  for (let i = 0; i < sequence.length; i++) {
    if (at + i >= bytes.length) return 'partly';
    if (bytes[at + i] !== sequence[i]) return 'no';
  }
  return 'yes';
}

/** One buffer for the whole frame, so that it leaves in one write. */
export function encodeFrame(payload: Uint8Array, framing: Framing): Buffer {
  const out = Buffer.allocUnsafe(framing.start.length + payload.length + framing.end.length);
  out.set(framing.start, 0);
  out.set(payload, framing.start.length);
  out.set(framing.end, framing.start.length + payload.length);
  return out;
}
