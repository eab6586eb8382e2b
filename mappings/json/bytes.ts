import { Buffer, isAscii, isUtf8 } from 'node:buffer';
import { decodeBytes } from '../hl7v2/charset.ts';
import { encodeText } from '../hl7v2/charset-encode.ts';
import { type Charset, charsetOf } from '../hl7v2/charset-names.ts';

export type JsonText =
  | { readonly text: string; readonly charset: Charset; readonly warnings: readonly string[] }
  | { readonly problem: { readonly offset: number; readonly charset: Charset } };

interface Policy {
  readonly mode: 'auto' | 'forced';
  readonly charset: string;
}

/**
 * Bytes as text, strictly. A byte order mark beats all; then `forced`; else UTF-16 by its zero bytes, the charset the protocol names
 * where the bytes bear it out, UTF-8, the charset of the endpoint.
 */
export function decodeJson(bytes: Uint8Array, policy: Policy, named: string | undefined): JsonText {
  if (policy.mode === 'forced') return decoded(bytes, policy);
  const wide = wideForm(bytes);
  if (wide) return decoded(bytes, { mode: 'forced', charset: wide });
  const claim = named === undefined ? undefined : charsetOf(named);
  if (claim === undefined) return decoded(bytes, policy);
  // Any bytes are Latin-1: servers put that name beside UTF-8 without knowing.
  const latin = claim === 'US-ASCII' || claim === 'windows-1252' || claim.startsWith('ISO-8859-');
  const read =
    latin && isUtf8(bytes) && !isAscii(bytes)
      ? undefined
      : decoded(bytes, { mode: 'forced', charset: claim });
  if (read && 'text' in read) return read;
  const other = decoded(bytes, policy);
  return 'text' in other ? { ...other, warnings: [...other.warnings, `charset-refuted ${claim}`] } : other;
}

function decoded(bytes: Uint8Array, policy: Policy): JsonText {
  const found = decodeBytes(bytes, policy);
  if (found.problem) return { problem: found.problem };
  return {
    text: found.text,
    charset: found.charset,
    warnings: found.warnings.map(({ code, detail }) => `${code} ${detail}`),
  };
}

/** JSON begins with an ASCII character, mostly two (RFC 4627, section 3). */
function wideForm(b: Uint8Array): Charset | undefined {
  if (b.length < 4 || b.length % 2 === 1) return undefined;
  if (b[0] !== 0 && b[1] === 0 && b[3] === 0) return 'UTF-16LE';
  return b[0] === 0 && b[1] !== 0 && b[2] === 0 ? 'UTF-16BE' : undefined;
}

/** JSON as bytes; what the charset does not have becomes an escape, so that no name is lost to GBK. */
export function encodeJson(text: string, charset: Charset): Uint8Array {
  const encoded = encodeText(text, charset);
  if (encoded.problem === undefined) return encoded.bytes;
  const known = new Map<string, string>();
  let whole = '';
  for (const character of text) {
    let written = known.get(character);
    if (written === undefined) {
      written = encodeText(character, charset).problem === undefined ? character : escaped(character);
      known.set(character, written);
    }
    whole += written;
  }
  const again = encodeText(whole, charset);
  return again.problem === undefined ? again.bytes : Buffer.from(text, 'utf8');
}

const escaped = (character: string): string =>
  [...Array(character.length).keys()]
    .map((i) => `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`)
    .join('');

/** The charset an endpoint writes in. */
export const charsetToWrite = (charset: string): Charset => charsetOf(charset) ?? 'UTF-8';
