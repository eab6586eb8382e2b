import type { EndpointDef } from '../../contracts/channel/endpoint.schema.ts';
import { type Format, isBad, type Written } from '../engine/format.ts';
import { compiledSettings } from './compiled-settings.ts';
import { xmlDates } from './dates.ts';
import { editedXml, parseXml, xmlMediaType, xmlText } from './document.ts';
import type { XmlMessage } from './element.ts';
import { charsetToWrite, encodeXml } from './encode.ts';
import { readXmlFrame } from './read.ts';
import { readXml } from './reader.ts';
import { saidByPaths } from './reply.ts';
import { xmlSettings } from './settings.ts';
import { xmlSource } from './source.ts';
import { xmlTarget } from './target.ts';
import { viewXml } from './view.ts';

/** Any XML, by the paths of the endpoint's settings. Parsed messages are `XmlMessage`. */
export const format: Format = {
  name: 'xml',
  title: { zh: 'XML', en: 'XML' },
  settings: xmlSettings,
  source: xmlSource({}),
  target: xmlTarget,
  dates: xmlDates,
  read: readXmlFrame,
  parse: parseXml,
  text: xmlText,
  view: (message) => viewXml(message as XmlMessage),
  edit: editedXml,
  mediaType: xmlMediaType,
  write: writeXml,
  said: saidByPaths,
};

function writeXml(text: string, endpoint: EndpointDef): Written {
  const { settings, control, type } = compiledSettings(endpoint);
  const charset = charsetToWrite(endpoint.decode.charset);
  const encoded = encodeXml(text, charset, settings.declaration !== false || charset !== 'UTF-8');
  if (isBad(encoded)) return encoded;
  const read = readXml(text);
  if (!('root' in read)) return { bad: `the mapping wrote no XML: ${read.reason}` };
  const message = { root: read.root, meta: {} };
  return {
    bytes: encoded.bytes,
    type: type(message).slice(0, 40),
    controlId: control(message).slice(0, 64),
  };
}
