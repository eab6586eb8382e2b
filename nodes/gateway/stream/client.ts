import type { ServerResponse } from 'node:http';
import { type Caller, groupOrg, may } from '../../kit/caller.ts';
import type { Clock } from '../../kit/ids.ts';
import type { GatewayMetrics } from '../ops/metrics.ts';
import type { OutboxRow } from './feed.ts';

/** Bytes that may wait for a reader before it is cut. */
const mostWaiting = 512 * 1024;
const mostPerSecond = 200;
const mostQueued = 5000;
/** A reader that takes nothing for this long is gone. */
const stuckMs = 30_000;

/** An event of the hub that is not kept: counters, connections. */
export interface LiveNotice {
  readonly topic: string;
  readonly orgId: string;
  readonly name: string;
  readonly key: string;
  readonly data: unknown;
}

export const topicOf = (eventName: string): string => eventName.split('.')[0]!;

/**
 * One open stream: sends what its caller may see, at most 200 events a second one by one, and never holds more than a
 * bounded part of what a slow reader has not taken.
 */
export class StreamClient {
  caller: Caller;
  private readonly res: ServerResponse;
  private readonly wanted: ReadonlySet<string>;
  private readonly clock: Clock;
  private readonly metrics: GatewayMetrics;
  /** Rows that came while the past is still being sent. */
  private queued: { rows: OutboxRow[]; watermark: number } | undefined = { rows: [], watermark: 0 };
  private lagging = false;
  private stuck: NodeJS.Timeout | undefined;
  private windowStart = 0;
  private inWindow = 0;
  private many: { topics: Set<string>; from: number; to: number } | undefined;
  private manyTimer: NodeJS.Timeout | undefined;
  private position = 0;

  constructor(
    res: ServerResponse,
    caller: Caller,
    wanted: ReadonlySet<string>,
    clock: Clock,
    metrics: GatewayMetrics,
  ) {
    this.res = res;
    this.caller = caller;
    this.wanted = wanted;
    this.clock = clock;
    this.metrics = metrics;
  }

  /** Of the caller's organisation or shared by the group, wanted, and with the right to read. */
  sees(topic: string, orgId: string): boolean {
    return (
      (orgId === this.caller.orgId || orgId === groupOrg) &&
      this.wanted.has(topic) &&
      may(this.caller, `${topic}.read`)
    );
  }

  /** Rows in their order. `watermark` is where a client that has them may resume. */
  rows(rows: readonly OutboxRow[], watermark: number): void {
    if (this.queued) {
      this.queued.rows.push(...rows.filter((r) => this.sees(topicOf(r.name), r.orgId)));
      this.queued.watermark = watermark;
      if (this.queued.rows.length > mostQueued) this.cut('slow');
      return;
    }
    for (const row of rows) this.row(row, Math.min(row.seq, watermark));
    this.position = watermark;
  }

  /** The past is sent: from here on as things happen. Rows of the past are not sent again. */
  caughtUp(past: ReadonlySet<number>, watermark: number): void {
    const { queued } = this;
    this.queued = undefined;
    this.position = Math.max(this.position, watermark);
    if (!queued) return;
    const rest = queued.rows.filter((r) => !past.has(r.seq));
    if (queued.watermark > 0) this.rows(rest, queued.watermark);
  }

  row(row: OutboxRow, id: number): void {
    const topic = topicOf(row.name);
    if (this.lagging || !this.sees(topic, row.orgId)) return;
    if (!this.withinRate()) {
      this.gather(topic, row.seq);
      return;
    }
    const { name, key, orgId, at, payload } = row;
    this.position = id;
    this.send('change', { id: row.id, name, topic, key, orgId, at, payload }, id);
  }

  /** Sent where it arrives in time, else left out: it is not kept and cannot be resumed. */
  notice({ topic, orgId, name, key, data }: LiveNotice): void {
    if (this.lagging || this.queued || !this.sees(topic, orgId) || !this.withinRate()) return;
    this.send('live', { topic, orgId, name, key, data, at: new Date(this.clock()).toISOString() });
  }

  send(event: string, data: unknown, id?: number): void {
    const head = id === undefined ? '' : `id: ${id}\n`;
    this.metrics.streamEvents.inc();
    this.write(`${head}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  }

  heartbeat(): void {
    if (!this.lagging) this.write(': \n\n');
  }

  /** Tells the client that it must load anew what it shows. */
  reset(reason: string, id: number): void {
    this.metrics.streamResets.inc({ reason });
    this.position = id;
    this.send('reset', { reason }, id);
  }

  /** The last word; `retryMs` is when the client may come again. */
  end(event: string | undefined, data: object, retryMs: number): void {
    this.stop();
    if (this.res.writableEnded || this.res.destroyed) return;
    if (!this.res.headersSent) {
      this.res.destroy();
      return;
    }
    this.res.write(`retry: ${retryMs}\n\n`);
    if (event) this.res.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
    this.res.end();
  }

  stop(): void {
    clearTimeout(this.stuck);
    clearTimeout(this.manyTimer);
    this.lagging = true;
  }

  private write(text: string): void {
    if (this.res.writableEnded || this.res.destroyed) return;
    this.res.write(text);
    if (!this.lagging && this.res.writableLength > mostWaiting) this.cut('slow');
  }

  /** Nothing more until the reader has taken what waits; then it is told to begin anew. */
  private cut(reason: string): void {
    this.lagging = true;
    this.stuck = setTimeout(() => this.res.destroy(), stuckMs);
    const drained = (): void => {
      clearTimeout(this.stuck);
      if (this.res.destroyed || this.res.writableEnded) return;
      this.lagging = false;
      this.reset(reason, this.position);
    };
    if (this.res.writableNeedDrain) this.res.once('drain', drained);
    else setImmediate(drained);
    if (this.queued) this.queued = { rows: [], watermark: this.queued.watermark };
  }

  private withinRate(): boolean {
    const now = this.clock();
    if (now - this.windowStart >= 1000) {
      this.windowStart = now;
      this.inWindow = 0;
    }
    return ++this.inWindow <= mostPerSecond && !this.many;
  }

  /** Beyond 200 a second one word stands for many: which topics, which numbers. */
  private gather(topic: string, seq: number): void {
    this.many ??= { topics: new Set(), from: seq, to: seq };
    this.many.topics.add(topic);
    this.many.from = Math.min(this.many.from, seq);
    this.many.to = Math.max(this.many.to, seq);
    this.manyTimer ??= setTimeout(() => this.sayMany(), 1000);
  }

  private sayMany(): void {
    const { many } = this;
    this.manyTimer = undefined;
    this.many = undefined;
    if (!many || this.lagging) return;
    this.send('many', { topics: [...many.topics], from: many.from, to: many.to }, this.position);
  }
}
