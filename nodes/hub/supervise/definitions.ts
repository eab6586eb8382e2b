import { channelRecord, channelVersionTable } from '../../../contracts/channel/channel.record.ts';
import type { ChannelDef } from '../../../contracts/channel/channel.schema.ts';
import type { EndpointDef } from '../../../contracts/channel/endpoint.schema.ts';
import { codesetActions } from '../../../contracts/codeset/codeset.actions.ts';
import { Fault } from '../../../contracts/kernel/fault.ts';
import type { Row } from '../../../contracts/kernel/record.ts';
import { formatOf, parseChannel, parseEndpoint, sourcesOf } from '../../../mappings/engine/documents.ts';
import { linkProblems } from '../../../mappings/engine/link.ts';
import { formats } from '../../../mappings/formats.generated.ts';
import { systemCaller } from '../../kit/caller.ts';
import type { Kit } from '../../kit/kit.ts';
import type { Work } from '../../kit/work.ts';
import { Book, type Definitions, type Endpoint } from '../book.ts';
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
      readonly kind: 'in' | 'out';
      readonly code: string;
      readonly org: string;
      readonly title: { zh: string; en: string };
      readonly def: ChannelDef;
    };

/** Reads a text as endpoint or channel; refuses with what, where and why. `endpoints` say in which format a channel's filters read. */
export function readText(text: string, endpoints: readonly EndpointDef[]): Read {
  const isEndpoint = /^endpoint\s*:/m.test(text);
  const parsed = isEndpoint
    ? parseEndpoint(text, formats)
    : parseChannel(text, sourcesOf(endpoints, formats));
  if (!('def' in parsed)) {
    const problems = parsed.problems.map(({ line, column, path, reason }) => ({
      line,
      column,
      path,
      reason,
    }));
    const [p] = problems;
    throw new Fault('channel.text.invalid', {
      problem: p ? `${p.line}:${p.column} ${p.path} ${p.reason}` : '',
      problems,
    });
  }
  if (isEndpoint) {
    const def = parsed.def as EndpointDef;
    return { kind: 'endpoint', code: def.endpoint, org: def.org, title: def.title, def };
  }
  const def = parsed.def as ChannelDef;
  return { kind: 'accept' in def ? 'in' : 'out', code: def.channel, org: def.org, title: def.title, def };
}

/** A new endpoint or channel with its first version. */
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
    name: read.title.zh,
    nameEn: read.title.en,
    published: 1,
  });
  keepVersion(work, made, note);
  return made;
}

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
  if (read.kind === 'endpoint') return;
  const [problem] = linkProblems(read.def, { endpoints, mappings: [...shipped.mappings.values()] });
  if (problem) throw new Fault('channel.text.invalid', { problem: `${problem.path} ${problem.reason}` });
}

/** Everything in force, compiled. A stored text that no longer reads is left out and reported: the others go on. */
export async function loadBook(
  kit: Kit,
  shipped: Shipped,
): Promise<{ book: Book; rows: ChannelRow[]; problems: Map<string, string>; until: string | undefined }> {
  const rows = await kit.find(channelRecord, 'system', { voidedAt: null });
  const problems = new Map<string, string>();
  const definitions: { endpoints: Endpoint[]; channels: Definitions['channels'][number][] } = {
    endpoints: [],
    channels: [],
  };
  const known = new Map<string, EndpointDef[]>();
  for (const row of [...rows].sort((a, b) => Number(b.kind === 'endpoint') - Number(a.kind === 'endpoint'))) {
    const endpoints = known.get(row.orgId) ?? [];
    known.set(row.orgId, endpoints);
    try {
      const read = readText(row.text, endpoints);
      const common = { id: row.id, orgId: row.orgId, version: row.published, enabled: row.enabled };
      if (read.kind === 'endpoint') {
        endpoints.push(read.def);
        const format = formats.get(formatOf(read.def))!;
        definitions.endpoints.push({ ...common, code: read.code, def: read.def, format });
      } else definitions.channels.push({ ...common, def: read.def });
    } catch (error) {
      problems.set(row.id, (error as Error).message);
      kit.log.error('a stored channel text is not valid', { channel: row.code });
    }
  }
  const codes = new Map<string, Record<string, Record<string, string>>>();
  let next: string | undefined;
  for (const orgId of new Set(rows.map((r) => r.orgId))) {
    const { tables, until } = await kit.call(
      codesetActions.snapshot,
      {},
      { caller: systemCaller('hub', orgId), requestId: kit.id() },
    );
    if (until !== null && (next === undefined || until < next)) next = until;
    codes.set(orgId, { ...Object.fromEntries(shipped.tables.map((t) => [t.table, {}])), ...tables });
  }
  const fallbacks = Object.fromEntries(
    shipped.tables.flatMap((t) => (t.or === undefined ? [] : [[t.table, t.or]])),
  );
  return { book: new Book(definitions, shipped.mappings, codes, fallbacks), rows, problems, until: next };
}
