import { deliveryTable } from '../../../contracts/message/delivery.record.ts';
import { tableCode } from '../../kit/db/rows.ts';
import type { Sql } from '../../kit/db/sql.ts';
import { count } from '../../kit/store.ts';
import type { Delivery } from '../deliver/deliveries.ts';

type Lane = Pick<Delivery, 'orgId' | 'target' | 'lane'>;

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
