import type { EndpointDef } from '../../contracts/channel/endpoint.schema.ts';
import type { Format, Written } from '../engine/format.ts';
import { charsetOf } from '../hl7v2/charset-names.ts';
import { charsetToWrite, decodeJson, encodeJson } from './bytes.ts';
import { compiledSettings } from './compiled-settings.ts';
import { jsonDates } from './dates.ts';
import { readJsonFrame } from './read.ts';
import { readJson } from './reader.ts';
import { saidByPaths } from './reply.ts';
import { jsonSettings } from './settings.ts';
import { jsonSource } from './source.ts';
import { jsonTarget } from './target.ts';
import type { JsonMessage } from './value.ts';
import { viewJson } from './view.ts';

/** Any JSON (RFC 8259), by the paths of the endpoint's settings. Parsed messages are `JsonMessage`. */
export const format: Format = {
  name: 'json',
  title: { zh: 'JSON', en: 'JSON' },
  settings: jsonSettings,
  source: jsonSource,
  target: jsonTarget,
  dates: jsonDates,
  read: readJsonFrame,
  parse(bytes, { charset, meta }): JsonMessage | undefined {
    const text = textOf(bytes, charset);
    const read = text === undefined ? undefined : readJson(text);
    return read && 'root' in read ? { root: read.root, meta } : undefined;
  },
  text: textOf,
  edit(text, charset) {
    const read = readJson(text);
    if (!('root' in read)) return { bad: `line ${read.line}, column ${read.column}: ${read.reason}` };
    const to = charsetOf(charset) ?? 'UTF-8';
    return { bytes: encodeJson(text, to), charset: to };
  },
  view: (message) => viewJson(message as JsonMessage),
  mediaType: ({ decode }) => `application/json; charset=${charsetToWrite(decode.charset).toLowerCase()}`,
  write,
  said: saidByPaths,
};

function textOf(bytes: Uint8Array, charset: string): string | undefined {
  const decoded = decodeJson(bytes, { mode: 'forced', charset: charsetOf(charset) ?? 'UTF-8' }, undefined);
  return 'text' in decoded ? decoded.text : undefined;
}

function write(text: string, endpoint: EndpointDef): Written {
  const read = readJson(text);
  if (!('root' in read)) return { bad: `the mapping wrote no JSON: ${read.reason}` };
  const compiled = compiledSettings(endpoint);
  const message: JsonMessage = { root: read.root, meta: {} };
  return {
    bytes: encodeJson(text, charsetToWrite(endpoint.decode.charset)),
    type: (compiled.type(message) ?? 'JSON').slice(0, 40),
    controlId: compiled.control(message).slice(0, 64),
  };
}
