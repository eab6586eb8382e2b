import type { EndpointDef } from '../../contracts/channel/endpoint.schema.ts';
import type { Format, Said, ViewField, ViewPart, Written } from '../engine/format.ts';
import { isBad } from '../engine/format.ts';
import { charsetOf } from '../hl7v2/charset-names.ts';
import { charsetToWrite, decodeJson, encodeJson } from './bytes.ts';
import { jsonDates } from './dates.ts';
import { readJsonFrame, settingsOf, textsAt, typeOf } from './read.ts';
import { readJson } from './reader.ts';
import { jsonSettings } from './settings.ts';
import { jsonSource } from './source.ts';
import { jsonTarget } from './target.ts';
import { isList, isNumber, isObject, type Json, type JsonMessage, stringify } from './value.ts';

/** JSON (RFC 8259), by the paths of the endpoint's settings. Parsed messages are `JsonMessage`. */
export const format: Format = {
  name: 'json',
  title: { zh: 'JSON', en: 'JSON' },
  settings: jsonSettings,
  source: jsonSource,
  target: jsonTarget,
  dates: jsonDates,
  read: readJsonFrame,
  parse: (bytes, { charset, meta }) => messageIn(bytes, charset, meta),
  text: textIn,
  edit,
  view: (message) => view(message as JsonMessage),
  mediaType: ({ decode }) => `application/json; charset=${charsetToWrite(decode.charset).toLowerCase()}`,
  write,
  said,
};

function textIn(bytes: Uint8Array, charset: string): string | undefined {
  const decoded = decodeJson(bytes, { mode: 'forced', charset: charsetOf(charset) ?? 'UTF-8' }, undefined);
  return 'text' in decoded ? decoded.text : undefined;
}

function messageIn(
  bytes: Uint8Array,
  charset: string,
  meta: Readonly<Record<string, string>>,
): JsonMessage | undefined {
  const text = textIn(bytes, charset);
  const read = text === undefined ? undefined : readJson(text);
  return read && 'root' in read ? { root: read.root, meta } : undefined;
}

function edit(text: string, charset: string, endpoint: EndpointDef): ReturnType<Format['edit']> {
  const own = charsetOf(charset) ?? charsetToWrite(endpoint.decode.charset);
  const encoded = encodeJson(text, own);
  return isBad(encoded) ? encoded : { bytes: encoded.bytes, charset: own };
}

function write(text: string, endpoint: EndpointDef): Written {
  const read = readJson(text);
  if (!('root' in read)) return { bad: `the mapping wrote no JSON: ${read.reason}` };
  const encoded = encodeJson(text, charsetToWrite(endpoint.decode.charset));
  if (isBad(encoded)) return encoded;
  const settings = settingsOf(endpoint);
  const message: JsonMessage = { root: read.root, meta: {} };
  return {
    bytes: encoded.bytes,
    type: typeOf(message, settings),
    controlId: (textsAt(message, settings.control)[0] ?? '').slice(0, 64),
  };
}

function said(reply: Uint8Array, endpoint: EndpointDef): Said {
  const { said: rule } = settingsOf(endpoint);
  const decoded = decodeJson(reply, endpoint.decode, undefined);
  const read = 'text' in decoded ? readJson(decoded.text) : undefined;
  if (!rule || !read || !('root' in read))
    return { verdict: 'unclear', code: '', reason: 'the reply says nothing that the endpoint knows' };
  const message: JsonMessage = { root: read.root, meta: {} };
  const code = textsAt(message, rule.code)[0] ?? '';
  const reason = (textsAt(message, rule.reason)[0] ?? '').slice(0, 200);
  if (rule.good.includes(code)) return { verdict: 'good', code, reason };
  if (rule.busy?.includes(code)) return { verdict: 'busy', code, reason };
  return { verdict: code === '' ? 'unclear' : 'negative', code, reason: reason || 'no reason given' };
}

/** Every value by its path, as a mapping would name it. */
function* view({ root }: JsonMessage): Iterable<ViewPart> {
  if (!isObject(root)) {
    yield { name: '.', raw: stringify(root), fields: leaves(root, '') };
    return;
  }
  for (const [name, value] of root)
    yield { name, raw: stringify(value), fields: leaves(value, pathName(name)) };
}

function* leaves(value: Json, path: string): Iterable<ViewField> {
  if (isList(value)) {
    for (const [i, item] of value.entries()) yield* leaves(item, `${path}(${i + 1})`);
  } else if (isObject(value)) {
    for (const [name, inner] of value)
      yield* leaves(inner, path ? `${path}.${pathName(name)}` : pathName(name));
  } else {
    const text = isNumber(value) ? value.text : String(value ?? '');
    yield { position: path || '.', value: text, null: value === null };
  }
}

const pathName = (name: string): string =>
  /^[^\s.()"':{}[\]$][^.()"{}[\]]*$/.test(name) ? name : JSON.stringify(name);
