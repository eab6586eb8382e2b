import type { Bad } from '../engine/format.ts';
import { encodeText } from '../hl7v2/charset-encode.ts';
import { type Charset, charsetOf } from '../hl7v2/charset-names.ts';

/** As XML declarations and media types name it. */
export const encodingName = (charset: Charset): string => (charset.startsWith('UTF-16') ? 'UTF-16' : charset);

/** The charset an endpoint writes in. */
export const charsetToWrite = (charset: string): Charset => charsetOf(charset) ?? 'UTF-8';

/**
 * A document without a declaration as bytes, with one where `declare` says so. What the charset does not have becomes a
 * character reference, so that no name is lost to GBK.
 */
export function encodeXml(text: string, charset: Charset, declare: boolean): { bytes: Uint8Array } | Bad {
  const head = declare ? `<?xml version="1.0" encoding="${encodingName(charset)}"?>\n` : '';
  const mark = charset.startsWith('UTF-16') ? '\ufeff' : '';
  let whole = mark + head + text;
  for (;;) {
    const encoded = encodeText(whole, charset);
    if (encoded.problem === undefined) return { bytes: encoded.bytes };
    const { index } = encoded.problem;
    const character = String.fromCodePoint(whole.codePointAt(index) ?? 0);
    if (!character.isWellFormed()) return { bad: `a character cannot be written in ${charset}` };
    whole = whole.replaceAll(character, `&#${character.codePointAt(0)};`);
  }
}
