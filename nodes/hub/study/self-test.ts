import type { channelStudyActions } from '../../../contracts/channel/channel-study.actions.ts';
import type { Result } from '../../../contracts/kernel/action.ts';
import { codeLookupOf } from '../../../mappings/engine/codes.ts';
import { compileMapping } from '../../../mappings/engine/compile.ts';
import type { InMappingCompiled, OutMappingCompiled } from '../../../mappings/engine/compiled.ts';
import { formats } from '../../../mappings/formats.generated.ts';
import { iso } from '../../kit/ids.ts';
import type { Endpoint, InChannel, OutChannel } from '../book.ts';
import type { Hub } from '../hub.ts';
import { type Judged, judgeIn, judgeOut } from './by-definition.ts';
import { type Golden, goldenOf } from './golden.ts';
import { wireBytes } from './sample-bytes.ts';
import { wireTo } from './wire.ts';

export type SelfTest = Result<typeof channelStudyActions.selfTest>;
type Row = SelfTest['rows'][number];

/** Most samples of one run; a profile of the national services has some hundred. */
const mostSamples = 500;

/** Runs the golden samples of channels: by their definition, and through the port of their endpoint where it has one here. */
export async function selfTest(hub: Hub, channels: readonly (InChannel | OutChannel)[]): Promise<SelfTest> {
  const rows: Row[] = [];
  const notes = new Set<string>();
  for (const channel of channels) {
    if (channel.kind === 'out') rows.push(...outRows(hub, channel));
    else {
      const endpoint = hub.book.endpoint(channel.orgId, channel.def.source.endpoint);
      if (!endpoint || !channel.def.map) continue;
      const { made, note } = await inRows(hub, channel, endpoint, mostSamples - rows.length);
      rows.push(...made);
      if (note) notes.add(note);
    }
  }
  const failed = rows.filter((row) => !row.passed).length;
  return {
    at: iso(hub.kit.clock()),
    passed: rows.length - failed,
    failed,
    note: rows.length === 0 ? 'no-samples' : ([...notes][0] ?? ''),
    rows,
  };
}

/** With the code tables as shipped: the samples were made with them. */
function compiled(hub: Hub, id: string): InMappingCompiled | OutMappingCompiled | undefined {
  const def = hub.shipped.mappings.get(id);
  const format = def && formats.get(def.format);
  return def && format ? compileMapping(def, codeLookupOf(hub.shipped.tables), format) : undefined;
}

function outRows(hub: Hub, channel: OutChannel): Row[] {
  const ids = new Set([channel.def.map, ...channel.def.targets.flatMap((t) => t.map ?? [])]);
  return [...ids].flatMap((id) => {
    const map = compiled(hub, id);
    if (map?.direction !== 'out') return [];
    return goldenOf(id).map((golden) =>
      timed(hub, golden, 'definition', judgeOut(golden, map), hub.kit.clock()),
    );
  });
}

async function inRows(
  hub: Hub,
  channel: InChannel,
  endpoint: Endpoint,
  most: number,
): Promise<{ made: Row[]; note: string }> {
  const map = compiled(hub, channel.def.map!);
  if (map?.direction !== 'in') return { made: [], note: '' };
  const made: Row[] = [];
  const golden = goldenOf(channel.def.map!).slice(0, most);
  for (const one of golden)
    made.push(timed(hub, one, 'definition', judgeIn(one, endpoint, map), hub.kit.clock()));
  const wire = wireTo(hub, endpoint);
  if ('note' in wire) return { made, note: wire.note };
  try {
    for (const one of golden) {
      const type = typeOf(one, endpoint);
      const [name, trigger] = type.split('^');
      if (hub.book.channelFor(endpoint, name ?? '', trigger)?.code !== channel.code) continue;
      const began = hub.kit.clock();
      made.push(timed(hub, one, 'wire', await sent(hub, one, endpoint, type, wire.sender), began));
    }
  } finally {
    await wire.sender.close();
  }
  return { made, note: '' };
}

const typeOf = (golden: Golden, endpoint: Endpoint): string =>
  endpoint.format.read({ bytes: wireBytes(golden, endpoint), oddities: [], meta: golden.meta }, endpoint.def)
    .messages[0]?.type ?? '';

const timed = (hub: Hub, { name, mapping }: Golden, way: Row['way'], judged: Judged, began: number): Row => ({
  sample: name,
  mapping,
  way,
  ...judged,
  reason: judged.reason.slice(0, 500),
  ms: hub.kit.clock() - began,
});

/** A sample over the wire: a good one is taken, a bad one refused, as its endpoint answers. */
async function sent(
  hub: Hub,
  golden: Golden,
  endpoint: Endpoint,
  type: string,
  sender: Extract<ReturnType<typeof wireTo>, { sender: unknown }>['sender'],
): Promise<Judged> {
  const { format, def } = endpoint;
  const bytes = wireBytes(golden, endpoint);
  const [read] = format.read({ bytes, oddities: [], meta: golden.meta }, def).messages;
  const done = hub.rehearsals.expect(endpoint.id, bytes);
  try {
    const outcome = await sender.send(bytes, {
      timeoutMs: 30_000,
      matches: (reply) => !format.matches || format.matches(reply, read?.controlId ?? ''),
      id: hub.kit.id(),
      controlId: read?.controlId ?? '',
      with: { action: golden.meta.action ?? type },
      mediaType: format.mediaType(def),
    });
    if (outcome.kind !== 'replied') return { passed: false, code: '', reason: outcome.reason };
    const bySelf = format.said?.(outcome.bytes, def);
    const said = bySelf && bySelf.verdict !== 'unclear' ? bySelf : outcome.said;
    const good = (said?.verdict ?? 'good') === 'good';
    // Where the protocol cannot tell what becomes of a message, a bad one is taken like a good one.
    const untold = good && read?.owed('AE').code === '' && outcome.bytes.byteLength === 0;
    const wanted = untold || wantsGood(golden, endpoint);
    const reason = said?.reason ?? '';
    return {
      passed: good === wanted,
      code: said?.code ?? '',
      reason: good === wanted ? reason : wanted ? `refused: ${reason}` : 'taken, and had to be refused',
    };
  } finally {
    done();
  }
}

/** An endpoint that answers when a message is kept tells nothing of its mapping. */
function wantsGood({ expected }: Golden, { def }: Endpoint): boolean {
  if (Array.isArray(expected)) return true;
  const refused = typeof expected === 'object' && expected !== null && 'refused' in expected;
  return !refused && def.ack?.when !== 'handled';
}
