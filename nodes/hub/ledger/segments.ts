import type { Static } from 'typebox';
import type { segmentView } from '../../../contracts/message/message.actions.ts';
import type { Hl7Message } from '../../../mappings/hl7v2/message.ts';
import type { Segment } from '../../../mappings/hl7v2/segment.ts';
import type { Room } from './room.ts';

export type SegmentView = Static<typeof segmentView>;

/** No value and no segment is shown longer than this. */
const longest = 4000;

/**
 * A message for the eye: every position that holds something, counted as HL7 v2 counts them (`PID-3`, `PID-3.1`,
 * `PID-3(2).4.2`; MSH-1 is the separator), value unescaped, the explicit null told apart. Ends where the room does.
 */
export function segmentViews(message: Hl7Message, room: Room): SegmentView[] {
  const views: SegmentView[] = [];
  for (const segment of message.segments) {
    if (room.full) break;
    const view: SegmentView = { name: segment.name, raw: room.text(segment.text, longest), fields: [] };
    views.push(view);
    for (let n = 1; n <= segment.size; n++) addField(message, segment, n, view, room);
  }
  return views;
}

function addField(message: Hl7Message, segment: Segment, n: number, view: SegmentView, room: Room): void {
  const raw = segment.field(n);
  if (raw === undefined || raw === '') return;
  const position = `${segment.name}-${n}`;
  if (segment.isHeader && n <= 2) {
    if (room.position()) view.fields.push({ position, value: raw, null: false });
    return;
  }
  const { repetition, component, subcomponent } = message.delimiters;
  const repetitions = split(raw, repetition);
  repetitions.forEach((one, r) => {
    const place = repetitions.length > 1 ? `${position}(${r + 1})` : position;
    const components = split(one, component);
    components.forEach((part, c) => {
      const subs = split(part, subcomponent);
      subs.forEach((text, s) => {
        if (text === '' || !room.position()) return;
        const level = subs.length > 1 ? `.${c + 1}.${s + 1}` : components.length > 1 ? `.${c + 1}` : '';
        const isNull = text === '""';
        view.fields.push({
          position: place + level,
          value: isNull ? '' : room.text(message.decoded(text), longest),
          null: isNull,
        });
      });
    });
  });
}

const split = (text: string, separator: string): string[] =>
  separator === '' ? [text] : text.split(separator);
