import type { Built } from '../peers/his/messages.ts';

/**
 * What should become of a message: `applied` it took effect, `filtered` kept and acknowledged but no route wants it, `refused`
 * answered negatively and kept, `duplicate` acknowledged again without a second effect, `noise` no message at all.
 */
export type Outcome = 'applied' | 'filtered' | 'refused' | 'duplicate' | 'noise';

/** `none`: no answer at all. AE and AR count as the same refusal: which of them is the platform's choice. */
export type ExpectedAck = 'AA' | 'AE' | 'AR' | 'CA' | 'none';

export interface DayItem {
  /** What is special about it, in words. */
  label: string;
  /** `ADT^A01`; empty for noise. */
  type: string;
  /** A message to put in one frame … */
  bytes?: Buffer;
  /** … or what goes over the wire as it is, chunk by chunk; a number is a pause in milliseconds. */
  chunks?: (Buffer | number)[];
  /** MSH-10, empty when there is none. */
  controlId: string;
  /** Business keys under which the journal must show it. Empty: it cannot be looked up. */
  keys: string[];
  expect: Outcome;
  /** Outcomes that the policy of a channel may choose instead. */
  also?: Outcome[];
  ack: ExpectedAck;
  /** Sent on a connection of its own, which is cut afterwards. */
  ownConnection?: true;
}

export const applied = (label: string, built: Built, over: Partial<DayItem> = {}): DayItem =>
  item(label, built, 'applied', 'AA', over);
export const filtered = (label: string, built: Built, over: Partial<DayItem> = {}): DayItem =>
  item(label, built, 'filtered', 'AA', over);
export const refused = (label: string, built: Built, over: Partial<DayItem> = {}): DayItem =>
  item(label, built, 'refused', 'AE', over);

/** The same message sent over the wire in another way than one frame in one piece. */
export function onWire(of: DayItem, chunks: (Buffer | number)[]): DayItem {
  const { bytes: _bytes, ...rest } = of;
  return { ...rest, chunks };
}

function item(
  label: string,
  built: Built,
  expect: Outcome,
  ack: ExpectedAck,
  over: Partial<DayItem>,
): DayItem {
  const { bytes, controlId, type } = built;
  return { label, type, bytes, controlId, keys: controlId === '' ? [] : [controlId], expect, ack, ...over };
}
