import { css, html, nothing, type PropertyValues } from 'lit';
import { type AuditEntryListResult, auditEntryList } from '../../api/client.generated.ts';
import { recordTitles } from '../../api/words.generated.ts';
import '../../components/badge/badge.element.ts';
import '../../components/chips/chips.element.ts';
import { define } from '../../components/element/element.ts';
import '../../components/field/select.element.ts';
import '../../components/search/search.element.ts';
import type { Column } from '../../components/table/column.ts';
import '../../components/table/table.element.ts';
import '../../components/time/time.element.ts';
import { msg, say } from '../../state/language.ts';
import { ListController } from '../../state/list-controller.ts';
import { changeView, type ListView, listCall, readView, writeView } from '../../state/list-view.ts';
import { base, surfaces } from '../../tokens/base.styles.ts';
import { PageElement } from '../page-element.ts';
import './audit-entry.element.ts';
import type { CmAuditEntry } from './audit-entry.element.ts';
import './audit-proof.element.ts';
import { actionWord, isPerson, recordWord, spanFilter, spanNames } from './audit-words.ts';

type Entry = AuditEntryListResult['items'][number];

const defaults = { filter: { span: '7d' } };
const pageSize = 50;
const spanWords: Readonly<Record<string, () => string>> = {
  '24h': () => msg('24 小时', '24 hours'),
  '7d': () => msg('7 天', '7 days'),
  '30d': () => msg('30 天', '30 days'),
  '365d': () => msg('一年', 'A year'),
};
/** What people and inspectors ask for; the others are found by their object. */
const usual = [
  'order',
  'donor',
  'user',
  'role',
  'channel',
  'codeEntry',
  'numberingRule',
  'issuedNumber',
  'org',
];

/**
 * The audit trail: searched by time, type, person, object and request.
 * @attr search - query of the address that the view is read from
 * @attr entry-id - the entry to show at once
 * @fires cytomesh-open - `{ kind, id }` of the record an entry is about
 * @fires cytomesh-view - `{ search }`
 */
export class CytomeshAuditList extends PageElement {
  declare search: string;
  declare entryId: string;
  declare viewState: ListView;
  static override properties = {
    ...PageElement.properties,
    search: {},
    entryId: { attribute: 'entry-id' },
    viewState: { state: true },
  };
  readonly #list = new ListController<Entry>(
    this,
    (signal) => {
      const { span, ...filter } = this.viewState.filter;
      const at = span ? { at: spanFilter(span, Date.now()) } : {};
      const call = listCall({ ...this.viewState, sort: '', filter: { ...filter, ...at } }, pageSize);
      return auditEntryList(this.http, call, { signal });
    },
    (entry) => String(entry.seq),
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
        flex: 1 1 260px;
        max-width: 420px;
      }
      cm-select {
        flex: 0 1 170px;
      }
      .held {
        display: inline-flex;
        align-items: center;
        gap: 6px;
        padding: 2px 4px 2px 10px;
        border: 1px solid var(--cm-line);
        border-radius: 999px;
        background: var(--cm-surface-2);
        font-size: var(--cm-size-s);
      }
    `,
  ];

  constructor() {
    super();
    this.search = '';
    this.entryId = '';
    this.viewState = readView('', defaults);
  }

  protected override willUpdate(changed: PropertyValues): void {
    super.willUpdate(changed);
    if (!changed.has('search') || this.search === writeView(this.viewState)) return;
    this.viewState = readView(this.search, defaults);
    if (this.hasUpdated) void this.#list.load();
  }

  protected override load(): Promise<void> {
    if (this.entryId !== '') void this.updateComplete.then(() => this.#show(this.entryId));
    return this.#list.load();
  }

  #show(id: string): void {
    this.renderRoot.querySelector<CmAuditEntry>('cm-audit-entry')?.show(id);
  }

  #change(change: Partial<ListView>): void {
    this.viewState = changeView(this.viewState, change);
    this.search = writeView(this.viewState);
    this.fire('cytomesh-view', { search: this.search });
    void this.#list.load();
  }

  #filter(field: string, value: string): void {
    const { [field]: _old, ...rest } = this.viewState.filter;
    this.#change({ filter: value === '' ? rest : { ...rest, [field]: value } });
  }

  #columns(): Column<Entry>[] {
    return [
      {
        key: 'at',
        title: msg('时间', 'Time'),
        width: '150px',
        cell: (e) => html`<cm-time class="mono" mode="compact" value=${e.at}></cm-time>`,
      },
      {
        key: 'action',
        title: msg('做了什么', 'What was done'),
        card: 'head',
        cell: (e) =>
          html`<span><span class="main">${actionWord(e.action)}</span>${e.reason ? html`<span class="sub">${e.reason}</span>` : nothing}</span>`,
      },
      {
        key: 'record',
        title: msg('对象', 'Object'),
        cell: (e) => html`<span>${recordWord(e.record)}<span class="sub mono">${e.recordId}</span></span>`,
      },
      {
        key: 'actor',
        title: msg('操作人', 'Person'),
        width: '150px',
        cell: (e) =>
          isPerson(e.actor)
            ? e.actorName
            : html`<span class="muted">${msg('系统', 'System')} · ${e.actor.split(':')[1]}</span>`,
      },
      {
        key: 'station',
        title: msg('终端', 'Station'),
        width: '130px',
        from: 'wide',
        cell: (e) => html`<span class="mono">${e.station}</span>`,
      },
      {
        key: 'seq',
        title: msg('封存', 'Sealed'),
        width: '110px',
        from: 'medium',
        card: 'corner',
        cell: (e) =>
          e.seq === null
            ? html`<cm-badge tone="info">${msg('等待', 'Waiting')}</cm-badge>`
            : html`<cm-badge tone="good">#${e.seq}</cm-badge>`,
      },
    ];
  }

  protected override view() {
    const { filter, q, page } = this.viewState;
    return html`<section class="card" aria-label=${msg('审计记录', 'Audit trail')}>
        <div class="tools">
          <cm-search
            placeholder=${msg('对象编号', 'Id of the object')}
            .value=${q}
            @cm-search=${(e: CustomEvent<{ value: string }>) => this.#change({ q: e.detail.value.trim() })}
          ></cm-search>
          <cm-select
            name-text=${msg('对象类型', 'Kind of object')}
            .value=${filter.record ?? ''}
            .options=${[
              { value: '', label: msg('全部类型', 'All kinds') },
              ...usual
                .filter((name) => recordTitles[name])
                .map((name) => ({ value: name, label: say(recordTitles[name]!) })),
            ]}
            @cm-input=${(e: CustomEvent<{ value: string }>) => this.#filter('record', e.detail.value)}
          ></cm-select>
          <cm-chips
            label=${msg('时间', 'Time')}
            .chips=${[...spanNames.map((id) => ({ id, label: spanWords[id]!() }))]}
            active=${filter.span ?? ''}
            @cm-chip=${(e: CustomEvent<{ id: string }>) => this.#filter('span', e.detail.id)}
          ></cm-chips>
          ${(['actor', 'requestId', 'action'] as const).map((field) =>
            filter[field]
              ? html`<span class="held"
                  >${field === 'actor' ? msg('操作人', 'Person') : field === 'action' ? msg('动作', 'Action') : msg('请求', 'Request')}
                  <span class="mono">${filter[field]}</span>
                  <cm-button
                    variant="ghost"
                    icon="close"
                    label=${msg('去掉', 'Remove')}
                    @click=${() => this.#filter(field, '')}
                  ></cm-button
                ></span>`
              : nothing,
          )}
          <cm-audit-proof
            class="push"
            .http=${this.http}
            ?may-verify=${this.may('audit.verify')}
            ?may-export=${this.may('audit.export')}
          ></cm-audit-proof>
        </div>
        <cm-table
          activable
          label=${msg('审计记录', 'Audit trail')}
          .columns=${this.#columns()}
          .rows=${this.#list.rows}
          ?loading=${this.#list.loading}
          .fault=${this.#list.fault}
          .total=${this.#list.total}
          .page=${page}
          .pageSize=${pageSize}
          empty-text=${msg('没有符合的记录', 'No entries match')}
          empty-hint=${msg('放宽时间或类型', 'Widen the time or the kind')}
          @cm-page=${(e: CustomEvent<{ page: number }>) => this.#change({ page: e.detail.page })}
          @cm-activate=${(e: CustomEvent<{ row: Entry }>) => this.#show(e.detail.row.id)}
          @cm-retry=${() => void this.#list.load()}
        ></cm-table>
      </section>
      <cm-audit-entry
        .http=${this.http}
        @cm-open=${(e: CustomEvent<{ kind: string; id: string }>) => this.open(e.detail.kind, e.detail.id)}
        @cm-narrow=${(e: CustomEvent<{ field: string; value: string }>) => this.#filter(e.detail.field, e.detail.value)}
      ></cm-audit-entry>`;
  }
}

define('cytomesh-audit-list', CytomeshAuditList);
