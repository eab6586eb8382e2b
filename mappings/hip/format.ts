import type { EndpointDef } from '../../contracts/channel/endpoint.schema.ts';
import { type Format, isBad, type Written } from '../engine/format.ts';
import { xmlDates } from '../xml/dates.ts';
import { editedXml, parseXml, xmlMediaType, xmlText } from '../xml/document.ts';
import type { XmlMessage } from '../xml/element.ts';
import { charsetToWrite, encodeXml } from '../xml/encode.ts';
import { readXml } from '../xml/reader.ts';
import { xmlTarget } from '../xml/target.ts';
import { viewXml } from '../xml/view.ts';
import { hipMessage, readHip, settingsOf } from './read.ts';
import { answersTo, saidByHip } from './said.ts';
import { hipSettings } from './settings.ts';
import { hipSource } from './sound.ts';

/** HL7 V3 as the national platform standard uses it (WS/T 846). Parsed messages are `HipMessage`. */
export const format: Format = {
  name: 'hip',
  title: { zh: '互联互通消息', en: 'National platform messages' },
  settings: hipSettings,
  source: hipSource,
  target: xmlTarget,
  dates: xmlDates,
  read: readHip,
  parse: (bytes, about, endpoint) => {
    const message = parseXml(bytes, about);
    return message && hipMessage(message.root, about.meta, settingsOf(endpoint));
  },
  text: xmlText,
  edit: editedXml,
  view: (message) => viewXml(message as XmlMessage),
  mediaType: xmlMediaType,
  write,
  said: saidByHip,
  matches: answersTo,
};

function write(text: string, endpoint: EndpointDef): Written {
  const settings = settingsOf(endpoint);
  const charset = charsetToWrite(endpoint.decode.charset);
  const encoded = encodeXml(text, charset, settings.declaration ?? charset !== 'UTF-8');
  if (isBad(encoded)) return encoded;
  const read = readXml(text);
  if (!('root' in read)) return { bad: `the mapping wrote no XML: ${read.reason}` };
  const { routed, wrapper } = hipMessage(read.root, {}, settings);
  return { bytes: encoded.bytes, type: routed.type.slice(0, 40), controlId: wrapper.id.slice(0, 64) };
}
