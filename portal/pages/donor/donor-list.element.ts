import { css, html, type PropertyValues } from 'lit';
import { type Donor, donorList } from '../../api/client.generated.ts';
import { titles } from '../../api/meta.generated.ts';
import '../../components/badge/badge.element.ts';
import '../../components/chips/chips.element.ts';
import { define } from '../../components/element/element.ts';
import '../../components/search/search.element.ts';
import type { Column } from '../../components/table/column.ts';
import '../../components/table/table.element.ts';
import { msg, say } from '../../state/language.ts';
import { ListController } from '../../state/list-controller.ts';
import { changeView, type ListView, listCall, readView, writeView } from '../../state/list-view.ts';
import { sexText } from '../../state/people.ts';
import { base, surfaces } from '../../tokens/base.styles.ts';
import { PageElement } from '../page-element.ts';

const defaults = { sort: '-updatedAt' };
const pageSize = 25;
const title = (field: keyof typeof titles.donor) => say(titles.donor[field]);

/** The badge of a donor's registration. */
export const donorBadge = (donor: Donor) =>
  donor.status === 'MERGED'
    ? html`<cm-badge tone="warn">${msg('已合并', 'Merged')}</cm-badge>`
    : html`<cm-badge tone="good">${msg('在用', 'Active')}</cm-badge>`;

/**
 * The live list of donors. Found by donor number, any identifier, whole name or whole national id number.
 * @attr search - query of the address that the view is read from
 * @fires cytomesh-open - `{ kind: 'donor', id }`
 * @fires cytomesh-view - `{ search }`
 */
export class CytomeshDonorList extends PageElement {
  declare search: string;
  declare viewState: ListView;
  static override properties = { ...PageElement.properties, search: {}, viewState: { state: true } };
  protected override readonly topics = ['donor'];
  readonly #list = new ListController<Donor>(
    this,
    (signal) => donorList(this.http, listCall(this.viewState, pageSize), { signal }),
    (donor) => String(donor.version),
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
        flex: 1 1 280px;
        max-width: 480px;
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
    return this.#list.load();
  }

  protected override onLive(): Promise<void> {
    return this.#list.load(true);
  }

  #change(change: Partial<ListView>): void {
    this.viewState = changeView(this.viewState, change);
    this.search = writeView(this.viewState, defaults);
    this.fire('cytomesh-view', { search: this.search });
    void this.#list.load();
  }

  #columns(): Column<Donor>[] {
    return [
      {
        key: 'number',
        title: title('number'),
        sortable: true,
        width: '150px',
        cell: (d) => html`<span class="main mono">${d.number}</span>`,
      },
      {
        key: 'name',
        title: title('name'),
        card: 'head',
        cell: (d) =>
          html`<span><span class="main">${d.name ?? '—'}</span><span class="sub">${d.namePhonetic ?? ''}</span></span>`,
      },
      {
        key: 'status',
        title: title('status'),
        sortable: true,
        width: '110px',
        card: 'corner',
        cell: donorBadge,
      },
      { key: 'sex', title: title('sex'), sortable: true, width: '80px', cell: (d) => sexText(d.sex) },
      { key: 'birthDate', title: title('birthDate'), width: '120px', cell: (d) => d.birthDate },
      {
        key: 'identifiers',
        title: title('identifiers'),
        from: 'medium',
        cell: (d) =>
          html`<span class="mono">${d.identifiers[0]?.number ?? ''}</span>${
            d.identifiers.length > 1
              ? html`<span class="sub">${msg(`另有 ${d.identifiers.length - 1} 个标识`, `${d.identifiers.length - 1} more`)}</span>`
              : ''
          }`,
      },
      {
        key: 'phone',
        title: title('phone'),
        from: 'wide',
        cell: (d) => html`<span class="mono">${d.phone ?? ''}</span>`,
      },
      {
        key: 'updatedAt',
        title: title('updatedAt'),
        sortable: true,
        width: '110px',
        cell: (d) => html`<cm-time value=${d.updatedAt}></cm-time>`,
      },
    ];
  }

  protected override view() {
    const view = this.viewState;
    return html`<section class="card" aria-label=${msg('供者列表', 'Donors')}>
      <div class="tools">
        <cm-search
          placeholder=${msg('供者号、患者标识、完整姓名或证件号', 'Donor number, identifier, whole name or id number')}
          .value=${view.q}
          @cm-search=${(e: CustomEvent<{ value: string }>) => this.#change({ q: e.detail.value })}
        ></cm-search>
        <cm-chips
          label=${title('status')}
          .chips=${[
            { id: '', label: msg('全部', 'All') },
            { id: 'ACTIVE', label: msg('在用', 'Active') },
            { id: 'MERGED', label: msg('已合并', 'Merged') },
          ]}
          active=${view.filter.status ?? ''}
          @cm-chip=${(e: CustomEvent<{ id: string }>) => this.#change({ filter: e.detail.id ? { status: e.detail.id } : {} })}
        ></cm-chips>
      </div>
      <cm-table
        activable
        label=${msg('供者', 'Donors')}
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
        empty-text=${msg('没有找到供者', 'No donors match')}
        empty-hint=${msg('姓名与证件号需完整输入', 'Names and id numbers must be typed in full')}
        @cm-sort=${(e: CustomEvent<{ sort: string }>) => this.#change({ sort: e.detail.sort })}
        @cm-page=${(e: CustomEvent<{ page: number }>) => this.#change({ page: e.detail.page })}
        @cm-activate=${(e: CustomEvent<{ row: Donor }>) => this.open('donor', e.detail.row.id)}
        @cm-retry=${() => void this.#list.load()}
      ></cm-table>
    </section>`;
  }
}

define('cytomesh-donor-list', CytomeshDonorList);
