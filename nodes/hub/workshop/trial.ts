import type { ChannelDef } from '../../../contracts/channel/channel.schema.ts';
import type { EndpointDef } from '../../../contracts/channel/endpoint.schema.ts';
import type { TextProblem } from '../../../contracts/channel/trial.schema.ts';
import { codesetActions } from '../../../contracts/codeset/codeset.actions.ts';
import { isFault } from '../../../contracts/kernel/fault.ts';
import type { MappingDef } from '../../../contracts/mapping/shape.ts';
import { orgActions } from '../../../contracts/org/org.actions.ts';
import { codeLookup } from '../../../mappings/engine/codes.ts';
import type { At } from '../../../mappings/engine/compiling.ts';
import { formatOf } from '../../../mappings/engine/documents.ts';
import { linkProblems } from '../../../mappings/engine/link.ts';
import { parseText } from '../../../mappings/engine/yaml-text.ts';
import { formats } from '../../../mappings/formats.generated.ts';
import type { Call } from '../../kit/service.ts';
import { Book, type Codes, type Definitions, type Endpoint, type OwnMapping } from '../book.ts';
import { endpointsOf, kindOfText, mappingsOf, parseDefinition, type Read } from '../supervise/definitions.ts';
import { resolveSettings } from '../supervise/links.ts';
import type { Sample } from './samples.ts';
import type { WorkshopHub } from './workshop-hub.ts';

type Found = { readonly at: At; readonly reason: string };

/** Texts tried together in place of those in force. */
export interface Trial {
  readonly orgId: string;
  /** What each text is; undefined where it has mistakes that keep it from being read. */
  readonly reads: readonly (Read | undefined)[];
  /** Mistakes of each text. */
  readonly problems: readonly (readonly TextProblem[])[];
  /** With the texts in force; undefined where something is wrong with one. */
  readonly book: Book | undefined;
  /** Codes of what the texts change: themselves, and the channels that use them. */
  readonly touched: readonly string[];
}

interface Known {
  readonly endpoints: EndpointDef[];
  readonly mappings: MappingDef[];
  readonly channels: ChannelDef[];
}

/** What an import brings besides texts, so that it is tried as it will be. */
export interface Extra {
  readonly samples?: readonly Sample[];
  /** Whole tables in place of those in force. */
  readonly tables?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** Everything of the organisation as it stands, with the texts instead. */
export async function tryTexts(
  hub: WorkshopHub,
  call: Call,
  texts: readonly string[],
  extra: Extra = {},
): Promise<Trial> {
  const { orgId } = call.meta.caller;
  const { inForce, shipped } = hub;
  const orgCode = await codeOf(call, orgId);
  const inUse = inForce.codes.get(orgId) ?? (await call.callAsSystem(codesetActions.snapshot, {})).tables;
  const pairs = { ...inUse, ...extra.tables };
  const codes = codeLookup(pairs, inForce.fallbacks);
  const ranks = { endpoint: 0, mapping: 1, channel: 2 };
  const places = texts
    .map((_, i) => i)
    .sort((a, b) => ranks[kindOfText(texts[a]!)] - ranks[kindOfText(texts[b]!)]);

  const endpoints = new Map(
    inForce.definitions.endpoints.filter((e) => e.orgId === orgId).map((e) => [e.code, e]),
  );
  const own = new Map(inForce.own.filter((m) => m.orgId === orgId).map((m) => [m.def.mapping, m]));
  const channels = new Map(
    inForce.definitions.channels.filter((c) => c.orgId === orgId).map((c) => [c.def.channel, c]),
  );
  const rows = new Map(inForce.rows.filter((r) => r.orgId === orgId).map((r) => [r.code, r]));
  const reads: (Read | undefined)[] = texts.map(() => undefined);
  const problems: TextProblem[][] = texts.map(() => []);
  for (const i of places) {
    const text = texts[i]!;
    const parsed = parseDefinition(
      text,
      [...endpoints.values()].map((e) => e.def),
      codes,
    );
    if ('problems' in parsed) {
      problems[i]!.push(...parsed.problems);
      continue;
    }
    reads[i] = parsed;
    const row = rows.get(parsed.code);
    problems[i]!.push(...placed(text, placeProblems(parsed, row?.kind, orgCode)));
    const common = { id: row?.id ?? parsed.code, orgId, version: (row?.published ?? 0) + 1, enabled: true };
    if (parsed.kind === 'endpoint') {
      problems[i]!.push(...placed(text, settingsProblems(hub, orgId, parsed.def)));
      const format = formats.get(formatOf(parsed.def))!;
      endpoints.set(parsed.code, { ...common, code: parsed.code, def: parsed.def, format } as Endpoint);
    } else if (parsed.kind === 'mapping')
      own.set(parsed.code, { orgId, version: common.version, def: parsed.def });
    else channels.set(parsed.code, { ...common, def: parsed.def });
  }

  const changed = new Set(reads.flatMap((r) => r?.code ?? []));
  const affected = [...channels.values()]
    .filter(
      ({ def }) =>
        changed.has(def.channel) ||
        mappingsOf(def).some((m) => changed.has(m)) ||
        endpointsOf(def).some((e) => changed.has(e)),
    )
    // A mapping that is tried is the cure of what it broke.
    .map(({ broken, ...channel }) =>
      broken && !mappingsOf(channel.def).some((m) => changed.has(m)) ? { ...channel, broken } : channel,
    );
  const known: Known = {
    endpoints: [...endpoints.values()].map((e) => e.def),
    mappings: [
      ...[...shipped.mappings.values()].filter((m) => !own.has(m.mapping)),
      ...[...own.values()].map((m) => m.def),
    ],
    channels: affected.map((c) => c.def),
  };
  linkAll(texts, reads, problems, known);
  const wrong = problems.some((p) => p.length > 0) || reads.includes(undefined);
  return {
    orgId,
    reads,
    problems,
    touched: [...new Set([...changed, ...affected.map((c) => c.def.channel)])],
    book: wrong
      ? undefined
      : compile(
          hub,
          { endpoints: [...endpoints.values()], channels: affected },
          new Map([[orgId, pairs]]),
          [...own.values()],
          problems[0]!,
        ),
  };
}

function compile(
  { shipped, inForce }: WorkshopHub,
  definitions: Definitions,
  codes: Codes,
  own: readonly OwnMapping[],
  problems: TextProblem[],
): Book | undefined {
  try {
    return new Book(definitions, shipped.mappings, codes, inForce.fallbacks, own);
  } catch (error) {
    if (!isFault(error)) throw error;
    problems.push({ line: 1, column: 1, path: '(document)', reason: String(error.data.problem) });
    return undefined;
  }
}

export async function codeOf(call: Call, orgId: string): Promise<string> {
  const { items } = await call.callAsSystem(orgActions.list, { filter: { id: orgId } });
  return items[0]?.code ?? '';
}

/** That the text belongs here, and under its code. */
function placeProblems(read: Read, kind: string | undefined, orgCode: string): Found[] {
  const key = read.kind === 'endpoint' ? 'endpoint' : read.kind === 'mapping' ? 'mapping' : 'channel';
  const sort = (k: string) => (k === 'in' || k === 'out' ? 'channel' : k);
  return [
    ...(kind !== undefined && sort(kind) !== key
      ? [{ at: [key], reason: `"${read.code}" is the code of another ${sort(kind)} here` }]
      : []),
    ...(read.org !== undefined && read.org !== orgCode
      ? [{ at: ['org'], reason: `must be ${orgCode}, the code of your organisation` }]
      : []),
  ];
}

function settingsProblems(hub: WorkshopHub, orgId: string, def: EndpointDef): Found[] {
  const adapter = hub.options.adapters.get(def.adapter);
  if (!adapter) return [{ at: ['adapter'], reason: `no adapter named "${def.adapter}"` }];
  return (['listen', 'send'] as const).flatMap((way) => {
    const given = def[way];
    if (!given) return [];
    try {
      resolveSettings(adapter, way, given, hub.settingsOf(orgId));
      return [];
    } catch (error) {
      if (!isFault(error)) throw error;
      return [{ at: [way], reason: String(error.data.problem) }];
    }
  });
}

/** What the channels name must exist and fit: those tried, and those in force that use what is tried. */
function linkAll(
  texts: readonly string[],
  reads: readonly (Read | undefined)[],
  problems: TextProblem[][],
  known: Known,
): void {
  for (const def of known.channels) {
    const found = linkProblems(def, known);
    if (found.length === 0) continue;
    const own = reads.findIndex((r) => r?.code === def.channel);
    if (own >= 0) problems[own]!.push(...placed(texts[own]!, found));
    else
      problems[0]!.push({
        line: 1,
        column: 1,
        path: '(document)',
        reason: `channel "${def.channel}" in force no longer fits: ${found[0]!.path} ${found[0]!.reason}`,
      });
  }
}

/** Problems by path, at their line and column. */
function placed(text: string, found: readonly Found[]): TextProblem[] {
  if (found.length === 0) return [];
  const parsed = parseText(text, () => found);
  return 'problems' in parsed ? [...parsed.problems] : [];
}
