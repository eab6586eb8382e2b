import { css, html, nothing } from 'lit';
import {
  type CodeMiss,
  type CodeTableOverviewResult,
  codeMissList,
  codeTableOverview,
} from '../../api/client.generated.ts';
import { type ApiFault, toApiFault } from '../../api/fault.ts';
import '../../components/badge/badge.element.ts';
import '../../components/button/button.element.ts';
import { define } from '../../components/element/element.ts';
import '../../components/search/search.element.ts';
import type { Column } from '../../components/table/column.ts';
import '../../components/table/table.element.ts';
import '../../components/tabs/tabs.element.ts';
import '../../components/time/time.element.ts';
import { msg } from '../../state/language.ts';
import { ListController } from '../../state/list-controller.ts';
import { number } from '../../state/time.ts';
import { base, surfaces } from '../../tokens/base.styles.ts';
import { PageElement } from '../page-element.ts';
import { tableName } from './code-words.ts';
import './map-dialog.element.ts';
import type { CmMapDialog } from './map-dialog.element.ts';

type Overview = CodeTableOverviewResult['items'][number] & { readonly id: string };
const pageSize = 50;

/**
 * The work list of codes without a pair, and all code tables.
 * @fires cytomesh-open - `{ kind: 'codes' | 'message', id }`
 */
export class CytomeshCodeList extends PageElement {
  declare tab: string;
  declare q: string;
  declare page: number;
  declare tables: readonly Overview[];
  declare fault: ApiFault | undefined;
  static override properties = {
    ...PageElement.properties,
    tab: { state: true },
    q: { state: true },
    page: { state: true },
    tables: { state: true },
    fault: { state: true },
  };
  protected override readonly topics = ['message', 'channel'];
  readonly #misses = new ListController<CodeMiss>(
    this,
    (signal) =>
      codeMissList(
        this.http,
        { filter: { state: 'OPEN' }, sort: '-updatedAt', page: this.page, pageSize },
        { signal },
      ),
    (m) => String(m.version),
  );
  static override styles = [
    base,
    surfaces,
    css`
      .tools {
        padding: var(--cm-space-4);
      }
      cm-search {
        max-width: 420px;
      }
    `,
  ];

  constructor() {
    super();
    this.tab = '';
    this.q = '';
    this.page = 1;
    this.tables = [];
  }

  protected override async load(): Promise<void> {
    await Promise.all([this.#misses.load(), this.#overview()]);
    if (this.tab === '') this.tab = this.#misses.total > 0 ? 'misses' : 'tables';
  }

  protected override async onLive(): Promise<void> {
    await Promise.all([this.#misses.load(true), this.#overview()]);
  }

  async #overview(): Promise<void> {
    try {
      this.tables = (await codeTableOverview(this.http)).items.map((item) => ({
        ...item,
        id: item.table.id,
      }));
      this.fault = undefined;
    } catch (error) {
      this.fault = toApiFault(error);
    }
  }

  #missColumns(): Column<CodeMiss>[] {
    const names = new Map(this.tables.map(({ table }) => [table.code, tableName(table)]));
    return [
      {
        key: 'code',
        title: msg('代码', 'Code'),
        card: 'head',
        cell: (m) => html`<span class="mono strong">${m.code}</span>`,
      },
      {
        key: 'table',
        title: msg('代码表', 'Table'),
        cell: (m) =>
          html`<span>${names.get(m.table) ?? ''} <span class="mono muted">${m.table}</span></span>`,
      },
      {
        key: 'channel',
        title: msg('通道', 'Channel'),
        from: 'medium',
        cell: (m) => html`<span class="mono">${m.channel}</span>`,
      },
      {
        key: 'count',
        title: msg('次数', 'Seen'),
        width: '80px',
        align: 'end',
        card: 'corner',
        cell: (m) => html`<span class="num">${number(m.count)}</span>`,
      },
      {
        key: 'createdAt',
        title: msg('首次', 'First'),
        width: '130px',
        from: 'wide',
        cell: (m) => html`<cm-time mode="compact" value=${m.createdAt}></cm-time>`,
      },
      {
        key: 'updatedAt',
        title: msg('最近', 'Last'),
        width: '130px',
        cell: (m) => html`<cm-time mode="compact" value=${m.updatedAt}></cm-time>`,
      },
      {
        key: 'act',
        title: '',
        width: '220px',
        cell: (m) => html`<span class="nowrap" style="display:inline-flex;gap:6px">
          <cm-button small icon="message" @click=${(e: Event) => {
            e.stopPropagation();
            this.open('message', m.lastMessageId);
          }}>${msg('样例消息', 'A message')}</cm-button>
          ${
            this.may('codeset.write')
              ? html`<cm-button small variant="primary" @click=${(e: Event) => {
                  e.stopPropagation();
                  void this.renderRoot.querySelector<CmMapDialog>('cm-map-dialog')?.show(m);
                }}>${msg('对照', 'Map')}</cm-button>`
              : nothing
          }
        </span>`,
      },
    ];
  }

  #tableColumns(): Column<Overview>[] {
    return [
      {
        key: 'name',
        title: msg('名称', 'Name'),
        card: 'head',
        cell: ({ table }) =>
          html`<span><span class="main">${tableName(table)}</span><span class="sub mono">${table.code}</span></span>`,
      },
      {
        key: 'way',
        title: msg('体系', 'Systems'),
        cell: ({ table }) => html`<span>${table.source} → ${table.target}</span>`,
      },
      { key: 'owner', title: msg('责任人', 'Owner'), from: 'medium', cell: ({ table }) => table.owner },
      {
        key: 'entries',
        title: msg('有效对照', 'Pairs'),
        width: '110px',
        align: 'end',
        cell: (t) => html`<span class="num">${number(t.entries)}</span>`,
      },
      {
        key: 'misses',
        title: msg('未对照', 'Unmapped'),
        width: '110px',
        align: 'end',
        card: 'corner',
        cell: (t) =>
          t.misses > 0
            ? html`<cm-badge plain tone="warn">${number(t.misses)}</cm-badge>`
            : html`<span class="num muted">0</span>`,
      },
    ];
  }

  protected override view() {
    const needle = this.q.trim().toLowerCase();
    const shown = this.tables.filter(({ table }) =>
      `${table.code} ${table.name} ${table.nameEn}`.toLowerCase().includes(needle),
    );
    const tabs = [
      { id: 'misses', label: msg('待对照', 'To be mapped'), count: this.#misses.total },
      { id: 'tables', label: msg('代码表', 'Code tables'), count: this.tables.length },
    ];
    return html`<section class="card">
        <cm-tabs label=${msg('代码表', 'Code tables')} .tabs=${tabs} active=${this.tab} @cm-tab=${(e: CustomEvent<{ id: string }>) => (this.tab = e.detail.id)}>
          ${
            this.tab === 'tables'
              ? html`<div class="tools"><cm-search placeholder=${msg('查找代码表', 'Find a table')} .value=${this.q} @cm-search=${(e: CustomEvent<{ value: string }>) => (this.q = e.detail.value)}></cm-search></div>
                  <cm-table
                    activable
                    label=${msg('代码表', 'Code tables')}
                    .columns=${this.#tableColumns()}
                    .rows=${shown}
                    .fault=${this.fault}
                    @cm-activate=${(e: CustomEvent<{ row: Overview }>) => this.open('codes', e.detail.row.id)}
                    @cm-retry=${() => void this.load()}
                  ></cm-table>`
              : html`<cm-table
                  label=${msg('待对照的代码', 'Codes to be mapped')}
                  .columns=${this.#missColumns()}
                  .rows=${this.#misses.rows}
                  ?loading=${this.#misses.loading}
                  .fault=${this.#misses.fault}
                  .born=${this.#misses.born}
                  .fresh=${this.#misses.fresh}
                  .total=${this.#misses.total}
                  .page=${this.page}
                  .pageSize=${pageSize}
                  empty-text=${msg('没有待对照的代码', 'Every code that came is mapped')}
                  @cm-page=${(e: CustomEvent<{ page: number }>) => {
                    this.page = e.detail.page;
                    void this.#misses.load();
                  }}
                  @cm-retry=${() => void this.load()}
                ></cm-table>`
          }
        </cm-tabs>
      </section>
      <cm-map-dialog .http=${this.http} @cm-done=${() => void this.onLive()}></cm-map-dialog>`;
  }
}

define('cytomesh-code-list', CytomeshCodeList);
