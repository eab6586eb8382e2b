import type { Params } from '../../../contracts/kernel/action.ts';
import type { Fault } from '../../../contracts/kernel/fault.ts';
import type { messageActions } from '../../../contracts/message/message.actions.ts';
import { messageTable } from '../../../contracts/message/message.record.ts';
import { systemCaller } from '../../kit/caller.ts';
import type { Call } from '../../kit/service.ts';
import type { Work } from '../../kit/work.ts';
import { Afterwards } from './afterwards.ts';
import type { HubForMessages } from './hub-for-messages.ts';
import { lanesOf, type MessageRow } from './journal.ts';
import { repairOne } from './repair.ts';
import { replayOne, retry } from './replay.ts';
import { resend } from './resend.ts';
import { announceRelease, changeMessage, freeLanes, refused } from './settle.ts';

/** One decision of a person about one message: one transaction, then what follows from it. */
async function decide(
  hub: HubForMessages,
  call: Call,
  id: string,
  change: (work: Work, row: MessageRow, after: Afterwards) => Promise<MessageRow>,
): Promise<MessageRow> {
  const after = new Afterwards();
  const result = await call.write(async (work) => {
    after.clear();
    const row = await work.loadOne(messageTable, id);
    const made = await change(work, row, after);
    after.changed(row.id === made.id ? made : row);
    return made;
  });
  after.tell(hub);
  return result;
}

/**
 * A parked message is tried again itself, in its place, and what it held after it. A held one is let go where nothing bars its lane
 * any more. Anything else that was handled gives a new message with the same bytes, which queues behind what waits now;
 * with `target` a new message whose only effect is the same delivery again.
 */
export function replayMessage(hub: HubForMessages, params: Params<typeof messageActions.replay>, call: Call) {
  const { id, reason, target } = params;
  return decide(hub, call, id, (work, row, after) =>
    target === undefined
      ? replayOne(hub, work, row, reason, after)
      : resend(hub, work, row, target, reason, after),
  );
}

/** An edited copy takes the place of a parked message; the copy of a refused one queues as if it came now. */
export function repairMessage(hub: HubForMessages, params: Params<typeof messageActions.repair>, call: Call) {
  const { id, reason, text } = params;
  return decide(hub, call, id, (work, row, after) => repairOne(hub, work, row, text, reason, after));
}

/**
 * The message will not be handled. One that waits for its turn (RECEIVED) is refused: a worker may have it in hand already,
 * and "skipped" must never be said of a message that takes effect.
 */
export function skipMessage(hub: HubForMessages, params: Params<typeof messageActions.skip>, call: Call) {
  const { id, reason } = params;
  return decide(hub, call, id, async (work, row, after) => {
    if (row.state !== 'PARKED' && row.state !== 'HELD') throw refused(row.state);
    const next = await changeMessage(
      work,
      row,
      { state: 'SKIPPED', doneAt: work.now, reason },
      'skip',
      reason,
    );
    if (row.state === 'PARKED') {
      announceRelease(work, row);
      await freeLanes(work, hub.journal, row.orgId, lanesOf(row), after);
    }
    return next;
  });
}

const atOnce = 100;

/**
 * A code was mapped: messages of the organisation parked for want of it are tried again, oldest first, each in its own place.
 * Found by their state; the journal is not scanned. Gives how many. An outbound one whose mapping still refuses stays parked.
 */
export async function releaseUnmapped(
  hub: HubForMessages,
  orgId: string,
  table: string,
  code: string,
): Promise<number> {
  const { kit } = hub;
  const meta = { caller: systemCaller('hub', orgId), requestId: kit.id() };
  const reason = `${table} ${code}`.slice(0, 500);
  let released = 0;
  for (let last = 0; ; ) {
    const parked = await kit.find(
      messageTable,
      { orgId },
      { state: 'PARKED', faultCode: 'codeset.code.unmapped' },
      { and: (name) => [`${name('seq')} > ?`, [last]], orderBy: 'seq', limit: atOnce },
    );
    const mine = parked.filter((row) => missed(row, table, code));
    if (mine.length) {
      const after = new Afterwards();
      await kit.work(meta, async (work) => {
        after.clear();
        const rows = await work.load(
          messageTable,
          { seq: mine.map((r) => r.seq), state: 'PARKED' },
          { orderBy: 'seq' },
        );
        for (const row of rows) {
          const next = await tryAgain(hub, work, row, reason, after);
          if (next) after.changed(next);
        }
      });
      released += after.count;
      after.tell(hub);
    }
    if (parked.length < atOnce) return released;
    last = parked.at(-1)!.seq;
  }
}

async function tryAgain(
  hub: HubForMessages,
  work: Work,
  row: MessageRow,
  reason: string,
  after: Afterwards,
): Promise<MessageRow | undefined> {
  try {
    return await retry(hub, work, row, reason, after);
  } catch (error) {
    if (row.direction === 'out' && (error as Fault).kind === 'rejected') return undefined;
    throw error;
  }
}

/** The message waits for this code. */
export function missed(row: MessageRow, table: string, code: string): boolean {
  const { data } = (row.fault ?? {}) as { data?: { table?: unknown; code?: unknown } };
  return data?.table === table && data.code === code;
}
