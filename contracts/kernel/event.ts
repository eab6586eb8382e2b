import type { Static, TObject } from 'typebox';
import type { Text } from './text.ts';

/**
 * A fact that other words may act on. Written to the outbox in the transaction of the change, delivered at least once,
 * in order per key; consumers are idempotent by the event's id.
 */
export interface EventDef<P extends TObject = TObject> {
  readonly kind: 'event';
  /** `<word>.<pastTense>` */
  readonly name: string;
  readonly title: Text;
  readonly payload: P;
  /**
   * Mesh action (`describeAction`) that turns these events into canonical messages, where a partner may be told of them.
   * Absent: the payload is a canonical message itself, or the event never leaves the house.
   */
  readonly describedBy?: string;
}

export const defineEvent = <const P extends TObject>(def: Omit<EventDef<P>, 'kind'>): EventDef<P> => ({
  kind: 'event',
  ...def,
});

export type Payload<E extends EventDef> = Static<E['payload']>;

/** An event as it stands in the outbox and reaches a consumer. */
export interface EventEnvelope<P = unknown> {
  readonly id: string;
  readonly name: string;
  readonly orgId: string;
  /** Events of one key are delivered in the order they were written; usually the record's id. */
  readonly key: string;
  readonly at: string;
  readonly actor: string;
  readonly requestId: string;
  readonly payload: P;
}

/** Declares that a word takes events; the outbox holds an event until each of its consumers has said it is done. */
export interface ConsumerDef {
  readonly kind: 'consumer';
  readonly word: string;
  readonly events: readonly EventDef[];
}

export const defineConsumer = (word: string, events: readonly EventDef[]): ConsumerDef => ({
  kind: 'consumer',
  word,
  events,
});
