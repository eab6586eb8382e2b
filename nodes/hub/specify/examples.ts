import type { Outcome } from '../../../mappings/engine/format.ts';
import type { Endpoint } from '../book.ts';
import { type Golden, goldenOf } from '../study/golden.ts';
import { wireBytes } from '../study/sample-bytes.ts';

/** A message as text, and how it is answered. */
export interface Example {
  readonly name: string;
  readonly type: string;
  readonly text: string;
  readonly good: boolean;
  /** Empty where nothing is answered. */
  readonly answer: string;
}

/** Answers in a document carry this time. */
const now = Date.UTC(2026, 0, 15, 2, 30, 0);
const most = { good: 3, bad: 1 };

/** Samples of an inbound mapping that the channel takes, each with the answer its endpoint gives. */
export function examplesIn(map: string, endpoint: Endpoint, takes: (type: string) => boolean): Example[] {
  const all = goldenOf(map)
    .map((golden) => exampleOf(golden, endpoint))
    .filter((one) => one !== undefined && takes(one.type)) as Example[];
  // One of each type first, then whatever else there is.
  const good = all.filter((e) => e.good);
  const first = good.filter((e, i) => good.findIndex((o) => o.type === e.type) === i);
  return [
    ...new Set([...first, ...good].slice(0, Math.max(most.good, Math.min(first.length, 8)))),
    ...all.filter((e) => !e.good).slice(0, most.bad),
  ];
}

function exampleOf(golden: Golden, endpoint: Endpoint): Example | undefined {
  const { name, bytes, meta, expected } = golden;
  const { format, def } = endpoint;
  const frame = { bytes: wireBytes(golden, endpoint), oddities: [], meta };
  const read = format.read(frame, def);
  const [one] = read.messages;
  if (!one) return undefined;
  const good = Array.isArray(expected) && expected.length > 0 && !one.unsound;
  if (Array.isArray(expected) && !good) return undefined;
  const outcome: Outcome =
    good || (def.ack?.when !== 'handled' && !one.unsound) ? 'AA' : (one.unsound?.answer ?? 'AE');
  const { code } = one.owed(outcome);
  const problem = (expected as { problems?: { source: string; reason: string }[] }).problems?.[0];
  const reason = one.unsound
    ? String(one.unsound.data.reason ?? one.unsound.code)
    : problem
      ? `${problem.source} ${problem.reason}`
      : 'refused';
  const answer = read.reply([{ code, outcome, ...(outcome === 'AA' ? {} : { reason }) }], now);
  return {
    name,
    type: one.type,
    text: readable(bytes),
    good,
    answer: answer ? steady(readable(answer)) : '',
  };
}

const readable = (bytes: Uint8Array): string =>
  Buffer.from(bytes).toString('utf8').replaceAll('\r\n', '\n').replaceAll('\r', '\n').trimEnd();

/** Our own control ids count on from the time; in a document they are always the same. */
const steady = (text: string): string => text.replace(ownIds, '$1$2001');
const ownIds = new RegExp(`\\b([A-Z])(${now.toString(36).toUpperCase()})[0-9A-Z]{1,8}\\b`, 'g');

/** Samples of an outbound mapping, as they leave. */
export const examplesOut = (map: string): Pick<Example, 'name' | 'text'>[] =>
  goldenOf(map)
    .slice(0, most.good)
    .map(({ name, bytes }) => ({ name, text: readable(bytes) }));
