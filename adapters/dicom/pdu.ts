/** Protocol data units of the upper layer, PS3.8 §9.3: a type, a reserved byte, a length of four bytes, the body. */
export const pduType = {
  associateRequest: 1,
  associateAccept: 2,
  associateReject: 3,
  data: 4,
  releaseRequest: 5,
  releaseReply: 6,
  abort: 7,
} as const;

export interface Pdu {
  readonly type: number;
  readonly body: Buffer;
}

export interface PduProblem {
  readonly problem: 'unknown-type' | 'too-long';
  readonly reason: string;
  readonly head: Buffer;
}

const HEADER = 6;

/** Units from chunks, in linear time. Nothing is kept of a unit whose type is unknown or whose length is over the limit. */
export class PduReader {
  private readonly limit: (type: number) => number;
  private chunks: Buffer[] = [];
  private size = 0;

  constructor(limit: (type: number) => number) {
    this.limit = limit;
  }

  get buffered(): number {
    return this.size;
  }

  push(chunk: Buffer): void {
    if (chunk.length === 0) return;
    this.chunks.push(chunk);
    this.size += chunk.length;
  }

  clear(): void {
    this.chunks = [];
    this.size = 0;
  }

  /** Undefined where more bytes are needed. After a problem the stream cannot be read on. */
  next(): Pdu | PduProblem | undefined {
    if (this.size === 0) return undefined;
    const type = this.chunks[0]![0]!;
    if (type < pduType.associateRequest || type > pduType.abort)
      return {
        problem: 'unknown-type',
        reason: `no PDU begins with ${hex(type)}`,
        head: this.gather(Math.min(64, this.size)),
      };
    if (this.size < HEADER) return undefined;
    const header = this.gather(HEADER);
    const length = header.readUInt32BE(2);
    const limit = this.limit(type);
    if (length > limit)
      return {
        problem: 'too-long',
        reason: `a PDU of type ${type} with ${length} bytes; at most ${limit}`,
        head: this.gather(Math.min(64, this.size)),
      };
    if (this.size < HEADER + length) return undefined;
    const whole = this.gather(HEADER + length);
    this.drop(whole.length);
    return { type, body: whole.subarray(HEADER) };
  }

  /** The first bytes in one piece: a view where one chunk has them all. */
  private gather(length: number): Buffer {
    const first = this.chunks[0]!;
    if (first.length >= length) return first.subarray(0, length);
    const parts: Buffer[] = [];
    let missing = length;
    for (const chunk of this.chunks) {
      const part = chunk.length > missing ? chunk.subarray(0, missing) : chunk;
      parts.push(part);
      missing -= part.length;
      if (missing === 0) break;
    }
    return Buffer.concat(parts, length);
  }

  private drop(length: number): void {
    this.size -= length;
    let done = 0;
    while (length > 0) {
      const chunk = this.chunks[done]!;
      if (chunk.length > length) {
        this.chunks[done] = chunk.subarray(length);
        break;
      }
      length -= chunk.length;
      done++;
    }
    this.chunks.splice(0, done);
  }
}

const hex = (byte: number): string => `0x${byte.toString(16).padStart(2, '0')}`;

export function encodePdu(type: number, body: Buffer): Buffer {
  const header = Buffer.alloc(HEADER);
  header[0] = type;
  header.writeUInt32BE(body.length, 2);
  return Buffer.concat([header, body]);
}

export const releaseRequest = (): Buffer => encodePdu(pduType.releaseRequest, Buffer.alloc(4));
export const releaseReply = (): Buffer => encodePdu(pduType.releaseReply, Buffer.alloc(4));

/** Why we abort, PS3.8 table 9-26: source 2 is the upper layer, 0 the application. */
export const abortReasons = {
  unspecified: [2, 0],
  unrecognized: [2, 1],
  unexpected: [2, 2],
  invalid: [2, 6],
  application: [0, 0],
} as const;
export type AbortReason = keyof typeof abortReasons;

export const abort = (reason: AbortReason): Buffer =>
  encodePdu(pduType.abort, Buffer.from([0, 0, ...abortReasons[reason]]));

/** One fragment in a unit of its own. `command` and `last` make the control header (PS3.8 Annex E.2). */
export function dataHeader(context: number, length: number, command: boolean, last: boolean): Buffer {
  const header = Buffer.alloc(HEADER + 6);
  header[0] = pduType.data;
  header.writeUInt32BE(length + 6, 2);
  header.writeUInt32BE(length + 2, 6);
  header[10] = context;
  header[11] = (command ? 1 : 0) | (last ? 2 : 0);
  return header;
}

/** A message part cut into units that the peer can take. */
export function dataPdus(context: number, part: Buffer, command: boolean, maxPdu: number): Buffer {
  const room = Math.max(1, maxPdu - 6);
  const pieces: Buffer[] = [];
  for (let at = 0; at === 0 || at < part.length; at += room) {
    const piece = part.subarray(at, at + room);
    pieces.push(dataHeader(context, piece.length, command, at + room >= part.length), piece);
  }
  return Buffer.concat(pieces);
}
