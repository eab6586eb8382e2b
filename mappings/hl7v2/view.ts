import type { ViewField, ViewPart } from '../engine/format.ts';
import type { Hl7Message } from './message.ts';
import type { Segment } from './segment.ts';

/**
 * A message for the eye: every position that holds something, counted as HL7 v2 counts them (`PID-3`, `PID-3.1`,
 * `PID-3(2).4.2`; MSH-1 is the separator), value unescaped, the explicit null told apart.
 */
export function* viewHl7(message: Hl7Message): Iterable<ViewPart> {
  for (const segment of message.segments)
    yield { name: segment.name, raw: segment.text, fields: fieldsOf(message, segment) };
}

function* fieldsOf(message: Hl7Message, segment: Segment): Iterable<ViewField> {
  for (let n = 1; n <= segment.size; n++) {
    const raw = segment.field(n);
    if (raw === undefined || raw === '') continue;
    const position = `${segment.name}-${n}`;
    if (segment.isHeader && n <= 2) yield { position, value: raw, null: false };
    else yield* partsOf(message, raw, position);
  }
}

function* partsOf(message: Hl7Message, raw: string, position: string): Iterable<ViewField> {
  const { repetition, component, subcomponent } = message.delimiters;
  const repetitions = split(raw, repetition);
  for (const [r, one] of repetitions.entries()) {
    const place = repetitions.length > 1 ? `${position}(${r + 1})` : position;
    const components = split(one, component);
    for (const [c, part] of components.entries()) {
      const subs = split(part, subcomponent);
      for (const [s, text] of subs.entries()) {
        if (text === '') continue;
        const level = subs.length > 1 ? `.${c + 1}.${s + 1}` : components.length > 1 ? `.${c + 1}` : '';
        const isNull = text === '""';
        yield { position: place + level, value: isNull ? '' : message.decoded(text), null: isNull };
      }
    }
  }
}

const split = (text: string, separator: string): string[] =>
  separator === '' ? [text] : text.split(separator);
