/**
 * What the gateway adds to the meta of calls to the `user` word, beside caller and request id. Set by the gateway alone, from
 * the request itself, never from its body.
 */
export interface SessionMeta {
  /** SHA-256 of the bearer token in lower-case hex: the id of the session in use. Needed by logout, session and switchOrg. */
  readonly sessionId?: string;
  /** Address of the client, kept with the session and in the audit of sign-ins. Default: the caller's station. */
  readonly address?: string;
  /** User-Agent of the client. */
  readonly agent?: string;
}

/** Mesh broadcast to all nodes when a session ends before its time; payload `{ id: sessionId }`. */
export const sessionEnded = 'session.ended';

/** Mesh broadcast when what a session allows has changed; payload `{ id: sessionId }`. */
export const sessionChanged = 'session.changed';

/** Who resolves a token for a stream that stays open: looking on does not put off the end of an idle session. */
export const streamWatcher = 'system:gateway-stream';
