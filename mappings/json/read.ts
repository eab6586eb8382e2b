import type { EndpointDef } from '../../contracts/channel/endpoint.schema.ts';
import { type Answer, type FrameToRead, isBad, type ReadFrame, type ReadMessage } from '../engine/format.ts';
import { charsetOf } from '../hl7v2/charset-names.ts';
import { bytesOf, decodeJson, type JsonText } from './bytes.ts';
import { parsePath, valuesAt } from './path.ts';
import { readJson } from './reader.ts';
import type { JsonSettings } from './settings.ts';
import { metaOf, shown } from './source.ts';
import { type Json, type JsonMessage, stringify } from './value.ts';

/** Of one frame. */
const mostMessages = 10_000;
const mostKeys = 30;

export const settingsOf = ({ read }: EndpointDef): JsonSettings => (read ?? {}) as JsonSettings;

/** Every text at a path of a message, empty ones left out. */
export function textsAt(message: JsonMessage, path: string | undefined): string[] {
  if (path === undefined) return [];
  if (path.startsWith('meta:')) return [metaOf(message, path.slice(5)) ?? []].flat();
  const parsed = parsePath(path);
  if (isBad(parsed)) return [];
  return valuesAt(message.root, parsed.steps)
    .map(shown)
    .filter((v) => v !== undefined && v !== null)
    .map((v) => plain(String(v)))
    .filter((v) => v !== '');
}

/** Columns of the journal: PostgreSQL keeps no NUL. */
const plain = (text: string): string => text.replaceAll('\u0000', '').trim();

/** Decodes, parses, splits and keys a frame. Never throws: what cannot be read becomes an unsound message with its reason. */
export function readJsonFrame(frame: FrameToRead, endpoint: EndpointDef): ReadFrame {
  if (frame.broken)
    return framed(
      [
        refused(frame, endpoint, {
          code: frame.broken.code,
          data: { reason: frame.broken.reason },
          answer: 'AR',
        }),
      ],
      'UTF-8',
    );
  const decoded = decodeJson(frame.bytes, endpoint.decode, frame.meta?.charset);
  if ('problem' in decoded)
    return framed(
      [refused(frame, endpoint, { code: 'hub.charset.undecodable', data: decoded.problem, answer: 'AR' })],
      'UTF-8',
    );
  const read = readJson(decoded.text);
  if (!('root' in read)) {
    const data = { segment: `line ${read.line}`, field: `column ${read.column}`, reason: read.reason };
    return framed(
      [refused(frame, endpoint, { code: 'hub.message.unsound', data, answer: 'AE' })],
      decoded.charset,
    );
  }
  const warnings = [...frame.oddities, ...decoded.warnings, ...read.warnings];
  return framed(split(frame, endpoint, read.root, decoded, warnings), decoded.charset);
}

function split(
  frame: FrameToRead,
  endpoint: EndpointDef,
  root: Json,
  decoded: Extract<JsonText, { text: string }>,
  warnings: readonly string[],
): ReadMessage[] {
  const { each } = settingsOf(endpoint);
  const path = each === undefined ? undefined : parsePath(each);
  if (path === undefined || isBad(path))
    return [messageOf(frame, endpoint, root, frame.bytes, decoded.charset, warnings)];
  const items = valuesAt(root, path.steps);
  if (items.length === 0 || items.length > mostMessages) {
    const reason = items.length === 0 ? 'no-message' : 'too-many-messages';
    const data = { segment: 'JSON', field: each, reason };
    return [refused(frame, endpoint, { code: 'hub.message.unsound', data, answer: 'AR' })];
  }
  const charset = charsetOf(decoded.charset) ?? 'UTF-8';
  return items.map((item) =>
    messageOf(frame, endpoint, item, bytesOf(stringify(item), charset), charset, warnings),
  );
}

function messageOf(
  frame: FrameToRead,
  endpoint: EndpointDef,
  root: Json,
  bytes: Uint8Array,
  charset: string,
  warnings: readonly string[],
): ReadMessage {
  const settings = settingsOf(endpoint);
  const message: JsonMessage = { root, meta: frame.meta ?? {} };
  const controlId = (textsAt(message, settings.control)[0] ?? '').slice(0, 191);
  const keys = keysOf(message, settings, controlId);
  return {
    bytes,
    message,
    charset,
    type: typeOf(message, settings),
    controlId,
    identity: endpoint.duplicate?.match === 'control-id' && controlId !== '' ? controlId : bytes,
    keys,
    lanes: lanesOf(message, endpoint, settings, keys),
    warnings,
    owed: (outcome) => ({ code: answers(endpoint) ? outcome : '' }),
  };
}

export function typeOf(message: JsonMessage, { type }: JsonSettings): string {
  if (type === undefined) return 'JSON';
  const text = type.startsWith('=') ? type.slice(1) : textsAt(message, type)[0];
  return (text ?? 'JSON').slice(0, 40);
}

function keysOf(
  message: JsonMessage,
  { keys = [] }: JsonSettings,
  controlId: string,
): { kind: string; value: string }[] {
  const found = keys.flatMap(({ kind, path }) =>
    textsAt(message, path).map((value) => ({ kind: kind as string, value: value.slice(0, 64) })),
  );
  if (controlId) found.unshift({ kind: 'control', value: controlId.slice(0, 64) });
  const seen = new Set<string>();
  return found.filter((k) => !seen.has(k.kind + k.value) && seen.add(k.kind + k.value)).slice(0, mostKeys);
}

function lanesOf(
  message: JsonMessage,
  { lane: kind, endpoint }: EndpointDef,
  settings: JsonSettings,
  keys: readonly { kind: string; value: string }[],
): string[] {
  if (kind === 'endpoint') return [endpoint];
  const lanes = settings.lane
    ? textsAt(message, settings.lane).map((v) => v.slice(0, 64))
    : keys.filter((k) => k.kind === kind).map((k) => k.value);
  return [...new Set(lanes)].slice(0, 20);
}

const answers = ({ ack }: EndpointDef): boolean => ack !== undefined && ack.mode !== 'none';

function refused(
  frame: FrameToRead,
  endpoint: EndpointDef,
  unsound: NonNullable<ReadMessage['unsound']>,
): ReadMessage {
  return {
    bytes: frame.bytes,
    message: undefined,
    charset: '',
    type: '',
    controlId: '',
    identity: frame.bytes,
    keys: [],
    lanes: [],
    warnings: frame.oddities,
    unsound,
    owed: (outcome) => ({ code: answers(endpoint) ? outcome : '' }),
  };
}

/** `{code, outcome, reason}` for one message, a list for several; the text of a query's answer as it is. */
function framed(messages: readonly ReadMessage[], charset: string): ReadFrame {
  return {
    messages,
    reply: (given) => {
      const owed = given
        .map((a, i) => ({ answer: a, message: messages[i]! }))
        .filter((o) => o.answer.code !== '');
      if (owed.length === 0) return undefined;
      const texts = owed.map(({ answer, message }) => answer.text ?? told(answer, message.controlId));
      const text = messages.length === 1 ? texts[0]! : `[${texts.join(',')}]`;
      return bytesOf(text, charsetOf(charset) ?? 'UTF-8');
    },
  };
}

const told = ({ code, outcome, reason, unwanted }: Answer, id: string): string =>
  JSON.stringify({
    code,
    outcome: outcome === 'AA' ? (unwanted ? 'filtered' : 'kept') : 'refused',
    ...(id ? { id } : {}),
    ...(reason ? { reason } : {}),
  });
