import type { Registry } from '../../../contracts/kernel/collect.ts';
import { Fault, isFault } from '../../../contracts/kernel/fault.ts';
import type { Session } from '../../../contracts/user/user.actions.ts';
import { type Caller, may } from '../../kit/caller.ts';
import type { Exchange } from '../http/exchange.ts';
import { parseQuery } from '../http/query.ts';
import type { GatewayMetrics } from '../ops/metrics.ts';
import type { GatewayKit, GatewayOptions } from '../options.ts';
import type { Guard } from '../session/guard.ts';
import { callerOf, digestOf, type Sessions } from '../session/sessions.ts';
import { type LiveNotice, StreamClient, topicOf } from './client.ts';
import { Feed } from './feed.ts';
import { tellSince } from './history.ts';

const heartbeatMs = 15_000;
const retryMs = 2000;
const perSession = 20;

interface Open {
  readonly client: StreamClient;
  readonly digest: string;
  readonly token: string;
  readonly exchange: Exchange;
  readonly close: () => void;
}

/** `GET /api/v1/stream`: what has been committed, as server-sent events (HTML standard, 9.2). */
export class Stream {
  readonly topics: ReadonlySet<string>;
  private readonly kit: GatewayKit;
  private readonly guard: Guard;
  private readonly sessions: Sessions;
  private readonly metrics: GatewayMetrics;
  private readonly most: number;
  private readonly feed: Feed;
  private readonly open = new Set<Open>();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    kit: GatewayKit,
    options: GatewayOptions,
    parts: { guard: Guard; sessions: Sessions; metrics: GatewayMetrics },
  ) {
    this.kit = kit;
    this.guard = parts.guard;
    this.sessions = parts.sessions;
    this.metrics = parts.metrics;
    this.most = options.maxStreams ?? 2000;
    this.feed = new Feed(kit);
    this.topics = topicsOf(kit.registry);
    parts.sessions.onEnd((digest) => {
      for (const one of [...this.open]) if (one.digest === digest) this.finish(one, 'session');
    });
  }

  /** `outbox.written` was heard. */
  written(): void {
    this.feed.wake();
  }

  /** `live` was heard. */
  live(notice: LiveNotice): void {
    for (const { client } of this.open) client.notice(notice);
  }

  async answer(exchange: Exchange): Promise<void> {
    const { req } = exchange;
    exchange.label = '/stream';
    if (req.method !== 'GET') {
      exchange.res.setHeader('Allow', 'GET, OPTIONS');
      throw new Fault('gateway.method.refused', { method: req.method });
    }
    const { caller, credentials } = await this.guard.identify(exchange, true);
    const { topics, last } = this.wishes(exchange);
    const readable = [...topics].filter((topic) => may(caller, `${topic}.read`));
    if (readable.length === 0)
      throw new Fault('user.permission.missing', {
        permission: [...topics].map((t) => `${t}.read`).join(', '),
      });
    const digest = digestOf(credentials!.token);
    const same = [...this.open].filter((o) => o.digest === digest).length;
    if (this.open.size >= this.most || same >= perSession) throw new Fault('gateway.rate.exceeded');
    await this.serve(exchange, caller, new Set(readable), { last, token: credentials!.token, digest });
  }

  /** Ends all streams; clients come again after a moment, to another node or this one. */
  stop(): void {
    for (const one of [...this.open]) this.finish(one, undefined);
  }

  /** Resolves once the past is told; the stream stays open. */
  private async serve(
    exchange: Exchange,
    caller: Caller,
    topics: ReadonlySet<string>,
    { last, token, digest }: { last: number | undefined; token: string; digest: string },
  ): Promise<void> {
    const { res, req } = exchange;
    const client = new StreamClient(res, caller, topics, this.kit.clock, this.metrics);
    const close = (): void => {
      if (!this.open.delete(one)) return;
      client.stop();
      this.feed.leave(client);
      this.metrics.streams.set(this.open.size);
      if (this.open.size === 0) clearInterval(this.timer);
    };
    const one: Open = { client, digest, token, exchange, close };
    this.open.add(one);
    this.metrics.streams.set(this.open.size);
    if (this.open.size === 1) this.timer = setInterval(() => void this.beat(), heartbeatMs).unref();
    res.once('close', close);
    try {
      const { watermark } = await this.feed.join(client);
      if (res.destroyed) return close();
      req.socket.setNoDelay(true);
      res.writeHead(200, {
        'Content-Type': 'text/event-stream; charset=utf-8',
        'Cache-Control': 'no-store',
        'X-Accel-Buffering': 'no',
      });
      res.write(`retry: ${retryMs}\n\n`);
      const past = new Set<number>();
      client.send('ready', { topics: [...topics] }, last === undefined ? watermark : undefined);
      if (last !== undefined) {
        const told = await tellSince(this.kit, last, (rows) => {
          for (const row of rows) {
            past.add(row.seq);
            client.row(row, Math.min(row.seq, Math.max(watermark, last)));
          }
        });
        if (!told) client.reset('gone', watermark);
      }
      client.caughtUp(past, watermark);
    } catch (error) {
      close();
      throw error;
    }
  }

  private wishes({ query, req }: Exchange): { topics: ReadonlySet<string>; last: number | undefined } {
    const { plain, keyed, issues } = parseQuery(query);
    const found = [...issues];
    for (const name of [...plain.keys(), ...keyed.keys()])
      if (name !== 'topics' && name !== 'lastEventId') found.push({ path: name, message: 'unknown field' });
    const asked = plain.get('topics');
    const topics = asked === undefined ? [...this.topics] : asked.split(',').map((t) => t.trim());
    if (topics.some((topic) => !this.topics.has(topic)))
      found.push({ path: 'topics', message: `must be of ${[...this.topics].join(', ')}` });
    const text = String(req.headers['last-event-id'] ?? plain.get('lastEventId') ?? '');
    if (text !== '' && !/^\d{1,15}$/.test(text))
      found.push({ path: 'lastEventId', message: 'must be an id this stream has given' });
    if (found.length) throw new Fault('kernel.params.invalid', { issues: found });
    return { topics: new Set(topics), last: text === '' ? undefined : Number(text) };
  }

  /** Proves to each reader that the line stands, and to us that its session does. */
  private async beat(): Promise<void> {
    for (const one of [...this.open]) one.client.heartbeat();
    const byToken = Map.groupBy(this.open, (o) => o.digest);
    for (const group of byToken.values()) {
      const { token, exchange } = group[0]!;
      try {
        this.renew(group, await this.sessions.peek(token, exchange.requestId));
      } catch (error) {
        if (isFault(error) && error.kind === 'denied') for (const one of group) this.finish(one, 'session');
      }
    }
  }

  /** Rights may have changed; another organisation is another stream. */
  private renew(group: readonly Open[], session: Session): void {
    for (const one of group) {
      const caller = callerOf(session, one.exchange.address);
      if (caller.orgId === one.client.caller.orgId) one.client.caller = caller;
      else this.finish(one, 'session');
    }
  }

  private finish(one: Open, reason: string | undefined): void {
    one.close();
    one.client.end(reason === undefined ? undefined : 'end', { reason }, retryMs);
  }
}

/** Words that have events or can be read: what may be listened to. */
export function topicsOf(registry: Registry): ReadonlySet<string> {
  const topics = new Set([...registry.events.keys()].map(topicOf));
  for (const action of registry.actions.values())
    if (action.repeat === 'read' && action.permission.endsWith('.read'))
      topics.add(action.permission.slice(0, -'.read'.length));
  return topics;
}
