import { channelRecord, channelVersionTable } from '../../../contracts/channel/channel.record.ts';
import type { ChannelDef } from '../../../contracts/channel/channel.schema.ts';
import type { EndpointDef } from '../../../contracts/channel/endpoint.schema.ts';
import { codesetActions } from '../../../contracts/codeset/codeset.actions.ts';
import { Fault } from '../../../contracts/kernel/fault.ts';
import type { Row } from '../../../contracts/kernel/record.ts';
import type { MappingDef } from '../../../contracts/mapping/shape.ts';
import { codeLookup } from '../../../mappings/engine/codes.ts';
import {
  formatOf,
  parseChannel,
  parseEndpoint,
  parseMapping,
  sourcesOf,
} from '../../../mappings/engine/documents.ts';
import type { CodeLookup } from '../../../mappings/engine/format.ts';
import { linkProblems } from '../../../mappings/engine/link.ts';
import type { TextProblem } from '../../../mappings/engine/yaml-text.ts';
import { formats } from '../../../mappings/formats.generated.ts';
import { systemCaller } from '../../kit/caller.ts';
import type { Kit } from '../../kit/kit.ts';
import type { Work } from '../../kit/work.ts';
import { type Broken, type Codes, type Definitions, type Endpoint, keyOf, type OwnMapping } from '../book.ts';
import type { Shipped } from './profile.ts';

export type ChannelRow = Row<typeof channelRecord>;

export type Read =
  | {
      readonly kind: 'endpoint';
      readonly code: string;
      readonly org: string;
      readonly title: { zh: string; en: string };
      readonly def: EndpointDef;
    }
  | {
      readonly kind: 'mapping';
      readonly code: string;
      /** A mapping names no organisation. */
      readonly org: undefined;
      readonly title: { zh: string; en: string };
      readonly def: MappingDef;
    }
  | {
      readonly kind: 'in' | 'out';
      readonly code: string;
      readonly org: string;
      readonly title: { zh: string; en: string };
      readonly def: ChannelDef;
    };

/** What a text is, by the key it begins with. */
export const kindOfText = (text: string): 'endpoint' | 'mapping' | 'channel' =>
  /^endpoint\s*:/m.test(text) ? 'endpoint' : /^mapping\s*:/m.test(text) ? 'mapping' : 'channel';

/**
 * Reads a text as endpoint, channel or mapping; gives what is wrong with it and where. `endpoints` say in which format a
 * channel's filters read; with `codes`, the tables a mapping names must exist.
 */
export function parseDefinition(
  text: string,
  endpoints: readonly EndpointDef[],
  codes?: CodeLookup,
): Read | { readonly problems: readonly TextProblem[] } {
  const kind = kindOfText(text);
  if (kind === 'endpoint') {
    const parsed = parseEndpoint(text, formats);
    if ('problems' in parsed) return parsed;
    const { def } = parsed;
    return { kind, code: def.endpoint, org: def.org, title: def.title, def };
  }
  if (kind === 'mapping') {
    const parsed = parseMapping(text, formats, codes);
    if ('problems' in parsed) return parsed;
    const { def } = parsed;
    return { kind, code: def.mapping, org: undefined, title: def.title, def };
  }
  const parsed = parseChannel(text, sourcesOf(endpoints, formats));
  if ('problems' in parsed) return parsed;
  const { def } = parsed;
  return { kind: 'accept' in def ? 'in' : 'out', code: def.channel, org: def.org, title: def.title, def };
}

/** The same, refusing a text that is not valid with what, where and why. */
export function readText(text: string, endpoints: readonly EndpointDef[], codes?: CodeLookup): Read {
  const read = parseDefinition(text, endpoints, codes);
  if ('problems' in read) throw invalidText(read.problems);
  return read;
}

export function invalidText(problems: readonly TextProblem[]): Fault {
  const [p] = problems;
  return new Fault('channel.text.invalid', {
    problem: p ? `${p.line}:${p.column} ${p.path} ${p.reason}` : '',
    problems: problems.map(({ line, column, path, reason }) => ({ line, column, path, reason })),
  });
}

/** A new definition with its first version. */
export function addChannel(
  work: Work,
  read: Read,
  row: { readonly id?: string; readonly text: string; readonly enabled?: boolean },
  note: string,
): ChannelRow {
  const made = work.insert(channelRecord, {
    enabled: true,
    ...row,
    code: read.code,
    kind: read.kind,
    ...namesOf(read),
    published: 1,
  });
  keepVersion(work, made, note);
  return made;
}

export const namesOf = ({ title }: Read): { name: string; nameEn: string } => ({
  name: title.zh.slice(0, 100),
  nameEn: title.en.slice(0, 100),
});

/** The text now in force joins the history. */
export function keepVersion(work: Work, row: ChannelRow, note: string): void {
  work.add(channelVersionTable, {
    id: `${row.id}#${row.published}`,
    channelId: row.id,
    number: row.published,
    text: row.text,
    note,
    publishedAt: work.now,
    publishedBy: work.meta.caller.userId,
  });
}

/** Refuses a channel that names what does not exist or does not fit. */
export function checkLinks(read: Read, endpoints: readonly EndpointDef[], shipped: Shipped): void {
  if (read.kind === 'endpoint' || read.kind === 'mapping') return;
  const [problem] = linkProblems(read.def, { endpoints, mappings: [...shipped.mappings.values()] });
  if (problem) throw new Fault('channel.text.invalid', { problem: `${problem.path} ${problem.reason}` });
}

/** What is in force in all organisations, before it is compiled. */
export interface InForce {
  readonly definitions: Definitions;
  readonly own: readonly OwnMapping[];
  readonly codes: Codes;
  readonly fallbacks: Readonly<Record<string, string>>;
  readonly rows: readonly ChannelRow[];
  /** Why a stored definition is not in force, by the id of its row. */
  readonly problems: ReadonlyMap<string, string>;
  /** When the code tables next change by themselves. */
  readonly until: string | undefined;
}

/** Endpoints before the mappings and channels that need them. */
const order = ['endpoint', 'mapping', 'in', 'out'];

/**
 * Everything in force. A stored text that no longer reads is left out and reported; a channel that needs such a mapping parks what
 * it takes. The others go on.
 */
export async function loadInForce(kit: Kit, shipped: Shipped): Promise<InForce> {
  const rows = await kit.find(channelRecord, 'system', { voidedAt: null });
  const fallbacks = Object.fromEntries(
    shipped.tables.flatMap((t) => (t.or === undefined ? [] : [[t.table, t.or]])),
  );
  const codes = new Map<string, Record<string, Record<string, string>>>();
  let next: string | undefined;
  for (const orgId of new Set(rows.map((r) => r.orgId))) {
    const { tables, until } = await codesOf(kit, shipped, orgId);
    if (until !== null && (next === undefined || until < next)) next = until;
    codes.set(orgId, tables);
  }
  const problems = new Map<string, string>();
  const own: OwnMapping[] = [];
  const endpoints: Endpoint[] = [];
  const channels: Definitions['channels'][number][] = [];
  const broken = new Map<string, Broken>();
  for (const row of [...rows].sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind))) {
    const { orgId } = row;
    if (row.kind === 'mapping' && !row.enabled) continue; // as shipped
    try {
      const known = endpoints.filter((e) => e.orgId === orgId).map((e) => e.def);
      const read = readText(row.text, known, codeLookup(codes.get(orgId)!, fallbacks));
      const common = { id: row.id, orgId, version: row.published, enabled: row.enabled };
      if (read.kind === 'endpoint') {
        const format = formats.get(formatOf(read.def))!;
        endpoints.push({ ...common, code: read.code, def: read.def, format });
      } else if (read.kind === 'mapping') own.push({ orgId, version: row.published, def: read.def });
      else {
        const why = mappingsOf(read.def).flatMap((m) => broken.get(keyOf(orgId, m)) ?? [])[0];
        if (why) problems.set(row.id, why.reason);
        channels.push({ ...common, def: read.def, ...(why ? { broken: why } : {}) });
      }
    } catch (error) {
      const reason = (error as Error).message;
      const reads = /^reads\s*:\s*(\w+)/m.exec(row.text)?.[1] ?? '';
      if (row.kind === 'mapping')
        broken.set(keyOf(orgId, row.code), { reason: `${row.code}: ${reason}`, reads });
      problems.set(row.id, reason);
      kit.log.error('a stored text is not valid', { definition: row.code });
    }
  }
  return { definitions: { endpoints, channels }, own, codes, fallbacks, rows, problems, until: next };
}

async function codesOf(kit: Kit, shipped: Shipped, orgId: string) {
  const meta = { caller: systemCaller('hub', orgId), requestId: kit.id() };
  const { tables, until } = await kit.call(codesetActions.snapshot, {}, meta);
  return { tables: { ...Object.fromEntries(shipped.tables.map((t) => [t.table, {}])), ...tables }, until };
}

/** Mappings that a channel names. */
export const mappingsOf = (def: ChannelDef): string[] => [
  ...new Set(
    [def.map, 'accept' in def ? def.answer : undefined, ...(def.targets ?? []).map((t) => t.map)].filter(
      (m) => m !== undefined,
    ),
  ),
];

/** Endpoints that a channel names. */
export const endpointsOf = (def: ChannelDef): string[] => [
  ...new Set([
    ...('accept' in def ? [def.source.endpoint] : []),
    ...(def.targets ?? []).map((t) => t.endpoint),
  ]),
];
