import type { AdapterLog, InboundFrame, Reply } from '../../../contracts/adapter/port.ts';
import { Fault, isFault } from '../../../contracts/kernel/fault.ts';
import type { AckCode } from '../../../mappings/hl7v2/ack.ts';
import { type Clock, iso, uuid } from '../../kit/ids.ts';
import type { Book, Endpoint } from '../book.ts';
import { type Journal, type MessageRow, type NewMessage, shardOf } from '../ledger/journal.ts';
import { type Arrival, laterReply, type Reading, readFrame } from './read.ts';

/** A message in the journal, with what was read of it while it was at hand. */
export interface Kept {
  readonly row: MessageRow;
  readonly lanes: readonly string[];
  readonly arrival?: Arrival;
  /** The message was handled: an application acknowledgement may be owed now. */
  readonly handled?: (state: MessageRow['state'], fault?: { message: string }) => void;
}

interface Waiting {
  readonly reading: Reading;
  readonly resolve: (reply: Reply) => void;
  readonly reject: (fault: Fault) => void;
}

interface IntakeParts {
  readonly journal: Journal;
  readonly clock: Clock;
  readonly log: AdapterLog;
  readonly book: () => Book;
  /** Committed messages in the order of the journal. */
  readonly kept: (messages: readonly Kept[]) => void;
  /** The peer got its acknowledgement, or did not. */
  readonly acknowledged: (id: string, ack: MessageRow['ack']) => void;
}

const mostMessages = 400;
const mostBytes = 16 * 1024 * 1024;
/** How long a commit that failed counts, where no other was tried since. */
const troubleMs = 10_000;

/**
 * Commit, then acknowledge. Frames that arrive while a commit is on share the next one; what cannot be committed is never
 * acknowledged. One commit at a time, so the journal's order is the order of arrival.
 */
export class Intake {
  private readonly parts: IntakeParts;
  private queue: Waiting[] = [];
  private committing = false;
  private failed: { readonly code: string; readonly at: number } | undefined;

  constructor(parts: IntakeParts) {
    this.parts = parts;
  }

  /** Why nothing is acknowledged at the moment, as a fault code; undefined where it is. */
  get trouble(): string | undefined {
    const { failed } = this;
    return failed && this.parts.clock() - failed.at < troubleMs ? failed.code : undefined;
  }

  accept(endpoint: Endpoint, frame: InboundFrame): Promise<Reply> {
    const reading = readFrame(endpoint, frame, this.parts.book());
    return new Promise((resolve, reject) => {
      this.queue.push({ reading, resolve, reject });
      if (!this.committing) {
        this.committing = true;
        setImmediate(() => void this.drain());
      }
    });
  }

  private async drain(): Promise<void> {
    while (this.queue.length > 0) {
      const batch = this.take();
      try {
        await this.commit(batch);
        this.failed = undefined;
      } catch (error) {
        const fault = isFault(error) ? error : new Fault('kernel.store.unavailable', {}, error);
        this.failed = { code: fault.code, at: this.parts.clock() };
        this.parts.log.error('intake could not commit; nothing was acknowledged', {
          faultCode: fault.code,
          count: batch.length,
        });
        const told = fault.kind === 'transient' ? fault : new Fault('kernel.store.unavailable', {}, fault);
        for (const w of batch) w.reject(told);
      }
    }
    this.committing = false;
  }

  private take(): Waiting[] {
    let messages = 0;
    let bytes = 0;
    let n = 0;
    while (n < this.queue.length) {
      const { arrivals } = this.queue[n]!.reading;
      messages += arrivals.length;
      for (const a of arrivals) bytes += a.bytes.byteLength;
      if (n > 0 && (messages > mostMessages || bytes > mostBytes)) break;
      n++;
    }
    const batch = this.queue.slice(0, n);
    this.queue = this.queue.slice(n);
    return batch;
  }

  private async commit(batch: readonly Waiting[]): Promise<void> {
    const { journal, clock } = this.parts;
    const arrivals = batch.flatMap((w) => w.reading.arrivals);
    const made = await journal.db.tx(async (sql) => {
      const known = await this.known(sql, arrivals);
      const rows = arrivals.map((a) => this.row(a, known));
      const seqs = await journal.insert(
        sql,
        rows.map((message, i) => ({ message, raw: arrivals[i]!.bytes })),
      );
      return rows.map((r): MessageRow => ({ ...r, seq: seqs.get(r.id)! }));
    });
    const now = clock();
    let i = 0;
    const kept: Kept[] = [];
    for (const { reading, resolve } of batch) {
      const mine = made.slice(i, i + reading.arrivals.length);
      i += mine.length;
      const later = mine
        .map((row, n) => this.keep(row, reading.arrivals[n]!, kept))
        .find((p) => p !== undefined);
      const bytes = reading.reply(
        mine.map((r) => r.ackCode as AckCode | ''),
        now,
      );
      resolve({
        ...(bytes ? { bytes, written: (outcome) => this.written(mine, outcome) } : {}),
        ...(later ? { later } : {}),
      });
    }
    this.parts.kept(kept);
  }

  /** Adds a committed message to those handed on; gives the promise of its second answer where one is owed. */
  private keep(row: MessageRow, arrival: Arrival, kept: Kept[]): Promise<Uint8Array | undefined> | undefined {
    const one = { row, lanes: arrival.lanes, arrival };
    if (!arrival.later) {
      kept.push(one);
      return undefined;
    }
    return new Promise((resolve) => {
      const handled = (state: MessageRow['state'], fault?: { message: string }): void => {
        if (state === 'RECEIVED' || state === 'HELD') return;
        const good = state !== 'PARKED' && state !== 'REFUSED';
        resolve(laterReply(arrival, good, fault, this.parts.clock()));
      };
      kept.push({ ...one, handled });
      handled(row.state, arrival.fault);
    });
  }

  private written(rows: readonly MessageRow[], outcome: 'sent' | 'failed'): void {
    for (const r of rows)
      if (r.ack === 'PENDING') this.parts.acknowledged(r.id, outcome === 'sent' ? 'SENT' : 'FAILED');
  }

  /** Digests that were seen before, by the window of each endpoint; those first seen in this batch count from then on. */
  private async known(
    sql: Parameters<Journal['seen']>[0],
    arrivals: readonly Arrival[],
  ): Promise<Set<string>> {
    const { journal, clock } = this.parts;
    const known = new Set<string>();
    const byEndpoint = new Map<Endpoint, Arrival[]>();
    for (const a of arrivals) {
      const list = byEndpoint.get(a.endpoint);
      if (list) list.push(a);
      else byEndpoint.set(a.endpoint, [a]);
    }
    for (const [{ def }, list] of byEndpoint) {
      if (!def.duplicate || def.duplicate.match === 'never') continue;
      const since = iso(clock() - (def.duplicate.withinHours ?? 72) * 3_600_000);
      const sound = list.filter((a) => a.state !== 'REFUSED').map((a) => a.digest);
      for (const digest of await journal.seen(sql, sound, since)) known.add(digest);
    }
    return known;
  }

  private row(a: Arrival, known: Set<string>): NewMessage {
    const policy = a.endpoint.def.duplicate;
    const repeated =
      a.state !== 'REFUSED' && policy !== undefined && policy.match !== 'never' && known.has(a.digest);
    if (a.state !== 'REFUSED') known.add(a.digest);
    const id = uuid(this.parts.clock);
    const state = repeated ? 'DUPLICATE' : a.state;
    const lane = a.lanes[0] ?? '';
    const at = iso(a.frame.receivedAt);
    return {
      id,
      orgId: a.endpoint.orgId,
      receivedAt: at,
      doneAt: state === 'RECEIVED' ? null : at,
      direction: 'in',
      endpoint: a.endpoint.code,
      connection: a.frame.connection,
      peer: a.frame.peer,
      channel: a.channel?.code ?? '',
      channelVersion: a.channel?.version ?? 0,
      messageType: a.messageType,
      controlId: a.controlId,
      charset: a.charset ?? '',
      size: a.bytes.byteLength,
      digest: a.digest,
      lane,
      shard: shardOf(lane || id),
      state,
      ack: a.ackCode === '' ? 'NOT_OWED' : 'PENDING',
      ackCode: a.ackCode,
      faultCode: a.fault?.code ?? '',
      fault: a.fault ?? null,
      warnings: a.warnings.length ? [...a.warnings].slice(0, 20) : null,
      keys: a.keys,
      originId: null,
      originKind: '',
      reason: '',
    };
  }
}
