import type { channelStudyActions } from '../../../contracts/channel/channel-study.actions.ts';
import type { Result } from '../../../contracts/kernel/action.ts';
import { iso } from '../../kit/ids.ts';
import type { Endpoint, InChannel, OutChannel } from '../book.ts';
import type { Hub } from '../hub.ts';
import { checkSamples, type Sample, samplesOf } from '../workshop/samples.ts';
import { wireBytes } from './sample-bytes.ts';
import { type Wired, wireTo } from './wire.ts';

export type SelfTest = Result<typeof channelStudyActions.selfTest>;
type Row = SelfTest['rows'][number];
type Judged = Pick<Row, 'passed' | 'code' | 'reason'>;

/** Most samples of one run; a profile of the national services has some hundred. */
const mostSamples = 500;

/** Runs the golden samples of channels: by their definition, and through the port of their endpoint where it has one here. */
export async function selfTest(hub: Hub, channels: readonly (InChannel | OutChannel)[]): Promise<SelfTest> {
  const rows: Row[] = [];
  const notes = new Set<string>();
  const seen = new Set<string>();
  for (const channel of channels) {
    const { orgId, def } = channel;
    const codes = [channel.code, def.map, ...(def.targets ?? []).map((t) => t.map)].filter(
      (c) => c !== undefined,
    );
    const samples = (await samplesOf(hub, orgId, [...new Set(codes)])).slice(0, mostSamples - rows.length);
    rows.push(
      ...byDefinition(
        hub,
        orgId,
        samples.filter((s) => !seen.has(s.id)),
      ),
    );
    for (const { id } of samples) seen.add(id);
    const endpoint = channel.kind === 'in' && hub.book.endpoint(orgId, channel.def.source.endpoint);
    if (!endpoint) continue;
    const { made, note } = await overWire(
      hub,
      channel,
      endpoint,
      samples.filter(({ definition }) => definition === def.map || definition === channel.code),
    );
    rows.push(...made);
    if (note) notes.add(note);
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

/** As the publication of a change looks at them; what expects nothing is not judged. */
function byDefinition(hub: Hub, orgId: string, samples: readonly Sample[]): Row[] {
  const began = hub.kit.clock();
  return checkSamples(hub.book, orgId, samples)
    .filter(({ state }) => state !== 'unset')
    .map(({ name, definition, state, differences }) => ({
      sample: name,
      mapping: definition,
      way: 'definition',
      passed: state === 'green',
      code: '',
      reason: differences.length ? `${differences[0]!.path} ${differences[0]!.kind}`.slice(0, 500) : '',
      ms: hub.kit.clock() - began,
    }));
}

async function overWire(
  hub: Hub,
  channel: InChannel | OutChannel,
  endpoint: Endpoint,
  samples: readonly Sample[],
): Promise<{ made: Row[]; note: string }> {
  if (samples.length === 0) return { made: [], note: '' };
  const wire = wireTo(hub, endpoint);
  if ('note' in wire) return { made: [], note: wire.note };
  const made: Row[] = [];
  try {
    for (const sample of samples) {
      const wired = asSent(sample, endpoint);
      const { type } = wired;
      const [name, trigger] = type.split('^');
      if (hub.book.channelFor(endpoint, name ?? '', trigger)?.code !== channel.code || !sample.expected)
        continue;
      const began = hub.kit.clock();
      const judged = await sent(hub, sample, endpoint, wired, wire);
      const { name: file, definition: mapping } = sample;
      made.push({
        sample: file,
        mapping,
        way: 'wire',
        ...judged,
        reason: judged.reason.slice(0, 500),
        ms: hub.kit.clock() - began,
      });
    }
  } finally {
    await wire.sender.close();
  }
  return { made, note: '' };
}

interface OnWire {
  readonly bytes: Uint8Array;
  readonly type: string;
  readonly controlId: string;
  /** Code of a negative answer; empty where none is owed. */
  readonly owed: string | undefined;
}

function asSent({ tried }: Sample, endpoint: Endpoint): OnWire {
  const bytes = tried.utf8 ? wireBytes(tried, endpoint) : tried.bytes;
  const [read] = endpoint.format.read({ bytes, oddities: [], meta: tried.meta }, endpoint.def).messages;
  return { bytes, type: read?.type ?? '', controlId: read?.controlId ?? '', owed: read?.owed('AE').code };
}

/** A sample over the wire: a good one is taken, a bad one refused, as its endpoint answers. */
async function sent(
  hub: Hub,
  sample: Sample,
  endpoint: Endpoint,
  { bytes, type, controlId, owed }: OnWire,
  wire: Wired,
): Promise<Judged> {
  const { format, def } = endpoint;
  const done = hub.rehearsals.expect(endpoint.id, bytes);
  try {
    const outcome = await wire.sender.send(bytes, {
      timeoutMs: 30_000,
      matches: (reply) => !format.matches || format.matches(reply, controlId),
      id: hub.kit.id(),
      controlId,
      with: { action: sample.tried.meta.action ?? type, ...wire.with(sample.tried.meta) },
      mediaType: format.mediaType(def),
    });
    if (outcome.kind !== 'replied') return { passed: false, code: '', reason: outcome.reason };
    const bySelf = format.said?.(outcome.bytes, def);
    const said = bySelf && bySelf.verdict !== 'unclear' ? bySelf : outcome.said;
    const good = (said?.verdict ?? 'good') === 'good';
    // Where the protocol cannot tell what becomes of a message, a bad one is taken like a good one.
    const untold = good && owed === '' && outcome.bytes.byteLength === 0;
    const wanted = untold || wantsGood(sample, endpoint);
    const reason = said?.reason ?? '';
    const wrong = wanted ? `refused: ${reason}` : 'taken, and had to be refused';
    return { passed: good === wanted, code: said?.code ?? '', reason: good === wanted ? reason : wrong };
  } finally {
    done();
  }
}

/** An endpoint that answers when a message is kept tells nothing of its mapping. */
const wantsGood = ({ expected }: Sample, { def }: Endpoint): boolean =>
  expected?.outcome === 'mapped' ||
  expected?.outcome === 'filtered' ||
  (expected?.outcome === 'refused' && def.ack?.when !== 'handled');
