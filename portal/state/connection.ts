import { type UserSessionResult, userSession } from '../api/client.generated.ts';
import { type ApiFault, isApiFault, toApiFault } from '../api/fault.ts';
import { Http } from '../api/http.ts';
import { LiveStream } from '../api/stream.ts';
import { Store } from './store.ts';

export type Session = UserSessionResult;

/**
 * One platform seen with one identity: calls, the live stream, the session. Elements with the same `base-url` and `token`
 * share it, so a page has one stream however many elements stand on it.
 */
export class Connection {
  readonly http: Http;
  readonly live: LiveStream;
  /** Undefined until known, null where nobody is signed in. */
  readonly session = new Store<Session | null | undefined>(undefined);
  /** Set where the session ended under the person's hands. */
  readonly expired = new Store<ApiFault | undefined>(undefined);
  readonly reached = new Store(true);
  #asked: Promise<void> | undefined;

  constructor(baseUrl: string, token: string | undefined) {
    this.http = new Http({ baseUrl, token });
    this.live = new LiveStream(this.http);
    this.http.onReach = (reached) => this.reached.set(reached);
    this.http.onExpired = (fault) => {
      if (this.session.value) this.expired.set(fault);
      else this.session.set(null);
    };
  }

  /** Asks once who is signed in. A server that cannot be reached leaves the answer open and throws. */
  ready(): Promise<void> {
    this.#asked ??= userSession(this.http).then(
      (session) => this.session.set(session),
      (error: unknown) => {
        this.#asked = undefined;
        if (isApiFault(error) && error.status === 401) return this.session.set(null);
        throw toApiFault(error);
      },
    );
    return this.#asked;
  }

  /** Takes the session of a fresh sign-in or of a change of organisation. */
  enter(session: Session): void {
    const moved =
      this.session.value?.org.id !== session.org.id || this.session.value?.userId !== session.userId;
    this.#asked = Promise.resolve();
    this.expired.set(undefined);
    this.session.set(session);
    if (moved || this.live.status === 'idle') this.live.restart();
  }

  leave(): void {
    this.live.close();
    this.expired.set(undefined);
    this.session.set(null);
  }
}

const connections = new Map<string, Connection>();

/** The shared connection for a base address and token. */
export function connection(baseUrl = '', token?: string): Connection {
  const key = `${baseUrl}\n${token ?? ''}`;
  let found = connections.get(key);
  if (found === undefined) {
    found = new Connection(baseUrl, token);
    connections.set(key, found);
  }
  return found;
}
