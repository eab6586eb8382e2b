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

/** A batch loaded in a few queries. */
export interface Prepared {
  readonly apply: Apply;
  /**
   * What the word's own rows say now of an item: the outcome of one that was applied before; null where it was not, and they
   * will say so once it is; undefined where they cannot tell, so the inbox has to.
   */
  readonly seen?: (item: ReceiveItem) => Context | null | undefined;
}

/** The `receive` action of a word: a batch in one transaction, items in order, each id once for ever. */
export const receiveHandler = <F = undefined>(
  action: ReceiveAction,
  word: string,
  prepare: (items: readonly ReceiveItem[], work: Work, facts: F) => Promise<Prepared>,
  /** False for items that may be applied again at any later time without harm: they need not be remembered. */
  remembers: (item: ReceiveItem) => boolean = () => true,
  /** What `prepare` needs to know of other words, asked before the transaction begins. */
  ask?: (items: readonly ReceiveItem[], call: Call) => Promise<F>,
): Handler =>
  handle(action, async ({ items }, call) => {
    const facts = (await ask?.(items, call)) as F;
    const outcomes = await settled(call.kit, call.meta, async (work) => {
      const { apply, seen = () => undefined } = await prepare(items, work, facts);
      const asked = items.filter((i) => remembers(i) && seen(i) === undefined);
      const done = await work.done(
        word,
        asked.map((i) => i.id),
      );
      return items.map((item): ReceiveOutcome => {
        const told = seen(item);
        const before =
          told ?? (done.has(item.id) ? ((done.get(item.id) as Context | null) ?? {}) : undefined);
        if (before) return { id: item.id, status: 'duplicate', context: before };
        const outcome = applyOne(apply, item, work);
        if (outcome.status !== 'refused') {
          if (remembers(item) && told === undefined) work.markDone(word, item.id, outcome.context);
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
