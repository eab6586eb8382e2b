import { css, html, nothing, type PropertyValues } from 'lit';
import {
  type CodeEntry,
  type CodeTable,
  codeEntryEnd,
  codeEntryList,
  codeTableChange,
  codeTableExport,
  codeTableGet,
} from '../../api/client.generated.ts';
import { type ApiFault, faultText, toApiFault } from '../../api/fault.ts';
import '../../components/badge/badge.element.ts';
import '../../components/button/button.element.ts';
import '../../components/dialog/confirm.element.ts';
import type { CmConfirm } from '../../components/dialog/confirm.element.ts';
import { define } from '../../components/element/element.ts';
import '../../components/field/field.element.ts';
import '../../components/search/search.element.ts';
import '../../components/skeleton/skeleton.element.ts';
import type { Column } from '../../components/table/column.ts';
import '../../components/table/table.element.ts';
import '../../components/time/time.element.ts';
import { toast } from '../../components/toast/toast.element.ts';
import { language, msg } from '../../state/language.ts';
import { ListController } from '../../state/list-controller.ts';
import { saveFile } from '../../state/save-file.ts';
import { base, surfaces } from '../../tokens/base.styles.ts';
import { PageElement } from '../page-element.ts';
import { tableName } from './code-words.ts';
import './entry-dialog.element.ts';
import type { CmEntryDialog } from './entry-dialog.element.ts';
import './import-dialog.element.ts';
import type { CmImportDialog } from './import-dialog.element.ts';

const pageSize = 100;

/**
 * One code table: its pairs with validity, owner and note; added, changed, ended, imported and exported.
 * @attr table-id
 */
export class CytomeshCodeTable extends PageElement {
  declare tableId: string;
  declare table: CodeTable | undefined;
  declare q: string;
  declare page: number;
  declare fault: ApiFault | undefined;
  static override properties = {
    ...PageElement.properties,
    tableId: { attribute: 'table-id' },
    table: { state: true },
    q: { state: true },
    page: { state: true },
    fault: { state: true },
  };
  readonly #list = new ListController<CodeEntry>(
    this,
    (signal) =>
      codeEntryList(
        this.http,
        {
          filter: { table: this.table?.code ?? '' },
          sort: 'from',
          page: this.page,
          pageSize,
          ...(this.q ? { q: this.q } : {}),
        },
        { signal },
      ),
    (e) => String(e.version),
  );
  static override styles = [
    base,
    surfaces,
    css`
      .tools {
        display: flex;
        flex-wrap: wrap;
        gap: var(--cm-space-2);
        padding: var(--cm-space-4);
      }
      .tools cm-search {
        flex: 1 1 240px;
      }
      .ended {
        text-decoration: line-through;
        color: var(--cm-text-3);
      }
    `,
  ];

  constructor() {
    super();
    this.tableId = '';
    this.q = '';
    this.page = 1;
  }

  protected override willUpdate(changed: PropertyValues): void {
    super.willUpdate(changed);
    if (changed.has('tableId') && this.hasUpdated && this.conn.session.value) void this.load();
  }

  protected override async load(): Promise<void> {
    try {
      this.table = await codeTableGet(this.http, { id: this.tableId });
      this.fault = undefined;
      await this.#list.load();
    } catch (error) {
      this.fault = toApiFault(error);
    }
  }

  #state(entry: CodeEntry): 'holds' | 'later' | 'ended' {
    const now = new Date().toISOString();
    if (entry.validUntil !== null && entry.validUntil <= now) return 'ended';
    return entry.validFrom !== null && entry.validFrom > now ? 'later' : 'holds';
  }

  #end(entry: CodeEntry): void {
    this.renderRoot.querySelector<CmConfirm>('cm-confirm')?.ask({
      heading: msg(`终止对照 ${entry.from}`, `End the pair ${entry.from}`),
      text: msg(
        '立即失效，记录保留；该代码再来时列入待对照。',
        'It holds no more from now on and stays on record; when the code comes again it goes to the work list.',
      ),
      action: msg('终止', 'End'),
      icon: 'stop',
      reason: 'required',
      run: async ({ reason, key }) => {
        this.#list.put(
          await codeEntryEnd(this.http, { id: entry.id, version: entry.version, reason }, { key }),
        );
        toast(msg('已终止', 'Ended'));
      },
    });
  }

  #rename(table: CodeTable): void {
    this.renderRoot.querySelector<CmConfirm>('cm-confirm')?.ask({
      heading: msg('责任人', 'Owner'),
      action: msg('保存', 'Save'),
      icon: 'person',
      edit: { label: msg('责任人', 'Owner'), value: table.owner },
      run: async ({ text, key }) => {
        const { id, version, name, nameEn } = table;
        this.table = await codeTableChange(
          this.http,
          { id, version, name, nameEn, owner: text.trim().slice(0, 64) },
          { key },
        );
      },
    });
  }

  async #export(): Promise<void> {
    try {
      const { name, text } = await codeTableExport(this.http, { id: this.tableId });
      saveFile(name, 'text/csv; charset=utf-8', text);
    } catch (error) {
      toast(faultText(toApiFault(error), language.value), 'bad');
    }
  }

  #columns(): Column<CodeEntry>[] {
    const write = this.may('codeset.write');
    return [
      {
        key: 'from',
        title: msg('源代码', 'Source code'),
        card: 'head',
        cell: (e) =>
          html`<span class="mono strong ${this.#state(e) === 'ended' ? 'ended' : ''}">${e.from}</span>`,
      },
      {
        key: 'to',
        title: msg('目标代码', 'Target code'),
        cell: (e) => html`<span class="mono">${e.to}</span>`,
      },
      {
        key: 'state',
        title: msg('有效', 'Valid'),
        card: 'corner',
        cell: (e) => {
          const state = this.#state(e);
          if (state === 'ended')
            return html`<cm-badge plain tone="neutral">${msg('已失效', 'Ended')} <cm-time mode="compact" value=${e.validUntil ?? ''}></cm-time></cm-badge>`;
          if (state === 'later')
            return html`<cm-badge plain tone="info">${msg('将生效', 'From')} <cm-time mode="compact" value=${e.validFrom ?? ''}></cm-time></cm-badge>`;
          return e.validUntil
            ? html`<cm-badge plain tone="warn">${msg('至', 'Until')} <cm-time mode="compact" value=${e.validUntil}></cm-time></cm-badge>`
            : html`<cm-badge plain tone="good">${msg('有效', 'Valid')}</cm-badge>`;
        },
      },
      { key: 'note', title: msg('说明', 'Note'), cell: (e) => e.note },
      { key: 'owner', title: msg('责任人', 'Owner'), from: 'medium', cell: (e) => e.owner },
      {
        key: 'updatedAt',
        title: msg('修改', 'Changed'),
        width: '130px',
        from: 'wide',
        cell: (e) => html`<cm-time mode="compact" value=${e.updatedAt}></cm-time>`,
      },
      ...(write
        ? [
            {
              key: 'act',
              title: '',
              width: '170px',
              cell: (e: CodeEntry) => html`<span class="nowrap" style="display:inline-flex;gap:6px">
                <cm-button small @click=${() => this.renderRoot.querySelector<CmEntryDialog>('cm-entry-dialog')?.show(e.table, e)}>${msg('修改', 'Change')}</cm-button>
                ${this.#state(e) === 'ended' ? nothing : html`<cm-button small @click=${() => this.#end(e)}>${msg('终止', 'End')}</cm-button>`}
              </span>`,
            },
          ]
        : []),
    ];
  }

  protected override view() {
    const { table } = this;
    if (this.fault)
      return html`<cm-notice .fault=${this.fault} retry @cm-retry=${() => void this.load()}></cm-notice>`;
    if (!table) return html`<div class="card"><cm-skeleton lines="8"></cm-skeleton></div>`;
    const write = this.may('codeset.write');
    const again = () => void this.#list.load(true);
    return html`<section class="card">
        <header>
          <h1>${tableName(table)}</h1>
          <span class="muted"><span class="mono">${table.code}</span> · ${table.source} → ${table.target}${table.owner ? html` · ${table.owner}` : nothing}</span>
        </header>
        <div class="tools">
          <cm-search placeholder=${msg('查找源代码或说明', 'Find a source code or note')} .value=${this.q} @cm-search=${(
            e: CustomEvent<{ value: string }>,
          ) => {
            this.q = e.detail.value;
            this.page = 1;
            void this.#list.load();
          }}></cm-search>
          ${
            write
              ? html`<cm-button icon="edit" variant="primary" @click=${() => this.renderRoot.querySelector<CmEntryDialog>('cm-entry-dialog')?.show(table.code)}>${msg('新增', 'Add')}</cm-button>
                  <cm-button icon="incoming" @click=${() => this.renderRoot.querySelector<CmImportDialog>('cm-import-dialog')?.show(table)}>${msg('导入', 'Import')}</cm-button>
                  <cm-button icon="person" @click=${() => this.#rename(table)}>${msg('责任人', 'Owner')}</cm-button>`
              : nothing
          }
          <cm-button icon="outgoing" @click=${() => void this.#export()}>${msg('导出', 'Export')}</cm-button>
        </div>
        <cm-table
          label=${msg('代码对照', 'Pairs')}
          .columns=${this.#columns()}
          .rows=${this.#list.rows}
          ?loading=${this.#list.loading}
          .fault=${this.#list.fault}
          .fresh=${this.#list.fresh}
          .born=${this.#list.born}
          .total=${this.#list.total}
          .page=${this.page}
          .pageSize=${pageSize}
          empty-text=${msg('没有符合条件的对照', 'No pair matches')}
          @cm-page=${(e: CustomEvent<{ page: number }>) => {
            this.page = e.detail.page;
            void this.#list.load();
          }}
          @cm-retry=${() => void this.#list.load()}
        ></cm-table>
      </section>
      <cm-confirm></cm-confirm>
      <cm-entry-dialog .http=${this.http} @cm-done=${again}></cm-entry-dialog>
      <cm-import-dialog .http=${this.http} @cm-done=${again}></cm-import-dialog>`;
  }
}

define('cytomesh-code-table', CytomeshCodeTable);
