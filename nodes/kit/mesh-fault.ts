import { Fault, isFault, toFault } from '../../contracts/kernel/fault.ts';

/**
 * What the mesh's own errors mean to a caller, by their `type`.
 * A timeout and a node lost in mid-call are ambiguous: the action may have run. The others never reached a handler.
 */
const meaning = {
  REQUEST_TIMEOUT: 'kernel.mesh.timeout',
  REQUEST_REJECTED: 'kernel.mesh.timeout',
  REQUEST_SKIPPED: 'kernel.mesh.unavailable',
  SERVICE_NOT_FOUND: 'kernel.mesh.unavailable',
  SERVICE_NOT_AVAILABLE: 'kernel.mesh.unavailable',
  QUEUE_FULL: 'kernel.mesh.unavailable',
  BAD_GATEWAY: 'kernel.mesh.unavailable',
} as const;

export type MeshErrorType = keyof typeof meaning;

/** The type of one of moleculer's own errors, else undefined. */
export function meshErrorType(error: unknown): MeshErrorType | undefined {
  if (isFault(error)) return undefined;
  const type = (error as { type?: unknown } | null | undefined)?.type;
  return typeof type === 'string' && type in meaning ? (type as MeshErrorType) : undefined;
}

/**
 * The fault a caller sees: a fault as it is, the mesh's own errors as `kernel.mesh.timeout` (ambiguous) or
 * `kernel.mesh.unavailable` (transient), anything else as `kernel.internal.error` (a call loop too: it is our bug).
 */
export function meshFault(error: unknown): Fault {
  const type = meshErrorType(error);
  if (type === undefined) return toFault(error);
  const { action } = (error as { data?: { action?: unknown } }).data ?? {};
  return new Fault(meaning[type], typeof action === 'string' ? { action } : {}, error);
}
