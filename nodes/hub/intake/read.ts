import { createHash } from 'node:crypto';
import type { InboundFrame } from '../../../contracts/adapter/port.ts';
import { Fault, type FaultShape } from '../../../contracts/kernel/fault.ts';
import type { MessageState } from '../../../contracts/message/message.record.ts';
import {
  type AckCode,
  type AckError,
  acknowledgement,
  acknowledgementBytes,
  salvageHeader,
} from '../../../mappings/hl7v2/ack.ts';
import { ackPlan } from '../../../mappings/hl7v2/ack-plan.ts';
import { type Batch, batchAcknowledgement, splitBatch } from '../../../mappings/hl7v2/batch.ts';
import { decodeBytes } from '../../../mappings/hl7v2/charset.ts';
import { encodeText } from '../../../mappings/hl7v2/charset-encode.ts';
import type { Charset } from '../../../mappings/hl7v2/charset-names.ts';
import { hl7Instant } from '../../../mappings/hl7v2/date.ts';
import { businessKeys, laneKey, priorLanes } from '../../../mappings/hl7v2/keys.ts';
import { Hl7Message } from '../../../mappings/hl7v2/message.ts';
import { compilePath } from '../../../mappings/hl7v2/path.ts';
import { checkSoundness, firstFatal } from '../../../mappings/hl7v2/sound.ts';
import type { Book, Endpoint, InChannel } from '../book.ts';

const at = {
  type: compilePath('MSH-9.1'),
  trigger: compilePath('MSH-9.2'),
  control: compilePath('MSH-10'),
  time: compilePath('MSH-7'),
  accept: compilePath('MSH-15'),
  application: compilePath('MSH-16'),
  orders: { order: compilePath('ORC-2.1'), specimen: compilePath('SPM-2.1'), device: compilePath('MSH-3.1') },
};

/** One message as it came, ready for the journal and for its acknowledgement. */
export interface Arrival {
  readonly endpoint: Endpoint;
  readonly bytes: Uint8Array;
  readonly frame: Pick<InboundFrame, 'connection' | 'peer' | 'receivedAt'>;
  readonly message: Hl7Message | undefined;
  readonly charset: Charset | undefined;
  readonly messageType: string;
  readonly controlId: string;
  readonly digest: string;
  readonly channel: InChannel | undefined;
  readonly keys: { kind: string; value: string }[];
  /** Patients whose order it must keep; the first is its own lane. */
  readonly lanes: readonly string[];
  readonly state: MessageState;
  readonly fault: FaultShape | undefined;
  readonly warnings: readonly string[];
  readonly ackCode: AckCode | '';
  /** Enhanced mode: an application acknowledgement follows when the message has been handled. */
  readonly later?: { readonly success: boolean; readonly error: boolean } | undefined;
  readonly error: AckError | undefined;
}

/** Messages of one frame and how they are answered together. */
export interface Reading {
  readonly arrivals: readonly Arrival[];
  /** The reply for the outcome of each arrival; undefined where none is owed. */
  readonly reply: (codes: readonly (AckCode | '')[], now: number) => Uint8Array | undefined;
}

/** The application acknowledgement of a handled message (HL7 v2.9 §2.9.3.2); undefined where its outcome owes none. */
export function laterReply(
  arrival: Arrival,
  good: boolean,
  fault: { message: string } | undefined,
  now: number,
): Uint8Array | undefined {
  if (!arrival.later?.[good ? 'success' : 'error']) return undefined;
  const error: AckError | undefined = fault && { segment: 'MSH', code: 207, text: fault.message };
  return acknowledgementBytes({ ...ackInput(arrival.endpoint, arrival, good ? 'AA' : 'AE', now), error });
}

/** Decodes, splits, checks and keys a frame. Never throws: what cannot be read becomes a refused arrival with its reason. */
export function readFrame(endpoint: Endpoint, frame: InboundFrame, book: Book): Reading {
  const { def } = endpoint;
  if (frame.broken)
    return refusedFrame(
      endpoint,
      frame,
      new Fault(frame.broken.code, { reason: frame.broken.reason }),
      frame.bytes,
    );
  const decoded = decodeBytes(frame.bytes, def.decode);
  if (decoded.problem)
    return refusedFrame(
      endpoint,
      frame,
      new Fault('hub.charset.undecodable', { ...decoded.problem }),
      frame.bytes,
    );
  const warnings = [...frame.oddities, ...decoded.warnings.map((w) => `${w.code} ${w.detail}`)];
  const batch = splitBatch(decoded.text);
  if (!batch) {
    const arrival = readOne(endpoint, frame, frame.bytes, decoded.text, decoded.charset, warnings, book);
    return { arrivals: [arrival], reply: ([code], now) => replyOne(endpoint, arrival, code ?? '', now) };
  }
  return readBatch(endpoint, frame, batch, decoded.charset, warnings, book);
}

function readBatch(
  endpoint: Endpoint,
  frame: InboundFrame,
  batch: Batch,
  charset: Charset,
  warnings: string[],
  book: Book,
): Reading {
  const notes = [
    ...warnings,
    ...batch.problems.map(
      (p) => `batch ${p.reason} ${p.segment}${p.declared === undefined ? '' : ` ${p.declared}/${p.actual}`}`,
    ),
  ];
  const arrivals = batch.messages.map(({ text, batch: id }) => {
    const encoded = encodeText(text, charset);
    const bytes = encoded.problem === undefined ? encoded.bytes : frame.bytes;
    return readOne(endpoint, frame, bytes, text, charset, notes, book, id);
  });
  if (arrivals.length === 0)
    return refusedFrame(
      endpoint,
      frame,
      new Fault('hub.message.unsound', { segment: 'MSH', field: '', reason: 'no message in the batch' }),
      frame.bytes,
    );
  const reply = (codes: readonly (AckCode | '')[], now: number): Uint8Array | undefined => {
    const acks = arrivals
      .map((a, i) => replyText(endpoint, a, codes[i] ?? '', now))
      .filter((t) => t !== undefined);
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
  return { arrivals, reply };
}

function readOne(
  endpoint: Endpoint,
  frame: InboundFrame,
  bytes: Uint8Array,
  text: string,
  charset: Charset,
  oddities: readonly string[],
  book: Book,
  batchId?: string,
): Arrival {
  const message = Hl7Message.parse(text, { charset });
  const problems = checkSoundness(message);
  const fatal = firstFatal(problems);
  const warnings = [
    ...oddities,
    ...problems.filter((p) => !p.fatal).map((p) => `${p.segment}${p.field ? `-${p.field}` : ''} ${p.reason}`),
  ];
  const type = message.read(at.type) ?? '';
  const trigger = message.read(at.trigger);
  const controlId = plain(message.read(at.control) ?? '').slice(0, 191);
  const common = {
    endpoint,
    bytes,
    frame,
    message,
    charset,
    messageType: plain(trigger ? `${type}^${trigger}` : type).slice(0, 40),
    controlId,
    digest: digestOf(endpoint, bytes, message, controlId),
    keys: keysOf(message, batchId),
    warnings,
  };
  if (fatal) {
    const fault = new Fault('hub.message.unsound', {
      segment: fatal.segment,
      field: fatal.field ?? '',
      reason: fatal.reason,
      index: fatal.index,
    });
    return {
      ...common,
      channel: undefined,
      lanes: [],
      state: 'REFUSED',
      fault: fault.toJSON(),
      ...owed(endpoint, message, fatal.answer === 'AR' ? 'AR' : 'AE'),
      error: {
        segment: fatal.segment || 'MSH',
        ...(fatal.field ? { field: fatal.field } : {}),
        code: fatal.reason === 'field-required' ? 101 : 100,
        text: fault.message,
      },
    };
  }
  const channel = book.channelFor(endpoint, type, trigger);
  const unwanted = channel === undefined && endpoint.def.ack?.unrouted === 'reject';
  return {
    ...common,
    channel,
    lanes: lanesOf(endpoint, message),
    state: channel ? 'RECEIVED' : 'FILTERED',
    fault: undefined,
    ...owed(endpoint, message, unwanted ? 'AR' : 'AA'),
    error: unwanted
      ? { segment: 'MSH', field: 9, code: 200, text: 'no channel takes this message type' }
      : undefined,
  };
}

function refusedFrame(endpoint: Endpoint, frame: InboundFrame, fault: Fault, bytes: Uint8Array): Reading {
  const salvaged = salvageHeader(bytes);
  const arrival: Arrival = {
    endpoint,
    bytes,
    frame,
    message: salvaged?.message,
    charset: salvaged?.charset,
    messageType: plain(salvaged?.message.read(at.type) ?? '').slice(0, 40),
    controlId: plain(salvaged?.message.read(at.control) ?? '').slice(0, 191),
    digest: digestOf(endpoint, bytes, undefined, ''),
    channel: undefined,
    keys: salvaged ? keysOf(salvaged.message) : [],
    lanes: [],
    state: 'REFUSED',
    fault: fault.toJSON(),
    warnings: frame.oddities,
    ackCode: endpoint.def.ack?.mode === 'none' ? '' : 'AR',
    error: { segment: 'MSH', code: 100, text: fault.message },
  };
  return { arrivals: [arrival], reply: ([code], now) => replyOne(endpoint, arrival, code ?? '', now) };
}

/**
 * Which acknowledgement is owed for an outcome (HL7 v2.9 §2.9.2, §2.9.3): the accept one at once where the sender asks for it,
 * then the application one when the message has been handled.
 */
function owed(
  endpoint: Endpoint,
  message: Hl7Message,
  outcome: 'AA' | 'AE' | 'AR',
): { ackCode: AckCode | ''; later?: Arrival['later'] } {
  const ack = endpoint.def.ack;
  if (!ack) return { ackCode: '' };
  const plan = ackPlan({
    msh15: message.read(at.accept),
    msh16: message.read(at.application),
    mode: ack.mode,
    ...(ack.profile ? { profile: ack.profile } : {}),
  });
  const way = outcome === 'AA' ? 'success' : 'error';
  if (plan.mode !== 'enhanced') return { ackCode: plan.application[way] ? outcome : '' };
  const application = plan.application.success || plan.application.error;
  return {
    ackCode: plan.accept[way] ? (`C${outcome[1]}` as AckCode) : '',
    ...(application ? { later: plan.application } : {}),
  };
}

function lanesOf(endpoint: Endpoint, message: Hl7Message): string[] {
  const { lane } = endpoint.def;
  if (lane === 'endpoint') return [endpoint.code];
  const own = lane === 'patient' ? laneKey(message) : message.read(at.orders[lane])?.slice(0, 64);
  return own
    ? [...new Set([own, ...(lane === 'patient' ? priorLanes(message) : [])].map(plain).filter(Boolean))]
    : [];
}

/** Columns of the journal: PostgreSQL keeps no NUL, and one would fail the commit of all that arrived with it. The bytes keep theirs. */
const plain = (text: string): string => (text.includes('\u0000') ? text.replaceAll('\u0000', '') : text);

const keysOf = (message: Hl7Message, batchId?: string): Arrival['keys'] =>
  businessKeys(message, batchId)
    .map(({ kind, value }) => ({ kind, value: plain(value) }))
    .filter(({ value }) => value !== '');

/** What makes two arrivals the same: by the endpoint's policy the bytes, or MSH-7 and MSH-10. */
function digestOf(
  endpoint: Endpoint,
  bytes: Uint8Array,
  message: Hl7Message | undefined,
  controlId: string,
): string {
  const hash = createHash('sha256').update(endpoint.code);
  if (endpoint.def.duplicate?.match === 'control-id' && message)
    hash.update(`\n${message.read(at.time) ?? ''}\n${controlId}`);
  else hash.update('\n').update(bytes);
  return hash.digest('base64url').slice(0, 32);
}

function replyText(
  endpoint: Endpoint,
  arrival: Arrival,
  code: AckCode | '',
  now: number,
): string | undefined {
  return code === '' ? undefined : acknowledgement(ackInput(endpoint, arrival, code, now));
}

function replyOne(
  endpoint: Endpoint,
  arrival: Arrival,
  code: AckCode | '',
  now: number,
): Uint8Array | undefined {
  return code === '' ? undefined : acknowledgementBytes(ackInput(endpoint, arrival, code, now));
}

const ackInput = (endpoint: Endpoint, arrival: Arrival, code: AckCode, now: number) => ({
  message: arrival.message,
  code,
  controlId: controlIdOf(now),
  at: hl7Instant(now, 480),
  error: arrival.error,
  warning: arrival.state === 'FILTERED' && !arrival.error ? 'filtered' : undefined,
  trigger: endpoint.def.ack?.trigger,
  charset: arrival.charset,
});

let acks = 0;
/** MSH-10 of an acknowledgement: unique enough for its short life, at most 20 characters. */
const controlIdOf = (now: number): string =>
  `A${now.toString(36)}${(acks = (acks + 1) % 46656).toString(36).padStart(3, '0')}`.toUpperCase();
