import type { AdapterLog } from '../../contracts/adapter/port.ts';
import type { CapturedBytes, ConnectionStats, WireIncident } from '../../contracts/adapter/wire.ts';

interface WireContext {
  readonly endpoint: string;
  readonly log: AdapterLog;
  readonly now: () => number;
  readonly incident: (incident: WireIncident) => void;
}

const captureBytes = 65_536;
const remindMs = 3_600_000;
let connections = 0;

/** What is told of a connection to their database, and of those before it. */
export class Wire {
  readonly peer: string;
  private readonly context: WireContext;
  private readonly captured: CapturedBytes[] = [];
  private readonly told = new Map<string, number>();
  private id: string;
  private since: number;
  private capturedBytes = 0;
  private lastError: ConnectionStats['lastError'];
  private lastByteAt: number | undefined;
  open = false;
  pending = 0;
  bytesIn = 0;
  bytesOut = 0;
  framesIn = 0;
  framesOut = 0;
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

  connected(): void {
    if (this.lastError) this.id = `${this.context.endpoint}#${++connections}`;
    this.since = this.context.now();
    this.open = true;
  }

  moved(direction: 'in' | 'out', bytes: Uint8Array): void {
    const at = this.context.now();
    this.lastByteAt = at;
    if (direction === 'in') this.bytesIn += bytes.length;
    else this.bytesOut += bytes.length;
    this.captured.push({ at, direction, bytes: bytes.slice(0, captureBytes) });
    this.capturedBytes += Math.min(bytes.length, captureBytes);
    while (this.capturedBytes > captureBytes) this.capturedBytes -= this.captured.shift()!.bytes.length;
  }

  /** Tells it once; again when it was over in between, or after an hour. */
  incident(kind: string, reason: string): void {
    const at = this.context.now();
    this.lastError = { at, reason };
    const last = this.told.get(`${kind} ${reason}`);
    if (last !== undefined && at - last < remindMs) return;
    this.told.set(`${kind} ${reason}`, at);
    this.context.incident({ at, connection: this.id, peer: this.peer, kind, reason });
  }

  /** Once until it is over, whatever its reason. */
  lasting(kind: string, reason: string): void {
    if ([...this.told.keys()].some((k) => k.startsWith(`${kind} `)))
      this.lastError = { at: this.context.now(), reason };
    else this.incident(kind, reason);
  }

  /** It is over: the next one is news. */
  over(...kinds: string[]): void {
    for (const key of this.told.keys()) {
      const kind = key.slice(0, key.indexOf(' '));
      if (!kinds.includes(kind)) continue;
      this.told.delete(key);
      this.context.log.info('over', { endpoint: this.context.endpoint, incident: kind });
    }
  }

  capture(connection: string): CapturedBytes[] {
    return connection === this.id ? [...this.captured] : [];
  }

  stats(): ConnectionStats {
    return {
      id: this.id,
      peer: this.peer,
      since: this.since,
      open: this.open,
      bytesIn: this.bytesIn,
      bytesOut: this.bytesOut,
      framesIn: this.framesIn,
      framesOut: this.framesOut,
      noiseBytes: 0,
      pending: this.pending,
      buffered: 0,
      ...(this.lastByteAt === undefined ? {} : { lastByteAt: this.lastByteAt }),
      ...(this.lastError === undefined ? {} : { lastError: this.lastError }),
      ...(this.lastRoundTripMs === undefined ? {} : { lastRoundTripMs: this.lastRoundTripMs }),
    };
  }
}
