import { css, html, nothing, type PropertyValues } from 'lit';
import { type Order, orderList } from '../../api/client.generated.ts';
import { machines } from '../../api/meta.generated.ts';
import type { StateTable } from '../../api/meta.ts';
import { stateBadge } from '../../components/badge/badge.element.ts';
import '../../components/chips/chips.element.ts';
import { define } from '../../components/element/element.ts';
import '../../components/field/select.element.ts';
import '../../components/search/search.element.ts';
import type { Column } from '../../components/table/column.ts';
import '../../components/table/table.element.ts';
import { DonorNames } from '../../state/donor-names.ts';
import { msg, say } from '../../state/language.ts';
import { ListController } from '../../state/list-controller.ts';
import { changeView, type ListView, listCall, readView, writeView } from '../../state/list-view.ts';
import { StateCounts } from '../../state/state-counts.ts';
import { base, surfaces } from '../../tokens/base.styles.ts';
import { PageElement } from '../page-element.ts';
import { priorityText, priorityTone, title } from './order-words.ts';

const defaults = { sort: '-createdAt' };
const pageSize = 25;
const states: StateTable = machines.order.states;
/** Chips: one state, or several that a planner looks at together. */
const groups = [
  'SUBMITTED',
  'ACCEPTED',
  'IN_EXECUTION',
  'ON_HOLD',
  'FULFILLED',
  'REJECTED,CANCELLED',
  'CLOSED',
  'DRAFT',
];

/**
 * The live list of orders: state chips with counts, priority, search, sort, pages. A new order slides in.
 * @attr search - query of the address that the view is read from, e.g. `filter[state]=SUBMITTED`
 * @fires cytomesh-open - `{ kind: 'order', id }`
 * @fires cytomesh-view - `{ search }`, the view has changed
 */
export class CytomeshOrderList extends PageElement {
  declare search: string;
  declare viewState: ListView;
  static override properties = { ...PageElement.properties, search: {}, viewState: { state: true } };
  protected override readonly topics = ['order', 'donor'];
  readonly #list = new ListController<Order>(
    this,
    (signal) =>
      orderList(this.http, listCall(this.viewState, pageSize), { signal }).then((page) => this.#named(page)),
    (order) => String(order.version),
  );
  readonly #counts = new StateCounts(this, groups, (filter) => orderList(this.http, { filter, pageSize: 1 }));
  #donors: DonorNames | undefined;
  static override styles = [
    base,
    surfaces,
    css`
      .tools {
        display: grid;
        gap: var(--cm-space-3);
        padding: var(--cm-space-4) var(--cm-space-5);
        border-bottom: 1px solid var(--cm-line);
      }
      .row cm-search {
        flex: 1 1 260px;
        max-width: 440px;
      }
      .row cm-select {
        flex: 0 1 150px;
      }
      @container (max-width: 600px) {
        .tools {
          padding: var(--cm-space-3);
        }
        .row cm-select {
          flex: 1 1 100px;
        }
      }
    `,
  ];

  constructor() {
    super();
    this.search = '';
    this.viewState = readView('', defaults);
  }

  protected override willUpdate(changed: PropertyValues): void {
    super.willUpdate(changed);
    if (!changed.has('search') || this.search === writeView(this.viewState, defaults)) return;
    this.viewState = readView(this.search, defaults);
    if (this.hasUpdated) void this.#list.load();
  }

  protected override load(): Promise<void> {
    this.#donors = new DonorNames(this.http);
    this.#donors.onChange = () => this.requestUpdate();
    this.#counts.load();
    return this.#list.load();
  }

  protected override onLive(): Promise<void> {
    this.#counts.load();
    return this.#list.load(true);
  }

  #named<P extends { items: readonly Order[] }>(page: P): P {
    if (this.may('donor.read')) this.#donors?.want(page.items.map((order) => order.donorId));
    return page;
  }

  #change(change: Partial<ListView>): void {
    this.viewState = changeView(this.viewState, change);
    this.search = writeView(this.viewState, defaults);
    this.fire('cytomesh-view', { search: this.search });
    void this.#list.load();
  }

  #filter(field: string, value: string): void {
    const { [field]: _old, ...rest } = this.viewState.filter;
    this.#change({ filter: value === '' ? rest : { ...rest, [field]: value } });
  }

  #columns(): Column<Order>[] {
    return [
      {
        key: 'number',
        title: title('number'),
        sortable: true,
        width: '168px',
        card: 'head',
        cell: (o) =>
          html`<span class="main mono">${o.number}</span><span class="sub mono">${o.placerNumber}</span>`,
      },
      {
        key: 'state',
        title: title('state'),
        sortable: true,
        width: '104px',
        card: 'corner',
        cell: (o) => stateBadge(states, o.state),
      },
      {
        key: 'priority',
        title: title('priority'),
        sortable: true,
        width: '92px',
        cell: (o) =>
          o.priority === 'routine'
            ? html`<span class="muted">${priorityText(o.priority)}</span>`
            : html`<cm-badge tone=${priorityTone(o.priority)} plain>${priorityText(o.priority)}</cm-badge>`,
      },
      {
        key: 'productCode',
        title: title('productName'),
        sortable: true,
        cell: (o) =>
          html`<span>${o.productName}<span class="sub mono">${o.productCode} × ${o.quantity}</span></span>`,
      },
      { key: 'donorId', title: title('donorId'), cell: (o) => this.#donor(o.donorId) },
      {
        key: 'department',
        title: title('department'),
        sortable: true,
        from: 'wide',
        cell: (o) => html`<span>${o.department}<span class="sub">${o.orderedBy}</span></span>`,
      },
      {
        key: 'neededAt',
        title: title('neededAt'),
        from: 'medium',
        width: '110px',
        cell: (o) => (o.neededAt ? html`<cm-time mode="compact" value=${o.neededAt}></cm-time>` : ''),
      },
      {
        key: 'createdAt',
        title: msg('收到', 'Received'),
        sortable: true,
        width: '100px',
        cell: (o) => html`<cm-time value=${o.createdAt}></cm-time>`,
      },
    ];
  }

  #donor(id: string) {
    const donor = this.#donors?.get(id);
    if (donor) return html`<span>${donor.name ?? '—'}<span class="sub mono">${donor.number}</span></span>`;
    return html`<span class="muted">${donor === undefined && this.may('donor.read') ? '…' : '—'}</span>`;
  }

  protected override view() {
    const view = this.viewState;
    const state = view.filter.state ?? '';
    return html`<section class="card" aria-label=${msg('订单列表', 'Orders')}>
      <div class="tools">
        <cm-chips
          label=${msg('按状态筛选', 'Filter by state')}
          .chips=${[{ id: '', label: msg('全部', 'All') }, ...groups.map((id) => this.#chip(id))]}
          active=${state}
          @cm-chip=${(e: CustomEvent<{ id: string }>) => this.#filter('state', e.detail.id)}
        ></cm-chips>
        <div class="row">
          <cm-search
            placeholder=${msg('订单号、申请单号、产品代码', 'Order, placer number, product code')}
            .value=${view.q}
            @cm-search=${(e: CustomEvent<{ value: string }>) => this.#change({ q: e.detail.value })}
          ></cm-search>
          <cm-select
            name-text=${title('priority')}
            .options=${[
              { value: '', label: msg('全部优先级', 'Any priority') },
              ...(['stat', 'urgent', 'routine'] as const).map((p) => ({ value: p, label: priorityText(p) })),
            ]}
            .value=${view.filter.priority ?? ''}
            @cm-input=${(e: CustomEvent<{ value: string }>) => this.#filter('priority', e.detail.value)}
          ></cm-select>
          ${
            state || view.q || view.filter.priority
              ? html`<cm-button variant="ghost" icon="close" @click=${() => this.#change({ q: '', filter: {} })}>${msg('清除筛选', 'Clear')}</cm-button>`
              : nothing
          }
          <cm-button class="push" variant="ghost" icon="refresh" label=${msg('刷新', 'Refresh')} @click=${() => void this.load()}></cm-button>
        </div>
      </div>
      <cm-table
        activable
        label=${msg('订单', 'Orders')}
        .columns=${this.#columns()}
        .rows=${this.#list.rows}
        .sort=${view.sort}
        ?loading=${this.#list.loading}
        .fault=${this.#list.fault}
        .born=${this.#list.born}
        .fresh=${this.#list.fresh}
        .total=${this.#list.total}
        .page=${view.page}
        .pageSize=${pageSize}
        empty-text=${msg('没有符合条件的订单', 'No orders match')}
        empty-hint=${msg('新订单会自动出现在这里', 'New orders appear here by themselves')}
        @cm-sort=${(e: CustomEvent<{ sort: string }>) => this.#change({ sort: e.detail.sort })}
        @cm-page=${(e: CustomEvent<{ page: number }>) => this.#change({ page: e.detail.page })}
        @cm-activate=${(e: CustomEvent<{ row: Order }>) => this.open('order', e.detail.row.id)}
        @cm-retry=${() => void this.#list.load()}
      ></cm-table>
    </section>`;
  }

  #chip(id: string) {
    const names = id.split(',').map((state) => (states[state] ? say(states[state].title) : state));
    return {
      id,
      label: names.join(' / '),
      count: this.#counts.get(id),
      tone: states[id.split(',')[0]!]?.tone ?? 'neutral',
    };
  }
}

define('cytomesh-order-list', CytomeshOrderList);
