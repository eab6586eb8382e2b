import type { CapturedBytes, ConnectionStats, WireIncident } from '../../contracts/adapter/wire.ts';

interface Surroundings {
  readonly now: () => number;
  readonly incident: (incident: WireIncident) => void;
}

interface Line {
  readonly id: string;
  readonly peer: string;
  readonly since: number;
  tls?: string;
  bytesIn: number;
  bytesOut: number;
  framesIn: number;
  framesOut: number;
  pending: number;
  lastByteAt?: number;
  lastRoundTripMs?: number;
  lastError?: NonNullable<ConnectionStats['lastError']>;
  readonly captured: Record<'in' | 'out', CapturedBytes[]>;
}

/** Connections whose figures and last bytes are shown. */
const REMEMBERED = 50;
/** A connection without a request for so long is shown as closed. */
const OPEN_MS = 120_000;
const QUIET_MS = 60_000;
const HEX_BYTES = 64;

/** Figures, last bytes and incidents of the HTTP connections of an endpoint. */
export class Traffic {
  private readonly around: Surroundings;
  private readonly captureBytes: number;
  private readonly lines = new Map<string, Line>();
  private readonly quiet = new Map<string, { until: number; folded: number }>();

  constructor(around: Surroundings, captureBytes: number) {
    this.around = around;
    this.captureBytes = captureBytes;
  }

  began(id: string, peer: string): void {
    this.line(id, peer).pending++;
  }

  /** A peer's reply, with the TLS version it came over. */
  answered(id: string, body: Uint8Array, tls: string | undefined): void {
    this.bytes(id, 'in', body);
    const line = this.lines.get(id);
    if (line && tls !== undefined) line.tls = tls;
  }

  bytes(id: string, direction: 'in' | 'out', bytes: Uint8Array): void {
    const line = this.lines.get(id);
    if (line === undefined) return;
    const at = this.around.now();
    line.lastByteAt = at;
    line[direction === 'in' ? 'bytesIn' : 'bytesOut'] += bytes.length;
    line[direction === 'in' ? 'framesIn' : 'framesOut']++;
    if (this.captureBytes === 0 || bytes.length === 0) return;
    const kept = line.captured[direction];
    kept.push({ at, direction, bytes: Uint8Array.prototype.slice.call(bytes, -this.captureBytes) });
    let size = kept.reduce((sum, one) => sum + one.bytes.length, 0);
    while (size > this.captureBytes) size -= kept.shift()!.bytes.length;
  }

  ended(id: string, startedAt: number): void {
    const line = this.lines.get(id);
    if (line === undefined) return;
    line.pending--;
    line.lastRoundTripMs = this.around.now() - startedAt;
  }

  /** Tells an incident; one kind at most once a minute and peer. */
  incident(connection: string, peer: string, kind: string, reason: string, head?: Uint8Array): void {
    const at = this.around.now();
    const hex = head && Buffer.from(head.subarray(0, HEX_BYTES)).toString('hex');
    const shown = hex === undefined || hex === '' ? {} : { hex };
    const line = this.lines.get(connection);
    if (line) line.lastError = { at, reason, ...shown };
    const key = `${kind} ${peer.replace(/:\d+$/, '')}`;
    const quiet = this.quiet.get(key);
    if (quiet !== undefined && at < quiet.until) {
      quiet.folded++;
      return;
    }
    const more = quiet?.folded ? ` (and ${quiet.folded} alike before)` : '';
    if (this.quiet.size >= 1000) this.quiet.clear();
    this.quiet.set(key, { until: at + QUIET_MS, folded: 0 });
    this.around.incident({ at, connection, peer, kind, reason: reason + more, ...shown });
  }

  get pending(): number {
    let sum = 0;
    for (const line of this.lines.values()) sum += line.pending;
    return sum;
  }

  stats(): ConnectionStats[] {
    const now = this.around.now();
    return [...this.lines.values()].map(({ captured: _, ...line }) => ({
      ...line,
      open: line.pending > 0 || now - (line.lastByteAt ?? line.since) < OPEN_MS,
      noiseBytes: 0,
      buffered: 0,
    }));
  }

  capture(id: string): CapturedBytes[] {
    const captured = this.lines.get(id)?.captured;
    return captured ? [...captured.in, ...captured.out].sort((a, b) => a.at - b.at) : [];
  }

  private line(id: string, peer: string): Line {
    const known = this.lines.get(id);
    if (known) return known;
    if (this.lines.size >= REMEMBERED)
      for (const [old, { pending }] of this.lines)
        if (pending === 0) {
          this.lines.delete(old);
          break;
        }
    const made: Line = {
      id,
      peer,
      since: this.around.now(),
      bytesIn: 0,
      bytesOut: 0,
      framesIn: 0,
      framesOut: 0,
      pending: 0,
      captured: { in: [], out: [] },
    };
    this.lines.set(id, made);
    return made;
  }
}
