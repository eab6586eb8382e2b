import type { TObject } from 'typebox';
import type { FaultCode } from '../faults/catalogue.ts';
import type { Text } from '../kernel/text.ts';
import type { WebHost } from './web.ts';
import type { CapturedBytes, ConnectionStats, WireIncident } from './wire.ts';

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
  /**
   * Only one node of a cluster may hold a listener of this kind at a time (a poll, an embedded broker): the hub keeps a lease
   * before `listen` and stops the listener when it is lost. A function tells by the settings of the listener.
   */
  readonly single?: boolean | ((settings: Readonly<Record<string, unknown>>) => boolean);
  /** A listener calls its peer at `host` and `port`, as a poll does, and binds nothing. */
  readonly calls?: boolean;
}

export interface AdapterLog {
  debug(message: string, data?: object): void;
  info(message: string, data?: object): void;
  warn(message: string, data?: object): void;
  error(message: string, data?: object): void;
}

interface CommonContext {
  /** Name of the endpoint, e.g. `his`; unique within its organisation only. */
  readonly endpoint: string;
  /** Organisation of the endpoint: what a process shares between endpoints is told apart by both. */
  readonly org?: string;
  /** Checked against the descriptor's schema. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly log: AdapterLog;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Folder for the files of this organisation's endpoints; nothing outside it may be touched. Absent: there is none. */
  readonly files?: string;
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
  /** The interface port, for adapters that speak HTTP. */
  readonly web: WebHost;
  /** Where a poll stopped: the mark last committed under this name with `InboundFrame.mark`; undefined at the first start. */
  readonly mark: (name: string) => Promise<string | undefined>;
  /** Readers of what we serve, for adapters that answer queries (worklist, views); refuses with a `Fault`. */
  readonly query: (name: string, params: Readonly<Record<string, unknown>>) => Promise<unknown>;
}

export interface ConnectContext extends CommonContext {
  /** The interface port, for senders that are called back. */
  readonly web: WebHost;
}

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
  /**
   * What the protocol says beside the bytes and the format needs to read them, e.g. `{ action }` of SOAP, `{ topic }` of MQTT,
   * `{ file }`. Kept with the message; short text only.
   */
  readonly meta?: Readonly<Record<string, string>>;
  /**
   * The protocol itself tells whether the sender may have sent this before (DUP of MQTT). False: it is a new message, however
   * alike an earlier one is. Absent: the endpoint's policy alone decides.
   */
  readonly mayRepeat?: boolean;
  /** How far a poll has come with this frame; committed with it, so a restart neither repeats nor leaves out. */
  readonly mark?: { readonly name: string; readonly value: string };
  /** Large contents (an image, a document) kept in the media database under their SHA-256, in hexadecimal, before the frame is. */
  readonly blobs?: readonly {
    readonly digest: string;
    readonly mediaType: string;
    readonly bytes: Uint8Array;
  }[];
}

export interface Reply {
  /** Absent: the sender asked for no acknowledgement. */
  readonly bytes?: Uint8Array;
  /** How it went, for protocols with a status of their own (HTTP, MQTT, DICOM, a file's folder). */
  readonly outcome: ReplyOutcome;
  /** Why not, where the outcome is not good. */
  readonly reason?: string;
  /** What became of each message of the frame, in order, for protocols that report by row; ids as in the journal. */
  readonly results: readonly {
    readonly id: string;
    readonly outcome: ReplyOutcome;
    readonly reason?: string;
  }[];
  /**
   * A second answer that comes when the message has been handled (HL7 enhanced mode: the application acknowledgement);
   * written on the same connection whenever it is there, out of the order of the others. Undefined: none is owed after all.
   */
  readonly later?: Promise<Uint8Array | undefined>;
  /** Told by the adapter once the outcome of writing the reply is known; a failed reply never re-runs processing. */
  readonly written?: (outcome: 'sent' | 'failed') => void;
}

/**
 * - `kept`     committed; it will be, or has been, handled
 * - `repeated` committed before; not handled again
 * - `unwanted` sound, but no channel takes it
 * - `refused`  not sound, or (where the endpoint answers after handling) handled with a fault; kept all the same
 */
export type ReplyOutcome = 'kept' | 'repeated' | 'unwanted' | 'refused';

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
  /** Stable over retries of one delivery: the key for a peer that deduplicates. */
  readonly id: string;
  /** Control id of the message, empty where its format has none. */
  readonly controlId: string;
  /** `with` of the channel's target: SOAP action, topic, path, file name …; each adapter says what it reads. */
  readonly with: Readonly<Record<string, string>>;
  /** Media type of the bytes, e.g. `text/xml; charset=utf-8`. */
  readonly mediaType: string;
}

export type SendOutcome =
  /** The peer answered; what the answer means is the hub's business. */
  | {
      readonly kind: 'replied';
      readonly bytes: Uint8Array;
      readonly roundTripMs: number;
      readonly peer: string;
      /**
       * What the protocol itself says of it (HTTP status, DICOM status, a rename that worked); absent where only the bytes
       * say. `busy` is tried again, `negative` parks the delivery.
       */
      readonly said?: {
        readonly verdict: 'good' | 'busy' | 'negative';
        readonly code: string;
        readonly reason?: string;
      };
    }
  /** Provably not accepted: nothing was written. */
  | { readonly kind: 'not-sent'; readonly code: FaultCode; readonly reason: string }
  /** Bytes left, no matching answer came: it may have been accepted. */
  | { readonly kind: 'unknown'; readonly code: FaultCode; readonly reason: string };
