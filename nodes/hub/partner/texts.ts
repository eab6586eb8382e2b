import type { EndpointDef } from '../../../contracts/channel/endpoint.schema.ts';
import { Fault, isFault } from '../../../contracts/kernel/fault.ts';
import type { MadeText } from '../../../mappings/engine/template.ts';
import type { Hub } from '../hub.ts';
import { checkLinks, type Read, readText } from '../supervise/definitions.ts';
import { resolveSettings } from '../supervise/links.ts';

export interface ReadMade {
  readonly read: Read;
  readonly text: string;
}

export interface TextProblem {
  readonly at: string;
  readonly reason: string;
}

/**
 * Reads texts that come into force together: each must hold beside what the organisation has and beside the others. Endpoints come
 * first. `values` are what `$name` stands for.
 */
export function readTogether(
  hub: Pick<Hub, 'book' | 'channelRows' | 'options' | 'shipped'>,
  orgId: string,
  texts: readonly MadeText[],
  values: Readonly<Record<string, unknown>>,
): { readonly made: readonly ReadMade[]; readonly problems: readonly TextProblem[] } {
  const endpoints: EndpointDef[] = [...hub.book.endpoints.values()]
    .filter((e) => e.orgId === orgId)
    .map((e) => e.def);
  const taken = new Set(hub.channelRows.filter((r) => r.orgId === orgId).map((r) => r.code));
  const made: ReadMade[] = [];
  const problems: TextProblem[] = [];
  for (const { code, text } of texts) {
    try {
      if (taken.has(code)) throw new Fault('kernel.record.duplicate', { field: 'code' });
      const read = readText(text, endpoints);
      checkLinks(read, endpoints, hub.shipped);
      if (read.kind === 'endpoint') {
        checkSettings(hub, read.def, values);
        endpoints.push(read.def);
      }
      made.push({ read, text });
    } catch (error) {
      if (!isFault(error)) throw error;
      const { problem } = error.data as { problem?: string };
      problems.push({ at: code, reason: problem ?? error.message });
    }
  }
  return { made, problems };
}

function checkSettings(
  { options }: Pick<Hub, 'options'>,
  def: EndpointDef,
  values: Readonly<Record<string, unknown>>,
): void {
  const adapter = options.adapters.get(def.adapter);
  if (!adapter)
    throw new Fault('channel.text.invalid', { problem: `adapter: no adapter named "${def.adapter}"` });
  for (const way of ['listen', 'send'] as const) {
    const given = def[way];
    if (given) resolveSettings(adapter, way, given, values);
  }
}
