import { deliveryTable } from '../../../contracts/message/delivery.record.ts';
import { messageTable } from '../../../contracts/message/message.record.ts';
import { tableCode } from '../../kit/db/rows.ts';
import type { Kit } from '../../kit/kit.ts';

/** Work that waits, by channel: parked messages, deliveries not yet made, and since when the oldest waits. Read by state, never by scanning the journal. */
export async function queueCounts(
  kit: Kit,
  orgId: string,
): Promise<{ parked: Map<string, number>; queued: Map<string, number>; since: Map<string, string> }> {
  const sql = kit.databases.main.read;
  const since = new Map<string, string>();
  const countBy = async (
    record: typeof messageTable | typeof deliveryTable,
    states: string[],
    time: string,
  ): Promise<Map<string, number>> => {
    const code = tableCode(record, sql);
    const rows = await sql.query<{ channel: string; n: number; oldest: string }>(
      `SELECT ${code.name('channel')} AS channel, COUNT(*) AS n, MIN(${code.name(time)}) AS oldest FROM ${code.table} WHERE ${code.name('state')} IN (${states.map(() => '?').join(', ')}) AND ${code.name('orgId')} = ? GROUP BY ${code.name('channel')}`,
      [...states, orgId],
    );
    for (const { channel, oldest } of rows)
      if (!since.has(channel) || oldest < since.get(channel)!) since.set(channel, oldest);
    return new Map(rows.map((r) => [r.channel, Number(r.n)]));
  };
  const [parked, queued] = await Promise.all([
    countBy(messageTable, ['PARKED', 'HELD'], 'receivedAt'),
    countBy(deliveryTable, ['QUEUED', 'HELD', 'PARKED'], 'createdAt'),
  ]);
  return { parked, queued, since };
}
