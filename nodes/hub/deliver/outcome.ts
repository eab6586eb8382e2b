import type { SendOutcome } from '../../../contracts/adapter/port.ts';
import { Fault, type FaultShape } from '../../../contracts/kernel/fault.ts';
import { readAcknowledgement } from '../../../mappings/hl7v2/ack-read.ts';
import { decodeBytes } from '../../../mappings/hl7v2/charset.ts';

/**
 * What a try means for the delivery.
 * - `delivered` accepted by the peer
 * - `wait`      provably not accepted, or the peer deduplicates: the same bytes again later
 * - `park`      it will always fail, or a person must look whether it arrived
 */
export type Verdict =
  | {
      readonly kind: 'delivered';
      readonly ackCode: string;
      readonly reply: Uint8Array;
      readonly roundTripMs: number;
    }
  | {
      readonly kind: 'wait' | 'park';
      readonly ackCode: string;
      readonly fault: FaultShape;
      readonly reply?: Uint8Array;
      readonly roundTripMs?: number;
    };

/** Errors of HL7 Table 0357 by which a peer says "not now". */
const passing = new Set(['206', '207']);

export function judge(
  outcome: SendOutcome,
  policy: { decode: { mode: 'auto' | 'forced'; charset: string }; ambiguous: 'resend' | 'ask' },
): Verdict {
  if (outcome.kind === 'not-sent')
    return { kind: 'wait', ackCode: '', fault: new Fault(outcome.code, { reason: outcome.reason }).toJSON() };
  if (outcome.kind === 'unknown')
    return {
      kind: policy.ambiguous === 'ask' ? 'park' : 'wait',
      ackCode: '',
      fault: new Fault(outcome.code, { reason: outcome.reason, ms: 0 }).toJSON(),
    };
  const { bytes: reply, roundTripMs } = outcome;
  const decoded = decodeBytes(reply, policy.decode);
  const text = decoded.problem ? Buffer.from(reply).toString('latin1') : decoded.text;
  const ack = readAcknowledgement(text);
  const code = ack.code ?? '';
  if (code === 'AA' || code === 'CA' || (ack.kind === 'query-reply' && code === ''))
    return { kind: 'delivered', ackCode: code, reply, roundTripMs };
  if (code === '')
    return {
      kind: policy.ambiguous === 'ask' ? 'park' : 'wait',
      ackCode: '',
      reply,
      roundTripMs,
      fault: new Fault('hub.peer.negative', { ack: '?', reason: 'the reply is no acknowledgement' }).toJSON(),
    };
  const detail = [ack.error?.segment, ack.error?.field, ack.error?.code].filter(Boolean).join(' ');
  if (ack.error?.code !== undefined && passing.has(ack.error.code))
    return {
      kind: 'wait',
      ackCode: code,
      reply,
      roundTripMs,
      fault: new Fault('hub.peer.busy', { ack: code }).toJSON(),
    };
  return {
    kind: 'park',
    ackCode: code,
    reply,
    roundTripMs,
    fault: new Fault('hub.peer.negative', { ack: code, reason: detail || 'no reason given' }).toJSON(),
  };
}
