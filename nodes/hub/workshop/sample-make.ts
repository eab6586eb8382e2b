import type { goldenSampleActions } from '../../../contracts/channel/golden-sample.actions.ts';
import { goldenSampleRecord } from '../../../contracts/channel/golden-sample.record.ts';
import type { Params } from '../../../contracts/kernel/action.ts';
import { Fault } from '../../../contracts/kernel/fault.ts';
import type { Canonical } from '../../../contracts/message/canonical.ts';
import { messageBodyTable, messageTable } from '../../../contracts/message/message.record.ts';
import { demand } from '../../kit/caller.ts';
import type { Call } from '../../kit/service.ts';
import type { Book, Endpoint } from '../book.ts';
import { pseudonyms } from './pseudonym.ts';
import { runTrial, type Tried } from './run.ts';
import type { SampleRow } from './samples.ts';
import type { WorkshopHub } from './workshop-hub.ts';

type Given = Params<typeof goldenSampleActions.create>;

interface From extends Tried {
  readonly definition: string;
  readonly name: string;
  readonly origin: SampleRow['origin'];
  readonly originId: string;
}

/** A sample from a message, a capture or bytes; what it gives under the definitions in force is not expected yet. */
export async function makeSample(hub: WorkshopHub, given: Given, call: Call): Promise<SampleRow> {
  const { orgId } = call.meta.caller;
  const from = given.message ? await fromMessage(hub, given, call) : fromBytes(hub, given, call);
  if (from.bytes.byteLength === 0) throw malformed('it is empty');
  if (!exists(hub, orgId, from.definition))
    throw new Fault('kernel.record.missing', { record: 'definition', id: from.definition });
  const made =
    given.keep === undefined
      ? pseudonymised(hub.book, orgId, from)
      : { bytes: from.bytes, charset: from.charset };
  return call.write(async (work) => {
    const known = await work.load(goldenSampleRecord, { definition: from.definition, voidedAt: null });
    if (given.name !== undefined && known.some((s) => s.name === given.name))
      throw new Fault('kernel.record.duplicate', { field: 'name' });
    const row = work.insert(goldenSampleRecord, {
      definition: from.definition,
      name: given.name ?? freeName(from.name, known),
      note: given.note ?? '',
      endpoint: from.endpoint,
      origin: from.origin,
      originId: from.originId.slice(0, 100),
      pseudonymised: given.keep === undefined,
      charset: made.charset,
      size: made.bytes.byteLength,
      meta: { ...from.meta },
      bytes: Buffer.from(made.bytes).toString('base64'),
      expected: null,
    });
    if (given.keep !== undefined) work.audit(goldenSampleRecord, row, 'keepPersonal', null, null, given.keep);
    return row;
  });
}

const malformed = (problem: string): Fault => new Fault('channel.sample.malformed', { problem });

const exists = ({ book, shipped }: WorkshopHub, orgId: string, code: string): boolean =>
  book.channel(orgId, code) !== undefined ||
  book.mappingDef(orgId, code) !== undefined ||
  shipped.mappings.has(code);

async function fromMessage(hub: WorkshopHub, given: Given, call: Call): Promise<From> {
  demand(call.meta.caller, 'message.content');
  const { kit, meta } = call;
  const id = given.message!;
  const [message] = await kit.find(messageTable, meta.caller, { id });
  if (!message) throw new Fault('kernel.record.missing', { record: 'message', id });
  const [body] = await kit.find(messageBodyTable, 'system', { id });
  if (!body) throw new Fault('message.body.pruned');
  await kit.work(meta, async (work) => work.audit(messageTable, message, 'view', null, null));
  const channel = hub.book.channel(meta.caller.orgId, message.channel);
  return {
    definition: given.definition ?? channel?.map?.id ?? message.channel,
    name: `${message.messageType} ${message.controlId}`.trim(),
    origin: 'message',
    originId: id,
    bytes: body.raw,
    meta: message.meta ?? {},
    charset: message.direction === 'in' ? message.charset : 'UTF-8',
    messageType: message.messageType,
    endpoint: message.endpoint,
  };
}

function fromBytes(hub: WorkshopHub, given: Given, call: Call): From {
  if (given.connection !== undefined) demand(call.meta.caller, 'message.content');
  if (given.bytes === undefined) throw malformed('give a message or bytes');
  const captured = given.connection !== undefined;
  const raw = Buffer.from(given.bytes, 'base64');
  const bytes = captured ? unframed(raw) : raw;
  const definition = given.definition ?? takerOf(hub.book, call.meta.caller.orgId, given, bytes);
  if (definition === undefined) throw malformed('say which definition it is a sample of');
  return {
    definition,
    name: captured ? `capture ${given.connection}` : 'sample',
    origin: captured ? 'capture' : 'upload',
    originId: given.connection ?? '',
    bytes,
    meta: given.meta ?? {},
    charset: '',
    endpoint: given.endpoint ?? '',
  };
}

/** The mapping, or the channel, that would take the message at its endpoint. */
function takerOf(book: Book, orgId: string, given: Given, bytes: Uint8Array): string | undefined {
  const endpoint = book.endpoint(orgId, given.endpoint ?? '');
  if (!endpoint) return undefined;
  const [one] = endpoint.format.read({ bytes, oddities: [], meta: given.meta ?? {} }, endpoint.def).messages;
  const [type = '', trigger] = one?.type.split('^') ?? [];
  const channel = book.channelFor(endpoint, type, trigger);
  return channel?.map?.id ?? channel?.code;
}

/** The first whole message of captured bytes: MLLP frames are opened, HTTP heads taken off. */
export function unframed(bytes: Buffer): Buffer {
  const start = bytes.indexOf(0x0b);
  if (start >= 0) {
    const end = bytes.indexOf(0x1c, start + 1);
    return bytes.subarray(start + 1, end < 0 ? bytes.length : end);
  }
  if (/^(POST|PUT|GET|HTTP\/)/.test(bytes.toString('latin1', 0, 5))) {
    const head = bytes.indexOf('\r\n\r\n');
    if (head >= 0) return bytes.subarray(head + 4);
  }
  const end = bytes.indexOf(0x1c);
  return end > 0 ? bytes.subarray(0, end) : bytes;
}

/** Refuses what cannot be read: then nobody knows what in it is personal. */
function pseudonymised(book: Book, orgId: string, from: From): { bytes: Uint8Array; charset: string } {
  const result = runTrial(book, orgId, from.definition, from);
  const unreadable = malformed(
    'its personal data cannot be found, as it cannot be read; give a reason to keep it as it is',
  );
  const out = book.channel(orgId, from.definition)?.kind === 'out' || isOut(book, orgId, from.definition);
  if (result.text === null || result.outcome === 'unread') throw unreadable;
  const endpoint = out ? undefined : endpointOf(book, orgId, from);
  const { text, replaced } = pseudonyms(
    orgId,
    wholeText(from, result, endpoint),
    result.canonical as Canonical[],
    result.segments,
    keysOf(from, endpoint),
  );
  const made = endpoint ? endpoint.format.edit(text, result.charset, endpoint.def) : undefined;
  if (made && 'bad' in made) throw malformed(made.bad);
  const bytes = made?.bytes ?? Buffer.from(text, 'utf8');
  const charset = made && from.charset !== '' ? made.charset : '';
  // Written another way than it is read (escaped), a value would have been passed over.
  const after = runTrial(book, orgId, from.definition, { ...from, bytes, charset });
  const left = after.segments.flatMap((s) => s.fields).find((f) => replaced.has(f.value));
  if (left) throw malformed(`${left.position} could not be replaced; give a reason to keep it as it is`);
  return { bytes, charset };
}

const isOut = (book: Book, orgId: string, code: string): boolean =>
  book.mappingDef(orgId, code)?.direction === 'out';

function endpointOf(book: Book, orgId: string, from: From): Endpoint {
  const channel = book.channel(orgId, from.definition);
  const user = book.inbound.find((c) => c.orgId === orgId && c.map?.id === from.definition);
  const code =
    from.endpoint || (channel?.kind === 'in' ? channel.def.source.endpoint : user?.def.source.endpoint);
  const found = code === undefined ? undefined : book.endpoint(orgId, code);
  if (!found) throw malformed('say which endpoint it would come from');
  return found;
}

function wholeText(from: From, result: ReturnType<typeof runTrial>, endpoint: Endpoint | undefined): string {
  const text = endpoint?.format.text(from.bytes, result.charset) ?? Buffer.from(from.bytes).toString('utf8');
  if (text.length > 1_000_000) throw malformed('it is longer than a million characters');
  return text;
}

const keysOf = (from: From, endpoint: Endpoint | undefined) =>
  endpoint
    ? endpoint.format
        .read({ bytes: from.bytes, oddities: [], meta: from.meta }, endpoint.def)
        .messages.flatMap((m) => m.keys)
    : [];

function freeName(wanted: string, known: readonly SampleRow[]): string {
  const base = (wanted || 'sample').slice(0, 70);
  for (let n = 1; ; n++) {
    const name = n === 1 ? base : `${base} ${n}`;
    if (!known.some((s) => s.name === name)) return name;
  }
}
