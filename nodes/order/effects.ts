import { donorActions } from '../../contracts/donor/donor.actions.ts';
import type { Row } from '../../contracts/kernel/record.ts';
import { orderMoved, orderStatusChanged } from '../../contracts/order/order.events.ts';
import type { orderRecord } from '../../contracts/order/order.record.ts';
import type { MachineEffects } from '../kit/machine.ts';

export type Order = Row<typeof orderRecord>;

/** What the machine of the order asks and causes. */
export const orderEffects: MachineEffects<typeof orderRecord> = {
  guards: {
    complete: (order) => order.donorId !== '' && order.productCode !== '',
    donorActive: (_order, facts) => facts.donorStatus === 'ACTIVE',
  },
  facts: async (order, transition, call) => {
    if (transition !== 'accept') return {};
    const { patients } = await call.callAsSystem(donorActions.patients, { ids: [order.donorId] });
    return { donorStatus: patients[0]?.status };
  },
  changed: (work, before, after, { reason }) => {
    const { caller } = work.meta;
    const change = {
      orderId: after.id,
      number: after.number,
      donorId: after.donorId,
      placerNumber: after.placerNumber,
      from: before.state,
      to: after.state,
      reason,
      changedBy: caller.name,
      at: after.updatedAt,
    };
    work.event(orderMoved, after.orgId, after.donorId, change);
    work.event(orderStatusChanged, after.orgId, after.donorId, {
      ...change,
      placerAuthority: after.placerAuthority,
      productCode: after.productCode,
      productName: after.productName,
      byPlacer: caller.userId === 'system:hub',
    });
  },
};
