import { donorActions } from '../../contracts/donor/donor.actions.ts';
import type { ReceiveItem } from '../../contracts/kernel/receive.ts';
import type { Patient } from '../../contracts/message/canonical.parts.ts';
import type { Canonical } from '../../contracts/message/canonical.ts';
import type { Call } from '../kit/service.ts';
import { isTold, ordersOf } from './facts.ts';
import type { Identities } from './same-patient.ts';

/** Asks who the donors are of the orders that a batch tells something of and names a patient for. */
export async function askIdentities(items: readonly ReceiveItem[], call: Call): Promise<Identities> {
  const messages = items.map((i) => i.message as Canonical).filter((m) => isTold(m) && m.patient);
  if (messages.length === 0) return new Map();
  const { kit, meta } = call;
  const ordersFor = await ordersOf(
    (record, where, options) => kit.find(record, meta.caller, where, options),
    messages,
  );
  const ids = [...new Set(messages.filter(isTold).flatMap((m) => ordersFor(m).map((o) => o.donorId)))];
  const known = new Map<string, Patient>();
  for (let i = 0; i < ids.length; i += 500) {
    const { patients } = await call.callAsSystem(donorActions.patients, { ids: ids.slice(i, i + 500) });
    for (const p of patients) known.set(p.donorId, p.patient);
  }
  return known;
}
