import type { TObject } from 'typebox';
import type { FaultCode } from '../faults/catalogue.ts';
import type { Text } from '../kernel/text.ts';

/**
 * The port every protocol adapter implements: bytes in, bytes out. An adapter knows contracts and its driver, nothing
 * else; log, clock, intake and abort signal arrive in one narrow argument.
 */
export interface Adapter {
  readonly descriptor: AdapterDescriptor;
  /** Passive mode: they call, we serve. Rejects with a `Fault` when the address cannot be bound. */
  listen?(context: ListenContext): Promise<Listener>;
  /** Active mode: we call. Never connects by itself before the first `send`. */
  connect?(context: ConnectContext): Sender;
}

export interface AdapterDescriptor {
  /** Folder name, e.g. `mllp`. */
  readonly id: string;
  readonly title: Text;
  /** Settings of a listener; unknown keys are refused. Absent where the adapter cannot listen. */
  readonly listen?: TObject;
  /** Settings of a sender. */
  readonly send?: TObject;
}

export interface AdapterLog {
  debug(message: string, data?: object): void;
  info(message: string, data?: object): void;
  warn(message: string, data?: object): void;
  error(message: string, data?: object): void;
}

interface CommonContext {
  /** Name of the endpoint, e.g. `his`. */
  readonly endpoint: string;
  /** Checked against the descriptor's schema. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly log: AdapterLog;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** What went over the wire, for the ledger and the engineer; called for every incident, never for a good frame. */
  readonly incident: (incident: WireIncident) => void;
}

export interface ListenContext extends CommonContext {
  /**
   * Durable intake. Resolves once the frame is committed; the reply is written in the order of arrival on that
   * connection. Rejects only with a `transient` fault: nothing was kept and nothing may be acknowledged, so the adapter
   * closes the connection and the peer sends again.
   */
  readonly accept: (frame: InboundFrame) => Promise<Reply>;
}

export interface ConnectContext extends CommonContext {}

export interface InboundFrame {
  readonly bytes: Uint8Array;
  /** Unique per connection within the process, e.g. `his#12`. */
  readonly connection: string;
  /** Address of the peer, `10.0.0.7:51234`. */
  readonly peer: string;
  /** Subject of the peer's TLS certificate. */
  readonly peerCertificate?: string;
  readonly receivedAt: number;
  /** What was odd about the framing, for the ledger, e.g. `no-start`, `no-final-cr`, `double-framed`. */
  readonly oddities: readonly string[];
  /** The frame ended badly: keep the bytes, refuse the message. */
  readonly broken?: { readonly code: FaultCode; readonly reason: string };
}

export interface Reply {
  /** Absent: the sender asked for no acknowledgement. */
  readonly bytes?: Uint8Array;
  /**
   * A second answer that comes when the message has been handled (HL7 enhanced mode: the application acknowledgement);
   * written on the same connection whenever it is there, out of the order of the others. Undefined: none is owed after all.
   */
  readonly later?: Promise<Uint8Array | undefined>;
  /** Told by the adapter once the outcome of writing the reply is known; a failed reply never re-runs processing. */
  readonly written?: (outcome: 'sent' | 'failed') => void;
}

export interface Listener {
  /** Bound address, `0.0.0.0:2575`. */
  readonly address: string;
  readonly port: number;
  connections(): ConnectionStats[];
  /** The last bytes of a connection in both directions, bounded. */
  capture(connection: string): CapturedBytes[];
  /** Stops accepting, lets replies in flight leave for at most `drainMs`, then closes. */
  stop(drainMs: number): Promise<void>;
}

export interface Sender {
  /** One message at a time; a second call waits. Never throws: the outcome says what may be done next. */
  send(bytes: Uint8Array, options: SendOptions): Promise<SendOutcome>;
  connections(): ConnectionStats[];
  capture(connection: string): CapturedBytes[];
  close(): Promise<void>;
}

export interface SendOptions {
  readonly timeoutMs: number;
  /** True when the reply belongs to this message (MSA-2 of HL7). Replies of others are counted and passed over. */
  readonly matches: (reply: Uint8Array) => boolean;
  readonly signal?: AbortSignal;
}

export type SendOutcome =
  /** The peer answered; what the answer means is the hub's business. */
  | {
      readonly kind: 'replied';
      readonly bytes: Uint8Array;
      readonly roundTripMs: number;
      readonly peer: string;
    }
  /** Provably not accepted: nothing was written. */
  | { readonly kind: 'not-sent'; readonly code: FaultCode; readonly reason: string }
  /** Bytes left, no matching answer came: it may have been accepted. */
  | { readonly kind: 'unknown'; readonly code: FaultCode; readonly reason: string };

export interface WireIncident {
  readonly at: number;
  readonly connection: string;
  readonly peer: string;
  /** `noise`, `broken-frame`, `too-large`, `idle-closed`, `tls-failed`, `connection-limit`, `intake-refused`, … */
  readonly kind: string;
  readonly reason: string;
  /** First bytes concerned, hexadecimal, at most 64 bytes. */
  readonly hex?: string;
  /** The bytes themselves where the peer closed in mid-frame; kept raw in the ledger. */
  readonly bytes?: Uint8Array;
}

export interface ConnectionStats {
  readonly id: string;
  readonly peer: string;
  readonly since: number;
  readonly open: boolean;
  readonly tls?: string;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly framesIn: number;
  readonly framesOut: number;
  readonly noiseBytes: number;
  /** Frames read and not yet answered. */
  readonly pending: number;
  /** Bytes of an unfinished frame. */
  readonly buffered: number;
  readonly lastByteAt?: number;
  readonly lastError?: { readonly at: number; readonly reason: string; readonly hex?: string };
  /** Time from the last frame to its answer. */
  readonly lastRoundTripMs?: number;
}

export interface CapturedBytes {
  readonly at: number;
  readonly direction: 'in' | 'out';
  readonly bytes: Uint8Array;
}
