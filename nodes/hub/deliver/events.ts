import type { ActionDef } from '../../../contracts/kernel/action.ts';
import type { EventEnvelope } from '../../../contracts/kernel/event.ts';
import { isFault } from '../../../contracts/kernel/fault.ts';
import type { describeAction } from '../../../contracts/kernel/receive.ts';
import type { Canonical } from '../../../contracts/message/canonical.ts';
import { messageTable } from '../../../contracts/message/message.record.ts';
import { systemCaller } from '../../kit/caller.ts';
import { iso } from '../../kit/ids.ts';
import type { Kit } from '../../kit/kit.ts';
import { find } from '../../kit/store.ts';
import type { Book, OutChannel } from '../book.ts';
import { type Journal, type NewMessage, shardOf } from '../ledger/journal.ts';
import { type Miss, reportMisses } from '../route/notices.ts';
import type { Meter } from '../supervise/meter.ts';
import { mappingFault } from '../translate/translate.ts';
import type { Deliveries, NewDelivery } from './deliveries.ts';

interface Parts {
  readonly kit: Kit;
  readonly journal: Journal;
  readonly deliveries: Deliveries;
  readonly meter: Meter;
  readonly book: () => Book;
}

/**
 * Events of ours on their way to partners: described as canonical messages, kept in the journal as outbound messages, mapped
 * to deliveries in the same transaction. The same event twice changes nothing.
 */
export async function carryEvents(parts: Parts, events: readonly EventEnvelope[]): Promise<void> {
  const { kit, book } = parts;
  for (const group of byNameAndOrg(events)) {
    const { name, orgId } = group[0]!;
    if (!book().outbound.some((c) => c.enabled && c.event === name && c.orgId === orgId)) continue;
    const messages = await describe(kit, name, orgId, group);
    await keep(parts, name, orgId, group, messages);
  }
  parts.deliveries.wake();
}

function byNameAndOrg(events: readonly EventEnvelope[]): EventEnvelope[][] {
  const groups = new Map<string, EventEnvelope[]>();
  for (const e of events) {
    const key = `${e.name}|${e.orgId}`;
    const group = groups.get(key);
    if (group) group.push(e);
    else groups.set(key, [e]);
  }
  return [...groups.values()];
}

async function describe(
  kit: Kit,
  name: string,
  orgId: string,
  events: readonly EventEnvelope[],
): Promise<Map<string, Canonical>> {
  const by = kit.registry.events.get(name)?.describedBy;
  if (!by) return new Map(events.map((e) => [e.id, e.payload as Canonical]));
  const action = kit.registry.actions.get(by) as ActionDef & ReturnType<typeof describeAction>;
  const { messages } = await kit.call(
    action,
    { events: events.map(({ id, payload }) => ({ id, payload })) },
    { caller: systemCaller('hub', orgId), requestId: events[0]!.id },
  );
  return new Map(messages.map((m) => [m.id, m.message as Canonical]));
}

async function keep(
  { kit, journal, deliveries, meter, book }: Parts,
  name: string,
  orgId: string,
  events: readonly EventEnvelope[],
  described: ReadonlyMap<string, Canonical>,
): Promise<void> {
  const kept: {
    message: NewMessage;
    raw: Uint8Array;
    canonical: Canonical;
    made: NewDelivery[];
    mapping: string | null;
  }[] = [];
  for (const event of events) {
    const canonical = described.get(event.id);
    if (!canonical) continue;
    for (const [i, channel] of book().outFor(name, orgId, canonical).entries()) {
      if (!channel.wants(canonical)) continue;
      kept.push({ ...outgoing(kit, deliveries, event, canonical, channel, i), mapping: channel.mapping });
    }
  }
  if (kept.length === 0) return;
  await kit.databases.main.tx(async (sql) => {
    const known = new Set(
      (await find(sql, kit.vault, messageTable, 'system', { id: kept.map((k) => k.message.id) })).map(
        (r) => r.id,
      ),
    );
    const fresh = kept.filter((k) => !known.has(k.message.id));
    if (fresh.length === 0) return;
    const seqs = await journal.insert(sql, fresh);
    const rows = fresh.map((k) => ({
      ...k.message,
      seq: seqs.get(k.message.id)!,
      canonical: JSON.stringify([k.canonical]),
      mapping: k.mapping,
      fault: k.message.fault as { code: string } | undefined,
    }));
    await journal.settle(sql, rows, iso(kit.clock()));
    await deliveries.insert(
      sql,
      fresh.flatMap((k) => k.made),
    );
  });
  for (const k of kept) meter.outgoing(k.message);
  await reportMisses(
    kit,
    kept.flatMap(({ message }) => missOf(message)),
  );
}

/** The code that a message of ours is parked for, as work for a person. */
function missOf({ fault, channel, id, orgId }: NewMessage): Miss[] {
  const { code, data } = (fault ?? {}) as { code?: string; data?: { table?: string; code?: string } };
  if (code !== 'codeset.code.unmapped' || !data?.table || !data.code) return [];
  return [{ table: data.table, code: data.code, channel, messageId: id, orgId }];
}

function outgoing(
  kit: Kit,
  deliveries: Deliveries,
  event: EventEnvelope,
  canonical: Canonical,
  channel: OutChannel,
  nth: number,
) {
  const raw = Buffer.from(JSON.stringify(canonical), 'utf8');
  const lane = laneOf(canonical);
  const now = iso(kit.clock());
  const id = nth === 0 ? event.id : nthOf(event.id, nth);
  const message: NewMessage = {
    id,
    orgId: event.orgId,
    receivedAt: now,
    doneAt: now,
    direction: 'out',
    endpoint: '',
    connection: '',
    peer: '',
    channel: channel.code,
    channelVersion: channel.version,
    messageType: event.name.slice(0, 40),
    controlId: event.id,
    charset: 'UTF-8',
    size: raw.byteLength,
    digest: '',
    lane,
    shard: shardOf(lane || id),
    moreLanes: null,
    meta: null,
    state: 'DONE',
    ack: 'NOT_OWED',
    ackCode: '',
    faultCode: '',
    fault: null,
    warnings: null,
    keys: keysOf(canonical),
    originId: null,
    originKind: '',
    reason: '',
  };
  try {
    const made = deliveries.make(channel, message, { message: canonical, bytes: raw }, [canonical]);
    return {
      message: {
        ...message,
        keys: [...message.keys, ...made.map((d) => ({ kind: 'control', value: d.controlId }))],
      },
      raw,
      canonical,
      made,
    };
  } catch (error) {
    if (!isFault(error)) kit.log.error('a mapping broke', { channel: channel.code, messageId: id });
    const fault = mappingFault(channel.code, error).toJSON();
    return {
      message: { ...message, state: 'PARKED', faultCode: fault.code, fault },
      raw,
      canonical,
      made: [],
    };
  }
}

/** Version 8 where ids of ours have 7, so that it is never the id of an event. */
const nthOf = (id: string, nth: number): string =>
  `${id.slice(0, 14)}8${id.slice(15, 34)}${nth.toString(16).padStart(2, '0')}`;

const patientOf = (message: Canonical) => ('patient' in message ? message.patient : undefined);

/** The patient whose messages keep their order, else the device. */
const laneOf = (message: Canonical): string =>
  patientOf(message)?.identifiers[0]?.number ?? ('device' in message ? (message.device ?? '') : '');

function keysOf(message: Canonical): { kind: string; value: string }[] {
  const keys = (patientOf(message)?.identifiers ?? []).map((i) => ({ kind: 'patient', value: i.number }));
  if ('device' in message && message.device) keys.push({ kind: 'device', value: message.device });
  if ('placerNumber' in message && message.placerNumber)
    keys.push({ kind: 'order', value: message.placerNumber.number });
  if ('fillerNumber' in message && message.fillerNumber)
    keys.push({ kind: 'filler', value: message.fillerNumber.number });
  if ('reportNumber' in message && message.reportNumber)
    keys.push({ kind: 'report', value: message.reportNumber });
  const seen = new Set<string>();
  return keys.filter(({ kind, value }) => !seen.has(kind + value) && seen.add(kind + value));
}
