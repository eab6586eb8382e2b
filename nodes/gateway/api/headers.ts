import { Fault } from '../../../contracts/kernel/fault.ts';

/**
 * The version of `If-Match: "3"`. A weak tag counts as the same version: proxies weaken tags when they compress. `*` and
 * lists are refused: a change that does not say which version it saw could undo another's.
 * Throws `kernel.version.required` (428) where there is none, `kernel.version.malformed` (400).
 */
export function versionOf(header: string | undefined): number {
  if (header === undefined || header.trim() === '') throw new Fault('kernel.version.required');
  const found = /^(?:W\/)?"(\d{1,15})"$/.exec(header.trim());
  if (!found || Number(found[1]) < 1) throw new Fault('kernel.version.malformed');
  return Number(found[1]);
}

/** 8 to 100 visible ASCII characters; undefined where there is none. Throws `kernel.idempotency.malformed`. */
export function idempotencyKeyOf(header: string | string[] | undefined): string | undefined {
  if (header === undefined) return undefined;
  if (typeof header !== 'string' || !/^[\x21-\x7e]{8,100}$/.test(header))
    throw new Fault('kernel.idempotency.malformed');
  return header;
}

/** A request id of the caller's, where it can be put into logs and headers as it is. */
export const requestIdOf = (header: string | string[] | undefined): string | undefined =>
  typeof header === 'string' && /^[\w.-]{8,64}$/.test(header) ? header : undefined;

/** The tag of a single record: its version. Lists and composed results have none. */
export function etagOf(result: unknown): string | undefined {
  if (typeof result !== 'object' || result === null) return undefined;
  const { id, version } = result as { id?: unknown; version?: unknown };
  return typeof id === 'string' && Number.isInteger(version) ? `"${version}"` : undefined;
}

/** `If-None-Match` by weak comparison (RFC 9110, 13.1.2). */
export function noneMatch(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  return header.split(',').some((tag) => tag.trim() === '*' || tag.trim().replace(/^W\//, '') === etag);
}
