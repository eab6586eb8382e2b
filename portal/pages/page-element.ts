import { html, nothing, type PropertyValues } from 'lit';
import { Batch } from '../api/batch.ts';
import { type ApiFault, toApiFault } from '../api/fault.ts';
import type { Http } from '../api/http.ts';
import type { LiveEvent } from '../api/live-event.ts';
import { CmElement } from '../components/element/element.ts';
import '../components/notice/notice.element.ts';
import { type Connection, connection } from '../state/connection.ts';
import { msg, setLanguage } from '../state/language.ts';
import { may } from '../state/permission.ts';

/**
 * Ground of the elements that stand alone. In the shell they share its session; in a foreign page they take
 * @attr base-url - origin of the platform, default the page's own
 * @attr token - bearer token
 * @attr theme - `light` or `dark`
 * @attr language - `zh` or `en`, for all our elements on the page
 * @fires cytomesh-open - `{ kind, id }`: the person wants to see a record; the page decides where
 */
export abstract class PageElement extends CmElement {
  declare baseUrl: string;
  declare token: string | undefined;
  declare theme: string;
  declare language: string;
  declare entryFault: ApiFault | undefined;
  static override properties = {
    baseUrl: { attribute: 'base-url' },
    token: {},
    theme: {},
    language: {},
    entryFault: { state: true },
  };
  /** Topics of the live stream that concern the element. */
  protected readonly topics: readonly string[] = [];
  #conn: Connection | undefined;
  #ends: (() => void)[] = [];
  #missed = false;
  #batch: Batch<LiveEvent> | undefined;

  constructor() {
    super();
    this.baseUrl = '';
    this.token = undefined;
    this.theme = '';
    this.language = '';
  }

  get conn(): Connection {
    this.#conn ??= connection(this.baseUrl, this.token);
    return this.#conn;
  }

  get http(): Http {
    return this.conn.http;
  }

  protected may(right: string): boolean {
    return may(this.conn.session.value?.permissions, right);
  }

  /** Asks whoever hosts the element to show a record. */
  protected open(kind: string, id: string): void {
    this.fire('cytomesh-open', { kind, id });
  }

  /** Loads what the element shows; called at the start, after a change of organisation or of what it is told to show. */
  protected abstract load(): void | Promise<void>;
  /** Something of `topics` has happened. */
  protected onLive(_events: readonly LiveEvent[]): void | Promise<void> {}
  protected abstract view(): unknown;

  override connectedCallback(): void {
    super.connectedCallback();
    // Attributes set after creation are known only now.
    queueMicrotask(() => this.isConnected && this.#enter());
    document.addEventListener('visibilitychange', this.#onVisible);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#leave();
    document.removeEventListener('visibilitychange', this.#onVisible);
  }

  protected override willUpdate(changed: PropertyValues): void {
    if (changed.has('theme') && this.theme !== '') this.dataset.cmTheme = this.theme;
    if (changed.has('language') && (this.language === 'zh' || this.language === 'en'))
      setLanguage(this.language, false);
    if ((changed.has('token') || changed.has('baseUrl')) && this.#conn !== undefined && this.hasUpdated) {
      this.#leave();
      this.#conn = undefined;
      this.#enter();
    }
  }

  #enter(): void {
    this.#leave();
    const { conn } = this;
    let org = conn.session.value?.org.id;
    this.#ends.push(
      conn.session.watch((session) => {
        this.requestUpdate();
        if (session && session.org.id !== org) {
          org = session.org.id;
          void this.load();
        }
      }),
    );
    this.#ends.push(conn.expired.watch(() => this.requestUpdate()));
    void this.#begin(conn);
  }

  async #begin(conn: Connection): Promise<void> {
    this.entryFault = undefined;
    const known = conn.session.value !== undefined && conn.session.value !== null;
    try {
      await conn.ready();
    } catch (error) {
      this.entryFault = toApiFault(error);
      return;
    }
    if (!this.isConnected || this.conn !== conn || !conn.session.value) return;
    // The watcher loads where the session became known just now.
    if (known) void this.load();
    if (this.topics.length === 0) return;
    const batch = new Batch<LiveEvent>((events) => this.onLive(events));
    this.#batch = batch;
    this.#ends.push(
      conn.live.listen((event) => {
        if (!this.topics.includes(event.topic)) return;
        if (document.hidden) this.#missed = true;
        else batch.add(event);
      }),
      () => batch.stop(),
    );
  }

  #leave(): void {
    for (const end of this.#ends.splice(0)) end();
  }

  readonly #onVisible = () => {
    if (document.hidden || !this.#missed) return;
    this.#missed = false;
    this.#batch?.add({ topic: this.topics[0] ?? '', name: 'missed', id: '', recordId: '', orgId: '' });
  };

  override render() {
    if (this.entryFault) {
      return html`<cm-notice .fault=${this.entryFault} retry @cm-retry=${() => this.#enter()}></cm-notice>`;
    }
    const session = this.conn.session.value;
    if (session === undefined) return nothing;
    // The shell asks for the password itself; a foreign page must bring a new token.
    if (session === null || (this.token !== undefined && this.conn.expired.value !== undefined)) {
      return html`<cm-notice tone="warn" heading=${msg('未登录或令牌已失效', 'Not signed in, or the token is not valid')}></cm-notice>`;
    }
    return this.view();
  }
}
