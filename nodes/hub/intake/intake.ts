import type { AdapterLog, InboundFrame, Reply, ReplyOutcome } from '../../../contracts/adapter/port.ts';
import { Fault, isFault } from '../../../contracts/kernel/fault.ts';
import type { Answer } from '../../../mappings/engine/format.ts';
import { type Clock, iso, uuid } from '../../kit/ids.ts';
import type { Book, Endpoint, InChannel } from '../book.ts';
import { type Journal, type MessageRow, type NewMessage, shardOf } from '../ledger/journal.ts';
import type { Rehearsals } from '../study/rehearsal.ts';
import { type Arrival, laterReply, type Reading, readFrame } from './read.ts';

/** A message in the journal, with what was read of it while it was at hand. */
export interface Kept {
  readonly row: MessageRow;
  /** As its format parses it; undefined where the bytes are gone or not readable. */
  readonly message: unknown;
  readonly bytes: Uint8Array | undefined;
  readonly channel?: InChannel | undefined;
  /** The message was handled: somebody waits for its outcome. `text` is what the channel's answer mapping wrote. */
  readonly handled?: (state: MessageRow['state'], fault?: { message: string }, text?: string) => void;
}

interface Waiting {
  readonly frame: InboundFrame;
  readonly endpoint: Endpoint;
  readonly reading: Reading;
  readonly resolve: (reply: Reply) => void;
  readonly reject: (fault: Fault) => void;
}

interface IntakeParts {
  readonly journal: Journal;
  readonly clock: Clock;
  readonly log: AdapterLog;
  readonly book: () => Book;
  /** Self-tests under way: their messages are kept and answered, and have no effect. */
  readonly rehearsals?: Rehearsals;
  /** Keeps large contents before the frame that came with them. */
  readonly blobs: (blobs: NonNullable<InboundFrame['blobs']>) => Promise<void>;
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
    const read = readFrame(endpoint, frame, this.parts.book());
    const reading = this.parts.rehearsals?.of(endpoint, frame, read) ?? read;
    return new Promise((resolve, reject) => {
      this.queue.push({ frame, endpoint, reading, resolve, reject });
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
      for (const a of arrivals) bytes += a.read.bytes.byteLength;
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
    await this.parts.blobs(batch.flatMap((w) => w.frame.blobs ?? []));
    const known = await this.known(arrivals);
    const rows = arrivals.map((a) => this.row(a, known));
    const seqs = await journal.append(
      rows.map((message, i) => ({ message, raw: arrivals[i]!.read.bytes })),
      batch.flatMap(({ frame, endpoint }) => (frame.mark ? [{ endpoint: endpoint.id, ...frame.mark }] : [])),
      iso(clock()),
    );
    const made = rows.map((r): MessageRow => Object.assign(r, { seq: seqs.get(r.id)! }));
    let i = 0;
    const kept: Kept[] = [];
    for (const waiting of batch) {
      const mine = made.slice(i, i + waiting.reading.arrivals.length);
      i += mine.length;
      this.settle(waiting, mine, kept);
    }
    this.parts.kept(kept);
  }

  /** Hands a committed frame on and answers it: now, or when the endpoint says so, once its messages have been handled. */
  private settle({ endpoint, reading, resolve }: Waiting, rows: readonly MessageRow[], kept: Kept[]): void {
    const { ack } = endpoint.def;
    if (ack?.when === 'handled' && rows.some((r) => r.state === 'RECEIVED')) {
      const waits = rows.map((row, n) => this.keepWaiting(row, reading.arrivals[n]!, kept));
      let tooLate = (): void => undefined;
      const limit = new Promise<undefined>((done) => (tooLate = () => done(undefined)));
      const timer = setTimeout(tooLate, (ack.waitSeconds ?? 20) * 1000);
      const each = waits.map((wait) => Promise.race([wait, limit]));
      void Promise.all(each).then((answers) => {
        clearTimeout(timer);
        resolve(this.reply(reading, rows, answers));
      });
      return;
    }
    const later = rows
      .map((row, n) => this.keep(row, reading.arrivals[n]!, kept))
      .find((p) => p !== undefined);
    const reply = this.reply(reading, rows, []);
    resolve(later ? { ...reply, later } : reply);
  }

  /** What is written back, and what became of each message; an answer not there yet is that of a kept message. */
  private reply(
    reading: Reading,
    rows: readonly MessageRow[],
    answers: readonly (Answer | undefined)[],
  ): Reply {
    const given = reading.arrivals.map((a, n) => answers[n] ?? a.answer);
    const results = rows.map((row, n) => {
      const { outcome, reason } = given[n]!;
      return {
        id: row.id,
        outcome: outcomeOf(row, given[n]!),
        ...(outcome === 'AA' ? {} : { reason: reason ?? '' }),
      };
    });
    const bytes = reading.reply(given, this.parts.clock());
    const worst = results.find((r) => r.outcome === 'refused') ?? results.find((r) => r.outcome !== 'kept');
    const all = results.every((r) => r.outcome === worst?.outcome);
    const outcome = worst?.outcome === 'refused' || all ? (worst?.outcome ?? 'kept') : 'kept';
    return {
      outcome,
      ...(worst?.reason ? { reason: worst.reason } : {}),
      results,
      ...(bytes ? { bytes, written: (done) => this.written(rows, done) } : {}),
    };
  }

  private keepWaiting(row: MessageRow, arrival: Arrival, kept: Kept[]): Promise<Answer | undefined> {
    return new Promise((resolve) => {
      const handled: Kept['handled'] = (state, fault, text) => {
        if (state === 'RECEIVED' || state === 'HELD') return;
        const good = state !== 'PARKED' && state !== 'REFUSED';
        if (good) return resolve({ ...arrival.answer, ...(text === undefined ? {} : { text }) });
        const { code } = arrival.read.owed('AE');
        resolve({ code, outcome: 'AE', ...(fault ? { reason: fault.message } : {}) });
      };
      kept.push({ ...keptOf(row, arrival), handled });
      if (row.state !== 'RECEIVED') resolve(undefined);
    });
  }

  /** Adds a committed message to those handed on; gives the promise of its second answer where one is owed. */
  private keep(row: MessageRow, arrival: Arrival, kept: Kept[]): Promise<Uint8Array | undefined> | undefined {
    const one = keptOf(row, arrival);
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

  /**
   * Digests that were seen before, by the window of each endpoint; those first seen in this batch count from then on. The batch before
   * is committed by now.
   */
  private async known(arrivals: readonly Arrival[]): Promise<Set<string>> {
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
      const sound = list.filter(
        (a) => a.state !== 'REFUSED' && a.digest !== '' && a.frame.mayRepeat !== false,
      );
      for (const digest of await journal.seen(
        sound.map((a) => a.digest),
        since,
      ))
        known.add(digest);
    }
    return known;
  }

  private row(a: Arrival, known: Set<string>): NewMessage {
    const policy = a.endpoint.def.duplicate;
    const repeated =
      a.state !== 'REFUSED' &&
      a.frame.mayRepeat !== false &&
      policy !== undefined &&
      policy.match !== 'never' &&
      known.has(a.digest);
    if (a.state !== 'REFUSED' && a.digest !== '') known.add(a.digest);
    const id = uuid(this.parts.clock);
    const state = repeated ? 'DUPLICATE' : a.state;
    const { read } = a;
    const [lane = '', ...moreLanes] = read.lanes;
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
      messageType: read.type,
      controlId: read.controlId,
      charset: read.charset,
      size: read.bytes.byteLength,
      digest: a.digest,
      lane,
      shard: shardOf(lane || id),
      moreLanes: moreLanes.length ? moreLanes : null,
      meta: a.frame.meta ?? null,
      state,
      ack: a.ackCode === '' ? 'NOT_OWED' : 'PENDING',
      ackCode: a.ackCode,
      faultCode: a.fault?.code ?? '',
      fault: a.fault ?? null,
      warnings: warningsOf(read),
      keys: [...read.keys],
      originId: null,
      originKind: '',
      reason: '',
    };
  }
}

const keptOf = (row: MessageRow, { read, channel }: Arrival): Kept => ({
  row,
  message: read.message,
  bytes: read.bytes,
  channel,
});

export const warningsOf = ({ warnings }: { readonly warnings: readonly string[] }): string[] | null =>
  warnings.length ? warnings.slice(0, 20) : null;

function outcomeOf(row: MessageRow, answer: Answer): ReplyOutcome {
  if (answer.outcome !== 'AA') return answer.unwanted ? 'unwanted' : 'refused';
  if (row.state === 'DUPLICATE') return 'repeated';
  return answer.unwanted ? 'unwanted' : 'kept';
}
