import { createHash } from 'node:crypto';
import { Fault, isFault } from '../../../contracts/kernel/fault.ts';
import { streamWatcher } from '../../../contracts/user/session.meta.ts';
import { type Session, userActions } from '../../../contracts/user/user.actions.ts';
import { type Caller, groupOrg, systemCaller } from '../../kit/caller.ts';
import type { GatewayKit } from '../options.ts';

/** How long an answer about a token is believed. A session ended on another node lives at most this much longer. */
const cacheMs = 2000;
const most = 20_000;

export const digestOf = (token: string): string => createHash('sha256').update(token).digest('hex');

/** Turns tokens into sessions by asking the user word, and remembers the answer for two seconds. */
export class Sessions {
  private readonly kit: GatewayKit;
  private readonly cache = new Map<string, { readonly session: Promise<Session>; readonly until: number }>();
  private readonly enders = new Set<(digest: string) => void>();

  constructor(kit: GatewayKit) {
    this.kit = kit;
  }

  /** Throws `user.session.missing` or `.expired`, or what hinders the user word from answering. */
  async resolve(token: string, requestId: string): Promise<Session> {
    if (token.length > 200 || !/^[\x21-\x7e]+$/.test(token)) throw new Fault('user.session.missing');
    const digest = digestOf(token);
    const now = this.kit.clock();
    const known = this.cache.get(digest);
    if (known && known.until > now) return known.session;
    const session = this.ask(token, requestId, 'system:gateway');
    this.remember(digest, session, now);
    return session;
  }

  /** Whether a session still stands, for a connection that stays open: looking on is no activity. */
  peek(token: string, requestId: string): Promise<Session> {
    return this.ask(token, requestId, streamWatcher);
  }

  /** A session has ended, here or on another node: nothing is remembered of it and its streams end. */
  ended(digest: string): void {
    this.cache.delete(digest);
    for (const ender of [...this.enders]) ender(digest);
  }

  /** What a session allows has changed: it is asked for anew. */
  forget(digest: string): void {
    this.cache.delete(digest);
  }

  onEnd(ender: (digest: string) => void): () => void {
    this.enders.add(ender);
    return () => this.enders.delete(ender);
  }

  private ask(token: string, requestId: string, as: string): Promise<Session> {
    const caller = { ...systemCaller('gateway', groupOrg), userId: as };
    return this.kit.call(userActions.resolve, { token }, { caller, requestId });
  }

  private remember(digest: string, session: Promise<Session>, now: number): void {
    if (this.cache.size >= most) {
      for (const [key, entry] of this.cache) if (entry.until <= now) this.cache.delete(key);
      if (this.cache.size >= most) this.cache.clear();
    }
    this.cache.set(digest, { session, until: now + cacheMs });
    session.catch((error: unknown) => {
      // A refusal may be believed for the two seconds; "could not ask" may not.
      if (!isFault(error) || error.kind !== 'denied') this.cache.delete(digest);
    });
  }
}

/** The caller of a session. A right `*` is of the system alone and never comes from outside. */
export const callerOf = (session: Session, station: string): Caller => ({
  userId: session.userId,
  name: session.name,
  orgId: session.org.id,
  permissions: session.permissions.filter((p) => p !== '*'),
  station,
});

/** Who has not signed in: no organisation, so that any scoped query fails closed. */
export const nobody = (station: string): Caller => ({
  userId: 'anonymous',
  name: '',
  orgId: '',
  permissions: [],
  station,
});
