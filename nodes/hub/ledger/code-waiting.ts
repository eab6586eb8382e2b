import type { Params, Result } from '../../../contracts/kernel/action.ts';
import { messageTable } from '../../../contracts/message/message.record.ts';
import type { messageCodeActions } from '../../../contracts/message/message-code.actions.ts';
import type { Call } from '../../kit/service.ts';
import { missed } from './operate.ts';

/** More are run again all the same; they are not counted. */
const mostCounted = 5000;

/** Messages parked for want of a code, now. Found by their state; the journal is not scanned. */
export async function waitingForCode(
  { table, code }: Params<typeof messageCodeActions.waiting>,
  { kit, meta }: Call,
): Promise<Result<typeof messageCodeActions.waiting>> {
  const parked = await kit.find(
    messageTable,
    { orgId: meta.caller.orgId },
    { state: 'PARKED', faultCode: 'codeset.code.unmapped' },
    { orderBy: 'seq', limit: mostCounted },
  );
  const mine = parked.filter((row) => missed(row, table, code));
  return { count: mine.length, ids: mine.slice(0, 5).map((row) => row.id) };
}
