import type { ActionDef } from '../../../contracts/kernel/action.ts';
import { Fault, type FaultShape, isFault, toFault } from '../../../contracts/kernel/fault.ts';
import type { ReceiveAction, ReceiveItem, ReceiveOutcome } from '../../../contracts/kernel/receive.ts';
import type { Canonical } from '../../../contracts/message/canonical.ts';
import { systemCaller } from '../../kit/caller.ts';
import type { Kit } from '../../kit/kit.ts';

/** A message on its way through the domain calls of its channel. */
export interface Journey {
  readonly id: string;
  readonly orgId: string;
  readonly calls: readonly string[];
  readonly messages: readonly Canonical[];
  /** One context for each canonical message, filled by the calls. */
  readonly contexts: Record<string, string>[];
  /** What the calls answered to a query. */
  readonly answers: Canonical[];
  fault: FaultShape | undefined;
  /** A call could not be made now; the message keeps its turn. */
  retry: boolean;
}

/**
 * Makes the calls of many messages together: the first call of all, then the second, each as one batch for an organisation.
 * Items keep their order. A refusal touches its own message only.
 */
export async function makeCalls(kit: Kit, journeys: readonly Journey[]): Promise<void> {
  const longest = Math.max(0, ...journeys.map((j) => j.calls.length));
  for (let step = 0; step < longest; step++) {
    const groups = new Map<string, Journey[]>();
    for (const j of journeys) {
      const call = j.calls[step];
      if (call === undefined || j.fault || j.retry) continue;
      const key = `${j.orgId}|${call}`;
      const group = groups.get(key);
      if (group) group.push(j);
      else groups.set(key, [j]);
    }
    for (const [key, group] of groups) await callBatch(kit, key.slice(key.indexOf('|') + 1), group);
  }
}

/** Lost against somebody else's change of the same rows, perhaps another node's with the same message: the next look tells. */
const races = new Set<string>(['kernel.record.duplicate', 'kernel.record.stale']);

async function callBatch(kit: Kit, name: string, journeys: readonly Journey[], again = true): Promise<void> {
  const action = kit.registry.actions.get(name) as (ActionDef & ReceiveAction) | undefined;
  const orgId = journeys[0]!.orgId;
  if (!action) {
    for (const j of journeys)
      j.fault = new Fault('kernel.config.invalid', { problem: `no action ${name}` }).toJSON();
    return;
  }
  const items = journeys.flatMap((j) =>
    j.messages.map(
      (message, i): ReceiveItem => ({
        id: j.messages.length === 1 ? j.id : `${j.id}#${i}`,
        message,
        context: j.contexts[i]!,
      }),
    ),
  );
  try {
    const meta = { caller: systemCaller('hub', orgId), requestId: journeys[0]!.id };
    const { outcomes } = await kit.call(action, { items }, meta);
    distribute(journeys, outcomes);
  } catch (error) {
    const fault = isFault(error) ? error : toFault(error);
    if (fault.kind === 'transient' || fault.kind === 'ambiguous') {
      for (const j of journeys) j.retry = true;
      kit.log.warn('a domain call will be made again', {
        action: name,
        count: items.length,
        faultCode: fault.code,
      });
    } else if (journeys.length === 1 && again && races.has(fault.code)) {
      await callBatch(kit, name, journeys, false);
    } else if (journeys.length === 1) {
      journeys[0]!.fault = fault.toJSON();
      kit.log.error('a domain call failed', {
        action: name,
        messageId: journeys[0]!.id,
        faultCode: fault.code,
        error: fault,
      });
    } else for (const j of journeys) await callBatch(kit, name, [j]); // one of them breaks the batch: find it
  }
}

function distribute(journeys: readonly Journey[], outcomes: readonly ReceiveOutcome[]): void {
  let n = 0;
  for (const j of journeys)
    for (const context of j.contexts) {
      const outcome = outcomes[n++]!;
      Object.assign(context, outcome.context);
      if (outcome.answer !== undefined) j.answers.push(outcome.answer as Canonical);
      if (outcome.status === 'refused') j.fault ??= outcome.fault as FaultShape;
    }
}
