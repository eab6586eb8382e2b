import { css, html, nothing } from 'lit';
import { definitionExport, definitionList, definitionSaveDraft } from '../../api/client.generated.ts';
import { type ApiFault, toApiFault } from '../../api/fault.ts';
import type { LiveEvent } from '../../api/live-event.ts';
import '../../components/badge/badge.element.ts';
import '../../components/button/button.element.ts';
import '../../components/chips/chips.element.ts';
import '../../components/dialog/confirm.element.ts';
import type { CmConfirm } from '../../components/dialog/confirm.element.ts';
import { define } from '../../components/element/element.ts';
import '../../components/field/field.element.ts';
import type { Column } from '../../components/table/column.ts';
import '../../components/table/table.element.ts';
import '../../components/tabs/tabs.element.ts';
import { toast } from '../../components/toast/toast.element.ts';
import { msg } from '../../state/language.ts';
import { base, surfaces } from '../../tokens/base.styles.ts';
import { PageElement } from '../page-element.ts';
import './studio-approvals.element.ts';
import './studio-import.element.ts';
import type { CmStudioImport } from './studio-import.element.ts';
import { type Head, headName, kindText, starts, versionText } from './studio-words.ts';

/**
 * All definitions of the organisation: endpoints, channels, mappings; new ones, files in and out, approvals.
 * @fires cytomesh-open - `{ kind: 'definition', id }`
 */
export class CytomeshStudioList extends PageElement {
  declare rows: readonly Head[];
  declare kind: string;
  declare find: string;
  declare tab: string;
  declare loading: boolean;
  declare selected: ReadonlySet<string>;
  declare fault: ApiFault | undefined;
  static override properties = {
    ...PageElement.properties,
    rows: { state: true },
    kind: { state: true },
    find: { state: true },
    tab: { state: true },
    loading: { state: true },
    selected: { state: true },
    fault: { state: true },
  };
  protected override readonly topics = ['channel'];
  static override styles = [
    base,
    surfaces,
    css`
      .bar {
        display: flex;
        align-items: center;
        flex-wrap: wrap;
        gap: 8px 12px;
        padding: 12px;
      }
      .bar cm-field {
        flex: 0 1 260px;
      }
      .kinds {
        padding-top: 0;
      }
      input[type='file'] {
        display: none;
      }
      .sub {
        display: block;
        color: var(--cm-text-3);
        font-size: var(--cm-size-xs);
      }
      .row {
        gap: 4px;
      }
    `,
  ];

  constructor() {
    super();
    this.rows = [];
    this.kind = '';
    this.find = '';
    this.tab = 'definitions';
    this.loading = true;
    this.selected = new Set();
  }

  protected override async load(): Promise<void> {
    try {
      this.rows = (await definitionList(this.http, {})).items;
      this.fault = undefined;
    } catch (error) {
      this.fault = toApiFault(error);
    }
    this.loading = false;
  }

  protected override onLive(_events: readonly LiveEvent[]): Promise<void> {
    return this.load();
  }

  #new(): void {
    const kinds: Head['kind'][] = ['in', 'out', 'endpoint', 'mapping'];
    this.renderRoot.querySelector<CmConfirm>('cm-confirm')?.ask({
      heading: msg('新建定义', 'New definition'),
      text: msg(
        '先作为草稿保存，发布后生效。',
        'It is kept as a draft and comes into force when it is published.',
      ),
      action: msg('新建', 'Create'),
      choice: {
        label: msg('类型', 'Kind'),
        options: kinds.map((value) => ({ value, label: kindText(value) })),
      },
      edit: {
        label: msg('代码（小写字母、数字与连字符）', 'Code (small letters, digits, hyphens)'),
        value: '',
      },
      run: async ({ choice, text, key }) => {
        const id = text.trim();
        const org = this.conn.session.value?.org.code ?? '';
        const start = starts[choice as Head['kind']](id, org);
        await definitionSaveDraft(this.http, { id, text: start, baseVersion: 0, draft: 0 }, { key });
        this.open('definition', id);
      },
    });
  }

  async #export(): Promise<void> {
    const codes = this.selected.size ? [...this.selected].join(',') : '*';
    try {
      const { name, text } = await definitionExport(this.http, { codes });
      const link = document.createElement('a');
      link.href = URL.createObjectURL(new Blob([text], { type: 'application/yaml' }));
      link.download = name;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
    } catch (error) {
      toast(toApiFault(error).message, 'bad');
    }
  }

  async #import(event: Event): Promise<void> {
    const input = event.target as HTMLInputElement;
    const file = input.files?.[0];
    input.value = '';
    if (file)
      this.renderRoot.querySelector<CmStudioImport>('cm-studio-import')?.show(file.name, await file.text());
  }

  get #shown(): Head[] {
    const find = this.find.trim().toLowerCase();
    return this.rows.filter(
      (r) =>
        (this.kind === '' || r.kind === this.kind || (this.kind === 'draft' && r.draftBy !== '')) &&
        (find === '' || `${r.id} ${r.name} ${r.nameEn}`.toLowerCase().includes(find)),
    );
  }

  protected override view() {
    const pending = this.rows.filter((r) => r.pending).length;
    const tabs = [
      { id: 'definitions', label: msg('定义', 'Definitions'), count: this.rows.length },
      { id: 'approvals', label: msg('审批', 'Approvals'), ...(pending ? { count: pending } : {}) },
    ];
    return html`<section class="card">
        <cm-tabs label=${msg('接口设计', 'Interface studio')} .tabs=${tabs} active=${this.tab} @cm-tab=${(e: CustomEvent<{ id: string }>) => (this.tab = e.detail.id)}>
          ${
            this.tab === 'approvals'
              ? html`<cm-studio-approvals
                  .http=${this.http}
                  user=${this.conn.session.value?.userId ?? ''}
                  ?operable=${this.may('channel.publish')}
                  ?governs=${this.may('org.policy')}
                  @cm-changed=${() => void this.load()}
                ></cm-studio-approvals>`
              : this.#definitions()
          }
        </cm-tabs>
      </section>
      <cm-studio-import .http=${this.http} @cm-done=${() => void this.load()}></cm-studio-import>
      <cm-confirm></cm-confirm>`;
  }

  #definitions() {
    const publish = this.may('channel.publish');
    const count = (kind: string) => this.rows.filter((r) => r.kind === kind).length;
    const chips = [
      { id: '', label: msg('全部', 'All'), count: this.rows.length },
      { id: 'in', label: kindText('in'), count: count('in') },
      { id: 'out', label: kindText('out'), count: count('out') },
      { id: 'endpoint', label: kindText('endpoint'), count: count('endpoint') },
      { id: 'mapping', label: kindText('mapping'), count: count('mapping') },
      {
        id: 'draft',
        label: msg('有草稿', 'With a draft'),
        count: this.rows.filter((r) => r.draftBy !== '').length,
      },
    ];
    return html`<div class="bar">
        <cm-field
          placeholder=${msg('代码或名称', 'Code or name')}
          .value=${this.find}
          @cm-input=${(e: CustomEvent<{ value: string }>) => (this.find = e.detail.value)}
        ></cm-field>
        <div class="row push">
          ${
            publish
              ? html`<cm-button variant="primary" icon="edit" @click=${() => this.#new()}>${msg('新建', 'New')}</cm-button>
                  <cm-button icon="incoming" @click=${() => this.renderRoot.querySelector<HTMLInputElement>('input[type=file]')?.click()}>${msg('导入', 'Import')}</cm-button>
                  <input type="file" accept=".yaml,.yml" aria-label=${msg('定义文件', 'File of definitions')} @change=${(e: Event) => void this.#import(e)} />`
              : nothing
          }
          ${
            this.may('message.content')
              ? html`<cm-button icon="outgoing" @click=${() => void this.#export()}>${this.selected.size ? msg(`导出 ${this.selected.size} 个`, `Export ${this.selected.size}`) : msg('全部导出', 'Export all')}</cm-button>`
              : nothing
          }
        </div>
      </div>
      <div class="bar kinds">
        <cm-chips
          label=${msg('类型', 'Kind')}
          .chips=${chips}
          active=${this.kind}
          @cm-chip=${(e: CustomEvent<{ id: string }>) => (this.kind = e.detail.id)}
        ></cm-chips>
      </div>
      <cm-table
        activable
        selectable
        label=${msg('接口定义', 'Definitions')}
        .columns=${this.#columns()}
        .rows=${this.#shown}
        .selected=${this.selected}
        .fault=${this.fault}
        ?loading=${this.loading}
        empty-text=${msg('没有符合的定义', 'No definition fits')}
        @cm-activate=${(e: CustomEvent<{ row: Head }>) => this.open('definition', e.detail.row.id)}
        @cm-select=${(e: CustomEvent<{ keys: readonly string[] }>) => (this.selected = new Set(e.detail.keys))}
        @cm-retry=${() => void this.load()}
      ></cm-table>`;
  }

  #columns(): Column<Head>[] {
    return [
      {
        key: 'name',
        title: msg('名称', 'Name'),
        card: 'head',
        cell: (r) => html`<b>${headName(r)}</b><span class="sub mono">${r.id}</span>`,
      },
      { key: 'kind', title: msg('类型', 'Kind'), width: '130px', cell: (r) => kindText(r.kind) },
      { key: 'published', title: msg('版本', 'Version'), width: '130px', cell: (r) => versionText(r) },
      {
        key: 'samples',
        title: msg('自有样例', 'Own samples'),
        width: '110px',
        align: 'end',
        from: 'wide',
        cell: (r) => r.samples || '',
      },
      {
        key: 'state',
        title: msg('状态', 'State'),
        width: '240px',
        card: 'corner',
        cell: (r) =>
          html`<div class="row">
            ${r.problem ? html`<cm-badge tone="bad" title=${r.problem}>${msg('未生效', 'Not in force')}</cm-badge>` : nothing}
            ${r.draftBy ? html`<cm-badge tone="info" plain>${msg(`草稿 · ${r.draftBy}`, `Draft · ${r.draftBy}`)}</cm-badge>` : nothing}
            ${r.pending ? html`<cm-badge tone="warn">${msg('待批准', 'Waiting')}</cm-badge>` : nothing}
            ${!r.enabled && r.kind !== 'mapping' && r.channelId ? html`<cm-badge tone="neutral">${msg('已停止', 'Stopped')}</cm-badge>` : nothing}
          </div>`,
      },
    ];
  }
}

define('cytomesh-studio-list', CytomeshStudioList);
