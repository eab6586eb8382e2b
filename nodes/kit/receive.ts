import { Fault, isFault } from '../../contracts/kernel/fault.ts';
import type { ReceiveAction, ReceiveItem, ReceiveOutcome } from '../../contracts/kernel/receive.ts';
import type { CallMeta } from './caller.ts';
import type { Kit } from './kit.ts';
import { type Call, type Handler, handle } from './service.ts';
import type { Work } from './work.ts';

type Context = Record<string, string>;

/**
 * Applies one item to what `prepare` loaded; gives what later calls should know, or undefined where the word has no business
 * with it. `answer` gives the canonical message that answers a query. Throws a `rejected` fault before it changes anything.
 */
export type Apply = (item: ReceiveItem, answer: (message: object) => void) => Context | undefined;

/**
 * The `receive` action of a word: a batch in one transaction, items in order, each id once for ever. `prepare` loads all
 * that the batch needs in a few queries.
 */
export const receiveHandler = <F = undefined>(
  action: ReceiveAction,
  word: string,
  prepare: (items: ReceiveItem[], work: Work, facts: F) => Promise<Apply>,
  /** False for items that may be applied again at any later time without harm: they need not be remembered. */
  remembers: (item: ReceiveItem) => boolean = () => true,
  /** What `prepare` needs to know of other words, asked before the transaction begins. */
  ask?: (items: readonly ReceiveItem[], call: Call) => Promise<F>,
): Handler =>
  handle(action, async ({ items }, call) => {
    const facts = (await ask?.(items, call)) as F;
    const outcomes = await settled(call.kit, call.meta, async (work) => {
      const done = await work.done(
        word,
        items.filter(remembers).map((i) => i.id),
      );
      const fresh = items.filter((i) => !done.has(i.id));
      const apply = fresh.length ? await prepare(fresh, work, facts) : () => undefined;
      return items.map((item): ReceiveOutcome => {
        if (done.has(item.id))
          return { id: item.id, status: 'duplicate', context: (done.get(item.id) as Context | null) ?? {} };
        const outcome = applyOne(apply, item, work);
        if (outcome.status !== 'refused') {
          if (remembers(item)) work.markDone(word, item.id, outcome.context);
          done.set(item.id, outcome.context);
        }
        return outcome;
      });
    });
    return { outcomes };
  });

/**
 * The same message, or the first of the same patient, may be under way on another node: what that one wrote first makes this
 * one fail, and is seen when it runs again. It is never the sender's fault.
 */
async function settled<T>(kit: Kit, meta: CallMeta, change: (work: Work) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await kit.work(meta, change);
    } catch (error) {
      const met =
        isFault(error) && (error.code === 'kernel.record.duplicate' || error.code === 'kernel.record.stale');
      if (!met) throw error;
      if (attempt === 4) throw new Fault('kernel.store.unavailable', {}, error);
    }
  }
}

function applyOne(apply: Apply, item: ReceiveItem, work: Work): ReceiveOutcome {
  work.cause(item.id);
  try {
    let answer: object | undefined;
    const context = apply(item, (message) => {
      answer = message;
    });
    return {
      id: item.id,
      status: context ? 'applied' : 'ignored',
      context: context ?? {},
      ...(answer ? { answer } : {}),
    };
  } catch (error) {
    if (!isFault(error) || error.kind !== 'rejected') throw error;
    return {
      id: item.id,
      status: 'refused',
      context: {},
      fault: { code: error.code, kind: error.kind, message: error.message, data: error.data },
    };
  }
}
