import {
  type Order,
  type OrderCancelParams,
  orderAccept,
  orderCancel,
  orderClose,
  orderHold,
  orderReject,
  orderResume,
  orderSubmit,
} from '../../api/client.generated.ts';
import { ApiFault } from '../../api/fault.ts';
import type { Caller } from '../../api/http.ts';
import type { Machine, TransitionMeta } from '../../api/meta.ts';

/** What the machine offers in a state to a person with the rights given; the ordinary first, the dangerous last. */
export function offered(
  machine: Machine,
  state: string,
  may: (right: string) => boolean,
): [string, TransitionMeta][] {
  return Object.entries(machine.transitions)
    .filter(([, tr]) => tr.from.includes(state) && may(tr.permission))
    .sort(([, a], [, b]) => Number(a.danger ?? false) - Number(b.danger ?? false));
}

const calls: Record<string, typeof orderAccept> = {
  submit: orderSubmit,
  accept: orderAccept,
  reject: orderReject,
  hold: orderHold,
  resume: orderResume,
  close: orderClose,
};

/** Makes the transition `verb` of an order in the version that was looked at. */
export function transition(
  http: Caller,
  verb: string,
  input: { order: Order; reason: string; disposition: string },
  key: string,
): Promise<Order> {
  const { id, version } = input.order;
  const params = { id, version, ...(input.reason === '' ? {} : { reason: input.reason }) };
  if (verb === 'cancel') {
    const disposition = input.disposition as NonNullable<OrderCancelParams['disposition']>;
    return orderCancel(http, { ...params, disposition }, { key });
  }
  const call = calls[verb];
  if (call === undefined) throw new ApiFault('portal.internal.error', 0, `no call for ${verb}`);
  return call(http, params, { key });
}
