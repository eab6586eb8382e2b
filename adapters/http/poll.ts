import { createHash } from 'node:crypto';
import type { ListenContext, Listener } from '../../contracts/adapter/port.ts';
import type { CapturedBytes, ConnectionStats } from '../../contracts/adapter/wire.ts';
import { Fault, toFault } from '../../contracts/kernel/fault.ts';
import { Caller, retryAfter } from './caller.ts';
import type { Answered } from './client.ts';
import type { PollSettings } from './descriptor.ts';
import { peerOf } from './link-out.ts';
import { chain, noMark, type PollMark, readMark, writeMark } from './poll-mark.ts';
import { nextPage, type Page, pageOf } from './poll-page.ts';
import { Traffic } from './traffic.ts';

/** Longest wait after failures, whatever the peer says. */
const MOST_WAIT_MS = 3_600_000;

/** A round that could not be finished; it is tried again from its mark. */
interface Stopped {
  readonly kind: string;
  readonly reason: string;
  readonly waitMs?: number;
}

/** Asks a peer for messages, page by page, and keeps how far it has come with the messages themselves. */
export class Poller implements Listener {
  readonly address: string;
  readonly port: number;
  private readonly context: ListenContext;
  private readonly settings: PollSettings;
  private readonly caller: Caller;
  private readonly traffic: Traffic;
  private readonly peer: string;
  private readonly line: string;
  private readonly markName: string;
  private readonly ending = new AbortController();
  private mark: PollMark = noMark;
  private failures = 0;
  private timer: NodeJS.Timeout | undefined;
  private round: Promise<void> = Promise.resolve();

  /** Throws `channel.text.invalid` where the settings do not fit together. */
  static async start(context: ListenContext, settings: PollSettings): Promise<Poller> {
    const poller = new Poller(context, settings);
    await poller.begin();
    return poller;
  }

  private constructor(context: ListenContext, settings: PollSettings) {
    const url = URL.parse(settings.url);
    if (url === null || /\{(?!cursor\})/.test(settings.url)) throw invalid('poll.url is not an address');
    const { cursor, items } = settings;
    if (
      cursor &&
      cursor.kind !== 'link' &&
      (cursor.at === undefined || cursor.param === undefined) &&
      !inTemplate(settings)
    )
      throw invalid('poll.cursor needs "at", and "param" or {cursor} in the url or body');
    if (cursor?.kind === 'item' && items === undefined) throw invalid('poll.cursor.kind item needs "items"');
    this.context = context;
    this.settings = settings;
    this.caller = new Caller(settings, context.now);
    this.traffic = new Traffic(context, settings.captureBytes ?? 65536);
    this.peer = peerOf(url);
    this.line = `${context.endpoint}#${this.peer}`;
    this.address = `${url.origin}${url.pathname}`;
    this.port = Number(this.peer.split(':').at(-1));
    this.markName = `http ${shortened(settings.name ?? url.pathname)}`;
  }

  connections(): ConnectionStats[] {
    return this.traffic.stats();
  }

  capture(connection: string): CapturedBytes[] {
    return this.traffic.capture(connection);
  }

  async stop(drainMs: number): Promise<void> {
    this.ending.abort();
    clearTimeout(this.timer);
    let late: NodeJS.Timeout | undefined;
    await Promise.race([this.round, new Promise((resolve) => (late = setTimeout(resolve, drainMs)))]);
    clearTimeout(late);
    this.caller.close();
  }

  private async begin(): Promise<void> {
    const text = await this.context.mark(this.markName);
    const mark = text === undefined ? undefined : readMark(text);
    if (text !== undefined && mark === undefined) throw invalid(`the mark "${this.markName}" cannot be read`);
    const { initial } = this.settings.cursor ?? {};
    this.mark = mark ?? { ...noMark, ...(initial !== undefined && { cursor: initial }) };
    this.plan(0);
  }

  private plan(ms: number): void {
    if (this.ending.signal.aborted) return;
    this.timer = setTimeout(() => {
      this.round = this.run();
    }, ms).unref();
  }

  private async run(): Promise<void> {
    const every = (this.settings.everySeconds ?? 60) * 1000;
    const stopped = await this.pages().catch((error: unknown): Stopped => {
      const fault = toFault(error);
      return { kind: fault.kind === 'transient' ? 'intake-refused' : 'poll-failed', reason: fault.message };
    });
    if (this.ending.signal.aborted) return;
    if (stopped === undefined) {
      this.failures = 0;
      return this.plan(every);
    }
    this.traffic.incident(this.line, this.peer, stopped.kind, stopped.reason);
    const backoff = every * 2 ** Math.min(this.failures++, 6);
    this.plan(Math.min(MOST_WAIT_MS, Math.max(stopped.waitMs ?? 0, Math.min(backoff, 10 * every))));
  }

  /** Page after page until there is no more; undefined where that went well. */
  private async pages(): Promise<Stopped | undefined> {
    for (let n = 0; n < (this.settings.maxPages ?? 100) && !this.ending.signal.aborted; n++) {
      const answer = await this.fetch();
      if ('reason' in answer) return answer;
      const page = pageOf(answer, this.settings, this.mark.cursor);
      if ('problem' in page) return { kind: 'poll-failed', reason: page.problem };
      const before = this.mark;
      await this.take(page, answer);
      if (!page.more || this.mark.cursor === before.cursor) return undefined;
    }
    return undefined;
  }

  private async fetch(): Promise<Answered | Stopped> {
    const { method = 'GET', body, headers, timeoutMs = 30000 } = this.settings;
    const { cursor } = this.mark;
    const started = this.context.now();
    this.traffic.began(this.line, this.peer);
    const answer = await this.caller.exchange({
      url: nextPage(this.settings, cursor),
      method,
      headers: {
        accept: 'application/json',
        ...(method === 'POST' && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(method === 'POST' && {
        body: (body ?? '{}').replaceAll('{cursor}', () => JSON.stringify(cursor ?? '').slice(1, -1)),
      }),
      timeoutMs,
      signal: this.ending.signal,
    });
    this.traffic.ended(this.line, started);
    if (answer.kind !== 'answered') return { kind: 'poll-failed', reason: answer.reason };
    this.traffic.answered(this.line, answer.body, answer.tls);
    if (answer.cut) return { kind: 'poll-failed', reason: 'the page is longer than its limit' };
    if (answer.status >= 200 && answer.status < 300) return answer;
    const wait = retryAfter(answer, this.context.now());
    const reason = `status ${answer.status}`;
    return { kind: 'poll-failed', reason, ...(wait !== undefined && { waitMs: wait * 1000 }) };
  }

  /** Hands the new items over in order; the last takes the mark on to the next page. */
  private async take({ items, digests, next, ties }: Page, answer: Answered): Promise<void> {
    const links = chain(digests);
    const { cursor, done, digest } = this.mark;
    const seen = done > 0 && links[done] === digest ? done : 0;
    const known = new Set(this.mark.ties);
    const fresh = [...items.keys()].filter((i) => i >= seen && !known.has(digests[i]!));
    const ended: PollMark =
      next === undefined || next === cursor
        ? { ...this.mark, done: items.length, digest: links[items.length]!, ties }
        : { cursor: next, done: 0, digest: '', ties };
    for (const i of fresh) {
      if (this.ending.signal.aborted) return;
      const mark = i === fresh.at(-1) ? ended : { ...this.mark, done: i + 1, digest: links[i + 1]! };
      await this.context.accept({
        bytes: items[i]!,
        connection: `${this.context.endpoint}#poll`,
        peer: this.peer,
        receivedAt: this.context.now(),
        oddities: [],
        meta: {
          path: this.address.slice(0, 500),
          contentType: (answer.headers['content-type'] ?? '').slice(0, 200),
        },
        mark: { name: this.markName, value: writeMark(mark) },
      });
      this.mark = mark;
    }
    if (fresh.length === 0 && next !== undefined) this.mark = ended;
  }
}

const inTemplate = ({ url, body, cursor }: PollSettings): boolean =>
  cursor?.at !== undefined && (url.includes('{cursor}') || body?.includes('{cursor}') === true);

const invalid = (problem: string): Fault => new Fault('channel.text.invalid', { problem });

/** Names of marks are short; a long one is told apart by its digest. */
const shortened = (name: string): string =>
  name.length <= 60
    ? name
    : `${name.slice(0, 40)}~${createHash('sha256').update(name).digest('hex').slice(0, 12)}`;
