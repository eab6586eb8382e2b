import type { Message, MessageDeliveriesResult, OrderHistoryResult } from '../../api/client.generated.ts';

type Step = OrderHistoryResult['items'][number];
type Delivery = MessageDeliveriesResult['items'][number];

/** One thing that happened to an order: a change of state, a message, a delivery. */
export type AxisEntry =
  | { readonly kind: 'state'; readonly at: string; readonly step: Step }
  | { readonly kind: 'message'; readonly at: string; readonly message: Message; readonly madeIt: boolean }
  | { readonly kind: 'delivery'; readonly at: string; readonly delivery: Delivery };

/**
 * History, messages and deliveries of an order as one axis of time, newest first. What happened in the same millisecond
 * keeps the order cause, change, message, delivery.
 */
export function orderAxis(
  history: readonly Step[],
  messages: readonly Message[],
  deliveries: readonly Delivery[],
  sourceId: string,
): AxisEntry[] {
  const rank = { message: 0, state: 1, delivery: 2 };
  const all: AxisEntry[] = [
    ...history.map((step) => ({ kind: 'state' as const, at: step.at, step })),
    ...messages.map((message) => ({
      kind: 'message' as const,
      at: message.receivedAt,
      message,
      madeIt: message.id === sourceId,
    })),
    ...deliveries.map((delivery) => ({
      kind: 'delivery' as const,
      at: delivery.doneAt ?? delivery.lastAt ?? delivery.createdAt,
      delivery,
    })),
  ];
  return all.sort((a, b) => Date.parse(b.at) - Date.parse(a.at) || rank[b.kind] - rank[a.kind]);
}
