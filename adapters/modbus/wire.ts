import type { AdapterLog } from '../../contracts/adapter/port.ts';
import type { CapturedBytes, ConnectionStats, WireIncident } from '../../contracts/adapter/wire.ts';

export interface WireContext {
  readonly endpoint: string;
  readonly log: AdapterLog;
  readonly now: () => number;
  readonly incident: (incident: WireIncident) => void;
}

const mostCaptured = 65_536;
/** What lasts is told again after this long. */
const remindMs = 3_600_000;
let connections = 0;

/** Statistics, capture and incidents of the one connection to an address. */
export class Wire {
  readonly peer: string;
  private readonly context: WireContext;
  private readonly captured: CapturedBytes[] = [];
  private readonly lasting = new Map<string, number>();
  private id: string;
  private since: number;
  private capturedBytes = 0;
  private lastByteAt: number | undefined;
  private lastError: ConnectionStats['lastError'];
  open = false;
  pending = 0;
  buffered = 0;
  bytesIn = 0;
  bytesOut = 0;
  framesIn = 0;
  framesOut = 0;
  noiseBytes = 0;
  lastRoundTripMs: number | undefined;

  constructor(context: WireContext, peer: string) {
    this.context = context;
    this.peer = peer;
    this.since = context.now();
    this.id = `${context.endpoint}#${++connections}`;
  }

  get connection(): string {
    return this.id;
  }

  opened(): void {
    this.id = `${this.context.endpoint}#${++connections}`;
    this.since = this.context.now();
    this.open = true;
  }

  moved(direction: 'in' | 'out', bytes: Uint8Array): void {
    const at = this.context.now();
    this.lastByteAt = at;
    if (direction === 'in') this.bytesIn += bytes.length;
    else this.bytesOut += bytes.length;
    this.captured.push({ at, direction, bytes: bytes.slice(0, mostCaptured) });
    this.capturedBytes += Math.min(bytes.length, mostCaptured);
    while (this.capturedBytes > mostCaptured) this.capturedBytes -= this.captured.shift()!.bytes.length;
  }

  /** Tells a trouble once, until `over` says that it has ended. */
  trouble(kind: string, about: string, reason: string, bytes?: Uint8Array): void {
    const at = this.context.now();
    const hex = bytes && Buffer.from(bytes.subarray(0, 64)).toString('hex');
    this.lastError = { at, reason, ...(hex === undefined ? {} : { hex }) };
    const key = `${kind} ${about}`;
    const told = this.lasting.get(key);
    if (told !== undefined && at - told < remindMs) return;
    this.lasting.set(key, at);
    this.context.incident({
      at,
      connection: this.id,
      peer: this.peer,
      kind,
      reason: about === '' ? reason : `${about}: ${reason}`,
      ...(hex === undefined ? {} : { hex }),
    });
  }

  over(kind: string, about: string): void {
    if (this.lasting.delete(`${kind} ${about}`))
      this.context.log.info('over', { endpoint: this.context.endpoint, incident: kind, about });
  }

  capture(connection: string): CapturedBytes[] {
    return connection === this.id ? [...this.captured] : [];
  }

  stats(): ConnectionStats {
    const { id, peer, since, open, bytesIn, bytesOut, framesIn, framesOut, noiseBytes, pending, buffered } =
      this;
    return {
      id,
      peer,
      since,
      open,
      bytesIn,
      bytesOut,
      framesIn,
      framesOut,
      noiseBytes,
      pending,
      buffered,
      ...(this.lastByteAt === undefined ? {} : { lastByteAt: this.lastByteAt }),
      ...(this.lastError === undefined ? {} : { lastError: this.lastError }),
      ...(this.lastRoundTripMs === undefined ? {} : { lastRoundTripMs: this.lastRoundTripMs }),
    };
  }
}
