import type { EndpointDef } from '../../contracts/channel/endpoint.schema.ts';
import type { FaultCode } from '../../contracts/faults/catalogue.ts';
import type { Answer, FrameToRead, Outcome, ReadFrame, ReadMessage } from '../engine/format.ts';
import { type AckCode, type AckError, acknowledgement, acknowledgementBytes, salvageHeader } from './ack.ts';
import { ackPlan } from './ack-plan.ts';
import { type Batch, batchAcknowledgement, splitBatch } from './batch.ts';
import { decodeBytes } from './charset.ts';
import { encodeText } from './charset-encode.ts';
import type { Charset } from './charset-names.ts';
import { hl7Instant } from './date.ts';
import { businessKeys, laneKey, priorLanes } from './keys.ts';
import { Hl7Message } from './message.ts';
import { compilePath } from './path.ts';
import { checkSoundness, firstFatal, type SoundnessProblem } from './sound.ts';

const at = {
  type: compilePath('MSH-9.1'),
  trigger: compilePath('MSH-9.2'),
  control: compilePath('MSH-10'),
  time: compilePath('MSH-7'),
  accept: compilePath('MSH-15'),
  application: compilePath('MSH-16'),
  orders: { order: compilePath('ORC-2.1'), specimen: compilePath('SPM-2.1'), device: compilePath('MSH-3.1') },
};

type Unsound = NonNullable<ReadMessage['unsound']>;

/** Decodes, splits, checks and keys a frame. Never throws: what cannot be read becomes an unsound message with its reason. */
export function readHl7(frame: FrameToRead, endpoint: EndpointDef): ReadFrame {
  if (frame.broken) return refused(frame, endpoint, frame.broken.code, { reason: frame.broken.reason });
  const decoded = decodeBytes(frame.bytes, endpoint.decode);
  if (decoded.problem) return refused(frame, endpoint, 'hub.charset.undecodable', { ...decoded.problem });
  const warnings = [...frame.oddities, ...decoded.warnings.map((w) => `${w.code} ${w.detail}`)];
  const batch = splitBatch(decoded.text);
  if (batch) return readBatch(frame, endpoint, batch, decoded.charset, warnings);
  const one = readOne(endpoint, frame.bytes, decoded.text, decoded.charset, warnings);
  return { messages: [one], reply: ([answer], now) => answer && one.answer(answer, now) };
}

/** A message with the way it is acknowledged. */
interface Hl7Read extends ReadMessage {
  answerText(answer: Answer, now: number): string | undefined;
  answer(answer: Answer, now: number): Uint8Array | undefined;
}

function readBatch(
  frame: FrameToRead,
  endpoint: EndpointDef,
  batch: Batch,
  charset: Charset,
  warnings: string[],
): ReadFrame {
  const notes = [
    ...warnings,
    ...batch.problems.map(
      (p) => `batch ${p.reason} ${p.segment}${p.declared === undefined ? '' : ` ${p.declared}/${p.actual}`}`,
    ),
  ];
  const messages = batch.messages.map(({ text, batch: id }) => {
    const encoded = encodeText(text, charset);
    const bytes = encoded.problem === undefined ? encoded.bytes : frame.bytes;
    return readOne(endpoint, bytes, text, charset, notes, id);
  });
  if (messages.length === 0)
    return refused(frame, endpoint, 'hub.message.unsound', {
      segment: 'MSH',
      field: '',
      reason: 'no message in the batch',
    });
  const reply = (answers: readonly Answer[], now: number): Uint8Array | undefined => {
    const acks = messages.flatMap((m, i) => m.answerText(answers[i]!, now) ?? []);
    if (acks.length === 0) return undefined;
    const text = batchAcknowledgement({
      headers: batch.headers,
      acknowledgements: acks,
      controlId: controlIdOf(now),
      at: hl7Instant(now, 480),
    });
    const encoded = encodeText(text, charset);
    return encoded.problem === undefined ? encoded.bytes : Buffer.from(text, 'utf8');
  };
  return { messages, reply };
}

function readOne(
  endpoint: EndpointDef,
  bytes: Uint8Array,
  text: string,
  charset: Charset,
  oddities: readonly string[],
  batchId?: string,
): Hl7Read {
  const message = Hl7Message.parse(text, { charset });
  const problems = checkSoundness(message);
  const fatal = firstFatal(problems);
  const type = message.read(at.type) ?? '';
  const trigger = message.read(at.trigger);
  const controlId = plain(message.read(at.control) ?? '').slice(0, 191);
  const error: AckError | undefined = fatal && {
    segment: fatal.segment || 'MSH',
    ...(fatal.field ? { field: fatal.field } : {}),
    code: fatal.reason === 'field-required' ? 101 : 100,
  };
  return {
    bytes,
    message,
    charset,
    type: plain(trigger ? `${type}^${trigger}` : type).slice(0, 40),
    controlId,
    identity:
      endpoint.duplicate?.match === 'control-id' ? `${message.read(at.time) ?? ''}\n${controlId}` : bytes,
    series: controlId,
    keys: keysOf(message, batchId),
    lanes: fatal ? [] : lanesOf(endpoint, message),
    warnings: problems.some((p) => !p.fatal) ? [...oddities, ...problems.flatMap(warningOf)] : oddities,
    ...(fatal ? { unsound: unsoundOf(fatal) } : {}),
    owed: (outcome) => owed(endpoint, message, outcome),
    ...answering(endpoint, message, charset, error),
  };
}

const warningOf = (p: SoundnessProblem): string[] =>
  p.fatal ? [] : [`${p.segment}${p.field ? `-${p.field}` : ''} ${p.reason}`];

const unsoundOf = (fatal: SoundnessProblem): Unsound => ({
  code: 'hub.message.unsound',
  data: { segment: fatal.segment, field: fatal.field ?? '', reason: fatal.reason, index: fatal.index },
  answer: fatal.answer === 'AR' ? 'AR' : 'AE',
});

function refused(
  frame: FrameToRead,
  endpoint: EndpointDef,
  code: FaultCode,
  data: Record<string, unknown>,
): ReadFrame {
  const salvaged = salvageHeader(frame.bytes);
  const { message } = salvaged ?? {};
  const one: Hl7Read = {
    bytes: frame.bytes,
    message,
    charset: salvaged?.charset ?? '',
    type: plain(message?.read(at.type) ?? '').slice(0, 40),
    controlId: plain(message?.read(at.control) ?? '').slice(0, 191),
    identity: frame.bytes,
    keys: message ? keysOf(message) : [],
    lanes: [],
    warnings: frame.oddities,
    unsound: { code, data, answer: 'AR' },
    owed: () => ({ code: endpoint.ack?.mode === 'none' ? '' : 'AR' }),
    ...answering(endpoint, message, salvaged?.charset, { segment: 'MSH', code: 100 }),
  };
  return { messages: [one], reply: ([answer], now) => answer && one.answer(answer, now) };
}

/** The acknowledgement of an outcome, in the sender's charset and delimiters; an answer's text takes its place. */
function answering(
  endpoint: EndpointDef,
  message: Hl7Message | undefined,
  charset: Charset | undefined,
  unsound: AckError | undefined,
): Pick<Hl7Read, 'answer' | 'answerText' | 'later'> {
  const input = (answer: Answer, now: number) => ({
    message,
    code: answer.code as AckCode,
    controlId: controlIdOf(now),
    at: hl7Instant(now, 480),
    error: errorOf(answer, unsound),
    warning: answer.unwanted && answer.outcome === 'AA' ? 'filtered' : undefined,
    trigger: endpoint.ack?.trigger,
    charset,
  });
  const answerText = (answer: Answer, now: number): string | undefined =>
    answer.code === '' ? undefined : (answer.text ?? acknowledgement(input(answer, now)));
  return {
    answerText,
    answer: (answer, now) => {
      if (answer.code === '') return undefined;
      if (answer.text === undefined) return acknowledgementBytes(input(answer, now));
      const encoded = encodeText(answer.text, charset ?? 'UTF-8');
      return encoded.problem === undefined ? encoded.bytes : Buffer.from(answer.text, 'utf8');
    },
    later: (answer, now) => acknowledgementBytes(input(answer, now)),
  };
}

/** ERR of an answer (HL7 table 0357): where it is unsound, an unwanted type, or what handling said. */
function errorOf(answer: Answer, unsound: AckError | undefined): AckError | undefined {
  if (answer.outcome === 'AA') return undefined;
  if (unsound) return { ...unsound, ...(answer.reason ? { text: answer.reason } : {}) };
  if (answer.unwanted)
    return { segment: 'MSH', field: 9, code: 200, text: 'no channel takes this message type' };
  return answer.reason === undefined ? undefined : { segment: 'MSH', code: 207, text: answer.reason };
}

/**
 * Which acknowledgement is owed for an outcome (HL7 v2.9 §2.9.2, §2.9.3): the accept one at once where the sender asks for it,
 * then the application one when the message has been handled.
 */
function owed(endpoint: EndpointDef, message: Hl7Message, outcome: Outcome): ReturnType<ReadMessage['owed']> {
  const { ack } = endpoint;
  if (!ack) return { code: '' };
  const plan = ackPlan({
    msh15: message.read(at.accept),
    msh16: message.read(at.application),
    mode: ack.mode,
    ...(ack.profile ? { profile: ack.profile } : {}),
  });
  const way = outcome === 'AA' ? 'success' : 'error';
  if (plan.mode !== 'enhanced') return { code: plan.application[way] ? outcome : '' };
  const application = plan.application.success || plan.application.error;
  return {
    code: plan.accept[way] ? `C${outcome[1]}` : '',
    ...(application ? { later: plan.application } : {}),
  };
}

function lanesOf(endpoint: EndpointDef, message: Hl7Message): string[] {
  const { lane } = endpoint;
  if (lane === 'endpoint') return [endpoint.endpoint];
  const own = lane === 'patient' ? laneKey(message) : message.read(at.orders[lane])?.slice(0, 64);
  return own
    ? [...new Set([own, ...(lane === 'patient' ? priorLanes(message) : [])].map(plain).filter(Boolean))]
    : [];
}

/** Columns of the journal: PostgreSQL keeps no NUL, and one would fail the commit of all that arrived with it. The bytes keep theirs. */
const plain = (text: string): string => (text.includes('\u0000') ? text.replaceAll('\u0000', '') : text);

const keysOf = (message: Hl7Message, batchId?: string): { kind: string; value: string }[] =>
  businessKeys(message, batchId)
    .map(({ kind, value }) => ({ kind, value: plain(value) }))
    .filter(({ value }) => value !== '');

let acks = 0;
/** MSH-10 of an acknowledgement: unique enough for its short life, at most 20 characters. */
const controlIdOf = (now: number): string =>
  `A${now.toString(36)}${(acks = (acks + 1) % 46656).toString(36).padStart(3, '0')}`.toUpperCase();
