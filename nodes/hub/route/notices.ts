import { codesetActions } from '../../../contracts/codeset/codeset.actions.ts';
import { messageParked } from '../../../contracts/message/message.events.ts';
import { systemCaller } from '../../kit/caller.ts';
import type { Sql } from '../../kit/db/sql.ts';
import type { Kit } from '../../kit/kit.ts';
import { Work } from '../../kit/work.ts';
import type { MessageRow, Settled } from '../ledger/journal.ts';

/** A code that a table of the organisation does not have. */
export interface Miss {
  readonly table: string;
  readonly code: string;
  readonly channel: string;
  readonly messageId: string;
  readonly orgId: string;
}

/** Puts unknown codes on the work list of their organisation. */
export async function reportMisses(kit: Kit, misses: readonly Miss[]): Promise<void> {
  for (const orgId of new Set(misses.map((m) => m.orgId))) {
    const items = misses
      .filter((m) => m.orgId === orgId)
      .map(({ orgId: _org, ...item }) => item)
      .slice(0, 500);
    const meta = { caller: systemCaller('hub', orgId), requestId: items[0]!.messageId };
    await kit.call(codesetActions.miss, { items }, meta);
  }
}

/** Tells that messages wait for a person, in the transaction that parks them. */
export async function announceParked(
  kit: Kit,
  sql: Sql,
  parked: readonly { row: MessageRow; settled: Settled }[],
): Promise<void> {
  for (const { row, settled } of parked) {
    const work = new Work(sql, { caller: systemCaller('hub', row.orgId), requestId: row.id }, kit.workEnv);
    work.event(messageParked, row.orgId, row.id, {
      messageId: row.id,
      channel: settled.channel,
      faultCode: settled.fault?.code ?? '',
    });
    await work.flush();
  }
}
