import { createHash } from 'node:crypto';
import type { InboundFrame } from '../../../contracts/adapter/port.ts';
import type { Canonical } from '../../../contracts/message/canonical.ts';
import type { OutMappingCompiled } from '../../../mappings/engine/compiled.ts';
import type { ReadMessage } from '../../../mappings/engine/format.ts';
import type { Endpoint } from '../book.ts';
import { environmentOf } from '../deliver/deliveries.ts';
import type { Arrival, Reading } from '../intake/read.ts';
import { translate } from '../translate/translate.ts';
import { goldenOf } from './golden.ts';

/** Line ends and outer white space may change on the way through XML. */
const digestOf = (bytes: Uint8Array): string =>
  createHash('sha256')
    .update(Buffer.from(bytes).toString('latin1').replaceAll('\r\n', '\n').replaceAll('\r', '\n').trim())
    .digest('hex');

/**
 * The samples a self-test has under way on this node. A frame from this very host whose bytes are those of an expected sample is kept in
 * its end state, without keys, lane or channel: nothing later takes it up, not even after a crash.
 */
export class Rehearsals {
  private readonly expected = new Map<string, { readonly endpointId: string; count: number }>();

  /** Bytes that will arrive at an endpoint; gives the way to end the expectation. */
  expect(endpointId: string, bytes: Uint8Array): () => void {
    const key = digestOf(bytes);
    const known = this.expected.get(key);
    if (known) known.count++;
    else this.expected.set(key, { endpointId, count: 1 });
    return () => {
      const one = this.expected.get(key);
      if (one && --one.count === 0) this.expected.delete(key);
    };
  }

  /** The reading as a self-test; undefined where the frame is none. */
  of(endpoint: Endpoint, frame: InboundFrame, reading: Reading): Reading | undefined {
    if (this.expected.size === 0 || !fromHere(frame.peer)) return undefined;
    const digests = [digestOf(frame.bytes), ...reading.arrivals.map((a) => digestOf(a.read.bytes))];
    if (!digests.some((d) => this.expected.get(d)?.endpointId === endpoint.id)) return undefined;
    return { ...reading, arrivals: reading.arrivals.map(rehearsed) };
  }
}

const nobody = '00000000-0000-7000-8000-000000000000';

/** Addresses of this host itself; a self-test goes to no other. */
const fromHere = (peer: string): boolean => /^\[?(127\.|::1\b|::ffff:127\.)/.test(peer);

function rehearsed(arrival: Arrival): Arrival {
  const { read, channel, frame } = arrival;
  const common = {
    ...arrival,
    frame: { ...frame, meta: { ...frame.meta, selfTest: 'true' } },
    read: withoutTraces(read),
    digest: '',
    channel: undefined,
    state: 'FILTERED' as const,
  };
  if (read.unsound || !channel) return common;
  const { fault } = translate(channel, read.message);
  // What is answered when kept is told before it is mapped.
  if (!fault) {
    const text = channel.answer && sampleAnswer(channel.answer, arrival.endpoint);
    return text === undefined ? common : { ...common, answer: { ...arrival.answer, text } };
  }
  if (arrival.endpoint.def.ack?.when !== 'handled') return { ...common, fault };
  const { code } = read.owed('AE');
  return { ...common, fault, ackCode: code, answer: { code, outcome: 'AE', reason: fault.message } };
}

/** A query is answered with what the mapping of its answer has as a sample: nobody's data. */
function sampleAnswer(map: OutMappingCompiled, { def }: Endpoint): string | undefined {
  const [golden] = goldenOf(map.id);
  if (!golden) return undefined;
  const environment = environmentOf(
    def.names,
    nobody,
    golden.environment.time ?? '2026-01-01T00:00:00+00:00',
  );
  const result = map.fromCanonical(golden.expected as Canonical, environment);
  return 'text' in result ? result.text : undefined;
}

/** The message without what would let others find it or wait for it. */
const withoutTraces = (read: ReadMessage): ReadMessage => ({
  bytes: read.bytes,
  message: read.message,
  charset: read.charset,
  type: read.type,
  controlId: read.controlId,
  identity: '',
  keys: [],
  lanes: [],
  warnings: read.warnings,
  ...(read.unsound ? { unsound: read.unsound } : {}),
  owed: (outcome) => read.owed(outcome),
  ...(read.later ? { later: (answer, now) => read.later!(answer, now) } : {}),
});
