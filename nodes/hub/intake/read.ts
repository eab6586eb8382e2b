import { createHash } from 'node:crypto';
import type { InboundFrame } from '../../../contracts/adapter/port.ts';
import { Fault, type FaultShape } from '../../../contracts/kernel/fault.ts';
import type { MessageState } from '../../../contracts/message/message.record.ts';
import type { Answer, ReadFrame, ReadMessage } from '../../../mappings/engine/format.ts';
import type { Book, Endpoint, InChannel } from '../book.ts';

/** One message as it came, ready for the journal and for its acknowledgement. */
export interface Arrival {
  readonly endpoint: Endpoint;
  readonly frame: Pick<InboundFrame, 'connection' | 'peer' | 'receivedAt' | 'meta' | 'mayRepeat'>;
  /** As its format read it. */
  readonly read: ReadMessage;
  readonly digest: string;
  readonly channel: InChannel | undefined;
  readonly state: MessageState;
  readonly fault: FaultShape | undefined;
  readonly ackCode: string;
  /** A second answer follows when the message has been handled. */
  readonly later?: { readonly success: boolean; readonly error: boolean } | undefined;
  /** How it is answered as soon as it is kept. */
  readonly answer: Answer;
}

/** Messages of one frame and how they are answered together. */
export interface Reading {
  readonly arrivals: readonly Arrival[];
  readonly reply: ReadFrame['reply'];
}

/** The application acknowledgement of a handled message; undefined where its outcome owes none. */
export function laterReply(
  arrival: Arrival,
  good: boolean,
  fault: { message: string } | undefined,
  now: number,
): Uint8Array | undefined {
  if (!arrival.later?.[good ? 'success' : 'error']) return undefined;
  const outcome = good ? 'AA' : 'AE';
  return arrival.read.later?.(
    { code: outcome, outcome, ...(fault ? { reason: fault.message } : {}), ...unwanted(arrival) },
    now,
  );
}

const unwanted = ({ channel, read }: Pick<Arrival, 'channel' | 'read'>) =>
  channel || read.unsound ? {} : { unwanted: true };

/** Reads a frame by the format of its endpoint, and finds the channel of each message. Never throws. */
export function readFrame(endpoint: Endpoint, frame: InboundFrame, book: Book): Reading {
  const read = endpoint.format.read(frame, endpoint.def);
  const { connection, peer, receivedAt, meta, mayRepeat = true } = frame;
  const from = { connection, peer, receivedAt, mayRepeat, ...(meta ? { meta } : {}) };
  return {
    arrivals: read.messages.map((message) => arrivalOf(endpoint, from, message, book)),
    reply: read.reply,
  };
}

function arrivalOf(endpoint: Endpoint, frame: Arrival['frame'], read: ReadMessage, book: Book): Arrival {
  const common = { endpoint, frame, read, digest: digestOf(endpoint, read) };
  if (read.unsound) {
    const fault = new Fault(read.unsound.code, read.unsound.data);
    const outcome = read.unsound.answer;
    const { code, later } = read.owed(outcome);
    const answer = { code, outcome, reason: fault.message };
    return {
      ...common,
      channel: undefined,
      state: 'REFUSED',
      fault: fault.toJSON(),
      ackCode: code,
      later,
      answer,
    };
  }
  const [type, trigger] = read.type.split('^');
  const channel = book.channelFor(endpoint, type ?? '', trigger);
  const rejected = channel === undefined && endpoint.def.ack?.unrouted === 'reject';
  const outcome = rejected ? 'AR' : 'AA';
  const { code, later } = read.owed(outcome);
  return {
    ...common,
    channel,
    state: channel ? 'RECEIVED' : 'FILTERED',
    fault: undefined,
    ackCode: code,
    later,
    answer: channel ? { code, outcome } : { code, outcome, unwanted: true },
  };
}

/** What makes two arrivals the same, by the endpoint's policy; empty where none are. */
function digestOf({ code }: Endpoint, { identity, series }: ReadMessage): string {
  if (identity === '') return '';
  const hash = createHash('sha256').update(`${code}\n`).update(identity).digest('base64url').slice(0, 32);
  // Hashes alone would spread over the whole index: a page of it read and written for each message.
  return series ? `${series.slice(0, 24)} ${hash}` : hash;
}
