import { createHash } from 'node:crypto';
import { Fault, isFault } from '../../../contracts/kernel/fault.ts';
import type { Session } from '../../../contracts/user/user.actions.ts';
import type { Caller } from '../../kit/caller.ts';
import type { Exchange } from '../http/exchange.ts';
import { defaultRates, type GatewayKit, type GatewayOptions } from '../options.ts';
import { type Credentials, credentialsOf, demandOwnPage } from './credentials.ts';
import { Buckets } from './rate.ts';
import { callerOf, digestOf, nobody, type Sessions } from './sessions.ts';

export interface Identity {
  readonly caller: Caller;
  readonly session?: Session;
  readonly credentials?: Credentials;
}

const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Says who calls, and refuses who calls too often or from a foreign page. */
export class Guard {
  private readonly sessions: Sessions;
  private readonly byAddress: Buckets;
  private readonly byUser: Buckets;
  private readonly bySession: Buckets;
  private readonly refused: Buckets;

  constructor(kit: GatewayKit, options: GatewayOptions, sessions: Sessions) {
    const rates = { ...defaultRates, ...options.rates };
    this.sessions = sessions;
    this.byAddress = new Buckets(rates.loginByAddress, kit.clock);
    this.byUser = new Buckets(rates.loginByUser, kit.clock);
    this.bySession = new Buckets(rates.session, kit.clock);
    this.refused = new Buckets(rates.refusedByAddress, kit.clock);
  }

  /**
   * The caller of a request. Where no session is needed none is looked at, so a stale cookie never hinders signing in.
   * Throws `user.session.missing`, `user.session.expired`, `gateway.origin.refused`, `gateway.rate.exceeded`.
   */
  async identify(exchange: Exchange, needed: boolean): Promise<Identity> {
    const { req, address, requestId } = exchange;
    if (!needed) return { caller: nobody(address) };
    try {
      const credentials = credentialsOf(req);
      if (!credentials) throw new Fault('user.session.missing');
      const session = await this.sessions.resolve(credentials.token, requestId);
      exchange.userId = session.userId;
      const key = digestOf(credentials.token);
      if (!this.bySession.take(key)) throw this.tooMany(exchange, this.bySession, key);
      if (credentials.by === 'cookie' && !safeMethods.has(req.method)) demandOwnPage(req, req.host);
      return { caller: callerOf(session, address), session, credentials };
    } catch (error) {
      // Only who is refused is slowed: others behind the same address have sessions.
      const refused = isFault(error) && error.code.startsWith('user.session.');
      if (refused && !this.refused.take(address)) throw this.tooMany(exchange, this.refused, address);
      throw error;
    }
  }

  /** Counts a sign-in against its address and its user name; names are kept as digests only. */
  limitLogin(exchange: Exchange, params: Readonly<Record<string, unknown>>): void {
    const { address } = exchange;
    const user = createHash('sha256').update(String(params.username).trim().toLowerCase()).digest('base64');
    if (!this.byAddress.take(address)) throw this.tooMany(exchange, this.byAddress, address);
    if (!this.byUser.take(user)) throw this.tooMany(exchange, this.byUser, user);
  }

  private tooMany(exchange: Exchange, buckets: Buckets, key: string): Fault {
    exchange.res.setHeader('Retry-After', String(buckets.wait(key)));
    return new Fault('gateway.rate.exceeded');
  }
}
