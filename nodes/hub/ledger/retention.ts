import { incidentTable } from '../../../contracts/channel/channel.record.ts';
import type { RecordDef } from '../../../contracts/kernel/record.ts';
import { deliveryTable } from '../../../contracts/message/delivery.record.ts';
import {
  messageBodyTable,
  messageKeyTable,
  messageOutcomeTable,
  messageTable,
} from '../../../contracts/message/message.record.ts';
import { tableCode } from '../../kit/db/rows.ts';
import type { Sql } from '../../kit/db/sql.ts';
import { iso } from '../../kit/ids.ts';
import { find } from '../../kit/store.ts';
import type { Book } from '../book.ts';
import { marks } from './find-page.ts';
import type { HubForMessages } from './hub-for-messages.ts';
import type { MessageRow } from './journal.ts';

const dayMs = 86_400_000;
/** Contents of messages whose endpoint is no more, and of those that went to no endpoint. */
const retainDaysDefault = 180;
/** The journal and its keys stay this much longer than the contents: what came, when, and what became of it. */
export const journalDaysMore = 180;
export const incidentDays = 30;

const rowsAtOnce = 500;
const unfinished = ['RECEIVED', 'HELD', 'PARKED'];

export interface Pruned {
  /** Messages whose contents went. */
  bodies: number;
  /** Messages that went with all that belonged to them. */
  messages: number;
  incidents: number;
}

/** The last whole pass of a journal: until a day later only what has come of age since is looked at. */
const passes = new WeakMap<object, { whole: number; last: number }>();

/**
 * Retention by time: contents (bytes, outcomes, bytes of deliveries) after the days of their endpoint, journal rows and keys
 * after half a year more. A message that is not settled, or has a delivery that is not, keeps everything whatever its age.
 * In short transactions with a pause between them; safe to run again at any time, on any node.
 */
export async function pruneMessages(hub: HubForMessages, now: number): Promise<Pruned> {
  const pruned: Pruned = { bodies: 0, messages: 0, incidents: 0 };
  const days = daysOf(hub.book);
  const before = passes.get(hub.journal);
  const whole = !before || now - before.whole >= dayMs;
  const spans = whole
    ? [{ from: '', to: floorId(now - Math.min(...days) * dayMs) }]
    : days.map((d) => ({ from: floorId(before.last - d * dayMs), to: floorId(now - d * dayMs) }));
  for (const span of spans) await pruneBodies(hub, now, span, pruned);
  if (whole) await pruneRows(hub, now, Math.min(...days), pruned);
  await pruneIncidents(hub, now, pruned);
  passes.set(hub.journal, { whole: whole ? now : before.whole, last: now });
  return pruned;
}

/** Retention days in use, without repetition. */
const daysOf = (book: Book): number[] => [
  ...new Set([retainDaysDefault, ...[...book.endpoints.values()].map((e) => e.def.retainDays)]),
];

type Head = Pick<MessageRow, 'orgId' | 'endpoint' | 'direction' | 'channel'>;

/** An outbound message is kept as long as the most patient of its targets. */
function retainDays(book: Book, row: Head): number {
  const endpoints =
    row.direction === 'in'
      ? [row.endpoint]
      : (book.channel(row.orgId, row.channel)?.targets.map((t) => t.def.endpoint) ?? []);
  const days = endpoints.flatMap((code) => book.endpoint(row.orgId, code)?.def.retainDays ?? []);
  return days.length ? Math.max(...days) : retainDaysDefault;
}

/** Ids carry their time (UUIDv7): below this one all are older. */
function floorId(ms: number): string {
  const hex = Math.max(0, ms).toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}`;
}

async function pruneBodies(
  { kit, book }: HubForMessages,
  now: number,
  { from, to }: { from: string; to: string },
  pruned: Pruned,
): Promise<void> {
  const db = kit.databases.main;
  const code = tableCode(messageBodyTable, db);
  for (let last = from; ; ) {
    const ids = (
      await db.read.query<{ id: string }>(
        `SELECT ${code.name('id')} AS id FROM ${code.table} WHERE ${code.name('id')} > ? AND ${code.name('id')} < ? ORDER BY ${code.name('id')} LIMIT ${rowsAtOnce}`,
        [last, to],
      )
    ).map((r) => r.id);
    if (ids.length === 0) return;
    pruned.bodies += await db.tx(async (sql) => {
      const rows = await find(sql, kit.vault, messageTable, 'system', { id: ids });
      const old = rows.filter((r) => r.receivedAt < iso(now - retainDays(book, r) * dayMs));
      const due = await settled(sql, old);
      await emptyContents(
        sql,
        due.map((r) => r.id),
      );
      return due.length;
    });
    last = ids.at(-1)!;
    await new Promise(setImmediate);
  }
}

/** The floor: without those that still wait for something. What is settled never waits again, so no lock is needed. */
async function settled(sql: Sql, rows: readonly MessageRow[]): Promise<MessageRow[]> {
  const done = rows.filter((r) => !unfinished.includes(r.state));
  if (done.length === 0) return [];
  const code = tableCode(deliveryTable, sql);
  const open = await sql.query<{ id: string }>(
    `SELECT DISTINCT ${code.name('messageId')} AS id FROM ${code.table} WHERE ${code.name('messageId')} IN (${marks(done)}) AND ${code.name('state')} IN ('QUEUED', 'HELD', 'PARKED')`,
    done.map((r) => r.id),
  );
  const busy = new Set(open.map((r) => r.id));
  return done.filter((r) => !busy.has(r.id));
}

async function emptyContents(sql: Sql, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  await remove(sql, messageBodyTable, 'id', ids);
  await remove(sql, messageOutcomeTable, 'id', ids);
  const code = tableCode(deliveryTable, sql);
  await sql.execute(
    `UPDATE ${code.table} SET ${code.name('body')} = ?, ${code.name('reply')} = NULL WHERE ${code.name('messageId')} IN (${marks(ids)})`,
    [Buffer.alloc(0), ...ids],
  );
}

async function remove(
  sql: Sql,
  record: RecordDef,
  field: string,
  values: readonly unknown[],
): Promise<number> {
  const code = tableCode(record, sql);
  return sql.execute(`DELETE FROM ${code.table} WHERE ${code.name(field)} IN (${marks(values)})`, values);
}

async function pruneRows(
  { kit, book }: HubForMessages,
  now: number,
  shortest: number,
  pruned: Pruned,
): Promise<void> {
  const db = kit.databases.main;
  const youngest = iso(now - (shortest + journalDaysMore) * dayMs);
  for (let last = 0; ; ) {
    const rows = await find(
      db.read,
      kit.vault,
      messageTable,
      'system',
      {},
      {
        and: (name) => [`${name('seq')} > ?`, [last]],
        orderBy: 'seq',
        limit: rowsAtOnce,
      },
    );
    const old = rows.filter((r) => r.receivedAt < iso(now - (retainDays(book, r) + journalDaysMore) * dayMs));
    if (old.length) pruned.messages += await db.tx((sql) => removeMessages(sql, old));
    // A repair stands at an old number with a young time, so one young row is not yet the end.
    if (rows.length < rowsAtOnce || rows.every((r) => r.receivedAt >= youngest)) return;
    last = rows.at(-1)!.seq;
    await new Promise(setImmediate);
  }
}

async function removeMessages(sql: Sql, rows: readonly MessageRow[]): Promise<number> {
  const due = await settled(sql, rows);
  if (due.length === 0) return 0;
  const ids = due.map((r) => r.id);
  const keys = tableCode(messageKeyTable, sql);
  // The index of keys begins with the value: the row knows its own.
  await sql.executeEach(
    `DELETE FROM ${keys.table} WHERE ${keys.name('orgId')} = ? AND ${keys.name('value')} = ? AND ${keys.name('messageId')} = ?`,
    due.flatMap((r) => [...new Set(r.keys.map((k) => k.value))].map((value) => [r.orgId, value, r.id])),
  );
  await emptyContents(sql, ids);
  await remove(sql, deliveryTable, 'messageId', ids);
  await remove(sql, messageTable, 'id', ids);
  return due.length;
}

async function pruneIncidents({ kit }: HubForMessages, now: number, pruned: Pruned): Promise<void> {
  const db = kit.databases.main;
  for (;;) {
    const rows = await find(
      db.read,
      kit.vault,
      incidentTable,
      'system',
      {},
      {
        and: (name) => [`${name('at')} < ?`, [iso(now - incidentDays * dayMs)]],
        limit: rowsAtOnce,
      },
    );
    if (rows.length === 0) return;
    pruned.incidents += await db.tx((sql) =>
      remove(
        sql,
        incidentTable,
        'seq',
        rows.map((r) => r.seq),
      ),
    );
    if (rows.length < rowsAtOnce) return;
    await new Promise(setImmediate);
  }
}
