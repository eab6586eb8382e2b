import { Type } from 'typebox';
import { donorMerged } from '../donor/donor.events.ts';
import { defineConsumer, defineEvent } from '../kernel/event.ts';
import { t } from '../kernel/text.ts';

const base = {
  orderId: Type.String({ maxLength: 36 }),
  number: Type.String(),
  donorId: Type.String(),
  placerNumber: Type.String(),
};

export const orderPlaced = defineEvent({
  name: 'order.placed',
  title: t('收到订单', 'Order placed'),
  payload: Type.Object({ ...base, state: Type.String(), productCode: Type.String() }),
});
export const orderChanged = defineEvent({
  name: 'order.changed',
  title: t('订单修改', 'Order changed'),
  payload: Type.Object({ ...base, fields: Type.Array(Type.String()) }),
});
/** Drives the status message to the placer. */
export const orderStatusChanged = defineEvent({
  name: 'order.statusChanged',
  title: t('订单状态改变', 'Order status changed'),
  payload: Type.Object({
    ...base,
    placerAuthority: Type.String(),
    productCode: Type.String(),
    productName: Type.String(),
    from: Type.String(),
    to: Type.String(),
    reason: Type.String(),
    changedBy: Type.String(),
    at: Type.String(),
    /** True where the placer itself caused the change: it need not be told. */
    byPlacer: Type.Boolean(),
  }),
  describedBy: 'order.statusMessages',
});

/** The same for everybody but the placer, who is told nothing it said itself: queues and lines hear a cancellation whoever cancels. */
export const orderMoved = defineEvent({
  name: 'order.moved',
  title: t('订单状态改变（对其他系统）', 'Order moved, for others than the placer'),
  payload: Type.Object({
    ...base,
    from: Type.String(),
    to: Type.String(),
    reason: Type.String(),
    changedBy: Type.String(),
    at: Type.String(),
  }),
  describedBy: 'order.moveMessages',
});

/** Somebody told something about an order; drives what is passed on to others. */
export const orderFactAdded = defineEvent({
  name: 'order.factAdded',
  title: t('订单有新的外部信息', 'Fact added to an order'),
  payload: Type.Object({ ...base, factId: Type.String(), kind: Type.String() }),
  describedBy: 'order.factMessages',
});

/** Orders follow a merged donor. */
export const orderConsumer = defineConsumer('order', [donorMerged]);
