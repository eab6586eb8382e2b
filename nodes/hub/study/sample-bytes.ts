import { encodeText } from '../../../mappings/hl7v2/charset-encode.ts';
import { charsetOf } from '../../../mappings/hl7v2/charset-names.ts';
import { Hl7Message } from '../../../mappings/hl7v2/message.ts';
import type { Endpoint } from '../book.ts';

/** A sample as its partner would write it: files hold HL7 v2 in UTF-8 with LF; on the wire it has CR and the charset it names. */
export function wireBytes(
  { bytes }: { readonly bytes: Uint8Array },
  { format, def }: Pick<Endpoint, 'format' | 'def'>,
): Uint8Array {
  if (format.name !== 'hl7v2') return bytes;
  const text = Buffer.from(bytes).toString('utf8').replaceAll('\n', '\r');
  const { mode, charset } = def.decode;
  const named = charsetOf(Hl7Message.parse(text).header?.field(18) ?? '');
  const encoded = encodeText(text, (mode === 'forced' ? charsetOf(charset) : named) ?? 'UTF-8');
  return encoded.problem === undefined ? encoded.bytes : Buffer.from(text, 'utf8');
}
