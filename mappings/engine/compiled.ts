import type { CodeMiss, MappingProblem, OutEnvironment } from '../../contracts/mapping/outcome.ts';
import type { Canonical } from '../../contracts/message/canonical.ts';

interface Refused {
  readonly problems: readonly MappingProblem[];
  readonly misses: readonly CodeMiss[];
}

/** With problems nothing may be used. Misses went through on a default and are for the work list either way. */
export type InResult =
  | { readonly messages: readonly Canonical[]; readonly misses: readonly CodeMiss[] }
  | Refused;
export type OutResult = { readonly text: string; readonly misses: readonly CodeMiss[] } | Refused;

export interface InMappingCompiled {
  readonly id: string;
  readonly direction: 'in';
  /** The canonical messages of a message as the format parses it (`Hl7Message`), in its order. */
  toCanonical(message: unknown): InResult;
}

export interface OutMappingCompiled {
  readonly id: string;
  readonly direction: 'out';
  /** The partner's message. Time and control id come from the environment, so a repetition is byte-equal. */
  fromCanonical(message: Canonical, environment: OutEnvironment): OutResult;
}

/** Branch on `direction`. */
export type CompiledMapping = InMappingCompiled | OutMappingCompiled;
