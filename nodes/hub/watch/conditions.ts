import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { AlertKind } from '../../../contracts/channel/channel-alert.record.ts';
import { codeMissRecord } from '../../../contracts/codeset/codeset.record.ts';
import { deliveryTable } from '../../../contracts/message/delivery.record.ts';
import { messageTable } from '../../../contracts/message/message.record.ts';
import { tableCode } from '../../kit/db/rows.ts';
import { iso } from '../../kit/ids.ts';
import type { Kit } from '../../kit/kit.ts';
import type { Book } from '../book.ts';
import { expectedSince } from './expected.ts';

/** Something that is so now and should not be. */
export interface Condition {
  readonly orgId: string;
  readonly kind: AlertKind;
  readonly subject: string;
  readonly severity: 'info' | 'warning' | 'critical';
  readonly data: Readonly<Record<string, string | number>>;
}

/** A delivery may wait so long before somebody is told. */
const waitingMinutes = 10;
const day = 86_400_000;

/** What the databases say, in a few queries whatever the traffic. */
export async function storedConditions(kit: Kit, book: Book, zoneMinutes: number): Promise<Condition[]> {
  const [parked, waiting, codes, charset, traffic] = await Promise.all([
    parkedNow(kit),
    waitingNow(kit),
    unmappedNow(kit),
    charsetErrors(kit),
    missingTraffic(kit, book, zoneMinutes),
  ]);
  return [...parked, ...waiting, ...codes, ...charset, ...traffic];
}

interface Grouped {
  readonly org: string;
  readonly subject: string;
  readonly n: number;
  readonly first: string;
}

async function grouped(
  kit: Kit,
  record: typeof messageTable | typeof deliveryTable | typeof codeMissRecord,
  subject: string,
  time: string,
  where: (name: (field: string) => string) => string,
  params: readonly unknown[],
): Promise<Grouped[]> {
  const sql = kit.databases.main.read;
  const code = tableCode(record, sql);
  const rows = await sql.query<Grouped>(
    `SELECT ${code.name('orgId')} AS org, ${code.name(subject)} AS subject, COUNT(*) AS n, MIN(${code.name(time)}) AS first FROM ${code.table} WHERE ${where(code.name)} GROUP BY ${code.name('orgId')}, ${code.name(subject)}`,
    params,
  );
  return rows.map((r) => ({ ...r, n: Number(r.n) }));
}

async function parkedNow(kit: Kit): Promise<Condition[]> {
  const [messages, deliveries] = await Promise.all([
    grouped(kit, messageTable, 'channel', 'receivedAt', (n) => `${n('state')} = 'PARKED'`, []),
    grouped(kit, deliveryTable, 'channel', 'createdAt', (n) => `${n('state')} = 'PARKED'`, []),
  ]);
  const all = new Map<string, Grouped>();
  for (const g of [...messages, ...deliveries]) {
    const before = all.get(`${g.org}|${g.subject}`);
    all.set(`${g.org}|${g.subject}`, {
      ...g,
      n: g.n + (before?.n ?? 0),
      first: before && before.first < g.first ? before.first : g.first,
    });
  }
  return [...all.values()].map((g) => ({
    orgId: g.org,
    kind: 'parked',
    subject: g.subject,
    severity: 'warning',
    data: { count: g.n, since: g.first },
  }));
}

async function waitingNow(kit: Kit): Promise<Condition[]> {
  const before = iso(kit.clock() - waitingMinutes * 60_000);
  const found = await grouped(
    kit,
    deliveryTable,
    'target',
    'createdAt',
    (n) => `${n('state')} = 'QUEUED' AND ${n('createdAt')} < ?`,
    [before],
  );
  return found.map((g) => ({
    orgId: g.org,
    kind: 'delivery-waiting',
    subject: g.subject,
    severity: kit.clock() - Date.parse(g.first) > 60 * 60_000 ? 'critical' : 'warning',
    data: { count: g.n, since: g.first },
  }));
}

async function unmappedNow(kit: Kit): Promise<Condition[]> {
  const found = await grouped(kit, codeMissRecord, 'table', 'createdAt', (n) => `${n('state')} = 'OPEN'`, []);
  return found.map((g) => ({
    orgId: g.org,
    kind: 'code-unmapped',
    subject: g.subject,
    severity: 'warning',
    data: { count: g.n, since: g.first },
  }));
}

/** Messages of the last hour that could not be decoded; refused ones are few and found by their state. */
async function charsetErrors(kit: Kit): Promise<Condition[]> {
  const found = await grouped(
    kit,
    messageTable,
    'endpoint',
    'receivedAt',
    (n) =>
      `${n('state')} = 'REFUSED' AND ${n('faultCode')} = 'hub.charset.undecodable' AND ${n('receivedAt')} >= ?`,
    [iso(kit.clock() - 3_600_000)],
  );
  return found.map((g) => ({
    orgId: g.org,
    kind: 'charset',
    subject: g.subject,
    severity: 'warning',
    data: { count: g.n, since: g.first },
  }));
}

async function missingTraffic(kit: Kit, book: Book, zoneMinutes: number): Promise<Condition[]> {
  const now = kit.clock();
  const found: Condition[] = [];
  for (const channel of [...book.inbound, ...book.outbound]) {
    if (!channel.enabled) continue;
    for (const expect of channel.def.expect ?? []) {
      const since = expectedSince(expect, now, zoneMinutes);
      if (since === undefined) continue;
      const count = await countSince(kit, channel, iso(since), expect.atLeast);
      if (count >= expect.atLeast) continue;
      found.push({
        orgId: channel.orgId,
        kind: 'traffic-missing',
        subject: channel.code,
        severity: 'critical',
        data: { count, limit: expect.atLeast, minutes: expect.everyMinutes },
      });
      break;
    }
  }
  return found;
}

/** How many came, counted no further than is asked. */
async function countSince(
  kit: Kit,
  channel: { orgId: string; code: string },
  since: string,
  most: number,
): Promise<number> {
  const sql = kit.databases.main.read;
  const code = tableCode(messageTable, sql);
  const rows = await sql.query(
    `SELECT ${code.name('seq')} FROM ${code.table} WHERE ${code.name('orgId')} = ? AND ${code.name('receivedAt')} >= ? AND ${code.name('channel')} = ? LIMIT ${Math.trunc(most)}`,
    [channel.orgId, since, channel.code],
  );
  return rows.length;
}

/** Certificates of listeners that end within 30 days; a file that cannot be read is the endpoint's trouble, told elsewhere. */
export function certificateConditions(
  files: readonly { readonly orgId: string; readonly subject: string; readonly path: string }[],
  now: number,
): Condition[] {
  return files.flatMap(({ orgId, subject, path }): Condition[] => {
    let until: number;
    try {
      until = Date.parse(new X509Certificate(readFileSync(path)).validTo);
    } catch {
      return [];
    }
    const left = Math.floor((until - now) / day);
    if (left > 30) return [];
    const severity = left <= 1 ? 'critical' : left <= 7 ? 'warning' : 'info';
    return [{ orgId, kind: 'certificate', subject, severity, data: { days: left, until: iso(until) } }];
  });
}
