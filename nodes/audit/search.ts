import type { ListParams } from '../../contracts/kernel/action.ts';
import { Fault } from '../../contracts/kernel/fault.ts';
import type { Row } from '../../contracts/kernel/record.ts';
import { auditTable, sealedTable } from '../../contracts/kernel/system.tables.ts';
import { groupOrg } from '../kit/caller.ts';
import { iso } from '../kit/ids.ts';
import type { Kit } from '../kit/kit.ts';
import { count, type FindOptions, find, type Where } from '../kit/store.ts';

export type Entry = Omit<Row<typeof sealedTable>, 'seq' | 'hash'> & {
  readonly seq: number | null;
  readonly hash: string;
};

/** Nothing is counted, and no page is given, beyond this. */
const mostFound = 10_000;
const defaultDays = 90;
const exact = ['id', 'actor', 'action', 'record', 'recordId', 'requestId'];

interface Query {
  readonly where: Where;
  readonly options: FindOptions;
}

const instant = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2}))?$/;

/** `<from>..<to>`, either may be empty; a day begins at midnight UTC. */
function rangeOf(text: string): { from?: string; to?: string } | undefined {
  const [from = '', to = '', ...rest] = text.split('..');
  const good =
    rest.length === 0 && text.includes('..') && [from, to].every((t) => t === '' || instant.test(t));
  if (!good || [from, to].some((t) => t !== '' && Number.isNaN(Date.parse(t)))) return undefined;
  return {
    ...(from ? { from: iso(Date.parse(from)) } : {}),
    ...(to ? { to: iso(Date.parse(to)) } : {}),
  };
}

function queryOf(params: ListParams, orgId: string, now: number): Query {
  const issues: { path: string; message: string }[] = [];
  const where: Where = orgId === groupOrg ? {} : { orgId };
  let range: { from?: string; to?: string } = {};
  for (const [name, value] of Object.entries(params.filter ?? {})) {
    if (name === 'at') {
      const read = rangeOf(value);
      if (read) range = read;
      else issues.push({ path: 'filter[at]', message: 'not a span: <from>..<to>, ISO 8601' });
    } else if (exact.includes(name)) {
      const values = value.split(',').slice(0, 50);
      where[name] = values.length > 1 ? values : values[0]!;
    } else issues.push({ path: `filter[${name}]`, message: 'not a filter of this list' });
  }
  const q = params.q?.trim();
  if (q) where.recordId = q;
  if (params.sort !== undefined && params.sort !== '-at')
    issues.push({ path: 'sort', message: 'newest first, -at, is the only order' });
  if (issues.length) throw new Fault('kernel.params.invalid', { issues });
  if (!range.from && !range.to && !where.id && !where.recordId && !where.requestId)
    range = { from: iso(now - defaultDays * 86_400_000) };
  const parts = [range.from ? ['>=', range.from] : [], range.to ? ['<', range.to] : []].filter(
    (p) => p.length,
  );
  if (parts.length === 0) return { where, options: {} };
  return {
    where,
    options: {
      and: (name) => [parts.map(([op]) => `${name('at')} ${op} ?`).join(' AND '), parts.map(([, v]) => v)],
    },
  };
}

/** The trail as an organisation sees it, newest first: what waits to be sealed, then the chain. */
export async function searchTrail(kit: Kit, orgId: string, params: ListParams) {
  const { where, options } = queryOf(params, orgId, kit.clock());
  const page = params.page ?? 1;
  const pageSize = params.pageSize ?? 50;
  if (page * pageSize > mostFound)
    throw new Fault('kernel.params.invalid', {
      issues: [{ path: 'page', message: `no page beyond the first ${mostFound} entries; narrow the search` }],
    });
  const waiting: Entry[] = (
    await kit.find(auditTable, 'system', where, { ...options, orderBy: 'seq', descending: true, limit: 2000 })
  ).map((row) => ({ ...row, seq: null, hash: '' }));
  const offset = (page - 1) * pageSize;
  const ahead = waiting.slice(offset, offset + pageSize);
  const sealed = await kit.find(sealedTable, 'system', where, {
    ...options,
    orderBy: ['at', 'seq'],
    descending: true,
    limit: pageSize - ahead.length,
    offset: Math.max(0, offset - waiting.length),
  });
  const found = await count(kit.databases.log.read, sealedTable, 'system', where, {
    ...options,
    limit: mostFound,
  });
  // A row is in both for the moment between sealing and clearing.
  const known = new Set(ahead.map((e) => e.id));
  return {
    items: [...ahead, ...sealed.filter((row) => !known.has(row.id))] as Entry[],
    total: Math.min(mostFound, waiting.length + found),
    page,
    pageSize,
  };
}

/** One entry, sealed or waiting, that the organisation may see. */
export async function entryOf(kit: Kit, orgId: string, id: string): Promise<Entry> {
  const where: Where = orgId === groupOrg ? { id } : { id, orgId };
  const [sealed] = await kit.find(sealedTable, 'system', where);
  if (sealed) return sealed;
  const [waiting] = await kit.find(auditTable, 'system', where);
  if (!waiting) throw new Fault('kernel.record.missing', { record: 'auditEntry', id });
  return { ...waiting, seq: null, hash: '' };
}

/** Entries of a span in the order of the chain, for an archive. */
export function spanOf(
  kit: Kit,
  orgId: string,
  { from, to }: { from: string; to: string },
  after: number,
  limit: number,
): Promise<Row<typeof sealedTable>[]> {
  return find(kit.databases.log.read, kit.vault, sealedTable, 'system', orgId === groupOrg ? {} : { orgId }, {
    and: (name) => [
      `${name('at')} >= ? AND ${name('at')} < ? AND ${name('seq')} > ?`,
      [iso(Date.parse(from)), iso(Date.parse(to)), after],
    ],
    orderBy: 'seq',
    limit,
  });
}
