import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

const [STX, ETX, EOT, ENQ, ACK, NAK, ETB] = [2, 3, 4, 5, 6, 0x15, 0x17];

/** What the analyser does with a character that asks it for something. */
export type Reply = 'ack' | 'nak' | 'eot' | 'enq' | 'silent' | 'hang-up' | 'noise';

export interface SendOptions {
  /** Frames (from 1) that first go out with a wrong checksum. */
  readonly spoil?: readonly number[];
  /** Frames that are sent a second time though they were acknowledged. */
  readonly repeat?: readonly number[];
  /** The connection is cut after this frame. */
  readonly cutAfter?: number;
  /** The connection is cut within this frame. */
  readonly cutWithin?: number;
  /** Bytes of text in a frame. */
  readonly textBytes?: number;
  /** The whole message in as few frames as it takes, several records in each. */
  readonly packed?: boolean;
  /** Without EOT at the end. */
  readonly noEot?: boolean;
  /** Byte by byte. */
  readonly dribble?: boolean;
  /** How often a frame is sent before the analyser gives up. */
  readonly tries?: number;
  /** How long it waits for a reply. */
  readonly replyMs?: number;
}

const sumOf = (bytes: Uint8Array): string => {
  const sum = bytes.reduce((a, b) => a + b, 0) % 256;
  return `${sum < 16 ? '0' : ''}${sum.toString(16)}`.toUpperCase();
};

export function frame(number: number, text: Uint8Array, last: boolean, spoilt = false): Buffer {
  const body = Buffer.from([0x30 + (number % 8), ...text, last ? ETX : ETB]);
  const sum = spoilt ? 'zz' : sumOf(body);
  return Buffer.concat([Buffer.from([STX]), body, Buffer.from(`${sum}\r\n`)]);
}

/** An analyser by LIS1-A, at the end of one connection. */
export class Analyser {
  /** Messages it was sent, whole. */
  readonly got: Buffer[] = [];
  /** Characters and frames it received, in order, for the eye: `ENQ`, `1`, `EOT`. */
  readonly heard: string[] = [];
  /** Replies to ENQ and frames, the first for the first; afterwards everything is acknowledged. */
  replies: Reply[] = [];
  closed = false;
  private socket: Socket;
  private buffer: Buffer = Buffer.alloc(0);
  private texts: Buffer[] = [];
  private waiting: ((reply: number) => void) | undefined;
  private readonly early: number[] = [];
  private readonly watchers = new Set<() => void>();

  constructor(socket: Socket) {
    this.socket = socket;
    socket.setNoDelay(true);
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.closed = true;
      this.waiting?.(-1);
      this.look();
    });
    socket.on('data', (chunk: Buffer) => this.data(chunk));
  }

  static async connect(port: number): Promise<Analyser> {
    const socket = connect({ port, host: '127.0.0.1' });
    await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    return new Analyser(socket);
  }

  async until(holds: () => boolean): Promise<void> {
    if (holds()) return;
    await new Promise<void>((resolve) => {
      const look = (): void => {
        if (!holds()) return;
        this.watchers.delete(look);
        resolve();
      };
      this.watchers.add(look);
    });
  }

  hangUp(): void {
    this.socket.destroy();
  }

  write(bytes: Uint8Array | number): void {
    this.socket.write(typeof bytes === 'number' ? Buffer.from([bytes]) : bytes);
  }

  enq = (): void => this.write(ENQ);
  eot = (): void => this.write(EOT);

  /** The next reply; -1 where there is none in time. */
  reply(ms = 15_000): Promise<number> {
    const early = this.early.shift();
    if (early !== undefined) return Promise.resolve(early);
    return new Promise((resolve) => {
      const timer = setTimeout(() => done(-1), ms);
      const done = (byte: number): void => {
        clearTimeout(timer);
        this.waiting = undefined;
        resolve(byte);
      };
      this.waiting = done;
    });
  }

  /** Sends a message as an analyser does; false where it gave up or was cut. */
  async send(message: Uint8Array, options: SendOptions = {}): Promise<boolean> {
    this.enq();
    if ((await this.reply(options.replyMs)) !== ACK) return false;
    const frames = framesOf(Buffer.from(message), options);
    for (const [i, { text, last }] of frames.entries()) {
      const n = i + 1;
      for (let tries = 1; ; tries++) {
        const bytes = frame(n, text, last, tries === 1 && options.spoil?.includes(n));
        if (options.cutWithin === n) {
          this.socket.end(bytes.subarray(0, bytes.length >> 1));
          return false;
        }
        if (options.dribble) for (const byte of bytes) this.write(byte);
        else this.write(bytes);
        const reply = await this.reply(options.replyMs);
        if (reply === ACK && !(options.repeat?.includes(n) && tries === 1)) break;
        if (reply === -1 || tries >= (options.tries ?? 6)) {
          this.eot();
          return false;
        }
      }
      if (options.cutAfter === n) {
        this.hangUp();
        return false;
      }
    }
    if (!options.noEot) this.eot();
    return true;
  }

  private data(chunk: Buffer): void {
    this.buffer = Buffer.concat([this.buffer, chunk]);
    for (let took = this.takeOne(); took; took = this.takeOne());
    this.look();
  }

  private takeOne(): boolean {
    const first = this.buffer[0];
    if (first === undefined) return false;
    if (first !== STX) {
      this.buffer = this.buffer.subarray(1);
      this.character(first);
      return true;
    }
    const end = this.buffer.indexOf('\r\n');
    const found = end < 0 ? -1 : this.buffer.findIndex((b, i) => (b === ETX || b === ETB) && i <= end);
    if (found < 0 || this.buffer.length < found + 5) return false;
    const body = this.buffer.subarray(1, found + 1);
    const sum = this.buffer.subarray(found + 1, found + 3).toString('latin1');
    this.buffer = this.buffer.subarray(found + 5);
    this.heard.push(sum === sumOf(body) ? String.fromCharCode(body[0]!) : 'spoilt');
    if (this.act('frame')) this.texts.push(Buffer.from(body.subarray(1, -1)));
    return true;
  }

  private character(byte: number): void {
    if (byte === ACK || byte === NAK || (byte === ENQ && this.waiting)) {
      this.heard.push(byte === ACK ? 'ACK' : byte === NAK ? 'NAK' : 'ENQ');
      if (this.waiting) this.waiting(byte);
      else this.early.push(byte);
    } else if (byte === ENQ) {
      this.heard.push('ENQ');
      this.texts = [];
      this.act('enq');
    } else if (byte === EOT) {
      this.heard.push('EOT');
      if (this.texts.length > 0) this.got.push(Buffer.concat(this.texts));
      this.texts = [];
    }
  }

  /** True where it was acknowledged. */
  private act(_what: 'enq' | 'frame'): boolean {
    const reply = this.replies.shift() ?? 'ack';
    if (reply === 'hang-up') this.hangUp();
    else if (reply === 'noise') this.write(Buffer.from('??'));
    else if (reply !== 'silent') this.write({ ack: ACK, nak: NAK, eot: EOT, enq: ENQ }[reply]);
    return reply === 'ack' || reply === 'eot';
  }

  private look(): void {
    for (const watcher of [...this.watchers]) watcher();
  }
}

function framesOf(
  message: Buffer,
  { textBytes = 240, packed }: SendOptions,
): { text: Buffer; last: boolean }[] {
  const records = packed
    ? [message]
    : (message.toString('latin1').match(/[^\r]*\r|[^\r]+$/g) ?? []).map((r) => Buffer.from(r, 'latin1'));
  return records.flatMap((record) => {
    const parts: { text: Buffer; last: boolean }[] = [];
    for (let at = 0; at < record.length; at += textBytes)
      parts.push({ text: record.subarray(at, at + textBytes), last: at + textBytes >= record.length });
    return parts;
  });
}

/** Analysers that are servers: each connection made to it is one. */
export class AnalyserServer {
  readonly lines: Analyser[] = [];
  private readonly server: Server;
  private readonly watchers = new Set<() => void>();
  /** Replies of the next connection. */
  replies: Reply[] = [];

  private constructor() {
    this.server = createServer((socket) => {
      const line = new Analyser(socket);
      line.replies = this.replies;
      this.lines.push(line);
      for (const watcher of [...this.watchers]) watcher();
    });
  }

  static async listen(port = 0): Promise<AnalyserServer> {
    const made = new AnalyserServer();
    await new Promise<void>((resolve) => made.server.listen(port, '127.0.0.1', resolve));
    return made;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  /** The nth connection, once it is there. */
  async line(n: number): Promise<Analyser> {
    while (this.lines.length < n)
      await new Promise<void>((resolve) => {
        const once = (): void => {
          this.watchers.delete(once);
          resolve();
        };
        this.watchers.add(once);
      });
    return this.lines[n - 1]!;
  }

  async close(): Promise<void> {
    for (const line of this.lines) line.hangUp();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }
}

export const characters = { ACK, NAK, ENQ, EOT } as const;
