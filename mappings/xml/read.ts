import { Buffer } from 'node:buffer';
import type { EndpointDef } from '../../contracts/channel/endpoint.schema.ts';
import { type Answer, type FrameToRead, isBad, type ReadFrame, type ReadMessage } from '../engine/format.ts';
import { charsetOf } from '../hl7v2/charset-names.ts';
import { type Compiled, compiledSettings } from './compiled-settings.ts';
import type { XmlElement, XmlMessage } from './element.ts';
import { encodeXml } from './encode.ts';
import { type Opened, openXml, type Unsound, unsound } from './open.ts';
import { readXml } from './reader.ts';
import { replyText } from './reply.ts';
import { serialized } from './serialize.ts';

/** Of one frame. */
const mostMessages = 10_000;

/** Decodes, parses, splits and keys a frame. Never throws: what cannot be read becomes an unsound message with its reason. */
export function readXmlFrame(frame: FrameToRead, endpoint: EndpointDef): ReadFrame {
  const compiled = compiledSettings(endpoint);
  const opened = openXml(frame, endpoint.decode);
  if ('unsound' in opened) return alone(refused(frame, opened, endpoint), endpoint, compiled);
  if (!compiled.each) {
    const message = { root: opened.root, meta: frame.meta ?? {} };
    return alone(messageOf(frame, frame.bytes, message, opened, endpoint, compiled), endpoint, compiled);
  }
  const items = compiled.each(opened.root);
  if (items.length === 0 || items.length > mostMessages) {
    const reason = items.length === 0 ? 'no-message' : 'too-many-messages';
    const why = unsound('XML', compiled.settings.each ?? '', reason, 'AR');
    return alone(refused(frame, { ...opened, unsound: why }, endpoint), endpoint, compiled);
  }
  const messages = items.map((item) => itemOf(frame, item, opened, endpoint, compiled));
  return framed(messages, opened.charset, endpoint, compiled);
}

/** An element as a message of its own, as it will be read again from the journal. */
function itemOf(
  frame: FrameToRead,
  item: XmlElement,
  opened: Opened,
  endpoint: EndpointDef,
  compiled: Compiled,
): ReadMessage {
  const text = serialized(item);
  const charset = charsetOf(opened.charset) ?? 'UTF-8';
  const encoded = encodeXml(text, charset, charset !== 'UTF-8');
  const read = readXml(text);
  if (isBad(encoded) || !('root' in read))
    return refused(frame, { ...opened, unsound: unsound('XML', item.name, 'not-separable', 'AE') }, endpoint);
  const message = { root: read.root, meta: frame.meta ?? {} };
  return messageOf(frame, encoded.bytes, message, opened, endpoint, compiled);
}

function messageOf(
  frame: FrameToRead,
  bytes: Uint8Array,
  message: XmlMessage,
  opened: Opened,
  endpoint: EndpointDef,
  compiled: Compiled,
): ReadMessage {
  const controlId = compiled.control(message).slice(0, 191);
  const keys = compiled.keys(message);
  const control = controlId ? [{ kind: 'control', value: controlId.slice(0, 64) }] : [];
  return {
    bytes,
    message,
    charset: opened.charset,
    type: compiled.type(message).slice(0, 40),
    controlId,
    identity: identityOf(frame, bytes, controlId, endpoint, compiled),
    keys: [...control, ...keys],
    lanes: lanesOf(message, keys, endpoint, compiled),
    warnings: opened.warnings,
    owed: (outcome) => ({ code: answers(endpoint, compiled) ? outcome : '' }),
  };
}

const answers = ({ ack }: EndpointDef, { settings }: Compiled): boolean =>
  ack !== undefined && ack.mode !== 'none' && settings.reply !== undefined;

function identityOf(
  { meta = {} }: FrameToRead,
  bytes: Uint8Array,
  controlId: string,
  { duplicate }: EndpointDef,
  { settings }: Compiled,
): Uint8Array | string {
  const beside = (settings.meta ?? []).map((name) => `${meta[name] ?? ''}\n`).join('');
  if (duplicate?.match === 'control-id' && controlId !== '') return `${beside}${controlId}`;
  return beside === '' ? bytes : Buffer.concat([Buffer.from(beside, 'utf8'), bytes]);
}

function lanesOf(
  message: XmlMessage,
  keys: readonly { kind: string; value: string }[],
  { lane, endpoint }: EndpointDef,
  compiled: Compiled,
): string[] {
  if (lane === 'endpoint') return [endpoint];
  if (compiled.lane) return compiled.lane(message);
  return keys.filter(({ kind }) => kind === lane).map(({ value }) => value);
}

function refused(
  frame: FrameToRead,
  opened: Opened & { unsound: Unsound },
  endpoint: EndpointDef,
): ReadMessage {
  return {
    bytes: frame.bytes,
    message: undefined,
    charset: opened.charset,
    type: '',
    controlId: '',
    identity: frame.bytes,
    keys: [],
    lanes: [],
    warnings: opened.warnings,
    unsound: opened.unsound,
    owed: (outcome) => ({ code: endpoint.ack?.mode === 'none' ? '' : outcome }),
  };
}

const alone = (message: ReadMessage, endpoint: EndpointDef, compiled: Compiled): ReadFrame =>
  framed([message], message.charset, endpoint, compiled);

function framed(
  messages: readonly ReadMessage[],
  charset: string,
  endpoint: EndpointDef,
  { settings }: Compiled,
): ReadFrame {
  return {
    messages,
    reply(given: readonly Answer[], now: number) {
      if (endpoint.ack?.mode === 'none') return undefined;
      const text = replyText(settings, messages, given, now);
      if (text === undefined) return undefined;
      const to = charsetOf(charset) ?? 'UTF-8';
      const encoded = encodeXml(text, to, to !== 'UTF-8' && !text.startsWith('<?xml'));
      return isBad(encoded) ? Buffer.from(text, 'utf8') : encoded.bytes;
    },
  };
}
