import type { InboundFrame, Reply, Sender, SendOutcome } from '../../../contracts/adapter/port.ts';
import { deliveryTable } from '../../../contracts/message/delivery.record.ts';
import { messageParked } from '../../../contracts/message/message.events.ts';
import { systemCaller } from '../../kit/caller.ts';
import { tableCode } from '../../kit/db/rows.ts';
import { iso } from '../../kit/ids.ts';
import type { Kit } from '../../kit/kit.ts';
import { KeptLease } from '../../kit/lease.ts';
import { count, find } from '../../kit/store.ts';
import { Work } from '../../kit/work.ts';
import type { Book, Endpoint } from '../book.ts';
import type { Meter } from '../supervise/meter.ts';
import { holdBarred } from './barred.ts';
import { contentsNamed } from './contents.ts';
import type { Delivery } from './deliveries.ts';
import { judge, type Verdict } from './outcome.ts';

interface Parts {
  readonly kit: Kit;
  readonly book: () => Book;
  readonly meter: Meter;
  readonly sender: Sender;
  readonly endpoint: Endpoint;
  /** Takes a reply that is a message itself. */
  readonly answered: (endpoint: Endpoint, frame: InboundFrame) => Promise<Reply>;
}

/** Age of a page beyond which each delivery is looked at again before it leaves. */
const staleMs = 500;
const retryDefault = { firstSeconds: 2, factor: 2, maxSeconds: 300, giveUpAfterHours: 72 };

/**
 * Sends what waits for one endpoint: in order, one at a time, the same bytes until the peer has them. A transient failure makes
 * the endpoint wait with growing pauses; a refusal parks the delivery and holds those of the same lane behind it.
 */
export class TargetQueue {
  private readonly parts: Parts;
  private running: Promise<void> | undefined;
  private again = false;
  private stopped = false;
  private timer: NodeJS.Timeout | undefined;
  private failures = 0;
  /** One node sends to an endpoint; a database of its own needs no lease. */
  private readonly lease: KeptLease | undefined;

  constructor(parts: Parts) {
    this.parts = parts;
    const { kit, endpoint } = parts;
    if (kit.databases.main.dialect !== 'sqlite')
      this.lease = new KeptLease(kit.leases, kit.clock, `target/${endpoint.id}`);
  }

  wake(): void {
    if (this.stopped || this.timer) return;
    this.again = true;
    this.running ??= this.loop().finally(() => {
      this.running = undefined;
    });
  }

  /** A person asks for a try now: the pause ends. */
  hurry(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.wake();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    clearTimeout(this.timer);
    await this.parts.sender.close();
    await this.running;
    await this.lease?.release();
  }

  private async loop(): Promise<void> {
    while (this.again && !this.stopped) {
      this.again = false;
      try {
        while (!this.stopped && (await this.page()));
      } catch (error) {
        this.parts.kit.log.warn('deliveries will go on after a pause', {
          endpoint: this.parts.endpoint.code,
          error,
        });
        this.pause(1000);
      }
    }
  }

  private pause(ms: number): void {
    if (this.stopped) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.hurry(), ms);
  }

  /** True where more may wait. */
  private async page(): Promise<boolean> {
    const { kit, endpoint } = this.parts;
    const size = 50;
    if (this.lease && !(await this.lease.ensure())) return false;
    const rows = await find(
      kit.databases.main.read,
      kit.vault,
      deliveryTable,
      'system',
      { state: 'QUEUED', target: endpoint.code, orgId: endpoint.orgId },
      {
        orderBy: 'seq',
        limit: size,
      },
    );
    const readAt = performance.now();
    const parked = new Set(
      await holdBarred(
        kit,
        endpoint,
        rows.map((r) => r.lane),
      ),
    );
    for (const row of rows) {
      if (this.stopped || this.lease?.held === false) return false;
      if (row.lane && parked.has(row.lane)) continue;
      // A slow peer makes a page old: what a person skipped meanwhile is not sent.
      if (performance.now() - readAt > staleMs && !(await this.waits(row))) continue;
      const verdict = await this.attempt(row);
      if (!verdict) return false;
      await this.record(row, verdict);
      if (verdict.kind === 'wait') {
        const { firstSeconds, factor, maxSeconds } = this.retryOf(row);
        this.pause(Math.min(maxSeconds, firstSeconds * factor ** this.failures++) * 1000);
        return false;
      }
      this.failures = 0;
      if (verdict.kind === 'park' && row.lane) parked.add(row.lane);
    }
    return rows.length === size;
  }

  private async waits({ seq }: Delivery): Promise<boolean> {
    const { main } = this.parts.kit.databases;
    return (await count(main.read, deliveryTable, 'system', { seq, state: 'QUEUED' })) > 0;
  }

  private targetOf(row: Delivery) {
    return this.parts
      .book()
      .channel(row.orgId, row.channel)
      ?.targets.find((t) => t.def.endpoint === row.target)?.def;
  }

  private retryOf(row: Delivery) {
    return this.targetOf(row)?.retry ?? retryDefault;
  }

  private async attempt(row: Delivery): Promise<Verdict | undefined> {
    const { sender, endpoint } = this.parts;
    const { format } = endpoint;
    const target = this.targetOf(row);
    const named = target?.contents && (await contentsNamed(this.parts.kit, row.body, target.contents));
    if (target?.contents && !named) return judge(lacking(endpoint.code), endpoint, 'ask');
    const outcome = await sender.send(named ? named.bytes : row.body, {
      timeoutMs: target?.timeoutMs ?? 30_000,
      matches: (reply) => row.controlId === '' || (format.matches?.(reply, row.controlId) ?? true),
      id: row.id,
      controlId: row.controlId,
      with: target?.with ?? {},
      mediaType: named ? named.mediaType : format.mediaType(endpoint.def),
    });
    if (this.stopped && outcome.kind !== 'replied') return undefined;
    const verdict = judge(outcome, endpoint, target?.ambiguous ?? 'resend');
    if (target?.answers && verdict.kind === 'delivered' && verdict.reply.byteLength > 0)
      await this.parts.answered(endpoint, this.answerFrame(row, verdict));
    return verdict;
  }

  /** A reply that is a message itself is kept before the delivery is called done: after a crash both come again. */
  private answerFrame(row: Delivery, { reply }: { reply: Uint8Array }): InboundFrame {
    return {
      bytes: reply,
      connection: `${this.parts.endpoint.code}#reply`,
      peer: this.parts.endpoint.code,
      receivedAt: this.parts.kit.clock(),
      oddities: [],
      meta: { answers: row.controlId, delivery: row.id, message: row.messageId },
    };
  }

  private async record(row: Delivery, verdict: Verdict): Promise<void> {
    const { kit, meter } = this.parts;
    const now = kit.clock();
    const { giveUpAfterHours } = this.retryOf(row);
    const tooOld = giveUpAfterHours > 0 && now - Date.parse(row.createdAt) > giveUpAfterHours * 3_600_000;
    const state =
      verdict.kind === 'delivered' ? 'DELIVERED' : verdict.kind === 'park' || tooOld ? 'PARKED' : 'QUEUED';
    await kit.databases.main.tx(async (sql) => {
      const code = tableCode(deliveryTable, sql);
      const fault = verdict.kind === 'delivered' ? undefined : verdict.fault;
      const sets: [string, unknown][] = [
        ['state', state],
        ['attempts', row.attempts + 1],
        ['lastAt', iso(now)],
        ['doneAt', state === 'DELIVERED' ? iso(now) : null],
        ['roundTripMs', verdict.roundTripMs === undefined ? null : Math.round(verdict.roundTripMs)],
        ['ackCode', verdict.ackCode],
        ['faultCode', fault?.code ?? ''],
        ['fault', fault ? JSON.stringify(fault) : null],
        ['reply', verdict.reply ? Buffer.from(verdict.reply) : null],
      ];
      // Only while it still waits: a person may have skipped it meanwhile.
      const changed = await sql.execute(
        `UPDATE ${code.table} SET ${sets.map(([f]) => `${code.name(f)} = ?`).join(', ')} WHERE ${code.name('seq')} = ? AND ${code.name('state')} = 'QUEUED'`,
        [...sets.map(([, v]) => v), row.seq],
      );
      if (changed === 0 || state !== 'PARKED') return;
      if (row.lane)
        await sql.execute(
          `UPDATE ${code.table} SET ${code.name('state')} = 'HELD' WHERE ${code.name('state')} = 'QUEUED' AND ${code.name('target')} = ? AND ${code.name('lane')} = ? AND ${code.name('orgId')} = ?`,
          [row.target, row.lane, row.orgId],
        );
      const work = new Work(sql, { caller: systemCaller('hub', row.orgId), requestId: row.id }, kit.workEnv);
      work.event(messageParked, row.orgId, row.messageId, {
        messageId: row.messageId,
        channel: row.channel,
        faultCode: fault?.code ?? '',
      });
      await work.flush();
    });
    if (state === 'PARKED') kit.eventsWritten();
    meter.tried(row, state);
    kit.broadcast('live', {
      topic: 'message',
      orgId: row.orgId,
      name: 'delivery',
      key: row.messageId,
      data: { state },
    });
  }
}

/** The contents a body names are not there, and will not be. */
const lacking = (peer: string): SendOutcome => ({
  kind: 'replied',
  bytes: new Uint8Array(),
  roundTripMs: 0,
  peer,
  said: {
    verdict: 'negative',
    code: 'contents',
    reason: '所指内容不在库中 · the contents it names are not kept',
  },
});
