import { ENQ, EOT, encodeFrames, type Token } from './codec.ts';

/**
 * How a transmission ended.
 * - `done`    every frame was acknowledged
 * - `busy`    the peer did not take it now: NAK to ENQ, contention, or a frame it refused six times; it has no whole message
 * - `silent`  no reply; before the last frame (the peer has no whole message) or after it (it may have it)
 */
export type Sent =
  | { readonly kind: 'done' }
  | { readonly kind: 'busy'; readonly code: string; readonly reason: string }
  | { readonly kind: 'silent'; readonly reason: string; readonly complete: boolean };

export interface Timers {
  readonly replyMs: number;
  readonly busyMs: number;
  readonly contentionMs: number;
}

interface TransmitterParts {
  readonly write: (bytes: Uint8Array) => void;
  /** Resolves when nobody transmits; rejects once the connection is gone. */
  readonly idle: () => Promise<void>;
  readonly timers: Timers;
  readonly textBytes: number;
  readonly incident: (kind: string, reason: string) => void;
}

/** How often a frame is sent (LIS1-A 8.3.1.2: six retransmissions would be the seventh time). */
const mostTries = 6;

type Answer = 'ack' | 'nak' | 'eot' | 'enq' | 'silent' | 'lost';

/** The sending side (LIS1-A 8.2): establishment, frames one by one, EOT. */
export class Transmitter {
  private readonly parts: TransmitterParts;
  private waiting: ((answer: Answer) => void) | undefined;
  private active = false;
  private framing = false;
  private gone = false;
  /** After NAK or contention the peer has its turn until then. */
  private notBefore = 0;
  /** No reply is waited for beyond it. */
  private deadline = 0;

  constructor(parts: TransmitterParts) {
    this.parts = parts;
  }

  /** The peer's characters belong to a transmission of ours. */
  get busy(): boolean {
    return this.active;
  }

  /** False where nobody waits for it. */
  token({ kind }: Token): boolean {
    if (!this.waiting || kind === 'frame' || kind === 'noise') return false;
    this.waiting(kind);
    return true;
  }

  /** Anything but ACK and EOT in reply to a frame says that it did not arrive (8.3.1.2). */
  noise(): boolean {
    if (!this.waiting || !this.framing) return false;
    this.waiting('nak');
    return true;
  }

  lost(): void {
    this.gone = true;
    this.waiting?.('lost');
  }

  /** Tries until `deadline` (milliseconds of `performance.now()`) where the peer has its turn first. */
  async send(message: Uint8Array, deadline: number): Promise<Sent> {
    this.deadline = deadline;
    let last: Sent = { kind: 'busy', code: 'CONTENTION', reason: 'the peer transmits itself' };
    for (;;) {
      const wait = this.notBefore - performance.now();
      if (wait > 0) {
        if (performance.now() + wait > deadline) return last;
        await new Promise((resolve) => setTimeout(resolve, wait));
      }
      await this.parts.idle();
      if (this.gone) return { kind: 'silent', reason: 'the connection was lost', complete: false };
      if (performance.now() > deadline) return last;
      if (this.notBefore > performance.now()) continue;
      const sent = await this.once(message);
      if (sent.kind !== 'busy' || sent.code === 'FRAME') return sent;
      last = sent;
    }
  }

  private async once(message: Uint8Array): Promise<Sent> {
    this.active = true;
    try {
      const refused = await this.establish();
      this.framing = true;
      return refused ?? (await this.frames(message));
    } finally {
      this.active = false;
      this.framing = false;
    }
  }

  /** Undefined once the peer is ready. */
  private async establish(): Promise<Sent | undefined> {
    const { busyMs, contentionMs } = this.parts.timers;
    const answer = await this.ask(Uint8Array.of(ENQ));
    if (answer === 'ack') return undefined;
    if (answer === 'nak') {
      this.notBefore = performance.now() + busyMs;
      return { kind: 'busy', code: 'NAK', reason: 'the peer is not ready' };
    }
    if (answer === 'enq') {
      this.notBefore = performance.now() + contentionMs;
      this.parts.incident('contention', 'both sides began to transmit; the other has its turn');
      return { kind: 'busy', code: 'CONTENTION', reason: 'the peer transmits itself' };
    }
    this.end();
    return { kind: 'silent', reason: `no reply to ENQ (${answer})`, complete: false };
  }

  private async frames(message: Uint8Array): Promise<Sent> {
    const frames = encodeFrames(message, this.parts.textBytes);
    for (const [i, frame] of frames.entries()) {
      const complete = i === frames.length - 1;
      for (let tries = 1; ; tries++) {
        const answer = await this.ask(frame);
        // EOT in place of ACK asks for the line; the frame was taken (8.2.5.3).
        if (answer === 'ack' || answer === 'eot') break;
        if (answer === 'silent' || answer === 'lost') {
          this.end();
          return {
            kind: 'silent',
            reason: `no reply to frame ${i + 1} of ${frames.length} (${answer})`,
            complete,
          };
        }
        if (tries >= mostTries) {
          this.end();
          return { kind: 'busy', code: 'FRAME', reason: `frame ${i + 1} was refused ${tries} times` };
        }
      }
    }
    this.end();
    return { kind: 'done' };
  }

  private end(): void {
    if (!this.gone) this.parts.write(Uint8Array.of(EOT));
  }

  private ask(bytes: Uint8Array): Promise<Answer> {
    if (this.gone) return Promise.resolve('lost');
    return new Promise((resolve) => {
      const done = (answer: Answer): void => {
        clearTimeout(timer);
        this.waiting = undefined;
        resolve(answer);
      };
      const left = Math.max(0, this.deadline - performance.now());
      const timer = setTimeout(() => done('silent'), Math.min(this.parts.timers.replyMs, left));
      this.waiting = done;
      this.parts.write(bytes);
    });
  }
}
