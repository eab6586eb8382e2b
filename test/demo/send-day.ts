import { HisSender, type Reply } from '../peers/his/sender.ts';
import type { DayItem } from './item.ts';
import type { SeenAck } from './judge.ts';

export interface SendDayOptions {
  host: string;
  port: number;
  /** Milliseconds an answer may take. */
  timeoutMs?: number;
  /** Called after each item. */
  sent?: (item: DayItem, ack: SeenAck, ms: number) => void;
}

/**
 * Sends the items in order, one at a time, on one connection that is opened again when lost; items that ask for it get a
 * connection of their own. Returns the answer seen for each, in order. Rejects when the platform cannot be reached.
 */
export async function sendDay(items: readonly DayItem[], options: SendDayOptions): Promise<SeenAck[]> {
  const connect = () =>
    HisSender.connect({ host: options.host, port: options.port, timeoutMs: options.timeoutMs ?? 10_000 });
  const seen: SeenAck[] = [];
  const used: HisSender[] = [];
  let line: HisSender | undefined;
  try {
    for (const item of items) {
      if (item.ownConnection || !line?.open) used.push(await connect());
      const sender = item.ownConnection || !line?.open ? used.at(-1)! : line;
      if (!item.ownConnection) line = sender;
      const { ack, ms } = await sendItem(sender, item);
      if (item.ownConnection) await sender.end();
      seen.push(ack);
      options.sent?.(item, ack, ms);
    }
    return items.map((item, at) => (item.ack === 'none' ? unasked(item, used) : seen[at]!));
  } finally {
    await Promise.all(used.map((sender) => sender.end()));
  }
}

async function sendItem(sender: HisSender, item: DayItem): Promise<{ ack: SeenAck; ms: number }> {
  const raw = item.chunks;
  try {
    if (item.ack === 'none') {
      await sender.sendRaw(raw ?? [Buffer.of(0x0b), item.bytes!, Buffer.of(0x1c, 0x0d)]);
      return { ack: 'none', ms: 0 };
    }
    const reply: Reply = await (raw
      ? sender.send(Buffer.alloc(0), { raw, controlId: item.controlId })
      : sender.send(item.bytes!));
    return { ack: reply.code || 'no MSA', ms: reply.ms };
  } catch (error) {
    return { ack: (error as { code?: string }).code ?? String(error), ms: 0 };
  }
}

/** The code of an answer that nobody waited for; `none` when there was none by the end of the day. */
function unasked(item: DayItem, used: readonly HisSender[]): SeenAck {
  const replies = used.flatMap((sender) => sender.unmatched);
  const reply = replies.find((one) => item.controlId !== '' && one.controlId === item.controlId);
  return reply?.code ?? 'none';
}
