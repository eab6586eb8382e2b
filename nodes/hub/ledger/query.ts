import type { ListParams } from '../../../contracts/kernel/action.ts';
import { Fault } from '../../../contracts/kernel/fault.ts';
import type { RecordDef, Row } from '../../../contracts/kernel/record.ts';
import { deliveryTable } from '../../../contracts/message/delivery.record.ts';
import { messageTable } from '../../../contracts/message/message.record.ts';
import { fromDb, tableCode } from '../../kit/db/rows.ts';
import type { Sql } from '../../kit/db/sql.ts';
import type { Kit } from '../../kit/kit.ts';
import type { Delivery } from '../deliver/deliveries.ts';
import { type Condition, findSequences, hidden, marks, mostFound, type Search } from './find-page.ts';
import type { MessageRow } from './journal.ts';

export interface Page<T> {
  items: T[];
  total: number;
  page: number;
  pageSize: number;
}

interface Listing {
  readonly record: RecordDef;
  readonly at: string;
  /** Column that names the message. */
  readonly message: string;
  /** Filters that an index answers. */
  readonly few: readonly string[];
  /** States that a row with a fault code can be in. */
  readonly faulty: readonly string[];
}

const messages: Listing = {
  record: messageTable,
  at: 'receivedAt',
  message: 'id',
  few: ['id'],
  faulty: ['PARKED', 'REFUSED', 'HELD', 'RECEIVED', 'SKIPPED', 'REPAIRED'],
};
const deliveries: Listing = {
  record: deliveryTable,
  at: 'createdAt',
  message: 'messageId',
  few: ['id', 'messageId'],
  faulty: ['PARKED', 'QUEUED', 'HELD', 'SKIPPED'],
};

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Messages of an organisation as the API lists them; `key` is a business key or a message id. */
export function listMessages(
  kit: Kit,
  orgId: string,
  params: ListParams & { key?: string },
): Promise<Page<MessageRow>> {
  return listOf<MessageRow>(kit, orgId, messages, { ...params, key: params.key ?? params.q });
}

/** Deliveries without their bytes; `q` is a business key or the id of their message. */
export function listDeliveries(kit: Kit, orgId: string, params: ListParams): Promise<Page<DeliveryHead>> {
  return listOf<DeliveryHead>(kit, orgId, deliveries, { ...params, key: params.q });
}

export type DeliveryHead = Omit<Delivery, 'body' | 'reply'>;

async function listOf<T>(
  kit: Kit,
  orgId: string,
  listing: Listing,
  params: ListParams & { key?: string | undefined },
): Promise<Page<T>> {
  if (!orgId) throw new Fault('kernel.scope.missing');
  const sql = kit.databases.main.read;
  const page = params.page ?? 1;
  const pageSize = params.pageSize ?? 50;
  const offset = (page - 1) * pageSize;
  const search = searchOf(sql, orgId, listing, params, offset + pageSize > mostFound && page > 1);
  const key = params.key?.trim();
  let found = await findSequences(
    sql,
    key ? { ...search, key: { value: key, by: listing.message } } : search,
    offset + pageSize + 1,
  );
  if (key && found.length === 0 && uuid.test(key)) {
    const is: Condition = [
      `${tableCode(listing.record, sql).name(listing.message)} = ?`,
      [key.toLowerCase()],
    ];
    found = await findSequences(
      sql,
      { ...search, few: true, filters: [...search.filters, is] },
      offset + pageSize,
    );
  }
  const items = await rowsOf<T>(kit, sql, listing.record, found.slice(offset, offset + pageSize));
  return { items, total: found.length, page, pageSize };
}

function searchOf(sql: Sql, orgId: string, listing: Listing, params: ListParams, tooFar: boolean): Search {
  const { record, at } = listing;
  const code = tableCode(record, sql);
  const issues: { path: string; message: string }[] = [];
  const filters: Condition[] = [];
  let range: Search['range'] = {};
  let states: string[] | undefined;
  let few = false;
  for (const [name, value] of Object.entries(params.filter ?? {})) {
    const values = value.split(',').slice(0, 50);
    if (name === at) range = rangeOf(value, `filter[${name}]`, issues);
    else if (name === 'state') states = values;
    else if (listing.few.includes(name)) {
      few = true;
      filters.push([`${code.name(name)} IN (${marks(values)})`, values]);
    } else if (record.fields[name]?.options.filter)
      filters.push([`${hidden(code.name(name))} IN (${marks(values)})`, values]);
    else issues.push({ path: `filter[${name}]`, message: 'not a filter of this list' });
    if (name === 'faultCode' && values.every((v) => v !== '')) states ??= [...listing.faulty];
  }
  const sort = params.sort ?? `-${at}`;
  const descending = sort.startsWith('-');
  // The order of arrival has one index; `seq` is the same order.
  if (![at, 'seq'].includes(descending ? sort.slice(1) : sort))
    issues.push({ path: 'sort', message: `only ${at}` });
  if (tooFar) issues.push({ path: 'page', message: `only the first ${mostFound} rows; narrow the search` });
  if (issues.length) throw new Fault('kernel.params.invalid', { issues });
  return { record, orgId, at, descending, range, filters, few, ...(states ? { states } : {}) };
}

/** `from..to`, from included and to not; one instant given alone begins the range. */
function rangeOf(text: string, path: string, issues: { path: string; message: string }[]): Search['range'] {
  const [from = '', to = '', ...more] = text.split('..');
  const range: { from?: string; to?: string } = {};
  for (const [end, value] of [
    ['from', from.trim()],
    ['to', to.trim()],
  ] as const) {
    if (value === '') continue;
    const ms = Date.parse(value);
    if (Number.isNaN(ms) || more.length) issues.push({ path, message: 'write ISO 8601 times as from..to' });
    else range[end] = new Date(ms).toISOString();
  }
  return range;
}

/** Rows in the order of the numbers; contents stay in the database. */
async function rowsOf<T>(kit: Kit, sql: Sql, record: RecordDef, seqs: readonly number[]): Promise<T[]> {
  if (seqs.length === 0) return [];
  const code = tableCode(record, sql);
  const fields = Object.keys(record.fields).filter((f) => record.fields[f]!.column.kind !== 'bytes');
  const rows = await sql.query<Record<string, unknown>>(
    `SELECT ${fields.map((f) => code.name(f)).join(', ')} FROM ${code.table} WHERE ${code.name('seq')} IN (${marks(seqs)})`,
    seqs,
  );
  const bySeq = new Map(rows.map((r) => [Number(r.seq), fromDb(code, r, kit.vault) as Row<RecordDef>]));
  return seqs.flatMap((seq) => (bySeq.has(seq) ? [bySeq.get(seq) as T] : []));
}
