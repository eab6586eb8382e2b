import type { AdapterLog } from '../../contracts/adapter/port.ts';
import type { CapturedBytes, ConnectionStats, WireIncident } from '../../contracts/adapter/wire.ts';
import { codeOf } from './store.ts';

interface WireContext {
  readonly endpoint: string;
  readonly log: AdapterLog;
  readonly now: () => number;
  readonly incident: (incident: WireIncident) => void;
}

let links = 0;

/** How a fault of the file system or server is told. */
const kinds: Readonly<Record<string, string>> = {
  ENOENT: 'folder-missing',
  ENOTDIR: 'folder-missing',
  EACCES: 'no-rights',
  EPERM: 'no-rights',
  EROFS: 'no-rights',
  ENOSPC: 'disk-full',
  EDQUOT: 'disk-full',
  EHOSTKEY: 'host-key-refused',
  ELOGIN: 'login-refused',
  EKEY: 'login-refused',
};

const CAPTURED = 65_536;
const REMEMBERED = 1000;

/** Statistics, last bytes and incidents of a folder. A trouble is told once, until it is over. */
export class Wire {
  readonly id: string;
  readonly peer: string;
  private readonly context: WireContext;
  private readonly since: number;
  private readonly captured: CapturedBytes[] = [];
  private readonly troubles = new Map<string, string>();
  private readonly told = new Set<string>();
  open = false;
  pending = 0;
  private counts = { bytesIn: 0, bytesOut: 0, framesIn: 0, framesOut: 0 };
  private lastByteAt: number | undefined;
  private lastRoundTripMs: number | undefined;
  private lastError: ConnectionStats['lastError'];

  constructor(context: WireContext, peer: string) {
    this.context = context;
    this.id = `${context.endpoint}#${++links}`;
    this.peer = peer;
    this.since = context.now();
  }

  moved(direction: 'in' | 'out', bytes: Uint8Array, tookMs?: number): void {
    const at = this.context.now();
    this.counts[direction === 'in' ? 'bytesIn' : 'bytesOut'] += bytes.length;
    this.counts[direction === 'in' ? 'framesIn' : 'framesOut']++;
    this.lastByteAt = at;
    if (tookMs !== undefined) this.lastRoundTripMs = tookMs;
    this.captured.push({ at, direction, bytes: Uint8Array.prototype.slice.call(bytes, 0, CAPTURED) });
    let size = this.captured.reduce((sum, { bytes: b }) => sum + b.length, 0);
    while (size > CAPTURED && this.captured.length > 1) size -= this.captured.shift()!.bytes.length;
  }

  capture(): CapturedBytes[] {
    return [...this.captured];
  }

  incident(kind: string, reason: string): void {
    const at = this.context.now();
    this.lastError = { at, reason };
    this.context.incident({ at, connection: this.id, peer: this.peer, kind, reason });
  }

  /** An incident about one file, once as long as it is remembered. */
  once(kind: string, reason: string): void {
    const key = `${kind}\n${reason}`;
    if (this.told.has(key)) return;
    if (this.told.size >= REMEMBERED) this.told.clear();
    this.told.add(key);
    this.incident(kind, reason);
  }

  /** Something does not work at the moment. `about` names what, so that each recovers by itself. */
  trouble(about: string, error: unknown, kind?: string): void {
    const code = codeOf(error);
    if (this.troubles.get(about) === code) return;
    this.troubles.set(about, code);
    const { message } = error as Error;
    this.incident(
      kind ?? kinds[code] ?? 'unreachable',
      !message || message.startsWith(code) ? message || code : `${code} ${message}`,
    );
  }

  /** It works again. */
  well(about: string): void {
    if (!this.troubles.delete(about)) return;
    this.context.log.info('a folder works again', { endpoint: this.context.endpoint, what: about });
  }

  stats(): ConnectionStats {
    return {
      id: this.id,
      peer: this.peer,
      since: this.since,
      open: this.open,
      ...this.counts,
      noiseBytes: 0,
      pending: this.pending,
      buffered: 0,
      ...(this.lastByteAt !== undefined && { lastByteAt: this.lastByteAt }),
      ...(this.lastError !== undefined && { lastError: this.lastError }),
      ...(this.lastRoundTripMs !== undefined && { lastRoundTripMs: this.lastRoundTripMs }),
    };
  }
}
