import { deliveryTable } from '../../../contracts/message/delivery.record.ts';
import { tableCode } from '../../kit/db/rows.ts';
import type { Sql } from '../../kit/db/sql.ts';
import { count } from '../../kit/store.ts';
import type { NewDelivery } from '../deliver/deliveries.ts';

type Lane = Pick<NewDelivery, 'orgId' | 'target' | 'lane'>;

/** New deliveries with those HELD whose lane to the same target is barred by a parked one. */
export async function holdBehindParked(sql: Sql, made: readonly NewDelivery[]): Promise<NewDelivery[]> {
  const code = tableCode(deliveryTable, sql);
  const [orgId, target, lane, state] = ['orgId', 'target', 'lane', 'state'].map(code.name);
  const barred = new Set<string>();
  for (const of of new Set(made.map((d) => d.target))) {
    const lanes = [...new Set(made.filter((d) => d.target === of && d.lane !== '').map((d) => d.lane))];
    if (lanes.length === 0) continue;
    const rows = await sql.query<{ org: string; lane: string }>(
      `SELECT DISTINCT ${orgId} AS org, ${lane} AS lane FROM ${code.table} WHERE ${state} = 'PARKED' AND ${target} = ? AND ${lane} IN (${lanes.map(() => '?').join(', ')})`,
      [of, ...lanes],
    );
    for (const row of rows) barred.add(keyOf({ orgId: row.org, target: of, lane: row.lane }));
  }
  return made.map((d) => (barred.has(keyOf(d)) ? { ...d, state: 'HELD' } : d));
}

const keyOf = ({ orgId, target, lane }: Lane): string => `${orgId}|${target}|${lane}`;

/** Lets go what is held behind a delivery that was settled, unless another one of the lane is parked. */
export async function freeDeliveryLane(sql: Sql, { orgId, target, lane }: Lane): Promise<void> {
  if (lane === '' || (await isLaneParked(sql, { orgId, target, lane }))) return;
  const code = tableCode(deliveryTable, sql);
  await sql.execute(
    `UPDATE ${code.table} SET ${code.name('state')} = 'QUEUED' WHERE ${code.name('state')} = 'HELD' AND ${code.name('target')} = ? AND ${code.name('lane')} = ? AND ${code.name('orgId')} = ?`,
    [target, lane, orgId],
  );
}

export async function isLaneParked(sql: Sql, { orgId, target, lane }: Lane): Promise<boolean> {
  return (await count(sql, deliveryTable, { orgId }, { state: 'PARKED', target, lane })) > 0;
}
