import { html, nothing } from 'lit';
import { keyed } from 'lit/directives/keyed.js';
import type { About } from '../api/about.ts';
import { userLogout, userSession, userSwitchOrg } from '../api/client.generated.ts';
import { faultText, toApiFault } from '../api/fault.ts';
import '../components/button/button.element.ts';
import { CmElement, define } from '../components/element/element.ts';
import '../components/icon/icon.element.ts';
import '../components/menu/menu.element.ts';
import type { CmSearch } from '../components/search/search.element.ts';
import '../components/search/search.element.ts';
import '../components/skeleton/skeleton.element.ts';
import { toast } from '../components/toast/toast.element.ts';
import { connection, type Session } from '../state/connection.ts';
import { language, msg } from '../state/language.ts';
import { may } from '../state/permission.ts';
import { Watch } from '../state/store.ts';
import { theme } from '../state/theme.ts';
import { base } from '../tokens/base.styles.ts';
import { mark } from './brand.ts';
import { find } from './find.ts';
import { styles } from './frame.styles.ts';
import { OpenAlerts } from './open-alerts.ts';
import { pages } from './pages.ts';
import { languageMenu, pickPreference, preferenceItems, themeMenu } from './preferences.ts';
import './re-login.element.ts';
import { Router } from './router.ts';
import { addressOf, type PageName, type Place, pageFor, pageNames } from './routes.ts';

const router = new Router();

/**
 * Everything around the pages: navigation, command field, organisation, live signal, the person.
 * @prop about
 */
export class CytomeshFrame extends CmElement {
  declare about: About | undefined;
  declare loaded: string;
  /** A telephone: the preferences stand in the menu of the person. */
  declare narrow: boolean;
  static override properties = {
    about: { attribute: false },
    loaded: { state: true },
    narrow: { state: true },
  };
  static override styles = [base, styles];
  #end: (() => void) | undefined;
  readonly #conn = connection();
  readonly #alerts = new OpenAlerts(this, this.#conn);

  constructor() {
    super();
    this.loaded = '';
    const small = matchMedia('(max-width: 700px)');
    this.narrow = small.matches;
    small.addEventListener('change', () => {
      this.narrow = small.matches;
    });
    const { session, expired, reached, live } = this.#conn;
    for (const store of [router.place, session, expired, reached, live, theme]) new Watch(this, store);
    this.addEventListener('cytomesh-open', (event) =>
      this.#onOpen(event as CustomEvent<{ kind: string; id: string; search?: string }>),
    );
    this.addEventListener('cytomesh-view', (event) =>
      router.mark((event as CustomEvent<{ search: string }>).detail.search),
    );
  }

  override connectedCallback(): void {
    super.connectedCallback();
    // Keeps the stream open while pages come and go, so that nothing is missed between two of them.
    this.#end = this.#conn.live.listen(() => {});
    addEventListener('keydown', this.#onKey);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#end?.();
    removeEventListener('keydown', this.#onKey);
  }

  protected override willUpdate(): void {
    const { page, id } = this.#place;
    const want = `${page}${id === '' ? '' : '/'}`;
    document.title = `${pages[page].title()} · Cytomesh`;
    if (want === this.loaded) return;
    void pages[page].load(id !== '').then(
      () => (this.loaded = want),
      () =>
        toast(msg('页面加载失败，请刷新浏览器', 'The page could not be loaded; reload the browser'), 'bad'),
    );
  }

  /** Where one is; who has to set up a second factor first is at the account, who may not see the orders at what they may. */
  get #place(): Place {
    const session = this.#conn.session.value;
    const at = (page: PageName): Place => ({ page, id: '', search: '' });
    if (session?.pending) return at('account');
    const place = router.place.value;
    if (place.page !== 'orders' || !session || may(session.permissions, pages.orders.right)) return place;
    return at(pageNames.find((name) => may(session.permissions, pages[name].right)) ?? 'account');
  }

  async #again(): Promise<void> {
    try {
      this.#conn.enter(await userSession(this.#conn.http));
    } catch (error) {
      toast(faultText(toApiFault(error), language.value), 'bad');
    }
  }

  #onOpen(event: CustomEvent<{ kind: string; id: string; search?: string }>): void {
    const { kind, id, search } = event.detail;
    const page = pageFor(kind);
    if (page !== undefined) router.go({ page, id, ...(search === undefined ? {} : { search }) });
  }

  readonly #onKey = (event: KeyboardEvent) => {
    if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey) return;
    const target = event.composedPath()[0] as HTMLElement;
    if (/^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName ?? '')) return;
    event.preventDefault();
    this.renderRoot.querySelector<HTMLElement>('header cm-search')?.focus();
  };

  async #find(event: CustomEvent<{ value: string }>): Promise<void> {
    const text = event.detail.value;
    // After the wait the event has no target any more.
    const field = event.target as CmSearch;
    if (text === '') return;
    try {
      const place = await find(this.#conn.http, text, (right) =>
        may(this.#conn.session.value?.permissions, right),
      );
      if (place) {
        field.value = '';
        router.go(place);
      } else toast(msg(`没有找到 ${text}`, `Nothing found for ${text}`), 'warn');
    } catch (error) {
      toast(faultText(toApiFault(error), language.value), 'bad');
    }
  }

  async #switch(org: string): Promise<void> {
    try {
      const { session } = await userSwitchOrg(this.#conn.http, { org });
      this.#conn.enter(session);
      toast(msg(`已切换到 ${session.org.name}`, `Now in ${session.org.nameEn || session.org.name}`), 'info');
    } catch (error) {
      toast(faultText(toApiFault(error), language.value), 'bad');
    }
  }

  async #person(id: string): Promise<void> {
    if (pickPreference(id)) return;
    if (id === 'account') return router.go({ page: 'account' });
    await userLogout(this.#conn.http).catch(() => undefined);
    this.#conn.leave();
  }

  #link(page: PageName) {
    return (event: MouseEvent) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
      event.preventDefault();
      router.go({ page });
    };
  }

  override render() {
    const session = this.#conn.session.value;
    if (!session) return nothing;
    const place = this.#place;
    return html`
      <a class="skip" href="#page" @click=${(e: Event) => {
        e.preventDefault();
        this.renderRoot.querySelector<HTMLElement>('main')?.focus();
      }}>${msg('跳到内容', 'Skip to the content')}</a>
      <a class="brand" href="/orders" aria-label="Cytomesh" @click=${this.#link('orders')}>${mark(32)}<span>Cytomesh</span></a>
      ${this.#top(session)}
      <nav aria-label=${msg('主导航', 'Main')}>
        ${pageNames
          .filter((name) => may(session.permissions, pages[name].right))
          .map(
            (name) => html`<a
              href=${addressOf({ page: name })}
              aria-current=${name === place.page ? 'page' : nothing}
              @click=${this.#link(name)}
              ><cm-icon name=${pages[name].icon}></cm-icon><span>${pages[name].title()}</span>${name === 'alerts' ? this.#alerts.badge() : nothing}</a
            >`,
          )}
        <small class="num">${this.about ? `${this.about.name} ${this.about.version}` : ''}</small>
      </nav>
      <main id="page" tabindex="-1">
        ${
          this.#conn.reached.value && this.#conn.live.status !== 'lost'
            ? nothing
            : html`<div class="banner" role="alert">
                <cm-icon name="offline"></cm-icon>${msg('与服务器的连接中断，正在重新连接；显示的内容可能不是最新', 'The connection is lost; trying again. What you see may be out of date')}
              </div>`
        }
        <div class="inner" @cm-account=${() => void this.#again()}>${this.#page()}</div>
      </main>
      ${this.#conn.expired.value ? html`<cytomesh-re-login></cytomesh-re-login>` : nothing}
    `;
  }

  #top(session: Session) {
    const orgName = (org: Session['org']) => msg(org.name, org.nameEn || org.name);
    const { status } = this.#conn.live;
    const signal = {
      live: msg('实时', 'Live'),
      connecting: msg('连接中', 'Connecting'),
      lost: msg('已断开', 'Lost'),
      idle: msg('未连接', 'Off'),
    }[status];
    return html`<header>
      <cm-search
        manual
        icon="scan"
        shortcut=${this.narrow ? '' : '/'}
        label=${msg('扫码或查找', 'Scan or find')}
        placeholder=${msg('扫码或输入订单号、患者号、控制号', 'Scan or type an order, patient or control id')}
        @cm-search=${(e: CustomEvent<{ value: string }>) => void this.#find(e)}
      ></cm-search>
      ${
        status === 'idle'
          ? nothing
          : html`<span class="signal ${status === 'live' ? '' : status === 'lost' ? 'lost' : 'connecting'}" role="status" title=${signal}
        ><i></i><span>${signal}</span></span
      >`
      }
      <cm-menu
        compact
        icon="building"
        label=${msg('机构', 'Organisation')}
        text=${orgName(session.org)}
        .items=${session.orgs.map((org) => ({ id: org.code, label: orgName(org), note: org.code, checked: org.id === session.org.id }))}
        @cm-pick=${(e: CustomEvent<{ id: string }>) => void this.#switch(e.detail.id)}
      ></cm-menu>
      ${this.narrow ? nothing : html`${languageMenu()} ${themeMenu()}`}
      <cm-menu
        compact
        icon="person"
        label=${msg('用户', 'User')}
        text=${session.name}
        .items=${[
          ...(this.narrow ? preferenceItems() : []),
          { id: 'account', label: msg('我的账号', 'My account'), icon: 'lock' as const },
          { id: 'out', label: msg('退出登录', 'Sign out'), icon: 'logout' as const },
        ]}
        @cm-pick=${(e: CustomEvent<{ id: string }>) => void this.#person(e.detail.id)}
      >
        <div slot="head" class="who"><b>${session.name}</b><span>${session.username} · ${session.roles.join(', ')}</span></div>
      </cm-menu>
    </header>`;
  }

  #page() {
    const place = this.#place;
    const page = pages[place.page];
    if (!this.loaded.startsWith(place.page)) return html`<cm-skeleton lines="6"></cm-skeleton>`;
    if (place.id !== '') {
      return html`<cm-button class="back" small variant="ghost" icon="left" @click=${() => router.up()}>${page.title()}</cm-button>
        ${keyed(place.id, page.detail(place))}`;
    }
    return html`<div class="title">
        <div>
          <h1>${page.title()}</h1>
          <p>${page.about()}</p>
        </div>
      </div>
      ${page.list(place)}`;
  }
}

define('cytomesh-frame', CytomeshFrame);
