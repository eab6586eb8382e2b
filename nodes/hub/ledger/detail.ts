import type { Result } from '../../../contracts/kernel/action.ts';
import { Fault } from '../../../contracts/kernel/fault.ts';
import { deliveryTable } from '../../../contracts/message/delivery.record.ts';
import type { messageActions } from '../../../contracts/message/message.actions.ts';
import {
  messageBodyTable,
  messageOutcomeTable,
  messageTable,
} from '../../../contracts/message/message.record.ts';
import { decodeBytes } from '../../../mappings/hl7v2/charset.ts';
import { type Charset, charsetOf } from '../../../mappings/hl7v2/charset-names.ts';
import { Hl7Message } from '../../../mappings/hl7v2/message.ts';
import type { Call } from '../../kit/service.ts';
import type { HubForMessages } from './hub-for-messages.ts';
import { listMessages } from './query.ts';
import { Room } from './room.ts';
import { segmentViews } from './segments.ts';
import { charsetRead } from './settle.ts';

type Detail = Result<typeof messageActions.get>;
type Contents = Detail['contents'];

const mostText = 1_000_000;
const mostBytes = 1_048_576;
const mostPositions = 2000;
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
  const [[body], [outcome], deliveries, descendants] = await Promise.all([
    kit.find(messageBodyTable, 'system', { id }),
    kit.find(messageOutcomeTable, 'system', { id }),
    kit.find(deliveryTable, meta.caller, { messageId: id }, { orderBy: 'seq', limit: mostDeliveries }),
    listMessages(kit, meta.caller.orgId, { key: id, pageSize: 200 }),
  ]);
  return {
    message,
    contents: contentsOf(body?.raw, charsetRead(message), message.direction === 'in', room),
    canonical: outcome ? (JSON.parse(outcome.canonical) as unknown[]) : [],
    context: outcome?.context ?? {},
    deliveries: deliveries.map(({ body: sent, reply, ...delivery }) => {
      const theirs = charsetOfTarget(hub, delivery.orgId, delivery.target);
      const charset = isPassed(hub, delivery) ? charsetRead(message) : theirs;
      return {
        delivery,
        contents: contentsOf(sent.byteLength ? sent : undefined, charset, true, room),
        reply: reply ? room.text(textOf(reply, theirs)?.text ?? latin1(reply), mostText) : null,
      };
    }),
    descendants: descendants.items.filter((m) => m.originId === id),
  };
}

function charsetOfTarget({ book }: HubForMessages, orgId: string, target: string): Charset | undefined {
  const def = book.endpoint(orgId, target)?.def;
  return charsetOf(def?.names?.charset ?? '') ?? charsetOf(def?.decode.charset ?? '');
}

/** The bytes went on as they came, in the charset they came in. */
function isPassed(
  { book }: HubForMessages,
  { orgId, channel, target }: { orgId: string; channel: string; target: string },
): boolean {
  const found = book.channel(orgId, channel)?.targets.find((t) => t.def.endpoint === target);
  return found !== undefined && found.map === undefined;
}

function contentsOf(
  raw: Uint8Array | undefined,
  charset: Charset | undefined,
  hl7: boolean,
  whole: Room,
): Contents {
  if (!raw) return { raw: null, text: null, segments: [], truncated: false };
  const room = whole.part();
  const decoded = textOf(raw, charset);
  const text = decoded ? room.text(decoded.text, mostText) : null;
  const segments =
    hl7 && decoded ? segmentViews(Hl7Message.parse(decoded.text, { charset: decoded.charset }), room) : [];
  const bytes = room.bytes(raw, mostBytes);
  return { raw: Buffer.from(bytes).toString('base64'), text, segments, truncated: room.cut };
}

/**
 * Text in the charset it was read in. Where that is not known, or it was never readable, what the bytes can be without a single
 * character replaced; undefined where they are nothing.
 */
function textOf(
  raw: Uint8Array,
  charset: Charset | undefined,
): { text: string; charset: Charset } | undefined {
  if (charset) {
    const forced = decodeBytes(raw, { mode: 'forced', charset });
    if (!forced.problem) return forced;
  }
  const read = decodeBytes(raw, { mode: 'auto', charset: charset ?? 'GB18030' });
  return read.problem ? undefined : read;
}

const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');
