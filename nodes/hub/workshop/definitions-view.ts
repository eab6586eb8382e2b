import { channelRecord } from '../../../contracts/channel/channel.record.ts';
import type { definitionActions } from '../../../contracts/channel/definition.actions.ts';
import { draftRecord, publicationRecord } from '../../../contracts/channel/definition.record.ts';
import { goldenSampleRecord } from '../../../contracts/channel/golden-sample.record.ts';
import type { Result } from '../../../contracts/kernel/action.ts';
import { Fault } from '../../../contracts/kernel/fault.ts';
import type { Row } from '../../../contracts/kernel/record.ts';
import { tableCode } from '../../kit/db/rows.ts';
import type { Kit } from '../../kit/kit.ts';
import type { Call } from '../../kit/service.ts';
import { type ChannelRow, endpointsOf, mappingsOf, parseDefinition } from '../supervise/definitions.ts';
import { versionOf } from './publish.ts';
import type { WorkshopHub } from './workshop-hub.ts';

type Head = Result<typeof definitionActions.list>['items'][number];
type Draft = Row<typeof draftRecord>;

interface State {
  readonly rows: readonly ChannelRow[];
  readonly drafts: readonly Draft[];
  readonly pending: ReadonlySet<string>;
  readonly samples: ReadonlyMap<string, number>;
}

async function stateOf({ kit, meta }: Call): Promise<State> {
  const [rows, drafts, publications, counts] = await Promise.all([
    kit.find(channelRecord, meta.caller, { voidedAt: null }),
    kit.find(draftRecord, meta.caller, { voidedAt: null }),
    kit.find(publicationRecord, meta.caller, { state: 'PENDING' }, { limit: 500 }),
    countSamples(kit, meta.caller.orgId),
  ]);
  return {
    rows,
    drafts,
    pending: new Set(publications.flatMap((p) => p.items.map((i) => i.code))),
    samples: counts,
  };
}

/** How many samples each definition has; their bytes stay in the database. */
async function countSamples(kit: Kit, orgId: string): Promise<Map<string, number>> {
  const sql = kit.databases.main.read;
  const code = tableCode(goldenSampleRecord, sql);
  const definition = code.name('definition');
  const rows = await sql.query<{ definition: string; n: number }>(
    `SELECT ${definition}, COUNT(*) AS n FROM ${code.table} WHERE ${code.name('orgId')} = ? AND ${code.name('voidedAt')} IS NULL GROUP BY ${definition}`,
    [orgId],
  );
  return new Map(rows.map((r) => [r.definition, Number(r.n)]));
}

/** Everything that can be edited: the organisation's own, the shipped mappings, and drafts of what is not there yet. */
export async function listDefinitions(hub: WorkshopHub, call: Call): Promise<Head[]> {
  const state = await stateOf(call);
  const codes = new Set([
    ...state.rows.map((r) => r.code),
    ...hub.shipped.mappings.keys(),
    ...state.drafts.map((d) => d.code),
  ]);
  return [...codes].sort().map((code) => headOf(hub, code, state)!);
}

function headOf(hub: WorkshopHub, code: string, state: State): Head | undefined {
  const row = state.rows.find((r) => r.code === code);
  const shipped = hub.shipped.mappings.get(code);
  const draft = state.drafts.find((d) => d.code === code);
  const common = {
    id: code,
    draftBy: draft?.updatedBy ?? '',
    samples: state.samples.get(code) ?? 0,
    pending: state.pending.has(code),
  };
  if (row && (row.kind !== 'mapping' || row.enabled || !shipped))
    return {
      ...common,
      kind: row.kind,
      name: row.name,
      nameEn: row.nameEn,
      channelId: row.id,
      published: versionOf(row),
      shipped: shipped !== undefined,
      enabled: row.enabled,
      problem: hub.problemOf(row.id) ?? '',
    };
  if (shipped)
    return {
      ...common,
      kind: 'mapping',
      name: shipped.title.zh,
      nameEn: shipped.title.en,
      channelId: row?.id ?? null,
      published: 0,
      shipped: true,
      enabled: true,
      problem: '',
    };
  if (!draft) return undefined;
  return {
    ...common,
    ...namesOfDraft(draft),
    channelId: null,
    published: 0,
    shipped: false,
    enabled: false,
    problem: '',
  };
}

function namesOfDraft({ code, text }: Draft): Pick<Head, 'kind' | 'name' | 'nameEn'> {
  const read = parseDefinition(text, []);
  return 'problems' in read
    ? {
        kind: /^endpoint\s*:/m.test(text) ? 'endpoint' : /^mapping\s*:/m.test(text) ? 'mapping' : 'in',
        name: code,
        nameEn: code,
      }
    : { kind: read.kind, name: read.title.zh, nameEn: read.title.en };
}

export async function oneDefinition(
  hub: WorkshopHub,
  call: Call,
  code: string,
): Promise<Result<typeof definitionActions.get>> {
  const state = await stateOf(call);
  const definition = headOf(hub, code, state);
  if (!definition) throw new Fault('kernel.record.missing', { record: 'definition', id: code });
  const row = state.rows.find((r) => r.code === code);
  const shippedText = hub.shipped.mappingTexts.get(code) ?? null;
  const text = definition.published > 0 && row ? row.text : (shippedText ?? '');
  const { orgId } = call.meta.caller;
  const channels = hub.inForce.definitions.channels.filter((c) => c.orgId === orgId).map((c) => c.def);
  const own = channels.find((c) => c.channel === code);
  return {
    definition,
    text,
    shippedText,
    draft: state.drafts.find((d) => d.code === code) ?? null,
    usedBy: channels
      .filter((c) => mappingsOf(c).includes(code) || endpointsOf(c).includes(code))
      .map((c) => c.channel),
    uses: own ? [...endpointsOf(own), ...mappingsOf(own)] : [],
  };
}

/** The head of one definition that exists. */
export async function headOfCode(hub: WorkshopHub, call: Call, code: string): Promise<Head> {
  const head = headOf(hub, code, await stateOf(call));
  if (!head) throw new Fault('kernel.record.missing', { record: 'definition', id: code });
  return head;
}
