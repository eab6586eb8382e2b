import type { WireIncident } from './wire.ts';

/** The HTTP server of the interface port, shared by all endpoints of a node; TLS, limits and slow senders are its business. */
export interface WebHost {
  /**
   * Serves requests whose path is `path` or below it; the longest wins. Throws `hub.listener.unavailable` where another endpoint
   * holds the same path. Gives the way to end it.
   */
  mount(
    path: string,
    options: WebMountOptions,
    serve: (request: WebRequest) => Promise<WebResponse>,
  ): () => void;
  /** `http://host:3001`, as others reach it (`CYTOMESH_INTERFACE_URL`, else the bound address). */
  readonly url: string;
  /** `http://127.0.0.1:3001`, as this host itself reaches it. */
  readonly local?: string;
}

export interface WebMountOptions {
  /** Longest body in bytes; a longer one is answered 413 and noted as an incident. */
  readonly maxBytes: number;
  /** Only with a client certificate that the interface port's CA signed. */
  readonly clientCertificate?: boolean;
  readonly incident: (incident: WireIncident) => void;
}

export interface WebRequest {
  readonly method: string;
  /** Below the mount, beginning with `/`; decoded. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  readonly peer: string;
  readonly connection: string;
  readonly peerCertificate?: string;
  readonly receivedAt: number;
  /** Aborted where the peer goes away. */
  readonly signal: AbortSignal;
}

export interface WebResponse {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string;
  /** Told once it is known whether the answer left. */
  readonly written?: (outcome: 'sent' | 'failed') => void;
}
