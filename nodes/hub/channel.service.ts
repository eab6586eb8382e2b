import { channelActions } from '../../contracts/channel/channel.actions.ts';
import { channelRecord, channelVersionTable, incidentTable } from '../../contracts/channel/channel.record.ts';
import type { Params, Result } from '../../contracts/kernel/action.ts';
import { Fault } from '../../contracts/kernel/fault.ts';
import { iso } from '../kit/ids.ts';
import { type Call, type Handler, handle, refuseStale } from '../kit/service.ts';
import type { Book } from './book.ts';
import type { Hub } from './hub.ts';
import { queueCounts } from './ledger/counts.ts';
import type { ChannelRow, Read } from './supervise/definitions.ts';
import { passGate } from './workshop/gate.ts';
import { announce, needsSecondPerson, putInForce } from './workshop/publish.ts';

type Live = Result<typeof channelActions.live>['items'][number];

/** Handlers of the channel word: definitions, their life, and what the wire shows. */
export const channelHandlers = (hub: Hub): Handler[] => [
  handle(channelActions.list, (params, { kit, meta }) =>
    kit.list(
      channelRecord,
      meta.caller,
      { sort: 'code', ...params, filter: { kind: 'endpoint,in,out', ...params.filter } },
      { where: { voidedAt: null } },
    ),
  ),
  handle(channelActions.get, ({ id }, call) => one(call, id)),
  handle(channelActions.versions, async ({ id }, call) => {
    await one(call, id);
    return {
      items: await call.kit.find(
        channelVersionTable,
        'system',
        { channelId: id },
        { orderBy: 'number', descending: true, limit: 200 },
      ),
    };
  }),
  handle(channelActions.start, (params, call) => enable(call, params, true)),
  handle(channelActions.stop, (params, call) => enable(call, params, false)),
  handle(channelActions.publish, async (params, call) => {
    const row = await one(call, params.id);
    refuseStale(params.version, row.version);
    const read = await pass(hub, call, params.text, row);
    const next = await call.write(async (work) => {
      const current = await work.loadOne(channelRecord, params.id);
      refuseStale(params.version, current.version);
      const [done] = await putInForce(
        work,
        [{ read, text: params.text, baseVersion: undefined }],
        params.note ?? '',
      );
      return done!;
    });
    await announce(hub);
    return next;
  }),
  handle(channelActions.create, async (params, call) => {
    const read = await pass(hub, call, params.text);
    const made = await call.write(async (work) => {
      const [known] = await work.load(channelRecord, { code: read.code });
      if (known) throw new Fault('kernel.record.duplicate', { field: 'code' });
      const [done] = await putInForce(
        work,
        [{ read, text: params.text, baseVersion: undefined }],
        params.note ?? '',
      );
      return done!;
    });
    await announce(hub);
    return made;
  }),
  handle(channelActions.live, async (_params, call) => {
    const nodes = await call.kit.callAll(channelActions.local, {}, systemMeta(call));
    const counts = await queueCounts(call.kit, call.meta.caller.orgId);
    const items = new Map<string, Live>();
    for (const { result } of nodes)
      for (const l of result.live) {
        const before = items.get(l.channelId);
        items.set(l.channelId, before ? add(before, l) : l);
      }
    for (const row of hub.channelRows.filter((r) => r.orgId === call.meta.caller.orgId)) {
      const live = items.get(row.id);
      if (!live) continue;
      live.parked = counts.parked.get(row.code) ?? 0;
      live.queued = counts.queued.get(row.code) ?? 0;
      live.waitingSince = counts.since.get(row.code) ?? null;
    }
    return { items: [...items.values()] };
  }),
  handle(channelActions.connections, async ({ id }, call) => {
    const row = await one(call, id);
    const nodes = await call.kit.callAll(channelActions.local, { endpoint: id }, systemMeta(call));
    const incidents = await call.kit.find(
      incidentTable,
      call.meta.caller,
      { endpoint: row.code },
      { orderBy: 'seq', descending: true, limit: 50 },
    );
    return { items: nodes.flatMap((n) => n.result.connections), incidents };
  }),
  handle(channelActions.capture, async ({ id, connection }, call) => {
    const row = await one(call, id);
    await call.kit.work(call.meta, async (work) =>
      work.audit(channelRecord, row, 'capture', null, null, connection),
    );
    const nodes = await call.kit.callAll(
      channelActions.local,
      { endpoint: id, capture: connection },
      systemMeta(call),
    );
    return { items: nodes.flatMap((n) => n.result.capture) };
  }),
  handle(channelActions.local, async ({ endpoint, capture }, call) =>
    local(hub, call.meta.caller.orgId, endpoint, capture),
  ),
];

const systemMeta = (call: Call) => ({
  caller: { ...call.meta.caller, permissions: ['*'] },
  requestId: call.meta.requestId,
});

async function one(call: Call, id: string): Promise<ChannelRow> {
  const [row] = await call.kit.find(channelRecord, call.meta.caller, { id, voidedAt: null });
  if (!row) throw new Fault('kernel.record.missing', { record: 'channel', id });
  return row;
}

async function enable(
  call: Call,
  params: Params<typeof channelActions.start>,
  enabled: boolean,
): Promise<ChannelRow> {
  const row = await call.write(async (work) => {
    const current = await work.loadOne(channelRecord, params.id);
    // A mapping goes back to the shipped one by a rollback, through the gate.
    if (current.kind === 'mapping')
      throw new Fault('kernel.record.missing', { record: 'channel', id: params.id });
    return current.enabled === enabled
      ? current
      : work.update(channelRecord, current, { enabled }, enabled ? 'start' : 'stop', params.reason ?? '');
  });
  return changed(call, row);
}

function changed(call: Call, row: ChannelRow): ChannelRow {
  call.kit.broadcast('hub.changed', {});
  return row;
}

/** The gate for one person's publication of one text. */
async function pass(hub: Hub, call: Call, text: string, row?: ChannelRow): Promise<Read> {
  if (await needsSecondPerson(call)) throw new Fault('channel.publication.approval');
  const {
    reads: [read],
  } = await passGate(hub, call, [text]);
  if (row && read!.code !== row.code)
    throw new Fault('channel.text.invalid', {
      problem: `the text is for ${read!.kind} "${read!.code}", not "${row.code}"`,
    });
  return read!;
}

function local(
  hub: Hub,
  orgId: string,
  endpoint?: string,
  capture?: string,
): Result<typeof channelActions.local> {
  const live = hub.channelRows.filter((r) => r.orgId === orgId).map((row): Live => liveOf(hub, row));
  if (!endpoint) return { live, connections: [], capture: [] };
  const row = hub.channelRows.find((r) => r.id === endpoint && r.orgId === orgId);
  if (!row) return { live, connections: [], capture: [] };
  const time = (ms: number | undefined): string | null => (ms === undefined ? null : iso(ms));
  return {
    live,
    connections: hub.links.connections(endpoint).map((c) => ({
      node: hub.kit.nodeId,
      endpoint: row.code,
      id: c.id,
      peer: c.peer,
      since: iso(c.since),
      open: c.open,
      tls: c.tls ?? null,
      bytesIn: c.bytesIn,
      bytesOut: c.bytesOut,
      framesIn: c.framesIn,
      framesOut: c.framesOut,
      noiseBytes: c.noiseBytes,
      pending: c.pending,
      buffered: c.buffered,
      lastByteAt: time(c.lastByteAt),
      lastRoundTripMs: c.lastRoundTripMs ?? null,
      lastError: c.lastError
        ? { at: iso(c.lastError.at), reason: c.lastError.reason, hex: c.lastError.hex ?? '' }
        : null,
    })),
    capture: capture
      ? hub.links.capture(endpoint, capture).map((c) => ({
          at: iso(c.at),
          direction: c.direction,
          bytes: Buffer.from(c.bytes).toString('base64'),
        }))
      : [],
  };
}

function liveOf(hub: Hub, row: ChannelRow): Live {
  const c = hub.meter.read(row.orgId, row.code);
  const link = row.kind === 'endpoint' ? hub.links.status(row.id) : undefined;
  const problem = hub.problemOf(row.id);
  return {
    channelId: row.id,
    status: problem ? 'failed' : !row.enabled ? 'stopped' : (link?.status ?? 'idle'),
    statusText: problem ?? link?.text ?? '',
    received: c.received,
    done: c.done,
    filtered: c.filtered,
    refused: c.refused,
    parked: 0,
    queued: 0,
    delivered: c.delivered,
    perSecond: c.perSecond,
    lastAt: c.lastAt ? iso(c.lastAt) : null,
    connections: link?.open ?? 0,
    endpoints: endpointsOf(hub.book, row),
    waitingSince: null,
  };
}

/** Of several nodes the first of these counts. */
const tellsMost = ['failed', 'listening', 'connected', 'waiting', 'standby', 'idle', 'stopped'];

/** Where a channel takes from, else what it sends to. */
function endpointsOf(book: Book, row: ChannelRow): string[] {
  if (row.kind === 'endpoint') return [row.code];
  const channel = book.channel(row.orgId, row.code);
  if (!channel) return [];
  if (channel.kind === 'in') return [channel.def.source.endpoint];
  return [...new Set(channel.def.targets.map((target) => target.endpoint))];
}

/** Nodes added up; the status of the one that is best off, unless one failed. */
function add(a: Live, b: Live): Live {
  const shown = tellsMost.indexOf(a.status) <= tellsMost.indexOf(b.status) ? a : b;
  const sum = (k: 'received' | 'done' | 'filtered' | 'refused' | 'delivered' | 'perSecond' | 'connections') =>
    a[k] + b[k];
  return {
    ...shown,
    received: sum('received'),
    done: sum('done'),
    filtered: sum('filtered'),
    refused: sum('refused'),
    delivered: sum('delivered'),
    perSecond: sum('perSecond'),
    connections: sum('connections'),
    lastAt: [a.lastAt ?? '', b.lastAt ?? ''].sort().at(-1) || null,
  };
}
