import type { EndpointDef } from '../../../contracts/channel/endpoint.schema.ts';
import type { Sent, TrialResult } from '../../../contracts/channel/trial.schema.ts';
import { isFault } from '../../../contracts/kernel/fault.ts';
import type { CodeMiss, MappingProblem, OutEnvironment } from '../../../contracts/mapping/outcome.ts';
import type { Canonical } from '../../../contracts/message/canonical.ts';
import { formatOf } from '../../../mappings/engine/documents.ts';
import type { Format } from '../../../mappings/engine/format.ts';
import { formats } from '../../../mappings/formats.generated.ts';
import type { Book, InChannel, OutChannel, Target } from '../book.ts';
import { environmentOf, mapOut } from '../deliver/deliveries.ts';
import { shownParts } from '../ledger/detail.ts';
import { Room } from '../ledger/room.ts';
import { translate } from '../translate/translate.ts';

/** A message to be tried. */
export interface Tried {
  readonly bytes: Uint8Array;
  readonly meta: Readonly<Record<string, string>>;
  /** Charset it was read in, for a message of the journal; empty: it is read as it would come. */
  readonly charset: string;
  readonly messageType?: string;
  /** Endpoint whose settings read it; empty: that of the channel. */
  readonly endpoint: string;
  /** HL7 v2 in files of ours is UTF-8, whatever the message says of itself. */
  readonly utf8?: boolean;
  /** Settings that read it, before those of any endpoint in force. */
  readonly settings?: EndpointDef | undefined;
  /** What an out mapping reads by `$name`. */
  readonly environment?: OutEnvironment | undefined;
}

/** A trial gives the same every time: control id and time stand still. */
const trialId = '00000000-0000-7000-8000-000000000001';
const trialTime = '2026-01-01T00:00:00.000Z';
const shownMost = { positions: 4000, characters: 800_000, bytes: 1_000_000 };

const nothing: TrialResult = {
  outcome: 'untried',
  messageType: '',
  charset: '',
  bytes: '',
  text: null,
  segments: [],
  canonical: [],
  calls: [],
  sends: [],
  problems: [],
  misses: [],
};

/** The message through a definition of the book: a channel, a mapping by itself, or the channel an endpoint finds for it. */
export function runTrial(book: Book, orgId: string, code: string, tried: Tried): TrialResult {
  const room = new Room({ ...shownMost });
  const channel = book.channel(orgId, code);
  if (channel?.kind === 'out') return runOut(book, channel, tried, room);
  if (channel) return runIn(book, orgId, channel, tried, room);
  const def = book.mappingDef(orgId, code);
  if (def?.direction === 'out') return runOutMapping(book, orgId, code, tried, room);
  if (def) return runIn(book, orgId, code, tried, room);
  const endpoint = book.endpoint(orgId, code);
  return endpoint ? runIn(book, orgId, undefined, { ...tried, endpoint: code }, room) : nothing;
}

type Readable = { readonly def: EndpointDef; readonly format: Format };

/** Where the bytes of a mapping's sample come from: the endpoint named, that of a channel which uses it, or a plain one. */
function endpointFor(book: Book, orgId: string, tried: Tried, mapping: string): Readable {
  const { settings } = tried;
  const shipped = settings && formats.get(formatOf(settings));
  if (settings && shipped) return { def: settings, format: shipped };
  const named = book.endpoint(orgId, tried.endpoint);
  if (named) return named;
  const user = book.inbound.find((c) => c.orgId === orgId && c.map?.id === mapping);
  const theirs = user && book.endpoint(orgId, user.def.source.endpoint);
  if (theirs) return theirs;
  const name = book.mappingDef(orgId, mapping)?.format ?? 'hl7v2';
  return { format: formats.get(name)!, def: plainEndpoint(name) };
}

export const plainEndpoint = (format: string): EndpointDef => ({
  endpoint: 'trial',
  title: { zh: '试运行', en: 'Trial' },
  org: 'TRIAL',
  adapter: 'mllp',
  format,
  decode: { mode: 'auto', charset: 'UTF-8' },
  lane: 'endpoint',
  retainDays: 1,
});

function runIn(
  book: Book,
  orgId: string,
  what: InChannel | string | undefined,
  tried: Tried,
  room: Room,
): TrialResult {
  const given = typeof what === 'object' ? what : undefined;
  const source = given
    ? (book.endpoint(orgId, tried.endpoint) ?? book.endpoint(orgId, given.def.source.endpoint))
    : typeof what === 'string'
      ? endpointFor(book, orgId, tried, what)
      : book.endpoint(orgId, tried.endpoint);
  if (!source) return { ...nothing, outcome: 'unread' };
  const messages = readIn(source, tried);
  const result = empty(source.format, tried, messages[0], room);
  for (const one of messages) {
    if (one.message === undefined || one.unsound) {
      result.outcome = 'unread';
      result.problems.push({ path: 'message', source: '', reason: one.unsound ?? 'cannot be read' });
      continue;
    }
    const [type = '', trigger] = one.type.split('^');
    const channel =
      given ??
      (typeof what === 'string'
        ? undefined
        : book.inbound.find(
            (c) => c.orgId === orgId && c.def.source.endpoint === tried.endpoint && c.accepts(type, trigger),
          ));
    if (typeof what === 'string') mapOnly(book, orgId, what, one.message, result);
    else if (channel) throughChannel(book, channel, one, result, room);
    else result.outcome = worse(result.outcome, 'filtered');
  }
  if (messages.length === 0) result.outcome = 'unread';
  return result;
}

type Result = { -readonly [K in keyof TrialResult]: TrialResult[K] };
interface One {
  readonly bytes: Uint8Array;
  readonly message: unknown;
  readonly type: string;
  readonly charset: string;
  readonly unsound?: string | undefined;
}

function readIn({ format, def }: Readable, tried: Tried): One[] {
  const { bytes, meta, charset, messageType } = tried;
  if (charset !== '') {
    const message = format.parse(bytes, { charset, meta }, def);
    return [{ bytes, message, type: messageType ?? '', charset }];
  }
  const decode = tried.utf8 ? ({ mode: 'forced', charset: 'UTF-8' } as const) : def.decode;
  return format.read({ bytes, oddities: [], meta }, { ...def, decode }).messages.map((m) => ({
    bytes: m.bytes,
    message: m.message,
    type: m.type,
    charset: m.charset,
    unsound: m.unsound && `${m.unsound.code} ${Object.values(m.unsound.data).join(' ')}`.trim(),
  }));
}

function empty(format: Format, tried: Tried, first: One | undefined, room: Room): Result {
  const charset = first?.charset || tried.charset || 'UTF-8';
  const text = format.text(first?.bytes ?? tried.bytes, charset);
  return {
    ...nothing,
    outcome: 'mapped',
    messageType: first?.type ?? '',
    charset,
    bytes: base64(first?.bytes ?? tried.bytes, room),
    text: text === undefined ? null : room.text(text, 200_000),
    segments:
      first?.message !== undefined && !first.unsound && format.view
        ? shownParts(format.view(first.message), room)
        : [],
    canonical: [],
    calls: [],
    sends: [],
    problems: [],
    misses: [],
  };
}

const order = ['mapped', 'filtered', 'refused', 'unread', 'untried'] as const;
const worse = (a: Result['outcome'], b: Result['outcome']): Result['outcome'] =>
  order.indexOf(a) >= order.indexOf(b) ? a : b;

function mapOnly(book: Book, orgId: string, mapping: string, message: unknown, result: Result): void {
  const map = book.mapping(orgId, mapping);
  if (map?.direction !== 'in') return;
  take(result, map.toCanonical(message));
  const user = book.inbound.find((c) => c.orgId === orgId && c.map?.id === mapping);
  result.calls = [...(user?.def.calls ?? [])];
}

type Mapped =
  | { readonly messages: readonly Canonical[]; readonly misses: readonly CodeMiss[] }
  | { readonly problems: readonly MappingProblem[]; readonly misses: readonly CodeMiss[] };

function take(result: Result, mapped: Mapped): void {
  result.misses.push(...mapped.misses.map(({ table, code }) => ({ table, code })));
  if ('messages' in mapped) result.canonical.push(...mapped.messages);
  else {
    result.outcome = worse(result.outcome, 'refused');
    result.problems.push(...mapped.problems.map(({ path, source, reason }) => ({ path, source, reason })));
  }
}

function throughChannel(book: Book, channel: InChannel, one: One, result: Result, room: Room): void {
  const { messages, fault, misses } = translate(channel, one.message);
  result.misses.push(...misses.map(({ table, code }) => ({ table, code })));
  if (fault) {
    result.outcome = worse(result.outcome, 'refused');
    const problems = (fault.data.problems ?? []) as TrialResult['problems'];
    const all = problems.length ? problems : [{ path: '', source: '', reason: fault.message }];
    result.problems.push(...all.map(({ path, source, reason }) => ({ path, source, reason })));
    return;
  }
  if (!messages) {
    result.outcome = worse(result.outcome, 'filtered');
    return;
  }
  result.canonical.push(...messages);
  result.calls = [...(channel.def.calls ?? [])];
  sendAll(book, channel, one.message, one.bytes, messages, result, room);
}

function sendAll(
  book: Book,
  channel: InChannel | OutChannel,
  source: unknown,
  bytes: Uint8Array,
  messages: readonly Canonical[],
  result: Result,
  room: Room,
): void {
  for (const target of channel.targets) {
    if (!target.wants(source)) continue;
    if (!target.map) {
      result.sends.push({ ...blank(target), text: result.text ?? '', bytes: base64(bytes, room) });
      continue;
    }
    for (const message of messages) sendOne(book, channel.orgId, target, message, result, room);
  }
}

const blank = (target: Target): Sent => ({
  target: target.def.endpoint,
  mapping: target.mapping ?? '',
  text: '',
  bytes: '',
  segments: [],
});
const base64 = (bytes: Uint8Array, room: Room): string =>
  Buffer.from(room.bytes(bytes, 100_000)).toString('base64');

function sendOne(
  book: Book,
  orgId: string,
  target: Target,
  message: Canonical,
  result: Result,
  room: Room,
): void {
  const endpoint = book.endpoint(orgId, target.def.endpoint);
  const path = target.def.endpoint;
  if (!endpoint) {
    result.problems.push({ path, source: '', reason: `no endpoint named "${path}"` });
    return;
  }
  const { def, format } = endpoint;
  try {
    const text = mapOut(target.map!, message, environmentOf(def.names, trialId, trialTime));
    const written = format.write(text, def);
    if ('bad' in written) throw new Error(written.bad);
    result.sends.push({
      ...blank(target),
      text: room.text(text, 200_000),
      bytes: base64(written.bytes, room),
      segments: segmentsOf(format, text, def, room),
    });
  } catch (error) {
    result.outcome = worse(result.outcome, 'refused');
    const at = isFault(error) ? String(error.data.path ?? error.data.table ?? '') : '';
    result.problems.push({ path: `${path} ${at}`.trim(), source: '', reason: (error as Error).message });
  }
}

/** Positions of a text we wrote. */
export function segmentsOf(format: Format, text: string, def: EndpointDef, room: Room): Sent['segments'] {
  const message = format.view && format.parse(Buffer.from(text, 'utf8'), { charset: 'UTF-8', meta: {} }, def);
  return message === undefined ? [] : shownParts(format.view!(message), room);
}

/** Canonical messages as an out definition reads them: one, or a list. */
function canonicalOf(tried: Tried, result: Result): Canonical[] {
  try {
    const value = JSON.parse(Buffer.from(tried.bytes).toString('utf8')) as Canonical | Canonical[];
    const list = [value].flat().filter((m) => typeof m === 'object' && m !== null);
    if (list.length === 0) throw new Error('no canonical message');
    return list;
  } catch (error) {
    result.outcome = 'unread';
    result.problems.push({ path: 'message', source: '', reason: (error as Error).message });
    return [];
  }
}

const outgoing = (tried: Tried, room: Room): Result => {
  const text = Buffer.from(tried.bytes).toString('utf8');
  return {
    ...nothing,
    outcome: 'mapped',
    charset: 'UTF-8',
    bytes: base64(tried.bytes, room),
    text: room.text(text, 200_000),
    canonical: [],
    sends: [],
    problems: [],
    misses: [],
    segments: segmentsOf(formats.get('json')!, text, plainEndpoint('json'), room),
  };
};

function runOut(book: Book, channel: OutChannel, tried: Tried, room: Room): TrialResult {
  const result = outgoing(tried, room);
  for (const message of canonicalOf(tried, result)) {
    result.messageType = message.type;
    if (message.type !== channel.reads || !channel.wants(message)) {
      result.outcome = worse(result.outcome, 'filtered');
      continue;
    }
    result.canonical.push(message);
    sendAll(book, channel, message, tried.bytes, [message], result, room);
  }
  return result;
}

function runOutMapping(book: Book, orgId: string, code: string, tried: Tried, room: Room): TrialResult {
  const map = book.mapping(orgId, code);
  const format = formats.get(book.mappingDef(orgId, code)!.format)!;
  const result = outgoing(tried, room);
  if (map?.direction !== 'out') return result;
  const environment = tried.environment ?? environmentOf(undefined, trialId, trialTime);
  for (const message of canonicalOf(tried, result)) {
    result.messageType = message.type;
    result.canonical.push(message);
    const mapped = map.fromCanonical(message, environment);
    result.misses.push(...mapped.misses.map(({ table, code: missed }) => ({ table, code: missed })));
    if ('text' in mapped) {
      result.sends.push({
        target: '',
        mapping: code,
        text: room.text(mapped.text, 200_000),
        bytes: base64(Buffer.from(mapped.text, 'utf8'), room),
        segments: segmentsOf(format, mapped.text, plainEndpoint(format.name), room),
      });
    } else {
      result.outcome = worse(result.outcome, 'refused');
      result.problems.push(...mapped.problems.map(({ path, source, reason }) => ({ path, source, reason })));
    }
  }
  return result;
}
