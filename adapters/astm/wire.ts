import type { AdapterLog } from '../../contracts/adapter/port.ts';
import type { ConnectionStats, WireIncident } from '../../contracts/adapter/wire.ts';
import { Capture } from './capture.ts';

/** What a connection, listening or calling, needs of its surroundings. */
export interface WireContext {
  readonly endpoint: string;
  readonly log: AdapterLog;
  readonly now: () => number;
  readonly incident: (incident: WireIncident) => void;
}

let connections = 0;

const QUIET_MS = 60_000;
const HEX_BYTES = 64;

/** Statistics, capture and incidents of one connection. */
export class Wire {
  readonly id: string;
  readonly peer: string;
  readonly since: number;
  readonly capture: Capture;
  private readonly context: WireContext;
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
  private readonly quietUntil = new Map<string, { until: number; folded: number }>();

  constructor(context: WireContext, peer: string, captureBytes: number, id?: string) {
    this.context = context;
    this.id = id ?? `${context.endpoint}#${++connections}`;
    this.peer = peer;
    this.since = context.now();
    this.capture = new Capture(captureBytes);
  }

  received(bytes: Uint8Array): void {
    const at = this.context.now();
    this.bytesIn += bytes.length;
    this.lastByteAt = at;
    this.capture.add('in', bytes, at);
  }

  sent(bytes: Uint8Array): void {
    const at = this.context.now();
    this.bytesOut += bytes.length;
    this.lastByteAt = at;
    this.capture.add('out', bytes, at);
  }

  /** Tells an incident; one kind at most once a minute and connection, unless bytes have to be kept. */
  incident(kind: string, reason: string, head?: Uint8Array, keep?: Uint8Array): void {
    const at = this.context.now();
    const hex = head === undefined ? undefined : hexOf(head);
    this.lastError = { at, reason, ...(hex !== undefined && { hex }) };
    const quiet = this.quietUntil.get(kind);
    if (keep === undefined && quiet !== undefined && at < quiet.until) {
      quiet.folded++;
      return;
    }
    const more = quiet?.folded ? ` (and ${quiet.folded} alike before)` : '';
    this.quietUntil.set(kind, { until: at + QUIET_MS, folded: 0 });
    this.context.incident({
      at,
      connection: this.id,
      peer: this.peer,
      kind,
      reason: reason + more,
      ...(hex !== undefined && { hex }),
      ...(keep !== undefined && { bytes: keep }),
    });
  }

  stats(buffered: number): ConnectionStats {
    return {
      id: this.id,
      peer: this.peer,
      since: this.since,
      open: this.open,
      bytesIn: this.bytesIn,
      bytesOut: this.bytesOut,
      framesIn: this.framesIn,
      framesOut: this.framesOut,
      noiseBytes: this.noiseBytes,
      pending: this.pending,
      buffered,
      ...(this.tls !== undefined && { tls: this.tls }),
      ...(this.lastByteAt !== undefined && { lastByteAt: this.lastByteAt }),
      ...(this.lastError !== undefined && { lastError: this.lastError }),
      ...(this.lastRoundTripMs !== undefined && { lastRoundTripMs: this.lastRoundTripMs }),
    };
  }
}

export const hexOf = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, HEX_BYTES)).toString('hex');

/** `10.0.0.7:51234`, IPv6 in brackets, IPv4 in IPv6 as IPv4. */
export function addressOf(host: string | undefined, port: number | undefined): string {
  const plain = (host ?? '?').replace(/^::ffff:(?=\d+\.)/, '');
  return `${plain.includes(':') ? `[${plain}]` : plain}:${port ?? 0}`;
}
