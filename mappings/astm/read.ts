import type { EndpointDef } from '../../contracts/channel/endpoint.schema.ts';
import type { FrameToRead, ReadFrame, ReadMessage } from '../engine/format.ts';
import { decodeBytes } from '../hl7v2/charset.ts';
import { encodeText } from '../hl7v2/charset-encode.ts';
import { type Charset, charsetOf } from '../hl7v2/charset-names.ts';
import { AstmMessage } from './message.ts';

type Unsound = NonNullable<ReadMessage['unsound']>;
type Key = { readonly kind: string; readonly value: string };

const mostKeys = 30;
const longest = 64;

/** One message, or why it is none. Never throws: what cannot be read becomes an unsound message with its reason. */
export function readAstm(frame: FrameToRead, endpoint: EndpointDef): ReadFrame {
  const { bytes, oddities } = frame;
  if (frame.broken)
    return framed(
      refused(bytes, oddities, {
        code: frame.broken.code,
        data: { reason: frame.broken.reason },
        answer: 'AR',
      }),
    );
  const decoded = decodeBytes(bytes, endpoint.decode);
  if (decoded.problem)
    return framed(
      refused(bytes, oddities, {
        code: 'hub.charset.undecodable',
        data: { ...decoded.problem },
        answer: 'AR',
      }),
    );
  const message = new AstmMessage(decoded.text, decoded.charset);
  const warnings = [...oddities, ...decoded.warnings.map((w) => `${w.code} ${w.detail}`)];
  if (!message.records.some(({ letter }) => letter === 'L')) warnings.push('no-terminator');
  return framed(messageOf(bytes, message, endpoint, warnings));
}

function messageOf(
  bytes: Uint8Array,
  message: AstmMessage,
  endpoint: EndpointDef,
  warnings: readonly string[],
): ReadMessage {
  const { problem } = message;
  const controlId = plain(first(message, 'H', 3) ?? '').slice(0, 191);
  const keys = keysOf(message, controlId);
  const time = first(message, 'H', 14) ?? '';
  return {
    bytes,
    message,
    charset: message.charset,
    type: typeOf(message),
    controlId,
    identity: identityOf(message, endpoint, bytes, `${time}\n${controlId}`),
    keys,
    lanes: problem ? [] : lanesOf(endpoint, keys),
    warnings,
    ...(problem
      ? { unsound: { code: 'hub.message.unsound' as const, data: { ...problem }, answer: 'AR' as const } }
      : {}),
    owed: () => ({ code: '' }),
  };
}

/** A query is asked again with the same bytes, and answered again. */
function identityOf(
  message: AstmMessage,
  { duplicate }: EndpointDef,
  bytes: Uint8Array,
  control: string,
): Uint8Array | string {
  if (message.all('Q').length > 0) return '';
  return duplicate?.match === 'control-id' && !control.endsWith('\n') ? control : bytes;
}

/**
 * What channels accept by: `QUERY` asks for orders (`QUERY-CANCEL` takes it back), `QC` carries results of control material
 * only, `RESULT` others, `ORDER` neither.
 */
export function typeOf(message: AstmMessage): string {
  const [query] = message.all('Q');
  if (query) return message.read(query, 13)?.toUpperCase() === 'A' ? 'QUERY-CANCEL' : 'QUERY';
  const orders = message.all('O');
  if (message.all('R').length === 0) return orders.length > 0 ? 'ORDER' : 'ASTM';
  const control = (order: (typeof orders)[number]) => message.read(order, 12)?.toUpperCase() === 'Q';
  return first(message, 'H', 12) === 'Q' || (orders.length > 0 && orders.every(control)) ? 'QC' : 'RESULT';
}

const first = (message: AstmMessage, letter: string, field: number, component = 1): string | undefined =>
  message.read(message.find(letter, 1), field, component);

/** Specimens of orders and queries, patients by the laboratory's number and the practice's, the analyser. */
function keysOf(message: AstmMessage, controlId: string): Key[] {
  const keys = new Map<string, Key>();
  const add = (kind: string, text: string | undefined): void => {
    const value = plain(text ?? '')
      .trim()
      .slice(0, longest);
    if (value !== '' && keys.size < mostKeys) keys.set(`${kind} ${value}`, { kind, value });
  };
  add('control', controlId);
  add('device', first(message, 'H', 5));
  for (const record of message.records) {
    if (record.letter === 'P') for (const field of [4, 3]) add('patient', message.read(record, field, 1));
    if (record.letter === 'O') add('specimen', message.read(record, 3, 1));
    if (record.letter === 'Q')
      for (const range of message.repetitions(record, 3))
        add('specimen', message.value(range, 2) ?? message.value(range, 1) ?? undefined);
  }
  return [...keys.values()];
}

const lanesOf = ({ lane, endpoint }: EndpointDef, keys: readonly Key[]): string[] =>
  lane === 'endpoint' ? [endpoint] : keys.filter(({ kind }) => kind === lane).map(({ value }) => value);

/** PostgreSQL keeps no NUL; the bytes keep theirs. */
const plain = (text: string): string => text.replaceAll('\u0000', '');

const refused = (bytes: Uint8Array, warnings: readonly string[], unsound: Unsound): ReadMessage => ({
  bytes,
  message: undefined,
  charset: '',
  type: '',
  controlId: '',
  identity: bytes,
  keys: [],
  lanes: [],
  warnings,
  unsound,
  owed: () => ({ code: '' }),
});

/** The protocol acknowledges by its link; only a query is answered, by the message its channel wrote. */
const framed = (message: ReadMessage): ReadFrame => ({
  messages: [message],
  reply(answers) {
    const text = answers.find((answer) => answer.text !== undefined)?.text;
    return text === undefined ? undefined : encoded(text, charsetOf(message.charset) ?? 'UTF-8');
  },
});

function encoded(text: string, charset: Charset): Uint8Array {
  const result = encodeText(text, charset);
  return result.problem === undefined ? result.bytes : new TextEncoder().encode(text);
}
