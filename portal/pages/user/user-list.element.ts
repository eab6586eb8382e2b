import { css, html, nothing, type PropertyValues } from 'lit';
import { type Org, orgList, type Role, roleList, type User, userList } from '../../api/client.generated.ts';
import { titles } from '../../api/meta.generated.ts';
import '../../components/badge/badge.element.ts';
import '../../components/button/button.element.ts';
import '../../components/chips/chips.element.ts';
import { define } from '../../components/element/element.ts';
import '../../components/search/search.element.ts';
import type { Column } from '../../components/table/column.ts';
import '../../components/table/table.element.ts';
import '../../components/time/time.element.ts';
import { language, msg, say } from '../../state/language.ts';
import { ListController } from '../../state/list-controller.ts';
import { changeView, type ListView, listCall, readView, writeView } from '../../state/list-view.ts';
import { base, surfaces } from '../../tokens/base.styles.ts';
import { PageElement } from '../page-element.ts';
import './access-policy.element.ts';
import type { CmAccessPolicy } from './access-policy.element.ts';
import './user-editor.element.ts';
import type { CmUserEditor } from './user-editor.element.ts';

const defaults = { sort: 'username' };
const pageSize = 25;
const title = (field: keyof typeof titles.user) => say(titles.user[field]!);

/**
 * Accounts of the group: made, given roles, reset, disabled by the security administrator.
 * @attr search - query of the address that the view is read from
 * @fires cytomesh-view - `{ search }`
 */
export class CytomeshUserList extends PageElement {
  declare search: string;
  declare viewState: ListView;
  declare orgs: readonly Org[];
  declare roles: readonly Role[];
  static override properties = {
    ...PageElement.properties,
    search: {},
    viewState: { state: true },
    orgs: { state: true },
    roles: { state: true },
  };
  readonly #list = new ListController<User>(
    this,
    (signal) => userList(this.http, listCall(this.viewState, pageSize), { signal }),
    (user) => String(user.version),
  );
  static override styles = [
    base,
    surfaces,
    css`
      .tools {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: var(--cm-space-3);
        padding: var(--cm-space-4) var(--cm-space-5);
        border-bottom: 1px solid var(--cm-line);
      }
      cm-search {
        flex: 1 1 240px;
        max-width: 420px;
      }
    `,
  ];

  constructor() {
    super();
    this.search = '';
    this.viewState = readView('', defaults);
    this.orgs = [];
    this.roles = [];
  }

  protected override willUpdate(changed: PropertyValues): void {
    super.willUpdate(changed);
    if (!changed.has('search') || this.search === writeView(this.viewState, defaults)) return;
    this.viewState = readView(this.search, defaults);
    if (this.hasUpdated) void this.#list.load();
  }

  protected override async load(): Promise<void> {
    await this.#list.load();
    const [orgs, roles] = await Promise.all([
      orgList(this.http, { sort: 'code', pageSize: 200 }),
      roleList(this.http, { sort: 'code', pageSize: 200 }),
    ]).catch(() => [{ items: [] }, { items: [] }] as const);
    this.orgs = orgs.items;
    this.roles = roles.items;
  }

  #change(change: Partial<ListView>): void {
    this.viewState = changeView(this.viewState, change);
    this.search = writeView(this.viewState, defaults);
    this.fire('cytomesh-view', { search: this.search });
    void this.#list.load();
  }

  #edit(user?: User): void {
    const home = this.conn.session.value?.org.id ?? '';
    this.renderRoot.querySelector<CmUserEditor>('cm-user-editor')?.edit(user, home);
  }

  #columns(): Column<User>[] {
    const orgs = new Map(this.orgs.map((o) => [o.id, language.value === 'zh' ? o.name : o.nameEn || o.name]));
    return [
      {
        key: 'username',
        title: title('username'),
        sortable: true,
        cell: (u) => html`<span class="main mono">${u.username}</span>`,
      },
      { key: 'name', title: title('name'), sortable: true, card: 'head', cell: (u) => u.name },
      { key: 'homeOrgId', title: title('homeOrgId'), cell: (u) => orgs.get(u.homeOrgId) ?? u.homeOrgId },
      {
        key: 'disabled',
        title: msg('状态', 'State'),
        width: '110px',
        card: 'corner',
        cell: (u) =>
          u.disabled
            ? html`<cm-badge tone="bad">${msg('停用', 'Disabled')}</cm-badge>`
            : html`<cm-badge tone="good">${msg('在用', 'Active')}</cm-badge>`,
      },
      {
        key: 'updatedAt',
        title: title('updatedAt'),
        sortable: true,
        width: '130px',
        from: 'medium',
        cell: (u) => html`<cm-time value=${u.updatedAt}></cm-time>`,
      },
    ];
  }

  protected override view() {
    const { q, sort, page, filter } = this.viewState;
    const write = this.may('user.write');
    return html`<section class="card" aria-label=${msg('用户', 'Users')}>
        <div class="tools">
          <cm-search
            placeholder=${msg('用户名或姓名', 'User name or name')}
            .value=${q}
            @cm-search=${(e: CustomEvent<{ value: string }>) => this.#change({ q: e.detail.value })}
          ></cm-search>
          <cm-chips
            label=${msg('状态', 'State')}
            .chips=${[
              { id: '', label: msg('全部', 'All') },
              { id: 'false', label: msg('在用', 'Active') },
              { id: 'true', label: msg('停用', 'Disabled') },
            ]}
            active=${filter.disabled ?? ''}
            @cm-chip=${(e: CustomEvent<{ id: string }>) => this.#change({ filter: e.detail.id ? { disabled: e.detail.id } : {} })}
          ></cm-chips>
          <span class="push"></span>
          ${
            this.may('user.policy')
              ? html`<cm-button
                  icon="lock"
                  @click=${() => void this.renderRoot.querySelector<CmAccessPolicy>('cm-access-policy')?.show()}
                  >${msg('登录策略', 'Access policy')}</cm-button
                >`
              : nothing
          }
          ${write ? html`<cm-button variant="primary" icon="person" @click=${() => this.#edit()}>${msg('新建用户', 'New user')}</cm-button>` : nothing}
        </div>
        <cm-table
          ?activable=${write}
          label=${msg('用户', 'Users')}
          .columns=${this.#columns()}
          .rows=${this.#list.rows}
          .sort=${sort}
          ?loading=${this.#list.loading}
          .fault=${this.#list.fault}
          .total=${this.#list.total}
          .page=${page}
          .pageSize=${pageSize}
          empty-text=${msg('没有找到用户', 'No users match')}
          @cm-sort=${(e: CustomEvent<{ sort: string }>) => this.#change({ sort: e.detail.sort })}
          @cm-page=${(e: CustomEvent<{ page: number }>) => this.#change({ page: e.detail.page })}
          @cm-activate=${(e: CustomEvent<{ row: User }>) => write && this.#edit(e.detail.row)}
          @cm-retry=${() => void this.#list.load()}
        ></cm-table>
      </section>
      <cm-user-editor
        .http=${this.http}
        .orgs=${this.orgs}
        .roles=${this.roles}
        ?may-assign=${this.may('user.assign')}
        @cm-changed=${() => void this.#list.load(true)}
      ></cm-user-editor>
      <cm-access-policy .http=${this.http} .roles=${this.roles}></cm-access-policy>`;
  }
}

define('cytomesh-user-list', CytomeshUserList);
