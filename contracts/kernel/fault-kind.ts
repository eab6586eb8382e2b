/**
 * What may be done after a failure. The kind decides HTTP status, retry and acknowledgement.
 * - `rejected`  this input will always fail; the sender must change it
 * - `denied`    identity or permission
 * - `transient` provably not accepted; the machine retries with backoff
 * - `ambiguous` may have been accepted; retry only where the receiver deduplicates
 * - `broken`    our bug, an impossible state, bad configuration; never the caller's fault
 */
export type FaultKind = 'rejected' | 'denied' | 'transient' | 'ambiguous' | 'broken';
