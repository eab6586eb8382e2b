/** What an adapter tells of its wire: for the ledger, the live counters and the engineer. */

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
