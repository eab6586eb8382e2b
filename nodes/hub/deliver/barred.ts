import { deliveryTable } from '../../../contracts/message/delivery.record.ts';
import { tableCode } from '../../kit/db/rows.ts';
import type { Sql } from '../../kit/db/sql.ts';
import type { Kit } from '../../kit/kit.ts';

/**
 * Lanes of an endpoint that a parked delivery bars, among those given; what is queued behind it is held. Asked by the sender
 * before it sends, so it does not matter when and by whom a delivery was queued.
 */
export async function holdBarred(
  kit: Kit,
  endpoint: { orgId: string; code: string },
  lanes: readonly string[],
): Promise<ReadonlySet<string>> {
  const asked = [...new Set(lanes)].filter((lane) => lane !== '');
  const { main } = kit.databases;
  const seen = await barred(main.read, endpoint, asked, '');
  if (seen.length === 0) return new Set();
  return main.tx(async (sql) => {
    // A person may free the lane meanwhile: the parked row is locked, so it is before this or after it.
    const now = await barred(sql, endpoint, seen, sql.dialect === 'sqlite' ? '' : ' FOR UPDATE');
    if (now.length === 0) return new Set<string>();
    const code = tableCode(deliveryTable, sql);
    await sql.execute(
      `UPDATE ${code.table} SET ${code.name('state')} = 'HELD' WHERE ${code.name('state')} = 'QUEUED' AND ${code.name('target')} = ? AND ${code.name('orgId')} = ? AND ${code.name('lane')} IN (${now.map(() => '?').join(', ')})`,
      [endpoint.code, endpoint.orgId, ...now],
    );
    return new Set(now);
  });
}

async function barred(
  sql: Sql,
  endpoint: { orgId: string; code: string },
  lanes: readonly string[],
  lock: string,
): Promise<string[]> {
  if (lanes.length === 0) return [];
  const code = tableCode(deliveryTable, sql);
  const rows = await sql.query<{ lane: string }>(
    `SELECT ${code.name('lane')} AS lane FROM ${code.table} WHERE ${code.name('state')} = 'PARKED' AND ${code.name('target')} = ? AND ${code.name('orgId')} = ? AND ${code.name('lane')} IN (${lanes.map(() => '?').join(', ')})${lock}`,
    [endpoint.code, endpoint.orgId, ...lanes],
  );
  return [...new Set(rows.map((r) => r.lane))];
}
