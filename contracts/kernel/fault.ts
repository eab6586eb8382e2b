import type { FaultCode } from '../faults/catalogue.ts';
import { catalogue } from '../faults/catalogue.ts';
import type { FaultKind } from './fault-kind.ts';

/** Safe, PHI-free facts about a fault, e.g. `{ field: 'name', max: 64 }`. */
export type FaultData = Readonly<Record<string, unknown>>;

/** The form in which a fault crosses the mesh, HTTP and the journal. */
export interface FaultShape {
  code: FaultCode;
  kind: FaultKind;
  message: string;
  data: FaultData;
}

/**
 * The only error class of the product. Branch on `code` (or `kind`), never on `instanceof`: the wire strips classes.
 * `message` is English and carries no patient data; people see the catalogue's text in their language.
 */
export class Fault extends Error {
  readonly code: FaultCode;
  readonly kind: FaultKind;
  readonly data: FaultData;
  /** Read by the mesh's retry middleware. */
  readonly retryable: boolean;

  constructor(code: FaultCode, data: FaultData = {}, cause?: unknown) {
    const entry = catalogue[code];
    super(fill(entry.text.en, data), cause === undefined ? undefined : { cause });
    this.name = 'Fault';
    this.code = code;
    this.kind = entry.kind;
    this.data = data;
    this.retryable = entry.kind === 'transient';
  }

  toJSON(): FaultShape {
    return { code: this.code, kind: this.kind, message: this.message, data: this.data };
  }
}

/** True for a fault made here or rebuilt from another node; never uses `instanceof`. */
export function isFault(error: unknown): error is Fault {
  const e = error as Partial<Fault> | null;
  return (
    typeof e === 'object' && e !== null && typeof e.code === 'string' && e.code in catalogue && 'kind' in e
  );
}

/** An unknown error becomes `broken`, never the caller's fault; the cause is kept for the log. */
export function toFault(error: unknown): Fault {
  return isFault(error) ? error : new Fault('kernel.internal.error', {}, error);
}

/** Puts data into a catalogue text: `fill('{field} is too long', { field: 'name' })`. */
export function fill(text: string, data: FaultData): string {
  return text.replace(/\{(\w+)\}/g, (_, key: string) => {
    const value = data[key];
    return value === undefined ? '?' : typeof value === 'string' ? value : JSON.stringify(value);
  });
}
