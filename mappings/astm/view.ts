import type { ViewField, ViewPart } from '../engine/format.ts';
import type { AstmMessage, AstmRecord } from './message.ts';

/** A message for the eye: every position that holds something, as paths name them. */
export function* viewAstm(message: AstmMessage): Iterable<ViewPart> {
  for (const record of message.records)
    yield { name: record.letter, raw: record.text, fields: fieldsOf(message, record) };
}

function* fieldsOf(message: AstmMessage, record: AstmRecord): Iterable<ViewField> {
  const { component } = message.delimiters;
  for (let field = 2; field <= record.fields.length; field++) {
    const repetitions = message.repetitions(record, field);
    for (const [r, text] of repetitions.entries()) {
      const place = `${record.letter}-${field}${repetitions.length > 1 ? `(${r + 1})` : ''}`;
      const own = record.letter === 'H' && field === 2;
      const parts = own || component === '' ? [text] : text.split(component);
      for (let c = 1; c <= parts.length; c++) {
        const value = own ? text : message.value(text, parts.length > 1 ? c : 0);
        if (value === undefined) continue;
        const position = parts.length > 1 ? `${place}.${c}` : place;
        yield { position, value: value ?? '', null: value === null };
      }
    }
  }
}
