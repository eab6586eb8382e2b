import iconv from 'iconv-lite';
import type { Message } from '../api/client.generated.ts';
import { machines } from '../api/meta.generated.ts';
import { type Delivery, iso, newId, org, world } from './data.ts';
import { move } from './orders.ts';
import { Refusal, user } from './session.ts';
import { live, wire } from './wire.ts';

/** What the mock answers. Shapes are those of the contracts; `answer` gives undefined where there is no such route. */

type Any = Record<string, unknown>;

export interface Ask {
  method: string;
  path: string;
  query: URLSearchParams;
  body: Record<string, unknown>;
  ifMatch: number | undefined;
  tell: (topic: string, name: string, recordId: string) => void;
}

function list<T extends object>(
  rows: readonly T[],
  query: URLSearchParams,
  search: readonly string[],
): object {
  let found = [...rows] as unknown as Any[];
  const q = query.get('q')?.toLowerCase();
  if (q && search.length > 0)
    found = found.filter((r) =>
      search.some((f) =>
        String(r[f] ?? '')
          .toLowerCase()
          .startsWith(q),
      ),
    );
  for (const [name, value] of query) {
    const field = /^filter\[(\w+)\]$/.exec(name)?.[1];
    if (field === undefined) continue;
    const [from = '', to = ''] = value.split('..');
    const inside = (v: string) => (from === '' || v >= from) && (to === '' || v < to);
    found = found.filter((r) =>
      value.includes('..') ? inside(String(r[field])) : value.split(',').includes(String(r[field])),
    );
  }
  const key = query.get('key') ?? (rows === (world.deliveries as unknown) ? query.get('q') : null);
  if (key)
    found = found.filter((r) => (r.keys as { value: string }[] | undefined)?.some((k) => k.value === key));
  const sort = query.get('sort');
  if (sort) {
    const field = sort.replace('-', '');
    const sign = sort.startsWith('-') ? -1 : 1;
    found.sort((a, b) => (String(a[field]) < String(b[field]) ? -sign : sign));
  }
  const page = Number(query.get('page') ?? 1);
  const pageSize = Number(query.get('pageSize') ?? 25);
  return { items: found.slice((page - 1) * pageSize, page * pageSize), total: found.length, page, pageSize };
}

/** Deliveries of the messages with a business key; all without one. */
function deliveriesOf(key: string | null): Delivery[] {
  if (!key) return world.deliveries;
  const ids = new Set(world.messages.filter((m) => m.keys.some((k) => k.value === key)).map((m) => m.id));
  return world.deliveries.filter((d) => ids.has(d.messageId));
}

const one = <T extends { id: string }>(rows: readonly T[], id: string): T => {
  const row = rows.find((r) => r.id === id);
  if (row === undefined) throw new Refusal(404, 'kernel.record.missing', { record: '', id });
  return row;
};

function contents(id: string, charset: string) {
  const raw = world.bodies.get(id);
  const text = raw === undefined ? null : iconv.decode(raw, charset === 'UTF-8' ? 'utf8' : 'gb18030');
  return { raw: raw?.toString('base64') ?? null, text, segments: segments(text ?? ''), truncated: false };
}

function segments(text: string) {
  return text
    .split('\r')
    .filter((line) => /^[A-Z][A-Z0-9]{2}\|/.test(line))
    .map((raw) => {
      const parts = raw.split('|');
      const name = parts[0]!;
      const shift = name === 'MSH' ? 1 : 0;
      const fields = parts.slice(1).flatMap((value, i) => {
        if (value === '') return [];
        const position = `${name}-${i + 1 + shift}`;
        const comps = name === 'MSH' && i === 0 ? [value] : value.split('~')[0]!.split('^');
        if (comps.length === 1)
          return [{ position, value: value.replaceAll('\\T\\', '&'), null: value === '""' }];
        return comps.flatMap((c, j) =>
          c === '' ? [] : [{ position: `${position}.${j + 1}`, value: c, null: c === '""' }],
        );
      });
      return { name, raw, fields };
    });
}

function detail(message: Message) {
  const order = world.orders.find((o) => o.sourceId === message.id);
  return {
    message,
    contents: contents(message.id, message.charset),
    canonical:
      message.state === 'REFUSED'
        ? []
        : [
            {
              type: message.messageType.startsWith('ADT') ? 'PatientRegistered' : 'OrderPlaced',
              control: 'new',
              occurredAt: message.receivedAt,
              sender: 'HIS / HOSP',
              patient: {
                identifiers: [{ number: message.lane, authority: 'HIS', type: 'MR' }],
                name: '欧阳弢',
                sex: 'M',
                birthDate: '1985-06-14',
              },
              ...(order
                ? {
                    order: {
                      placerNumber: { number: order.placerNumber, authority: 'HIS' },
                      code: order.productCode,
                      name: order.productName,
                      priority: order.priority,
                      quantity: order.quantity,
                    },
                  }
                : {}),
            },
          ],
    context: world.contexts.get(message.id) ?? {},
    deliveries: world.deliveries
      .filter((d) => d.messageId === message.id)
      .map((delivery) => ({
        delivery,
        contents: contents(delivery.id, 'GB18030'),
        reply: world.replies.get(delivery.id) ?? null,
      })),
    descendants: world.messages.filter((m) => m.originId === message.id),
  };
}

function actMessage(message: Message, verb: string, ask: Ask): Message {
  if (verb === 'skip') {
    message.state = 'SKIPPED';
    message.reason = String(ask.body.reason);
  } else {
    if (verb === 'repair') message.state = 'REPAIRED';
    const copy: Message = {
      ...message,
      id: newId(),
      seq: message.seq + 10_000,
      receivedAt: iso(Date.now()),
      state: 'DONE',
      originId: message.id,
      originKind: verb,
      reason: String(ask.body.reason),
    };
    world.messages.unshift(copy);
    const raw =
      verb === 'repair' ? iconv.encode(String(ask.body.text), 'gb18030') : world.bodies.get(message.id);
    if (raw) world.bodies.set(copy.id, raw);
    ask.tell('message', 'message.done', copy.id);
    message = copy;
  }
  ask.tell('message', 'message.changed', message.id);
  return message;
}

function actDelivery(delivery: Delivery, verb: string, ask: Ask): Delivery {
  Object.assign(
    delivery,
    verb === 'skip'
      ? { state: 'SKIPPED', reason: ask.body.reason }
      : {
          state: 'DELIVERED',
          attempts: delivery.attempts + 1,
          doneAt: iso(Date.now()),
          roundTripMs: 24,
          ackCode: 'AA',
          faultCode: '',
          fault: null,
        },
  );
  ask.tell('message', 'delivery.changed', delivery.messageId);
  return delivery;
}

let replay: Any | undefined;

export function answer(ask: Ask): unknown {
  const { method, path, query, body } = ask;
  const get = method === 'GET';
  const [, plural = '', id = '', sub = '', verb = ''] = path.split('/');
  if (get && id === '') {
    if (plural === 'orders') return list(world.orders, query, ['number', 'placerNumber', 'productCode']);
    if (plural === 'donors') return list(world.donors, query, ['number', 'name', 'idNumber']);
    if (plural === 'messages') return list(world.messages, query, ['controlId']);
    if (plural === 'deliveries') return list(deliveriesOf(query.get('q')), query, []);
    if (plural === 'channels') return list(world.channels, query, ['code', 'name']);
    if (plural === 'channel-live') return live();
  }
  if (plural === 'orders') {
    const order = one(world.orders, id);
    if (get && sub === 'history') return { items: world.history.get(id) ?? [] };
    if (get) return order;
    if (sub === 'actions') {
      if (ask.ifMatch !== order.version) throw new Refusal(412, 'kernel.record.stale');
      const tr = (
        machines.order.transitions as Record<string, { from: readonly string[]; reason?: boolean }>
      )[verb];
      if (!tr?.from.includes(order.state))
        throw new Refusal(409, 'kernel.machine.illegal', { state: order.state, action: verb });
      move(order, verb, Date.now(), String(body.reason ?? ''), user());
      ask.tell('order', 'order.statusChanged', order.id);
      ask.tell('message', 'message.received', world.messages[0]!.id);
      return order;
    }
  }
  if (plural === 'donors') {
    const donor = one(world.donors, id);
    if (get) return donor;
    return {
      ...donor,
      name: '张文博',
      namePhonetic: 'ZHANG WENBO',
      birthDate: '1985-06-14',
      idNumber: '110101198506140011',
      phone: '13800000000',
      address: '北京市海淀区复兴路 28 号',
    };
  }
  if (plural === 'messages') {
    const message = one(world.messages, id);
    return get ? detail(message) : actMessage(message, verb, ask);
  }
  if (plural === 'deliveries') return actDelivery(one(world.deliveries, id), verb, ask);
  if (plural === 'message-replays') {
    if (id === '') {
      const chosen = body.selection as Any;
      const total = world.messages.filter(
        (m) =>
          (!chosen.state || m.state === chosen.state) && (!chosen.channel || m.channel === chosen.channel),
      ).length;
      if (body.dryRun) return { total, replay: null };
      replay = {
        id: newId(),
        orgId: org,
        createdAt: iso(Date.now()),
        createdBy: user(),
        reason: body.reason,
        selection: chosen,
        state: 'RUNNING',
        total,
        done: 0,
        cursor: 0,
      };
      return { total, replay };
    }
    if (replay === undefined) throw new Refusal(404, 'kernel.record.missing');
    if (sub === 'actions') replay.state = 'STOPPED';
    else if (replay.state === 'RUNNING') {
      replay.done = Math.min(Number(replay.total), Number(replay.done) + 7);
      if (replay.done === replay.total) replay.state = 'DONE';
    }
    return replay;
  }
  if (plural === 'channels') {
    const channel = one(world.channels, id);
    if (get && sub === 'versions')
      return {
        items: [4, 3, 2, 1].map((n) => ({
          id: `${id}#${n}`,
          channelId: id,
          number: n,
          text:
            n === 4
              ? channel.text
              : channel.text
                  .replace('onMiss: park', 'onMiss: refuse')
                  .replace('maxFrameBytes: 5000000', 'maxFrameBytes: 1000000'),
          note: ['', '首次发布', '增加取消医嘱', '延长空闲时间', '未对照代码改为挂起'][n],
          publishedAt: iso(Date.now() - (5 - n) * 6 * 86400_000),
          publishedBy: 'engineer',
        })),
      };
    if (get && sub === 'connections')
      return channel.kind === 'endpoint' ? wire() : { items: [], incidents: [] };
    if (get && sub === 'capture')
      return {
        items: world.messages.slice(0, 4).map((m, i) => ({
          at: m.receivedAt,
          direction: i % 2 ? 'out' : 'in',
          bytes: Buffer.concat([
            Buffer.from([0x0b]),
            world.bodies.get(m.id)!,
            Buffer.from([0x1c, 0x0d]),
          ]).toString('base64'),
        })),
      };
    if (get) return channel;
    channel.enabled = verb === 'start';
    ask.tell('channel', 'channel.changed', channel.id);
    return channel;
  }
  return undefined;
}
