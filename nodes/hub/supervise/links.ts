import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { Compile } from 'typebox/compile';
import type { Adapter, InboundFrame, Listener, Reply, Sender } from '../../../contracts/adapter/port.ts';
import type { WebHost } from '../../../contracts/adapter/web.ts';
import type { CapturedBytes, ConnectionStats, WireIncident } from '../../../contracts/adapter/wire.ts';
import { incidentTable } from '../../../contracts/channel/channel.record.ts';
import { Fault, toFault } from '../../../contracts/kernel/fault.ts';
import { insertRows } from '../../kit/db/rows.ts';
import { iso } from '../../kit/ids.ts';
import type { Kit } from '../../kit/kit.ts';
import { KeptLease } from '../../kit/lease.ts';
import type { Endpoint } from '../book.ts';

interface Link {
  readonly endpoint: Endpoint;
  readonly fingerprint: string;
  readonly listeners: Listener[];
  sender?: Sender;
  /** Of an adapter that only one node may run. */
  readonly lease: KeptLease | undefined;
  /** Another node holds the lease. */
  standby?: boolean;
  /** Nobody hears that a message was unwanted, so none is fetched before a channel takes them. */
  readonly waits: boolean;
  /** Why it is not up. */
  problem?: string;
}

interface Parts {
  readonly kit: Kit;
  readonly adapters: ReadonlyMap<string, Adapter>;
  /** Values for `$name` in settings of an organisation's endpoints, e.g. `{ mllpPort: 2575, 'secret:his-key': … }`. */
  readonly settings: (orgId: string) => Readonly<Record<string, unknown>>;
  readonly accept: (endpoint: Endpoint, frame: InboundFrame) => Promise<Reply>;
  readonly mark: (endpoint: Endpoint, name: string) => Promise<string | undefined>;
  readonly query: (
    endpoint: Endpoint,
    name: string,
    params: Readonly<Record<string, unknown>>,
  ) => Promise<unknown>;
  readonly web: WebHost;
  /** Whether a channel takes messages of this endpoint. */
  readonly taken: (endpoint: Endpoint) => boolean;
}

/** The open ports and connections of this node: brought in line with the definitions, one by one, without touching the others. */
export class Links {
  private readonly parts: Parts;
  private readonly links = new Map<string, Link>();
  private incidents: { endpoint: Endpoint; incident: WireIncident }[] = [];
  private dropped = 0;

  constructor(parts: Parts) {
    this.parts = parts;
  }

  /** Opens what is new, closes what is gone or stopped, reopens what changed. */
  async align(endpoints: Iterable<Endpoint>): Promise<void> {
    const wanted = new Map([...endpoints].filter((e) => e.enabled).map((e) => [e.id, e]));
    for (const [id, link] of this.links) {
      const next = wanted.get(id);
      const same = next && this.fingerprint(next) === link.fingerprint && this.waits(next) === link.waits;
      if (same && !link.problem) continue;
      this.links.delete(id);
      await close(link);
    }
    for (const [id, endpoint] of wanted)
      if (!this.links.has(id)) this.links.set(id, await this.open(endpoint));
  }

  /** Tries again what could not be opened; takes over from a node that is gone what only one may run, and gives up what was lost. */
  async mend(): Promise<void> {
    for (const [id, link] of this.links) {
      const held = link.lease === undefined || (await link.lease.ensure());
      if (held === !link.standby && !link.problem) continue;
      await close(link);
      this.links.set(id, await this.open(link.endpoint));
    }
  }

  sender(endpointId: string): Sender | undefined {
    return this.links.get(endpointId)?.sender;
  }

  status(endpointId: string): { status: string; text: string; open: number } {
    const link = this.links.get(endpointId);
    if (!link) return { status: 'stopped', text: '', open: 0 };
    if (link.problem) return { status: 'failed', text: link.problem, open: 0 };
    if (link.waits) return { status: 'waiting', text: '', open: 0 };
    if (link.standby) return { status: 'standby', text: '', open: 0 };
    const open = this.connections(endpointId).filter((c) => c.open).length;
    if (link.listeners.length)
      return { status: 'listening', text: link.listeners.map((l) => l.address).join(', '), open };
    return { status: open ? 'connected' : 'idle', text: '', open };
  }

  connections(endpointId: string): ConnectionStats[] {
    const link = this.links.get(endpointId);
    return [...(link?.listeners ?? []), link?.sender ?? []].flat().flatMap((l) => l.connections());
  }

  capture(endpointId: string, connection: string): CapturedBytes[] {
    const link = this.links.get(endpointId);
    return [...(link?.listeners ?? []), link?.sender ?? []].flat().flatMap((l) => l.capture(connection));
  }

  /** Bound port of a listener. */
  port(endpointId: string): number | undefined {
    return this.links.get(endpointId)?.listeners[0]?.port;
  }

  /** The endpoint of this node that listens on a port; undefined where none does. */
  holderOf(port: number): Endpoint | undefined {
    return [...this.links.values()].find((l) => l.listeners.some((one) => one.port === port))?.endpoint;
  }

  get ready(): boolean {
    return [...this.links.values()].every((l) => !l.problem);
  }

  async stopListening(): Promise<void> {
    await Promise.all([...this.links.values()].flatMap((l) => l.listeners.map((one) => one.stop(3000))));
  }

  async close(): Promise<void> {
    await Promise.all([...this.links.values()].map(close));
    this.links.clear();
  }

  /** Writes the incidents gathered since the last time, alike ones folded into one row. */
  async flushIncidents(): Promise<void> {
    const { kit } = this.parts;
    const pending = this.incidents;
    this.incidents = [];
    if (pending.length === 0) return;
    const rows = new Map<string, Record<string, unknown> & { count: number }>();
    for (const { endpoint, incident: i } of pending) {
      const key = `${endpoint.id}|${i.kind}|${i.reason}|${i.peer.replace(/:\d+$/, '')}`;
      const row = rows.get(key);
      if (row) row.count++;
      else
        rows.set(key, {
          orgId: endpoint.orgId,
          endpoint: endpoint.code,
          at: iso(i.at),
          connection: i.connection.slice(0, 60),
          peer: i.peer.slice(0, 100),
          kind: i.kind.slice(0, 40),
          reason: i.reason.slice(0, 500),
          hex: (i.hex ?? '').slice(0, 191),
          count: 1,
        });
    }
    if (this.dropped) kit.log.warn('wire incidents were too many to keep', { count: this.dropped });
    this.dropped = 0;
    await kit.databases.main.tx((sql) => insertRows(sql, incidentTable, [...rows.values()], kit.vault));
  }

  /** Changes with the definition and with the secrets it names. */
  private fingerprint({ version, def, orgId }: Endpoint): string {
    const text = JSON.stringify([version, def]);
    const values = this.parts.settings(orgId);
    const secrets = [...text.matchAll(/"\$(secret:[\w-]+)\??"/g)].map(([, name]) => values[name!] ?? null);
    return secrets.length === 0
      ? text
      : `${text}${createHash('sha256').update(JSON.stringify(secrets)).digest('hex')}`;
  }

  private async open(endpoint: Endpoint): Promise<Link> {
    const { kit, adapters } = this.parts;
    const adapter = adapters.get(endpoint.def.adapter);
    const lease = adapter && this.leaseOf(endpoint, adapter);
    const waits = this.waits(endpoint);
    const link: Link = { endpoint, fingerprint: this.fingerprint(endpoint), listeners: [], lease, waits };
    const values = this.parts.settings(endpoint.orgId);
    try {
      if (!adapter)
        throw new Fault('channel.text.invalid', {
          problem: `adapter: no adapter named "${endpoint.def.adapter}"`,
        });
      const context = {
        endpoint: endpoint.code,
        org: endpoint.orgId,
        log: kit.log,
        now: kit.clock,
        web: this.parts.web,
        ...(typeof values.fileFolder === 'string' && { files: join(values.fileFolder, endpoint.def.org) }),
        incident: (incident: WireIncident) => this.note(endpoint, incident),
      };
      link.standby = lease !== undefined && !(await lease.ensure());
      if (endpoint.def.listen && adapter.listen && !link.standby && !waits) {
        const extra = (endpoint.def.also ?? []).filter((given) => isSet(given, values));
        for (const given of [endpoint.def.listen, ...extra])
          link.listeners.push(
            await adapter.listen({
              ...context,
              settings: resolveSettings(adapter, 'listen', given, values),
              accept: (frame) => this.parts.accept(endpoint, frame),
              mark: (name) => this.parts.mark(endpoint, name),
              query: (name, params) => this.parts.query(endpoint, name, params),
            }),
          );
      }
      if (endpoint.def.send && adapter.connect)
        link.sender = adapter.connect({
          ...context,
          settings: resolveSettings(adapter, 'send', endpoint.def.send, values),
        });
    } catch (error) {
      link.problem = toFault(error).message;
      await Promise.all(link.listeners.splice(0).map((l) => l.stop(0)));
      kit.log.error('an endpoint could not be opened', {
        endpoint: endpoint.code,
        faultCode: toFault(error).code,
      });
    }
    return link;
  }

  private waits(endpoint: Endpoint): boolean {
    const { listen, ack } = endpoint.def;
    return listen !== undefined && ack?.mode === 'none' && !this.parts.taken(endpoint);
  }

  /** A database of its own has one node; in a cluster the holder of the lease listens. */
  private leaseOf(endpoint: Endpoint, { descriptor, listen }: Adapter): KeptLease | undefined {
    const { kit } = this.parts;
    const single =
      typeof descriptor.single === 'function'
        ? descriptor.single(endpoint.def.listen ?? {})
        : descriptor.single;
    if (!single || !listen || !endpoint.def.listen || kit.databases.main.dialect === 'sqlite')
      return undefined;
    return new KeptLease(kit.leases, kit.clock, `source/${endpoint.id}`);
  }

  private note(endpoint: Endpoint, incident: WireIncident): void {
    if (incident.bytes) {
      const { at, connection, peer, reason, bytes } = incident;
      const frame: InboundFrame = {
        bytes,
        connection,
        peer,
        receivedAt: at,
        oddities: [incident.kind],
        broken: { code: 'hub.frame.broken', reason },
      };
      this.parts.accept(endpoint, frame).catch(() => undefined);
    }
    if (this.incidents.length < 2000) this.incidents.push({ endpoint, incident });
    else this.dropped++;
  }
}

export function resolveSettings(
  adapter: Adapter,
  way: 'listen' | 'send',
  given: Record<string, unknown>,
  values: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const filled = fill(given, values) as Record<string, unknown>;
  const schema = adapter.descriptor[way];
  if (!schema)
    throw new Fault('channel.text.invalid', {
      problem: `${way}: adapter "${adapter.descriptor.id}" cannot do this`,
    });
  const check = Compile(schema);
  if (check.Check(filled)) return filled;
  const [first] = check.Errors(filled);
  const path = `${way}${first?.instancePath.replaceAll('/', '.') ?? ''}`;
  throw new Fault('channel.text.invalid', { problem: `${path} ${first?.message ?? 'is not valid'}` });
}

/** `$name` stands for a setting of the installation; `$name?` leaves the key out where it is not set. */
function fill(value: unknown, values: Readonly<Record<string, unknown>>): unknown {
  if (typeof value === 'string' && value.startsWith('$')) {
    const name = value.slice(1).replace(/\?$/, '');
    const found = values[name];
    if (found === undefined && !value.endsWith('?'))
      throw new Fault('channel.text.invalid', { problem: `${value} is no setting of this installation` });
    return found;
  }
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((v) => fill(v, values));
  return Object.fromEntries(
    Object.entries(value).flatMap(([k, v]) => {
      const filled = fill(v, values);
      return filled === undefined ? [] : [[k, filled]];
    }),
  );
}

function isSet(given: Record<string, unknown>, values: Readonly<Record<string, unknown>>): boolean {
  try {
    fill(given, values);
    return true;
  } catch {
    return false;
  }
}

/** Files of certificates that the listeners of an endpoint show, as far as their settings are given. */
export function filesOf(
  { listen, also }: Endpoint['def'],
  values: Readonly<Record<string, unknown>>,
): string[] {
  return [listen ?? {}, ...(also ?? [])]
    .filter((given) => isSet(given, values))
    .map((given) => (fill(given, values) as { tls?: { certificate?: unknown } }).tls?.certificate)
    .filter((path) => typeof path === 'string');
}

async function close(link: Link): Promise<void> {
  await Promise.all(link.listeners.map((l) => l.stop(3000)));
  await link.sender?.close();
  await link.lease?.release();
}
