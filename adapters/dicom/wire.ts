import type { CapturedBytes, ConnectionStats, WireIncident } from '../../contracts/adapter/wire.ts';

/** What a connection, listening or calling, needs of its surroundings. */
export interface WireContext {
  readonly endpoint: string;
  readonly now: () => number;
  readonly incident: (incident: WireIncident) => void;
}

const QUIET_MS = 60_000;
const HEX_BYTES = 64;
let connections = 0;

/** Statistics, the last bytes and incidents of one connection. */
export class Wire {
  readonly id: string;
  readonly peer: string;
  readonly since: number;
  tls: string | undefined;
  open = true;
  bytesIn = 0;
  bytesOut = 0;
  framesIn = 0;
  framesOut = 0;
  noiseBytes = 0;
  pending = 0;
  lastByteAt: number | undefined;
  lastRoundTripMs: number | undefined;
  private lastError: ConnectionStats['lastError'];
  private readonly context: WireContext;
  private readonly keep: number;
  private readonly kept: CapturedBytes[] = [];
  private readonly size = { in: 0, out: 0 };
  private readonly quiet = new Map<string, { until: number; folded: number }>();

  constructor(context: WireContext, peer: string, captureBytes: number, id?: string) {
    this.context = context;
    this.id = id ?? `${context.endpoint}#${++connections}`;
    this.peer = peer;
    this.since = context.now();
    this.keep = captureBytes;
  }

  received(bytes: Uint8Array): void {
    this.bytesIn += bytes.length;
    this.note('in', bytes);
  }

  sent(bytes: Uint8Array): void {
    this.bytesOut += bytes.length;
    this.note('out', bytes);
  }

  capture(): CapturedBytes[] {
    return [...this.kept];
  }

  /** Tells an incident; one kind at most once a minute and connection. */
  incident(kind: string, reason: string, head?: Uint8Array): void {
    const at = this.context.now();
    const hex = head && Buffer.from(head.subarray(0, HEX_BYTES)).toString('hex');
    this.lastError = { at, reason, ...(hex !== undefined && { hex }) };
    const quiet = this.quiet.get(kind);
    if (quiet !== undefined && at < quiet.until) {
      quiet.folded++;
      return;
    }
    const more = quiet?.folded ? ` (and ${quiet.folded} alike before)` : '';
    this.quiet.set(kind, { until: at + QUIET_MS, folded: 0 });
    this.context.incident({
      at,
      connection: this.id,
      peer: this.peer,
      kind,
      reason: reason + more,
      ...(hex !== undefined && { hex }),
    });
  }

  stats(buffered: number): ConnectionStats {
    const { id, peer, since, open, bytesIn, bytesOut, framesIn, framesOut, noiseBytes, pending } = this;
    return {
      ...{ id, peer, since, open, bytesIn, bytesOut, framesIn, framesOut, noiseBytes, pending, buffered },
      ...(this.tls !== undefined && { tls: this.tls }),
      ...(this.lastByteAt !== undefined && { lastByteAt: this.lastByteAt }),
      ...(this.lastError !== undefined && { lastError: this.lastError }),
      ...(this.lastRoundTripMs !== undefined && { lastRoundTripMs: this.lastRoundTripMs }),
    };
  }

  /** Copies, so that a few bytes do not hold a large read buffer alive; the oldest of a direction go first. */
  private note(direction: 'in' | 'out', bytes: Uint8Array): void {
    const at = this.context.now();
    this.lastByteAt = at;
    if (this.keep === 0 || bytes.length === 0) return;
    const last = Uint8Array.prototype.slice.call(bytes, Math.max(0, bytes.length - this.keep));
    this.kept.push({ at, direction, bytes: last });
    this.size[direction] += last.length;
    while (this.size[direction] > this.keep) {
      const oldest = this.kept.findIndex((chunk) => chunk.direction === direction);
      this.size[direction] -= this.kept[oldest]!.bytes.length;
      this.kept.splice(oldest, 1);
    }
  }
}

/** `10.0.0.7:51234`, IPv6 in brackets, IPv4 in IPv6 as IPv4. */
export function addressOf(host: string | undefined, port: number | undefined): string {
  const plain = (host ?? '?').replace(/^::ffff:(?=\d+\.)/, '');
  return `${plain.includes(':') ? `[${plain}]` : plain}:${port ?? 0}`;
}
