import type { InboundFrame, Reply } from '../../contracts/adapter/port.ts';
import { toFault } from '../../contracts/kernel/fault.ts';
import { ACK, CR, LF, NAK, type Token } from './codec.ts';
import type { Wire } from './wire.ts';

type Frame = Extract<Token, { kind: 'frame' }>;

/** What is there of a message, and how its last record begins. */
interface Kept {
  /** Of the chunks. */
  readonly count: number;
  readonly size: number;
  readonly head: string;
  readonly fresh: boolean;
}
const nothing: Kept = { count: 0, size: 0, head: '', fresh: true };

interface ReceiverParts {
  readonly wire: Wire;
  readonly write: (byte: number) => void;
  readonly accept: (frame: Pick<InboundFrame, 'bytes' | 'oddities' | 'broken'>) => Promise<Reply>;
  /** What a query is answered with; sent once the peer has ended its transmission. */
  readonly answer: (reply: Reply) => void;
  /** The peer has sent more since: it no longer waits for a reply to what is being handled. */
  readonly movedOn: () => boolean;
  readonly ignoreChecksum: boolean;
  readonly mostBytes: number;
  readonly receiveMs: number;
  /** The transmission is over without its EOT. */
  readonly ended: () => void;
}

/** After intake refused, how long the peer waits for its NAK: it sends the frame again at once, six times at most. */
const refusedMs = 1000;

/**
 * The receiving side (LIS1-A 8.2.2 to 8.2.5). ACK of a frame says only that the next may be sent. ACK of the frame that ends the terminator
 * record says that the message is kept, so it leaves after the commit; where the message could not be kept that frame is answered NAK
 * and comes again.
 */
export class Receiver {
  private readonly parts: ReceiverParts;
  private receiving = false;
  private expected = 1;
  /** A frame of this transmission was taken: the one before may come again. */
  private begun = false;
  private readonly chunks: Buffer[] = [];
  private kept: Kept = nothing;
  private odd = new Set<string>();
  private timer: NodeJS.Timeout | undefined;

  constructor(parts: ReceiverParts) {
    this.parts = parts;
  }

  get busy(): boolean {
    return this.receiving;
  }

  get buffered(): number {
    return this.kept.size;
  }

  /** Takes the peer's ENQ. */
  begin(): void {
    if (this.receiving) this.giveUp('the peer began anew within a message');
    this.receiving = true;
    this.expected = 1;
    this.begun = false;
    this.parts.write(ACK);
    this.watch();
  }

  async frame(frame: Frame): Promise<void> {
    if (!this.receiving) {
      this.parts.wire.incident('out-of-turn', 'a frame without ENQ before it', frame.text);
      return;
    }
    clearTimeout(this.timer);
    await this.take(frame);
    if (this.receiving) this.watch();
  }

  /** EOT: the peer has ended; records without a terminator are kept as they are. */
  end(): void {
    clearTimeout(this.timer);
    if (this.receiving) this.giveUp('the transmission ended before the terminator record');
    this.receiving = false;
  }

  /** The connection ended, or noise ended the frame. */
  lost(reason: string): void {
    clearTimeout(this.timer);
    if (this.receiving) this.giveUp(reason);
    this.receiving = false;
  }

  /** What came was no frame: it is asked for again. */
  nak(): void {
    if (this.receiving) this.parts.write(NAK);
  }

  private async take({ number, text, last, spoilt }: Frame): Promise<void> {
    const { wire, write, ignoreChecksum, mostBytes } = this.parts;
    if (spoilt && !ignoreChecksum) {
      wire.incident('checksum', 'the checksum of a frame does not hold; it was asked for again', text);
      return write(NAK);
    }
    if (spoilt) this.odd.add('checksum-ignored');
    // The last frame again: its ACK was lost.
    if (this.begun && number === (this.expected + 7) % 8) return write(ACK);
    if (number !== this.expected) {
      wire.incident('frame-number', `frame ${number} where ${this.expected} was due`, text);
      return write(NAK);
    }
    if (this.kept.size + text.length > mostBytes) {
      wire.incident('too-large', `a message of more than ${mostBytes} bytes`);
      return write(NAK);
    }
    const before = this.kept;
    this.keep(text, last);
    // Only the terminator record begins with L.
    if (last && /^L(?![A-Za-z0-9])/.test(this.kept.head)) return this.handOver(before);
    this.next();
    write(ACK);
  }

  private next(): void {
    this.begun = true;
    this.expected = (this.expected + 1) % 8;
  }

  private keep(text: Buffer, last: boolean): void {
    let { head, fresh } = this.kept;
    for (const byte of text) {
      if (byte === CR || byte === LF) fresh = true;
      else if (fresh) {
        head = String.fromCharCode(byte);
        fresh = false;
      } else if (head.length < 2) head += String.fromCharCode(byte);
    }
    if (text.length > 0) this.chunks.push(text);
    // A record ends with CR; some leave it to the frame.
    if (last && !fresh) {
      this.chunks.push(Buffer.from('\r'));
      fresh = true;
      this.odd.add('no-final-cr');
    }
    this.kept = { count: this.chunks.length, size: this.kept.size + text.length, head, fresh };
  }

  private async handOver(before: Kept): Promise<void> {
    const { wire, write, accept, answer, movedOn } = this.parts;
    const bytes = Buffer.concat(this.chunks);
    wire.framesIn++;
    wire.pending++;
    try {
      const oddities = [...this.odd];
      const replies: Reply[] = [];
      for (const message of messagesIn(bytes)) replies.push(await accept({ bytes: message, oddities }));
      this.forget();
      this.next();
      for (const reply of replies) answer(reply);
      if (movedOn()) wire.incident('too-late', 'the message was kept after the peer had given up waiting');
      else write(ACK);
    } catch (error) {
      wire.incident('intake-refused', toFault(error).message);
      this.kept = before;
      this.chunks.length = before.count;
      await new Promise((resolve) => setTimeout(resolve, refusedMs));
      if (!movedOn()) write(NAK);
    } finally {
      wire.pending--;
    }
  }

  private giveUp(reason: string): void {
    const { wire } = this.parts;
    if (this.kept.size > 0) {
      const bytes = Buffer.concat(this.chunks);
      wire.incident('broken-frame', reason, bytes, bytes);
    }
    this.forget();
  }

  private forget(): void {
    this.kept = nothing;
    this.chunks.length = 0;
    this.odd = new Set();
  }

  private watch(): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.parts.wire.incident('receive-timeout', 'the peer stopped within its transmission');
      this.lost('the peer stopped within a message');
      this.parts.ended();
    }, this.parts.receiveMs);
  }
}

/** Messages that stand behind one another in one transmission, each up to its terminator. */
function messagesIn(bytes: Buffer): Buffer[] {
  const text = bytes.toString('latin1');
  const messages: Buffer[] = [];
  let from = 0;
  for (const m of text.matchAll(/(?:^|[\r\n])L(?![A-Za-z0-9])[^\r\n]*[\r\n]+(?=H)/g)) {
    messages.push(bytes.subarray(from, m.index + m[0].length));
    from = m.index + m[0].length;
  }
  return [...messages, bytes.subarray(from)];
}
