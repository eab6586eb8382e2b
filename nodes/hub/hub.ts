import type { Adapter, Sender } from '../../contracts/adapter/port.ts';
import type { WebHost } from '../../contracts/adapter/web.ts';
import { codeMapped } from '../../contracts/codeset/codeset.events.ts';
import type { EventEnvelope, Payload } from '../../contracts/kernel/event.ts';
import { Fault } from '../../contracts/kernel/fault.ts';
import { systemCaller } from '../kit/caller.ts';
import { iso } from '../kit/ids.ts';
import type { Kit } from '../kit/kit.ts';
import { Book, type Endpoint } from './book.ts';
import { Deliveries } from './deliver/deliveries.ts';
import { carryEvents } from './deliver/events.ts';
import { TargetQueue } from './deliver/target-queue.ts';
import { keepBlobs } from './intake/blobs.ts';
import { Intake } from './intake/intake.ts';
import { Journal, type MessageRow } from './ledger/journal.ts';
import { releaseUnmapped } from './ledger/operate.ts';
import { ReplayRunner } from './ledger/replay-many.ts';
import { pruneMessages } from './ledger/retention.ts';
import { loadSecrets, type Secrets } from './partner/secrets.ts';
import { Processor } from './route/processor.ts';
import { Rehearsals } from './study/rehearsal.ts';
import { type ChannelRow, type InForce, loadInForce } from './supervise/definitions.ts';
import { Links } from './supervise/links.ts';
import { Meter } from './supervise/meter.ts';
import { readShipped, type Shipped } from './supervise/profile.ts';
import { Shards } from './supervise/shards.ts';
import { Watch } from './watch/watch.ts';
import { ShadowRunner } from './workshop/shadow.ts';

export interface HubOptions {
  readonly adapters: ReadonlyMap<string, Adapter>;
  /** Values for `$name` in the settings of endpoints. */
  readonly settings: Readonly<Record<string, unknown>>;
  /** The interface port. */
  readonly web: WebHost;
}

/** One node's hub: its parts put together, started and stopped in the right order. */
export class Hub {
  readonly kit: Kit;
  readonly options: HubOptions;
  readonly shipped: Shipped;
  readonly journal: Journal;
  readonly meter: Meter;
  readonly links: Links;
  readonly deliveries: Deliveries;
  readonly processor: Processor;
  readonly replays: ReplayRunner;
  readonly watch: Watch;
  readonly rehearsals = new Rehearsals();
  readonly shadows: ShadowRunner;
  private readonly intake: Intake;
  private readonly shards: Shards;
  private current: Book | undefined;
  private loaded: InForce | undefined;
  private readonly queues = new Map<string, { queue: TargetQueue; fingerprint: string; sender: Sender }>();
  private readonly acks = new Map<string, MessageRow['ack']>();
  private secrets: Secrets = new Map();
  /** When the code tables next change by themselves. */
  private codesUntil: string | undefined;
  private timers: NodeJS.Timeout[] = [];
  private aligning: Promise<void> = Promise.resolve();
  private up = false;
  /** Organisations whose message lists have changed since the last notice. */
  private readonly arrived = new Set<string>();

  constructor(kit: Kit, options: HubOptions) {
    this.kit = kit;
    this.options = options;
    this.shipped = readShipped();
    this.journal = new Journal(kit.databases.main, kit.vault);
    this.meter = new Meter(kit.clock);
    this.deliveries = new Deliveries(
      kit,
      () => this.book,
      () => this.sendersWake(),
    );
    this.processor = new Processor({
      kit,
      journal: this.journal,
      book: () => this.book,
      deliveries: this.deliveries,
      meter: this.meter,
      shards: () => this.shards.mine,
      ackOf: (row) => this.acks.get(row.id) ?? row.ack,
      ackSettled: (id) => this.acks.delete(id),
    });
    this.shards = new Shards(kit, () => this.processor.reset());
    this.intake = new Intake({
      journal: this.journal,
      clock: kit.clock,
      log: kit.log,
      book: () => this.book,
      rehearsals: this.rehearsals,
      blobs: (blobs) => keepBlobs(kit, blobs),
      kept: (messages) => {
        for (const { row } of messages) this.arrived.add(row.orgId);
        this.processor.offer(messages);
        this.tellOthers(messages.map((m) => m.row.shard));
      },
      acknowledged: (id, ack) => this.acks.set(id, ack),
    });
    this.links = new Links({
      kit,
      adapters: options.adapters,
      settings: (orgId) => this.settingsOf(orgId),
      accept: (endpoint, frame) => this.intake.accept(endpoint, frame),
      mark: (endpoint, name) => this.journal.mark(endpoint.id, name),
      query: (endpoint, name, params) => this.query(endpoint.orgId, name, params),
      web: options.web,
      taken: (endpoint) => this.book.taken(endpoint),
    });
    this.replays = new ReplayRunner(this);
    this.watch = new Watch(this);
    this.shadows = new ShadowRunner(this);
  }

  get book(): Book {
    if (!this.current) throw new Error('the hub was used before it was loaded');
    return this.current;
  }

  get ready(): boolean {
    return this.up && this.links.ready;
  }

  /** Values for `$name` and `$secret:<code>` in the texts of an organisation. */
  settingsOf(orgId: string): Readonly<Record<string, unknown>> {
    const own = this.secrets.get(orgId);
    return own ? { ...this.options.settings, ...own } : this.options.settings;
  }

  /** Why messages cannot be kept and so are not acknowledged; undefined where they are. */
  get intakeTrouble(): string | undefined {
    return this.intake.trouble;
  }

  /** What the book was made of. */
  get inForce(): InForce {
    if (!this.loaded) throw new Error('the hub was used before it was loaded');
    return this.loaded;
  }

  /** Endpoints and channels. */
  get channelRows(): readonly ChannelRow[] {
    return (this.loaded?.rows ?? []).filter((r) => r.kind !== 'mapping');
  }

  problemOf(channelId: string): string | undefined {
    return this.loaded?.problems.get(channelId);
  }

  async start(): Promise<void> {
    await this.load();
    await this.shards.start();
    await this.links.align(this.book.endpoints.values());
    this.up = true;
    this.alignQueues();
    this.timers = [
      setInterval(() => this.quietly(this.links.flushIncidents()), 1000),
      setInterval(() => this.quietly(this.settleAcks()), 500),
      setInterval(() => this.sendersWake(), 1000),
      setInterval(() => this.tellArrivals(), 500),
      setInterval(() => this.quietly(this.links.mend().then(() => this.alignQueues())), 3000),
      setInterval(() => this.turnCodes(), 1000),
    ];
    if (this.kit.databases.main.dialect !== 'sqlite')
      this.timers.push(setInterval(() => this.processor.rescan(), 2000));
    this.kit.scheduler.every('message-retention', 3_600_000, async () => {
      await pruneMessages(this, this.kit.clock());
    });
    this.watch.start();
    this.replays.start();
    this.shadows.start();
  }

  async stop(): Promise<void> {
    for (const t of this.timers) clearInterval(t);
    this.up = false;
    await this.links.stopListening();
    await this.replays.stop();
    await this.shadows.stop();
    await this.processor.stop();
    await Promise.all([...this.queues.values()].map((q) => q.queue.stop()));
    await this.links.flushIncidents().catch(() => undefined);
    await this.settleAcks().catch(() => undefined);
    await this.links.close();
    await this.shards.stop();
  }

  /** Definitions or code tables changed, here or on another node. One reload at a time; other channels are not touched. */
  reload(): Promise<void> {
    const next = this.aligning.then(async () => {
      await this.load();
      if (!this.up) return;
      await this.links.align(this.book.endpoints.values());
      this.alignQueues();
      this.processor.rescan();
    });
    this.aligning = next.catch(() => undefined);
    return next;
  }

  /** Events handed over by the outbox. */
  async consume(events: readonly EventEnvelope[]): Promise<void> {
    const mapped = events.filter((e) => e.name === codeMapped.name);
    if (mapped.length) {
      await this.reload();
      this.kit.broadcast('hub.changed', {});
      for (const e of mapped) {
        const { table, from } = e.payload as Payload<typeof codeMapped>;
        await releaseUnmapped(this, e.orgId, table, from);
      }
    }
    await carryEvents(
      {
        kit: this.kit,
        journal: this.journal,
        deliveries: this.deliveries,
        meter: this.meter,
        book: () => this.book,
      },
      events.filter((e) => e.name !== codeMapped.name),
    );
  }

  /** A lane was freed by a person: every node takes its bar away and looks again. */
  released(orgId: string, lane: string): void {
    this.kit.broadcast('hub.released', { orgId, lane });
  }

  /** Nodes came or went, or one gave up shards. */
  shardsChanged(): void {
    this.shards.look();
  }

  rescan(): void {
    this.kit.broadcast('hub.wake', {});
  }

  /** A person wants a delivery tried now. */
  hurry(orgId: string, target: string): void {
    this.kit.broadcast('hub.hurry', { orgId, target });
  }

  hurryHere(orgId: string, target: string): void {
    const endpoint = this.book.endpoint(orgId, target);
    if (endpoint) this.queues.get(endpoint.id)?.queue.hurry();
  }

  /** What an adapter asks for its peer: a read of the mesh, within the organisation of its endpoint. */
  private async query(
    orgId: string,
    name: string,
    params: Readonly<Record<string, unknown>>,
  ): Promise<unknown> {
    const action = this.kit.registry.actions.get(name);
    if (action?.permission !== 'mesh' || action.repeat !== 'read')
      throw new Fault('kernel.config.invalid', { problem: `no query ${name}` });
    return this.kit.call(action, params, { caller: systemCaller('hub', orgId), requestId: this.kit.id() });
  }

  private async load(): Promise<void> {
    this.secrets = await loadSecrets(this.kit);
    const loaded = await loadInForce(this.kit, this.shipped);
    const { definitions, codes, fallbacks, own } = loaded;
    this.current = new Book(definitions, this.shipped.mappings, codes, fallbacks, own);
    this.loaded = loaded;
    this.codesUntil = loaded.until;
  }

  /** A pair of a code table began or ended to hold. */
  private turnCodes(): void {
    if (this.codesUntil === undefined || this.codesUntil > iso(this.kit.clock())) return;
    this.codesUntil = undefined;
    this.quietly(this.reload());
  }

  private alignQueues(): void {
    const wanted = new Map<string, Endpoint>();
    for (const e of this.book.endpoints.values()) if (e.enabled && e.def.send) wanted.set(e.id, e);
    for (const [id, { queue, fingerprint, sender }] of this.queues) {
      const next = wanted.get(id);
      const same = next && fingerprint === JSON.stringify(next.def) && sender === this.links.sender(id);
      if (same) continue;
      this.queues.delete(id);
      this.quietly(queue.stop());
    }
    for (const [id, endpoint] of wanted) {
      const sender = this.links.sender(id);
      if (this.queues.has(id) || !sender) continue;
      const queue = new TargetQueue({
        kit: this.kit,
        book: () => this.book,
        meter: this.meter,
        sender,
        endpoint,
        answered: (from, frame) => this.intake.accept(from, frame),
      });
      this.queues.set(id, { queue, fingerprint: JSON.stringify(endpoint.def), sender });
    }
    this.sendersWake();
  }

  /** One notice for all that came since the last: live lists look again, whatever the rate. */
  private tellArrivals(): void {
    for (const orgId of this.arrived)
      this.kit.broadcast('live', { topic: 'message', orgId, name: 'arrived', key: '', data: {} });
    this.arrived.clear();
  }

  private sendersWake(): void {
    for (const { queue } of this.queues.values()) queue.wake();
  }

  private tellOthers(shards: readonly number[]): void {
    if (this.kit.databases.main.dialect === 'sqlite') return;
    const mine = new Set(this.shards.mine);
    if (shards.some((s) => !mine.has(s))) this.kit.broadcast('hub.wake', {});
  }

  /** Acknowledgements whose message was settled before they were written, or that needed no processing. */
  private async settleAcks(): Promise<void> {
    if (this.acks.size === 0) return;
    const rows = [...this.acks].slice(0, 5000).map(([id, ack]) => ({ id, ack }));
    for (const { id } of rows) this.acks.delete(id);
    try {
      await this.journal.acknowledged(rows);
    } catch (error) {
      for (const { id, ack } of rows) if (!this.acks.has(id)) this.acks.set(id, ack);
      throw error;
    }
  }

  private quietly(work: Promise<unknown>): void {
    work.catch((error: unknown) => this.kit.log.warn('a task of the hub will be tried again', { error }));
  }
}
