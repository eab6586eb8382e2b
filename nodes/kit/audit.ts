import { createHash } from 'node:crypto';
import { isFault } from '../../contracts/kernel/fault.ts';
import type { Row } from '../../contracts/kernel/record.ts';
import { auditTable, sealedTable } from '../../contracts/kernel/system.tables.ts';
import type { Database } from './db/database.ts';
import { insertRows, tableCode } from './db/rows.ts';
import { inList } from './db/sql.ts';
import type { Leases } from './lease.ts';
import { find } from './store.ts';
import type { Vault } from './vault.ts';

type Sealed = Row<typeof sealedTable>;
type Waiting = Row<typeof auditTable>;

interface Parts {
  readonly main: Database;
  readonly log: Database;
  readonly vault: Vault;
  readonly leases: Leases;
}

/** SHA-256 over the hash before and the row in a fixed order of fields. */
export function seal(previous: string, row: Omit<Sealed, 'hash'>): string {
  const fields = [
    row.seq,
    row.id,
    row.orgId,
    row.at,
    row.actor,
    row.action,
    row.record,
    row.recordId,
    row.requestId,
    row.station,
    row.reason,
    row.before,
    row.after,
  ];
  return createHash('sha256').update(previous).update('\n').update(JSON.stringify(fields)).digest('hex');
}

/** Moves audit rows from the main database into the chain of the log database. Gives how many were sealed. */
export async function sealAudit({ main, log, vault, leases }: Parts, limit = 500): Promise<number> {
  if (!(await leases.take('audit', 15_000))) return 0;
  const rows = await find(main.read, vault, auditTable, 'system', {}, { orderBy: 'seq', limit });
  if (rows.length === 0) return 0;
  let fresh = rows;
  try {
    await append(log, vault, fresh);
  } catch (error) {
    if (!isFault(error) || error.code !== 'kernel.record.duplicate') throw error;
    // A round before sealed some of them and ended before they were taken away.
    const known = await find(log.read, vault, sealedTable, 'system', { id: rows.map((r) => r.id) });
    const ids = new Set(known.map((r) => r.id));
    fresh = rows.filter((r) => !ids.has(r.id));
    await append(log, vault, fresh);
  }
  const sealed = inList(rows.map((r) => r.seq));
  await main.tx((sql) => {
    const code = tableCode(auditTable, sql);
    return sql.execute(
      `DELETE FROM ${code.table} WHERE ${code.name('seq')} IN (${sealed.marks})`,
      sealed.values,
    );
  });
  return fresh.length;
}

async function append(log: Database, vault: Vault, rows: readonly Waiting[]): Promise<void> {
  await log.tx(async (sql) => {
    let last = await tip(sql, vault);
    const chain: Sealed[] = [];
    for (const { seq: _seq, ...row } of rows) {
      const next = { ...row, seq: last.seq + 1 };
      const made: Sealed = { ...next, hash: seal(last.hash, next) };
      chain.push(made);
      last = made;
    }
    await insertRows(sql, sealedTable, chain, vault);
  });
}

async function tip(sql: Parameters<typeof find>[0], vault: Vault): Promise<{ seq: number; hash: string }> {
  const [last] = await find(
    sql,
    vault,
    sealedTable,
    'system',
    {},
    { orderBy: 'seq', descending: true, limit: 1, lock: true },
  );
  return last ?? { seq: 0, hash: '' };
}

export interface Verdict {
  readonly ok: boolean;
  /** Rows whose hash was recomputed. */
  readonly checked: number;
  /** First position that does not verify: changed, removed or inserted there. */
  readonly brokenAt?: number;
}

interface Link {
  readonly seq: number;
  readonly hash: string;
}

const page = 2000;

/** Recomputes at most `limit` rows of the chain behind `after`, a link that is known to hold. `last` is where it stopped. */
export async function verifyPart(
  { log, vault }: Pick<Parts, 'log' | 'vault'>,
  after: Link,
  limit: number,
  expect?: Link,
): Promise<Verdict & { readonly last: Link; readonly ended: boolean }> {
  let last = after;
  let checked = 0;
  while (checked < limit) {
    const wanted = Math.min(page, limit - checked);
    const rows = await find(
      log.read,
      vault,
      sealedTable,
      'system',
      {},
      { and: (name) => [`${name('seq')} > ?`, [last.seq]], orderBy: 'seq', limit: wanted },
    );
    for (const row of rows) {
      const { hash, ...rest } = row;
      const expected = expect?.seq !== row.seq || expect.hash === hash;
      if (row.seq !== last.seq + 1 || hash !== seal(last.hash, rest) || !expected)
        return { ok: false, checked, brokenAt: last.seq + 1, last, ended: true };
      last = { seq: row.seq, hash };
      checked++;
    }
    if (rows.length < wanted) return { ok: true, checked, last, ended: true };
  }
  return { ok: true, checked, last, ended: false };
}

/** Recomputes the whole chain, page by page. Removing rows at the very end shows against `expect`, the last known position. */
export async function verifyAudit(parts: Pick<Parts, 'log' | 'vault'>, expect?: Link): Promise<Verdict> {
  const {
    last,
    ended: _,
    ...verdict
  } = await verifyPart(parts, { seq: 0, hash: '' }, Number.POSITIVE_INFINITY, expect);
  if (verdict.ok && expect && last.seq < expect.seq)
    return { ok: false, checked: verdict.checked, brokenAt: last.seq + 1 };
  return verdict;
}
