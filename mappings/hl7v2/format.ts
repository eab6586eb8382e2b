import type { EndpointDef } from '../../contracts/channel/endpoint.schema.ts';
import type { Format, Said, Written } from '../engine/format.ts';
import { hl7v2 } from '../engine/hl7v2.binding.ts';
import { readAcknowledgement, replyMatches } from './ack-read.ts';
import { decodeBytes } from './charset.ts';
import { encodeText } from './charset-encode.ts';
import { type Charset, charsetOf } from './charset-names.ts';
import { Hl7Message } from './message.ts';
import { compilePath } from './path.ts';
import { readHl7 } from './read.ts';
import { viewHl7 } from './view.ts';

/** HL7 v2 (ER7), as the partners of chapter 2 write it. Parsed messages are `Hl7Message`. */
export const format: Format = {
  ...hl7v2,
  title: { zh: 'HL7 v2', en: 'HL7 v2' },
  read: readHl7,
  parse: (bytes, { charset }) => parsed(bytes, charset),
  text: (bytes, charset) => {
    const decoded = decodeBytes(bytes, { mode: 'forced', charset: charsetOf(charset) ?? 'UTF-8' });
    return decoded.problem ? undefined : decoded.text;
  },
  edit,
  view: (message) => viewHl7(message as Hl7Message),
  mediaType: () => 'application/hl7-v2',
  write,
  said,
  matches: replyMatches,
};

function parsed(bytes: Uint8Array, charset: string): Hl7Message | undefined {
  const decoded = decodeBytes(bytes, { mode: 'forced', charset: charsetOf(charset) ?? 'UTF-8' });
  return decoded.problem ? undefined : Hl7Message.parse(decoded.text, { charset: decoded.charset });
}

/** Editors turn the CR that ends a segment into LF. Plain ASCII was read as such; any charset that contains it says the same bytes. */
function edit(edited: string, charset: string, endpoint: EndpointDef): ReturnType<Format['edit']> {
  const text = edited.includes('\r') ? edited : edited.replaceAll('\n', '\r');
  const known = charsetOf(charset);
  const configured = charsetOf(endpoint.decode.charset);
  const charsets: Charset[] = known ? [known] : ['UTF-8'];
  if (known === 'US-ASCII' && configured && !configured.startsWith('UTF-16')) charsets.push(configured);
  let index = 0;
  for (const one of charsets) {
    const encoded = encodeText(text, one);
    if (encoded.problem === undefined) return { bytes: encoded.bytes, charset: one };
    index = encoded.problem.index;
  }
  return { bad: `character ${index + 1} cannot be written in ${charsets.join(' or ')}` };
}

const typeAt = compilePath('MSH-9.1');
const triggerAt = compilePath('MSH-9.2');
const controlAt = compilePath('MSH-10');

function write(text: string, endpoint: EndpointDef): Written {
  const charset = charsetOf(endpoint.names?.charset ?? '') ?? charsetOf(endpoint.decode.charset) ?? 'UTF-8';
  const encoded = encodeText(text, charset);
  if (encoded.problem !== undefined) return { bad: `a character cannot be written in ${charset}` };
  const message = Hl7Message.parse(text);
  const [type, trigger] = [message.read(typeAt) ?? '', message.read(triggerAt)];
  return {
    bytes: encoded.bytes,
    type: (trigger ? `${type}^${trigger}` : type).slice(0, 40),
    controlId: (message.read(controlAt) ?? '').slice(0, 64),
  };
}

/** Errors of HL7 table 0357 by which a peer says "not now". */
const passing = new Set(['206', '207']);

function said(reply: Uint8Array, endpoint: EndpointDef): Said {
  const decoded = decodeBytes(reply, endpoint.decode);
  const ack = readAcknowledgement(decoded.problem ? Buffer.from(reply).toString('latin1') : decoded.text);
  const code = ack.code ?? '';
  if (code === 'AA' || code === 'CA' || (ack.kind === 'query-reply' && code === ''))
    return { verdict: 'good', code, reason: '' };
  if (code === '') return { verdict: 'unclear', code, reason: 'the reply is no acknowledgement' };
  const detail = [ack.error?.segment, ack.error?.field, ack.error?.code].filter(Boolean).join(' ');
  if (ack.error?.code !== undefined && passing.has(ack.error.code))
    return { verdict: 'busy', code, reason: detail };
  return { verdict: 'negative', code, reason: detail || 'no reason given' };
}
