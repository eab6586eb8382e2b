import type { Static } from 'typebox';
import type { EndpointDef } from '../../../contracts/channel/endpoint.schema.ts';
import type { Result } from '../../../contracts/kernel/action.ts';
import { Fault } from '../../../contracts/kernel/fault.ts';
import { deliveryTable } from '../../../contracts/message/delivery.record.ts';
import type { messageActions, segmentView } from '../../../contracts/message/message.actions.ts';
import {
  messageBodyTable,
  messageOutcomeTable,
  messageTable,
} from '../../../contracts/message/message.record.ts';
import type { Format, ViewPart } from '../../../mappings/engine/format.ts';
import { decodeBytes } from '../../../mappings/hl7v2/charset.ts';
import { charsetOf } from '../../../mappings/hl7v2/charset-names.ts';
import type { Call } from '../../kit/service.ts';
import type { HubForMessages } from './hub-for-messages.ts';
import type { MessageRow } from './journal.ts';
import { listMessages } from './query.ts';
import { Room } from './room.ts';

type Detail = Result<typeof messageActions.get>;
type Contents = Detail['contents'];
type SegmentView = Static<typeof segmentView>;

const mostText = 1_000_000;
const mostBytes = 1_048_576;
const mostPositions = 2000;
/** No value and no segment is shown longer than this. */
const longest = 4000;
const mostDeliveries = 100;
/** Of a whole answer, so that it passes a mesh of 8 MB whatever the charset. */
const whole = { positions: mostPositions, characters: 1_600_000, bytes: 1_500_000 };

/** A message in all its forms. The view is audited before anything is shown; a pruned message has no contents left. */
export async function messageDetail(hub: HubForMessages, id: string, call: Call): Promise<Detail> {
  const { kit, meta } = call;
  const [message] = await kit.find(messageTable, meta.caller, { id });
  if (!message) throw new Fault('kernel.record.missing', { record: 'message', id });
  await kit.work(meta, async (work) => work.audit(messageTable, message, 'view', null, null));

  const room = new Room({ ...whole });
  const own = readerOf(hub, message);
  const [[body], [outcome], deliveries, descendants] = await Promise.all([
    kit.find(messageBodyTable, 'system', { id }),
    kit.find(messageOutcomeTable, 'system', { id }),
    kit.find(deliveryTable, meta.caller, { messageId: id }, { orderBy: 'seq', limit: mostDeliveries }),
    listMessages(kit, meta.caller.orgId, { key: id, pageSize: 200 }),
  ]);
  return {
    message,
    contents: contentsOf(body?.raw, own, room),
    canonical: outcome ? (JSON.parse(outcome.canonical) as unknown[]) : [],
    mapping: outcome?.mapping ?? '',
    context: outcome?.context ?? {},
    deliveries: deliveries.map(({ body: sent, reply, ...delivery }) => {
      const theirs = readerOfTarget(hub, delivery.orgId, delivery.target);
      const reader = isPassed(hub, delivery) ? own : theirs;
      return {
        delivery,
        contents: contentsOf(sent.byteLength ? sent : undefined, reader, room),
        reply: reply ? room.text(textOf(reply, theirs)?.text ?? latin1(reply), mostText) : null,
      };
    }),
    descendants: descendants.items.filter((m) => m.originId === id),
  };
}

/** How bytes are read: the format and charset of the endpoint they came from or went to. */
interface Reader {
  readonly format: Format;
  readonly charset: string;
  readonly meta: MessageRow['meta'];
  readonly def: EndpointDef;
}

/** As the message came; an outbound one is our canonical message, shown as text. */
function readerOf({ book }: HubForMessages, row: MessageRow): Reader | undefined {
  const endpoint = book.endpoint(row.orgId, row.endpoint);
  const charset = row.faultCode === 'hub.charset.undecodable' ? '' : row.charset;
  return endpoint && { format: endpoint.format, charset, meta: row.meta, def: endpoint.def };
}

function readerOfTarget({ book }: HubForMessages, orgId: string, target: string): Reader | undefined {
  const endpoint = book.endpoint(orgId, target);
  if (!endpoint) return undefined;
  const { def, format } = endpoint;
  return { format, charset: charsetOf(def.names?.charset ?? '') ?? def.decode.charset, meta: null, def };
}

/** The bytes went on as they came, in the charset they came in. */
function isPassed(
  { book }: HubForMessages,
  { orgId, channel, target }: { orgId: string; channel: string; target: string },
): boolean {
  const found = book.channel(orgId, channel)?.targets.find((t) => t.def.endpoint === target);
  return found !== undefined && found.map === undefined;
}

function contentsOf(raw: Uint8Array | undefined, reader: Reader | undefined, whole: Room): Contents {
  if (!raw) return { raw: null, text: null, segments: [], truncated: false };
  const room = whole.part();
  const decoded = textOf(raw, reader);
  const text = decoded === undefined ? null : room.text(decoded.text, mostText);
  const segments = decoded && reader ? viewsOf(raw, { ...reader, charset: decoded.charset }, room) : [];
  const bytes = room.bytes(raw, mostBytes);
  return { raw: Buffer.from(bytes).toString('base64'), text, segments, truncated: room.cut };
}

/** Every position that holds something, as far as there is room. */
function viewsOf(raw: Uint8Array, { format, charset, meta, def }: Reader, room: Room): SegmentView[] {
  const message = format.view && format.parse(raw, { charset, meta: meta ?? {} }, def);
  return message === undefined ? [] : shownParts(format.view!(message), room);
}

export function shownParts(parts: Iterable<ViewPart>, room: Room): SegmentView[] {
  const views: SegmentView[] = [];
  for (const part of parts) {
    if (room.full) break;
    const view: SegmentView = { name: part.name, raw: room.text(part.raw, longest), fields: [] };
    views.push(view);
    for (const field of part.fields) {
      if (!room.position()) break;
      view.fields.push({ ...field, value: room.text(field.value, longest) });
    }
  }
  return views;
}

/**
 * Text in the charset it was read in. Where that is not known, or it was never readable, what the bytes can be without a single
 * character replaced; undefined where they are nothing.
 */
function textOf(raw: Uint8Array, reader: Reader | undefined): { text: string; charset: string } | undefined {
  const { format, charset = 'UTF-8' } = reader ?? {};
  const known = charset === '' ? undefined : (format?.text(raw, charset) ?? undefined);
  if (known !== undefined) return { text: known, charset };
  const read = decodeBytes(raw, { mode: 'auto', charset: charsetOf(charset) ?? 'GB18030' });
  return read.problem ? undefined : read;
}

const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');
