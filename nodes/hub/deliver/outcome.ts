import type { SendOutcome } from '../../../contracts/adapter/port.ts';
import { Fault, type FaultShape } from '../../../contracts/kernel/fault.ts';
import type { Said } from '../../../mappings/engine/format.ts';
import type { Endpoint } from '../book.ts';

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

/** What one try says, by the protocol's own verdict and, where the reply carries one, by the format's acknowledgement. */
export function judge(
  outcome: SendOutcome,
  endpoint: Pick<Endpoint, 'def' | 'format'>,
  ambiguous: 'resend' | 'ask',
): Verdict {
  if (outcome.kind === 'not-sent')
    return { kind: 'wait', ackCode: '', fault: new Fault(outcome.code, { reason: outcome.reason }).toJSON() };
  if (outcome.kind === 'unknown')
    return {
      kind: ambiguous === 'ask' ? 'park' : 'wait',
      ackCode: '',
      fault: new Fault(outcome.code, { reason: outcome.reason, ms: 0 }).toJSON(),
    };
  const { bytes: reply, roundTripMs } = outcome;
  const { verdict, code, reason } = saidBy(outcome, endpoint);
  const ackCode = code.slice(0, 20);
  if (verdict === 'good') return { kind: 'delivered', ackCode, reply, roundTripMs };
  const fault = (busy: boolean) =>
    (busy
      ? new Fault('hub.peer.busy', { ack: code })
      : new Fault('hub.peer.negative', { ack: code || '?', reason })
    ).toJSON();
  const waits = verdict === 'busy' || (verdict === 'unclear' && ambiguous === 'resend');
  return { kind: waits ? 'wait' : 'park', ackCode, reply, roundTripMs, fault: fault(verdict === 'busy') };
}

/** The protocol's word comes first where it is not good; a good one may still carry a negative acknowledgement. */
function saidBy(
  { bytes, said }: Extract<SendOutcome, { kind: 'replied' }>,
  { def, format }: Pick<Endpoint, 'def' | 'format'>,
): Said {
  if (said && said.verdict !== 'good') return { reason: 'no reason given', ...said };
  const read = bytes.byteLength > 0 || !said ? format.said?.(bytes, def) : undefined;
  if (read && (read.verdict !== 'unclear' || !said)) return read;
  return { verdict: said ? 'good' : 'unclear', code: said?.code ?? '', reason: 'the reply says nothing' };
}
