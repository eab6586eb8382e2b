import type { QueueLimits } from './session.ts';
import { type Publication, Session, type Subscription } from './session.ts';
import { matches } from './topics.ts';

export interface BrokerLimits extends QueueLimits {
  readonly maxSessions: number;
  readonly maxRetained: number;
  readonly maxRetainedBytes: number;
}

const mostCached = 10_000;

interface Match {
  readonly session: Session;
  readonly by: readonly Subscription[];
}

/** Sessions, retained messages, and who gets what. Knows nothing of sockets. */
export class Broker {
  private readonly limits: BrokerLimits;
  private readonly now: () => number;
  private readonly sessions = new Map<string, Session>();
  private readonly retained = new Map<string, Publication>();
  private retainedBytes = 0;
  private readonly found = new Map<string, readonly Match[]>();

  constructor(limits: BrokerLimits, now: () => number) {
    this.limits = limits;
    this.now = now;
  }

  session(clientId: string): Session | undefined {
    return this.sessions.get(clientId);
  }

  /** A new session of that client id; the one before is gone. Undefined where there is no room. */
  open(clientId: string, user: string): Session | undefined {
    this.end(clientId);
    if (this.sessions.size >= this.limits.maxSessions) {
      const offline = [...this.sessions.values()].find((s) => !s.online);
      if (!offline) return undefined;
      this.end(offline.clientId);
    }
    const made = new Session(clientId, user, this.limits, this.now);
    this.sessions.set(clientId, made);
    return made;
  }

  /** A will that still waited is due when its session ends. */
  end(clientId: string): void {
    const session = this.sessions.get(clientId);
    if (!session) return;
    this.sessions.delete(clientId);
    this.found.clear();
    const { bequest } = session;
    session.bequest = undefined;
    clearTimeout(bequest?.timer);
    bequest?.publish();
  }

  /** Ends offline sessions whose time is over, and drops retained messages that are too old. */
  reap(): void {
    const now = this.now();
    for (const session of this.sessions.values())
      if (!session.online && session.expiresAt <= now) this.end(session.clientId);
    for (const [topic, { expiresAt }] of this.retained)
      if (expiresAt !== undefined && expiresAt <= now) this.forget(topic);
  }

  close(): void {
    for (const { bequest } of this.sessions.values()) clearTimeout(bequest?.timer);
    this.sessions.clear();
    this.found.clear();
  }

  /** True where the session had this filter before. */
  subscribe(session: Session, subscription: Subscription): boolean {
    const known = session.subscriptions.has(subscription.filter);
    session.subscriptions.set(subscription.filter, subscription);
    this.found.clear();
    return known;
  }

  unsubscribe(session: Session, filter: string): boolean {
    this.found.clear();
    return session.subscriptions.delete(filter);
  }

  /** Gives a message to those who subscribed to its topic; how many took it. */
  publish(message: Publication, levels: readonly string[]): number {
    let taken = 0;
    for (const { session, by } of this.matching(message.topic, levels)) {
      const wanted = session.clientId === message.from ? by.filter((s) => !s.noLocal) : by;
      if (wanted.length > 0 && session.deliver(message, wanted)) taken++;
    }
    return taken;
  }

  /** Keeps a retained message, or with an empty one forgets it. False where there is no room. */
  retain(message: Publication): boolean {
    this.forget(message.topic);
    if (message.payload.length === 0) return true;
    const { maxRetained, maxRetainedBytes } = this.limits;
    if (this.retained.size >= maxRetained || this.retainedBytes + message.payload.length > maxRetainedBytes)
      return false;
    this.retained.set(message.topic, message);
    this.retainedBytes += message.payload.length;
    return true;
  }

  /** What is retained goes to a new subscription, flagged so. */
  replay(session: Session, subscription: Subscription): void {
    const kept = { ...subscription, keepRetain: true };
    for (const message of this.retained.values())
      if (matches(subscription.levels, message.topic.split('/'))) session.deliver(message, [kept]);
  }

  private forget(topic: string): void {
    this.retainedBytes -= this.retained.get(topic)?.payload.length ?? 0;
    this.retained.delete(topic);
  }

  private matching(topic: string, levels: readonly string[]): readonly Match[] {
    const known = this.found.get(topic);
    if (known) return known;
    const made: Match[] = [];
    for (const session of this.sessions.values()) {
      const by = [...session.subscriptions.values()].filter((s) => matches(s.levels, levels));
      if (by.length > 0) made.push({ session, by });
    }
    if (this.found.size >= mostCached) this.found.clear();
    this.found.set(topic, made);
    return made;
  }
}
