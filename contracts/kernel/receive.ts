import { type Static, Type } from 'typebox';
import { defineAction } from './action.ts';

/**
 * The one shape in which canonical messages reach a domain word. Items are applied in their order, each on its own: one
 * refused item does not touch the others. Applying an id twice is a `duplicate` with the first outcome.
 */
export const receiveItem = Type.Object({
  /** Message id, `#n` appended where one message gives several canonical ones. */
  id: Type.String({ maxLength: 60 }),
  message: Type.Unknown(),
  /** What earlier calls of the same message gave, e.g. `{ donorId }`. */
  context: Type.Record(Type.String(), Type.String()),
});
export type ReceiveItem = Static<typeof receiveItem>;

export const receiveOutcome = Type.Object({
  id: Type.String(),
  /** `ignored`: the word has no business with this message. */
  status: Type.Union([
    Type.Literal('applied'),
    Type.Literal('duplicate'),
    Type.Literal('ignored'),
    Type.Literal('refused'),
  ]),
  /** Added to the context of later calls. */
  context: Type.Record(Type.String(), Type.String()),
  /** A canonical message that answers a query; the channel's `answer` mapping writes it for the partner. */
  answer: Type.Optional(Type.Unknown()),
  fault: Type.Optional(
    Type.Object({ code: Type.String(), kind: Type.String(), message: Type.String(), data: Type.Unknown() }),
  ),
});
export type ReceiveOutcome = Static<typeof receiveOutcome>;

/** The inbound action of a word: `<word>.receive`. Reached by the hub only. */
export const receiveAction = (word: string) =>
  defineAction({
    name: `${word}.receive`,
    title: { zh: '接收规范消息', en: 'Receive canonical messages' },
    permission: 'mesh',
    params: Type.Object({ items: Type.Array(receiveItem, { maxItems: 1000 }) }),
    result: Type.Object({ outcomes: Type.Array(receiveOutcome) }),
    repeat: 'natural',
  });
export type ReceiveAction = ReturnType<typeof receiveAction>;

/**
 * Turns events into canonical messages for partners: looks up what the payload leaves out (patient data stays out of the
 * outbox). One message for each event, in their order; an event nothing can be said of gives none.
 */
export const describeAction = (name: string) =>
  defineAction({
    name,
    title: { zh: '生成对外规范消息', en: 'Describe events as canonical messages' },
    permission: 'mesh',
    params: Type.Object({
      events: Type.Array(Type.Object({ id: Type.String(), payload: Type.Unknown() }), { maxItems: 500 }),
    }),
    result: Type.Object({
      messages: Type.Array(Type.Object({ id: Type.String(), message: Type.Unknown() })),
    }),
    repeat: 'read',
  });
