import { Fault, type FaultShape, isFault } from '../../../contracts/kernel/fault.ts';
import type { CodeMiss } from '../../../contracts/mapping/outcome.ts';
import type { Canonical } from '../../../contracts/message/canonical.ts';
import type { InChannel } from '../book.ts';

export interface Translated {
  /** `undefined` where the filter of the channel did not want it. */
  readonly messages: readonly Canonical[] | undefined;
  readonly fault: FaultShape | undefined;
  readonly misses: readonly CodeMiss[];
}

/** A sound message through its channel's filter and mapping. A refusal names target and source, never the value. */
export function translate(channel: InChannel, message: unknown): Translated {
  try {
    if (!channel.wants(message)) return { messages: undefined, fault: undefined, misses: [] };
    if (!channel.map) return { messages: [], fault: undefined, misses: [] };
    const result = channel.map.toCanonical(message);
    if ('messages' in result) return { messages: result.messages, fault: undefined, misses: result.misses };
    const [first] = result.problems;
    const fault = first?.miss
      ? new Fault('codeset.code.unmapped', {
          table: first.miss.table,
          code: first.miss.code,
          problems: result.problems,
        })
      : new Fault('hub.mapping.failed', {
          path: first?.path ?? '',
          reason: first?.reason ?? '',
          problems: result.problems,
        });
    const refused = result.problems.flatMap((problem) => problem.miss ?? []);
    return { messages: undefined, fault: fault.toJSON(), misses: [...result.misses, ...refused] };
  } catch (error) {
    return { messages: undefined, fault: mappingFault(channel.code, error).toJSON(), misses: [] };
  }
}

/** What a mapping threw, as a fault: its own, or that it broke. */
export const mappingFault = (channel: string, error: unknown): Fault =>
  isFault(error)
    ? error
    : new Fault('hub.mapping.failed', { path: channel, reason: 'internal error in the mapping' }, error);
