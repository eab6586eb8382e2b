/** MLLP framing of the peer: VT payload FS CR (HL7 v2 Implementation Guide, appendix C), written apart from the product's. */
export const VT = 0x0b;
export const FS = 0x1c;
export const CR = 0x0d;

export interface Framing {
  start: Uint8Array;
  end: Uint8Array;
}

export const mllp: Framing = { start: Uint8Array.of(VT), end: Uint8Array.of(FS, CR) };

/** One buffer with the payload between its start and end bytes. */
export function frame(payload: Uint8Array, framing: Framing = mllp): Buffer {
  return Buffer.concat([framing.start, payload, framing.end]);
}

/** Collects chunks and hands out whole payloads. Bytes outside a frame are kept apart as noise. */
export class FrameReader {
  noise: Buffer[] = [];
  readonly #framing: Framing;
  #chunks: Buffer = Buffer.alloc(0);
  #scanned = 0;

  constructor(framing: Framing = mllp) {
    this.#framing = framing;
  }

  /** Bytes of a frame not ended yet, or noise not yet told from a start. */
  get buffered(): number {
    return this.#chunks.length;
  }

  push(chunk: Uint8Array): Buffer[] {
    this.#chunks = this.#chunks.length === 0 ? Buffer.from(chunk) : Buffer.concat([this.#chunks, chunk]);
    const { start, end } = this.#framing;
    const frames: Buffer[] = [];
    for (;;) {
      const from = this.#chunks.indexOf(start);
      if (from < 0) {
        if (start.length === 1 && this.#chunks.length > 0) {
          this.noise.push(this.#chunks);
          this.#chunks = Buffer.alloc(0);
        }
        return frames;
      }
      if (from > 0) {
        this.noise.push(this.#chunks.subarray(0, from));
        this.#chunks = this.#chunks.subarray(from);
        this.#scanned = 0;
      }
      const to = this.#chunks.indexOf(end, Math.max(start.length, this.#scanned));
      if (to < 0) {
        this.#scanned = Math.max(start.length, this.#chunks.length - end.length);
        return frames;
      }
      frames.push(Buffer.from(this.#chunks.subarray(start.length, to)));
      this.#chunks = this.#chunks.subarray(to + end.length);
      this.#scanned = 0;
    }
  }
}
