import type { EndpointDef } from '../../contracts/channel/endpoint.schema.ts';
import type { Format, Written } from '../engine/format.ts';
import { hl7Dates } from '../engine/hl7v2.dates.ts';
import { decodeBytes } from '../hl7v2/charset.ts';
import { encodeText } from '../hl7v2/charset-encode.ts';
import { type Charset, charsetOf } from '../hl7v2/charset-names.ts';
import { AstmMessage } from './message.ts';
import { readAstm, typeOf } from './read.ts';
import { astmSource } from './source.ts';
import { astmTarget } from './target.ts';
import { viewAstm } from './view.ts';

/** Messages of analysers by LIS2-A2 (ASTM E1394). Parsed messages are `AstmMessage`. */
export const format: Format = {
  name: 'astm',
  title: { zh: 'ASTM E1394 / LIS2-A2', en: 'ASTM E1394 / LIS2-A2' },
  source: astmSource,
  target: astmTarget,
  dates: hl7Dates,
  read: readAstm,
  parse(bytes, { charset }) {
    const text = textOf(bytes, charset);
    return text === undefined ? undefined : new AstmMessage(text, charsetOf(charset) ?? 'UTF-8');
  },
  text: textOf,
  edit(edited, charset) {
    const to = charsetOf(charset) ?? 'UTF-8';
    const encoded = encodeText(edited.includes('\r') ? edited : edited.replaceAll('\n', '\r'), to);
    return encoded.problem === undefined
      ? { bytes: encoded.bytes, charset: to }
      : { bad: `character ${encoded.problem.index + 1} cannot be written in ${to}` };
  },
  view: (message) => viewAstm(message as AstmMessage),
  mediaType: (endpoint) => `text/x-astm; charset=${charsetFor(endpoint).toLowerCase()}`,
  write,
};

function textOf(bytes: Uint8Array, charset: string): string | undefined {
  const decoded = decodeBytes(bytes, { mode: 'forced', charset: charsetOf(charset) ?? 'UTF-8' });
  return decoded.problem ? undefined : decoded.text;
}

const charsetFor = ({ decode }: EndpointDef): Charset => charsetOf(decode.charset) ?? 'UTF-8';

function write(text: string, endpoint: EndpointDef): Written {
  const charset = charsetFor(endpoint);
  const encoded = encodeText(text, charset);
  if (encoded.problem !== undefined) return { bad: `a character cannot be written in ${charset}` };
  const message = new AstmMessage(text, charset);
  if (message.problem)
    return { bad: `${message.problem.segment}-${message.problem.field} ${message.problem.reason}` };
  return {
    bytes: encoded.bytes,
    type: typeOf(message),
    controlId: (message.read(message.find('H', 1), 3, 1) ?? '').slice(0, 64),
  };
}
