import type { EndpointDef } from '../../contracts/channel/endpoint.schema.ts';
import type { FrameToRead, ReadFrame, ReadMessage } from '../engine/format.ts';
import { type Charset, charsetOf } from '../hl7v2/charset-names.ts';
import { decodeJson, encodeJson } from './bytes.ts';
import { type Compiled, compiledSettings } from './compiled-settings.ts';
import { readJson } from './reader.ts';
import { replyText } from './reply.ts';
import { type Json, type JsonMessage, stringify } from './value.ts';

type Unsound = NonNullable<ReadMessage['unsound']>;

/** Of one frame. */
const mostMessages = 10_000;

/** A frame as JSON, or why it is none. */
type Opened = { readonly charset: Charset | ''; readonly warnings: readonly string[] } & (
  | { readonly root: Json }
  | { readonly unsound: Unsound }
);

interface Reading {
  readonly frame: FrameToRead;
  readonly endpoint: EndpointDef;
  readonly compiled: Compiled;
}

/** Decodes, parses, splits and keys a frame. Never throws: what cannot be read becomes an unsound message with its reason. */
export function readJsonFrame(frame: FrameToRead, endpoint: EndpointDef): ReadFrame {
  const reading: Reading = { frame, endpoint, compiled: compiledSettings(endpoint) };
  const opened = open(frame, endpoint);
  return framed(messagesOf(reading, opened), opened.charset || 'UTF-8', reading);
}

function open({ bytes, broken, oddities, meta }: FrameToRead, { decode }: EndpointDef): Opened {
  const no = (why: Unsound, charset: Charset | '' = '', warnings = oddities): Opened => ({
    unsound: why,
    charset,
    warnings,
  });
  if (broken) return no({ code: broken.code, data: { reason: broken.reason }, answer: 'AR' });
  const decoded = decodeJson(bytes, decode, meta?.charset);
  if ('problem' in decoded)
    return no({ code: 'hub.charset.undecodable', data: { ...decoded.problem }, answer: 'AR' });
  const { charset } = decoded;
  const warnings = [...oddities, ...decoded.warnings];
  const read = readJson(decoded.text);
  if (!('root' in read))
    return no(unsound(`line ${read.line}`, `column ${read.column}`, read.reason), charset, warnings);
  return { root: read.root, charset, warnings: [...warnings, ...read.warnings] };
}

const unsound = (segment: string, field: string, reason: string): Unsound => ({
  code: 'hub.message.unsound',
  data: { segment, field, reason },
  answer: 'AR',
});

function messagesOf(reading: Reading, opened: Opened): ReadMessage[] {
  const { frame, compiled } = reading;
  if ('unsound' in opened) return [refused(reading, opened, opened.unsound)];
  const meta = frame.meta ?? {};
  const whole: JsonMessage = { root: opened.root, meta };
  if (!compiled.each) return [messageOf(reading, frame.bytes, whole, opened)];
  const items = compiled.each(whole);
  if (items.length === 0 || items.length > mostMessages) {
    const reason = items.length === 0 ? 'no-message' : 'too-many-messages';
    return [refused(reading, opened, unsound('JSON', compiled.settings.each ?? '', reason))];
  }
  const charset = opened.charset || 'UTF-8';
  return items.map((root) =>
    messageOf(reading, encodeJson(stringify(root), charset), { root, meta }, opened),
  );
}

function messageOf(reading: Reading, bytes: Uint8Array, message: JsonMessage, opened: Opened): ReadMessage {
  const { endpoint, compiled } = reading;
  const type = compiled.type(message);
  const controlId = compiled.control(message).slice(0, 191);
  const keys = compiled.keys(message);
  const control = controlId ? [{ kind: 'control', value: controlId.slice(0, 64) }] : [];
  return {
    bytes,
    message,
    charset: opened.charset,
    type: (type ?? 'JSON').slice(0, 40),
    controlId,
    identity: identityOf(bytes, message, controlId, reading),
    keys: [...control, ...keys].slice(0, 30),
    lanes: lanesOf(message, keys, reading),
    warnings: type === undefined ? [...opened.warnings, 'type-absent'] : opened.warnings,
    owed: (outcome) => ({ code: answers(endpoint) ? outcome : '' }),
  };
}

const answers = ({ ack }: EndpointDef): boolean => ack !== undefined && ack.mode !== 'none';

function identityOf(
  bytes: Uint8Array,
  message: JsonMessage,
  controlId: string,
  { endpoint, compiled }: Reading,
): Uint8Array | string {
  const own = compiled.identity(message);
  if (endpoint.duplicate?.match === 'control-id' && (own !== '' || controlId !== '')) return own || controlId;
  return own === '' ? bytes : Buffer.concat([Buffer.from(`${own}\n`, 'utf8'), bytes]);
}

function lanesOf(
  message: JsonMessage,
  keys: readonly { kind: string; value: string }[],
  { endpoint: { lane, endpoint }, compiled }: Reading,
): string[] {
  if (lane === 'endpoint') return [endpoint];
  if (compiled.lane) return compiled.lane(message);
  return keys.filter(({ kind }) => kind === lane).map(({ value }) => value);
}

function refused({ frame, endpoint }: Reading, { charset, warnings }: Opened, why: Unsound): ReadMessage {
  return {
    bytes: frame.bytes,
    message: undefined,
    charset,
    type: '',
    controlId: '',
    identity: frame.bytes,
    keys: [],
    lanes: [],
    warnings,
    unsound: why,
    owed: (outcome) => ({ code: answers(endpoint) ? outcome : '' }),
  };
}

function framed(messages: readonly ReadMessage[], charset: string, { compiled }: Reading): ReadFrame {
  return {
    messages,
    reply(given) {
      const text = replyText(compiled.settings, messages, given);
      return text === undefined ? undefined : encodeJson(text, charsetOf(charset) ?? 'UTF-8');
    },
  };
}
