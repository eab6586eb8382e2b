import type { AdapterLog } from '../../contracts/adapter/port.ts';
import type { CapturedBytes, ConnectionStats, WireIncident } from '../../contracts/adapter/wire.ts';

interface Surroundings {
  readonly now: () => number;
  readonly log: AdapterLog;
  readonly incident: (incident: WireIncident) => void;
}

interface Line {
  readonly peer: string;
  readonly since: number;
  tls?: string;
  bytesIn: number;
  bytesOut: number;
  framesIn: number;
  framesOut: number;
  pending: number;
  lastByteAt: number;
  lastRoundTripMs?: number;
  lastError?: { readonly at: number; readonly reason: string; readonly hex?: string };
  readonly captured: CapturedBytes[];
}

/** Connections whose figures and last bytes are shown. */
const REMEMBERED = 50;
const QUIET_MS = 60_000;
const HEX_BYTES = 64;
/** Most bytes of a refused request that are kept. */
const KEPT_BYTES = 1_048_576;

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

  began(connection: string, peer: string, tls?: string): void {
    const line = this.line(connection, peer);
    line.pending++;
    if (tls !== undefined) line.tls = tls;
  }

  bytes(connection: string, direction: 'in' | 'out', bytes: Uint8Array): void {
    const line = this.lines.get(connection);
    if (line === undefined) return;
    const at = this.around.now();
    line.lastByteAt = at;
    if (direction === 'in') line.bytesIn += bytes.length;
    else line.bytesOut += bytes.length;
    if (direction === 'in') line.framesIn++;
    else line.framesOut++;
    this.keep(line, direction, bytes, at);
  }

  ended(connection: string, startedAt: number): void {
    const line = this.lines.get(connection);
    if (line === undefined) return;
    line.pending--;
    line.lastRoundTripMs = this.around.now() - startedAt;
  }

  /** Tells an incident; one kind at most once a minute and peer, unless bytes have to be kept. */
  incident(
    connection: string,
    peer: string,
    kind: string,
    reason: string,
    bytes?: Uint8Array,
    keep = false,
  ): void {
    const at = this.around.now();
    const hex = bytes && Buffer.from(bytes.subarray(0, HEX_BYTES)).toString('hex');
    const line = this.lines.get(connection);
    if (line !== undefined) line.lastError = { at, reason, ...(hex !== undefined && { hex }) };
    const key = `${kind} ${peer.replace(/:\d+$/, '')}`;
    const quiet = this.quiet.get(key);
    if (!keep && quiet !== undefined && at < quiet.until) {
      quiet.folded++;
      return;
    }
    if (this.quiet.size >= 1000) this.quiet.clear();
    const more = quiet?.folded ? ` (and ${quiet.folded} alike before)` : '';
    this.quiet.set(key, { until: at + QUIET_MS, folded: 0 });
    this.around.incident({
      at,
      connection,
      peer,
      kind,
      reason: reason + more,
      ...(hex !== undefined && { hex }),
      ...(keep && bytes !== undefined && { bytes: copy(bytes, 0, KEPT_BYTES) }),
    });
  }

  stats(): ConnectionStats[] {
    return [...this.lines].map(([id, { captured: _, pending, ...line }]) => ({
      id,
      open: pending > 0,
      pending,
      noiseBytes: 0,
      buffered: 0,
      ...line,
    }));
  }

  capture(connection: string): CapturedBytes[] {
    return [...(this.lines.get(connection)?.captured ?? [])];
  }

  private line(connection: string, peer: string): Line {
    const known = this.lines.get(connection);
    if (known !== undefined) return known;
    const now = this.around.now();
    const line: Line = {
      peer,
      since: now,
      bytesIn: 0,
      bytesOut: 0,
      framesIn: 0,
      framesOut: 0,
      pending: 0,
      lastByteAt: now,
      captured: [],
    };
    this.lines.set(connection, line);
    if (this.lines.size > REMEMBERED)
      for (const [id, { pending }] of this.lines)
        if (pending === 0) {
          this.lines.delete(id);
          break;
        }
    return line;
  }

  private keep({ captured }: Line, direction: 'in' | 'out', bytes: Uint8Array, at: number): void {
    if (this.captureBytes === 0 || bytes.length === 0) return;
    captured.push({ at, direction, bytes: copy(withoutPasswords(bytes), -this.captureBytes) });
    let room = this.captureBytes;
    for (let i = captured.length - 1; i >= 0; i--) {
      if (captured[i]!.direction !== direction) continue;
      room -= captured[i]!.bytes.length;
      if (room < 0) captured.splice(i, 1);
    }
  }
}

const wide = Buffer.from('Password', 'utf16le');

/** Passwords of WS-Security are not shown to whoever looks at the wire. */
function withoutPasswords(bytes: Uint8Array): Uint8Array {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (buffer.includes(wide) || buffer.includes(wide.subarray(1)))
    return Buffer.from('(UTF-16, with a password)');
  if (!buffer.includes('Password')) return bytes;
  const shown = buffer.toString('latin1').replace(/(<(?:[\w.-]+:)?Password\b[^>]*>)[^<]*/g, '$1***');
  return Buffer.from(shown, 'latin1');
}

/** A copy, so that few bytes do not hold a large buffer alive. */
const copy = (bytes: Uint8Array, from: number, to?: number): Uint8Array =>
  Uint8Array.prototype.slice.call(bytes, from, to);
