import { Fault } from '../../../contracts/kernel/fault.ts';
import { iso } from '../../kit/ids.ts';
import type { Kit } from '../../kit/kit.ts';
import type { Book, InChannel } from '../book.ts';
import { type Deliveries, environmentOf, mapOut, type NewDelivery } from '../deliver/deliveries.ts';
import type { Kept } from '../intake/intake.ts';
import { barsOf, type Journal, lanesOf, type MessageRow, type Settled } from '../ledger/journal.ts';
import { barredNow, claimWaiting } from '../ledger/waiting.ts';
import type { Meter } from '../supervise/meter.ts';
import { mappingFault, translate } from '../translate/translate.ts';
import { Backlog } from './backlog.ts';
import { type Journey, makeCalls } from './calls.ts';
import { Lanes } from './lanes.ts';
import { announceParked, type Miss, reportMisses } from './notices.ts';
import { Waves } from './waves.ts';

interface Parts {
  readonly kit: Kit;
  readonly journal: Journal;
  readonly book: () => Book;
  readonly deliveries: Deliveries;
  readonly meter: Meter;
  /** Shards this node works. */
  readonly shards: () => readonly number[];
  /** What is known of an acknowledgement since the message was kept; and that the journal has it now. */
  readonly ackOf: (row: MessageRow) => MessageRow['ack'];
  readonly ackSettled: (id: string) => void;
}

interface Handled {
  readonly kept: Kept;
  readonly channel: InChannel | undefined;
  readonly journey: Journey | undefined;
  settled: Settled | undefined;
  deliveries: readonly NewDelivery[];
  /** What is answered to the sender, where its channel answers. */
  text?: string | undefined;
}

const waveSize = 256;
/** Waves at a time where the database is ours alone, and how many messages a further one should have: a small one costs much. */
const mostWaves = 2;
const worthAnother = 32;
const mostInMemory = 4000;
/** As they came; what is parsed of them takes ten times as much and more. */
const mostBytes = 16 * 1024 * 1024;

/** Takes kept messages through mapping, domain calls and deliveries, in order per lane, and settles them in the journal. */
export class Processor {
  private readonly parts: Parts;
  private readonly lanes = new Lanes();
  private readonly backlog: Backlog;
  /** Nobody else writes into the database: a committed message may go into the lanes without a look at the journal. */
  private readonly alone: boolean;
  private running: Promise<void> | undefined;
  private woken = false;
  private waves: Waves | undefined;
  private stopped = false;
  /** Something waits in the journal that is not in memory. */
  private behind = true;
  private loading = false;
  /** What is in memory may not be what the journal says. */
  private doubtful = true;
  private relearned: (() => void)[] = [];
  private pauseMs = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(parts: Parts) {
    this.parts = parts;
    this.backlog = new Backlog(parts.kit, parts.journal, parts.book);
    this.alone = parts.kit.databases.main.dialect === 'sqlite';
  }

  /** Newly committed messages of this node. */
  offer(kept: readonly Kept[]): void {
    const mine = new Set(this.parts.shards());
    for (const k of kept) {
      this.parts.meter.received(k.row);
      if (k.row.state !== 'RECEIVED' || !mine.has(k.row.shard)) continue;
      const room =
        this.lanes.size + this.backlog.size < mostInMemory &&
        this.lanes.bytes + this.backlog.bytes < mostBytes;
      // Never past older ones of its lane: those another node kept, those not loaded yet.
      if (this.alone && room && !this.behind && !this.loading && !this.doubtful) this.lanes.add(k);
      else {
        this.behind = true;
        if (room || k.handled) this.backlog.remember(k);
      }
    }
    this.wake();
  }

  /** The journal may hold work for this node: at start, after a lane was freed, when shards changed, when another node says so. */
  rescan(): void {
    this.behind = true;
    this.wake();
  }

  /**
   * Shards changed hands. Resolves once nothing of the old ones is worked on: what is in memory is dropped after the wave that
   * is on, and the journal is read anew.
   */
  reset(): Promise<void> {
    if (this.stopped) return Promise.resolve();
    this.doubtful = true;
    const done = new Promise<void>((resolve) => this.relearned.push(resolve));
    this.wake();
    return done;
  }

  /** What the lane held is older than what of it may be in memory by now: the journal says the order. */
  unbar(orgId: string, lane: string): void {
    this.lanes.unbar(orgId, lane);
    this.doubtful = true;
    this.rescan();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.running;
    for (const told of this.relearned.splice(0)) told();
  }

  private wake(): void {
    if (this.stopped) return;
    if (this.running) {
      this.woken = true;
      this.waves?.ring();
      return;
    }
    this.woken = false;
    this.running = this.loop()
      .catch((error: unknown) => {
        this.doubtful = true;
        this.again();
        this.parts.kit.log.warn('processing will go on after a pause', { error, ms: this.pauseMs });
      })
      .finally(() => {
        this.running = undefined;
        if (this.woken && !this.timer) this.wake(); // as it ended
      });
  }

  private again(): void {
    if (this.stopped) return;
    clearTimeout(this.timer);
    this.pauseMs = Math.min(5000, (this.pauseMs || 50) * 2);
    this.timer = setTimeout(() => {
      this.timer = undefined;
      this.wake();
    }, this.pauseMs);
  }

  private async loop(): Promise<void> {
    const waves = new Waves();
    this.waves = waves;
    try {
      await this.rounds(waves);
    } finally {
      await waves.ended();
    }
    if (waves.halted) this.again();
  }

  /** Waves of different lanes overlap: one is mapped while the database works for the other. */
  private async rounds(waves: Waves): Promise<void> {
    while (!this.stopped && !waves.halted) {
      if (this.doubtful) {
        await waves.ended();
        await this.relearn();
      }
      const full = waves.size === (this.alone ? mostWaves : 1);
      if (!full && this.behind && this.lanes.hasRoom(mostInMemory / 2, mostBytes / 2)) await this.load();
      if (full || (waves.size > 0 && this.lanes.ripe < worthAnother)) {
        await waves.change();
        continue;
      }
      const { take, held } = this.lanes.wave(waveSize);
      if (!this.alone && !this.owns([...take, ...held])) {
        this.doubtful = true;
        continue;
      }
      if (held.length) await this.hold(held);
      if (take.length > 0) waves.begin(this.handle(take));
      else if (waves.size > 0) await waves.change();
      else if (!this.behind && !held.length) return;
      await new Promise(setImmediate); // intake has its turn
    }
  }

  /** Forgets the lanes, not the messages at hand, and learns again which lanes are barred. */
  private async relearn(): Promise<void> {
    const waiting = this.relearned;
    this.relearned = [];
    this.doubtful = false;
    try {
      for (const kept of this.lanes.all()) this.backlog.remember(kept);
      this.lanes.clear();
      const parked = await this.parts.journal.parkedLanes(this.parts.shards());
      for (const { orgId, lane } of parked) this.lanes.bar(orgId, lane);
      this.behind = true;
      for (const told of waiting) told();
    } catch (error) {
      this.relearned.push(...waiting);
      throw error;
    }
  }

  private async load(): Promise<void> {
    this.behind = false; // arrivals during the query set it again
    this.loading = true;
    try {
      if (await this.backlog.load(this.lanes, this.parts.shards())) this.behind = true;
    } finally {
      this.loading = false;
    }
  }

  private owns(messages: readonly Kept[]): boolean {
    const mine = new Set(this.parts.shards());
    return messages.every((k) => mine.has(k.row.shard));
  }

  /** A person may have freed the lane while this node still holds the bar: then they take their turn. */
  private async hold(held: readonly Kept[]): Promise<void> {
    const { journal, kit } = this.parts;
    const bars = this.lanes.barsOf(held);
    const barred = await journal.db.tx(async (sql) => {
      const now = await barredNow(sql, bars);
      const still = held.filter((k) =>
        now.some((b) => b.orgId === k.row.orgId && lanesOf(k.row).includes(b.lane)),
      );
      await claimWaiting(
        sql,
        still.map((k) => k.row.seq),
      );
      const rows = still.map((k): Settled => ({ ...this.base(k), state: 'HELD' }));
      await journal.settle(sql, rows, iso(kit.clock()));
      return now;
    });
    for (const { orgId, lane } of bars)
      if (!barred.some((b) => b.orgId === orgId && b.lane === lane)) this.unbar(orgId, lane);
    this.behind = true;
  }

  private base({ row }: Kept): Settled {
    return {
      seq: row.seq,
      id: row.id,
      state: row.state,
      channel: row.channel,
      channelVersion: row.channelVersion,
      ack: this.parts.ackOf(row),
    };
  }

  /** One wave. False where the work has to wait for something outside. */
  private async handle(take: readonly Kept[]): Promise<boolean> {
    const { kit, journal, deliveries, meter } = this.parts;
    const misses: Miss[] = [];
    const handled = take.map((kept) => this.begin(kept, misses));
    await makeCalls(
      kit,
      handled.flatMap((h) => h.journey ?? []),
    );
    for (const h of handled) h.settled ??= this.conclude(h);

    const settled = handled.filter((h) => h.settled);
    const parked = settled.filter((h) => h.settled!.state === 'PARKED');
    await reportMisses(kit, misses);
    await kit.databases.main.tx(async (sql) => {
      const now = iso(kit.clock());
      await claimWaiting(
        sql,
        settled.map((h) => h.kept.row.seq),
      );
      await journal.settle(
        sql,
        settled.map((h) => h.settled!),
        now,
      );
      await deliveries.insert(
        sql,
        settled.flatMap((h) => h.deliveries),
      );
      await announceParked(
        kit,
        sql,
        parked.map((h) => ({ row: h.kept.row, settled: h.settled! })),
      );
    });
    if (parked.length) kit.eventsWritten();
    for (const h of handled) {
      if (!h.settled) {
        this.lanes.again(h.kept);
        continue;
      }
      this.lanes.done(h.kept);
      if (h.settled.ack !== 'PENDING') this.parts.ackSettled(h.kept.row.id);
      meter.settled(h.kept.row, h.settled.state);
      h.kept.handled?.(h.settled.state, h.settled.fault as { message: string } | undefined, h.text);
      if (h.settled.state === 'PARKED')
        for (const { orgId, lane } of barsOf(h.kept.row)) this.lanes.bar(orgId, lane);
    }
    deliveries.wake();
    if (settled.length < handled.length) return false;
    this.pauseMs = 0;
    return true;
  }

  private begin(kept: Kept, misses: Miss[]): Handled {
    const { row, message } = kept;
    const channel = kept.channel ?? this.channelOf(row);
    const done: Handled = { kept, channel, journey: undefined, settled: undefined, deliveries: [] };
    if (message === undefined) {
      const fault = new Fault('message.body.pruned').toJSON();
      done.settled = { ...this.base(kept), state: 'PARKED', fault };
      return done;
    }
    if (!channel) {
      done.settled = { ...this.base(kept), state: 'FILTERED', channel: '', channelVersion: 0 };
      return done;
    }
    const where = { channel: channel.code, channelVersion: channel.version };
    const { messages, fault, misses: missed } = translate(channel, message);
    for (const m of missed) misses.push({ ...m, channel: channel.code, messageId: row.id, orgId: row.orgId });
    if (fault)
      done.settled = {
        ...this.base(kept),
        ...where,
        state: 'PARKED',
        fault,
        canonical: '[]',
        mapping: channel.mapping,
      };
    else if (!messages) done.settled = { ...this.base(kept), ...where, state: 'FILTERED' };
    else
      return {
        ...done,
        journey: {
          id: row.id,
          orgId: row.orgId,
          calls: channel.def.calls ?? [],
          messages,
          contexts: messages.map(() => ({})),
          answers: [],
          fault: undefined,
          retry: false,
        },
      };
    return done;
  }

  /** A replay names its channel; anything else goes by its type, under the definitions in force now. */
  private channelOf(row: MessageRow): InChannel | undefined {
    const book = this.parts.book();
    const endpoint = book.endpoint(row.orgId, row.endpoint);
    if (!endpoint) return undefined;
    const [type, trigger] = row.messageType.split('^');
    return book.channelFor(endpoint, type ?? '', trigger);
  }

  private conclude(handled: Handled): Settled | undefined {
    const { kept, channel, journey } = handled;
    if (!journey || !channel || journey.retry) return undefined;
    const base = {
      ...this.base(kept),
      channel: channel.code,
      channelVersion: channel.version,
      mapping: channel.mapping,
    };
    const canonical = JSON.stringify(journey.messages);
    const context: Record<string, string> = Object.assign({}, ...journey.contexts);
    if (journey.fault) return { ...base, state: 'PARKED', fault: journey.fault, canonical, context };
    try {
      handled.deliveries = this.parts.deliveries.make(
        channel,
        kept.row,
        { message: kept.message, bytes: kept.bytes! },
        journey.messages,
      );
      handled.text = this.answerOf(channel, journey);
    } catch (error) {
      // What a target's mapping refuses is this message's trouble, not that of those handled with it.
      const fault = mappingFault(channel.code, error).toJSON();
      return { ...base, state: 'PARKED', fault, canonical, context };
    }
    return { ...base, state: 'DONE', canonical, context };
  }

  /** The answer to a query as the channel's mapping writes it; one message is answered, the last that a call gave. */
  private answerOf(channel: InChannel, journey: Journey): string | undefined {
    const answer = journey.answers.at(-1);
    if (!channel.answer || answer === undefined) return undefined;
    const endpoint = this.parts.book().endpoint(journey.orgId, channel.def.source.endpoint);
    const environment = environmentOf(endpoint?.def.names, journey.id, iso(this.parts.kit.clock()));
    return mapOut(channel.answer, answer, environment);
  }
}
