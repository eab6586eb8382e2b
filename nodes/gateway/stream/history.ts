import { outboxTable } from '../../../contracts/kernel/system.tables.ts';
import type { GatewayKit } from '../options.ts';
import type { OutboxRow } from './feed.ts';

const page = 500;
/** More than this is quicker loaded anew than told one by one. */
const mostRows = 20_000;

/**
 * Hands over the rows after `last` up to now, in order. False where they cannot be told: the outbox no longer goes back so
 * far, `last` was never given out here (another database), or there are too many.
 */
export async function tellSince(
  kit: GatewayKit,
  last: number,
  tell: (rows: readonly OutboxRow[]) => void,
): Promise<boolean> {
  const edge = (descending: boolean) =>
    kit.find(outboxTable, 'system', {}, { orderBy: 'seq', descending, limit: 1 });
  const [[oldest], [newest]] = await Promise.all([edge(false), edge(true)]);
  if (!oldest || !newest) return last === 0;
  if (last > newest.seq || oldest.seq > last + 1) return false;
  if (newest.seq - last > mostRows) return false;
  let from = last;
  for (;;) {
    const rows = await kit.find(
      outboxTable,
      'system',
      {},
      { and: (name) => [`${name('seq')} > ?`, [from]], orderBy: 'seq', limit: page },
    );
    if (rows.length > 0) tell(rows);
    if (rows.length < page) return true;
    from = rows.at(-1)!.seq;
  }
}
