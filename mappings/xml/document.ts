import type { EndpointDef } from '../../contracts/channel/endpoint.schema.ts';
import { type Format, isBad } from '../engine/format.ts';
import { charsetOf } from '../hl7v2/charset-names.ts';
import { decodeXml } from './decode.ts';
import type { XmlMessage } from './element.ts';
import { charsetToWrite, encodeXml, encodingName } from './encode.ts';
import { readXml } from './reader.ts';

/** A message of the journal read again. */
export function parseXml(
  bytes: Uint8Array,
  { charset, meta }: { readonly charset: string; readonly meta: Readonly<Record<string, string>> },
): XmlMessage | undefined {
  const text = xmlText(bytes, charset);
  const read = text === undefined ? undefined : readXml(text);
  return read && 'root' in read ? { root: read.root, meta } : undefined;
}

export function xmlText(bytes: Uint8Array, charset: string): string | undefined {
  const decoded = decodeXml(bytes, { mode: 'forced', charset: charsetOf(charset) ?? 'UTF-8' });
  return decoded.problem ? undefined : decoded.text;
}

export const xmlMediaType = ({ decode }: EndpointDef): string =>
  `text/xml; charset=${encodingName(charsetToWrite(decode.charset)).toLowerCase()}`;

const encodingIn = /^(\s*<\?xml[^>]{0,200}?\sencoding\s*=\s*["'])[^"']*/;

/** The declaration of an edited document says what it is written in. */
export function editedXml(text: string, charset: string): ReturnType<Format['edit']> {
  const to = charsetOf(charset) ?? 'UTF-8';
  const encoded = encodeXml(text.replace(encodingIn, `$1${encodingName(to)}`), to, false);
  return isBad(encoded) ? encoded : { bytes: encoded.bytes, charset: to };
}
