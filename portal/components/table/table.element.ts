import { html, nothing, type PropertyValues } from 'lit';
import { repeat } from 'lit/directives/repeat.js';
import type { ApiFault } from '../../api/fault.ts';
import { msg } from '../../state/language.ts';
import { number } from '../../state/time.ts';
import { base } from '../../tokens/base.styles.ts';
import '../badge/badge.element.ts';
import '../button/button.element.ts';
import { CmElement, define } from '../element/element.ts';
import '../icon/icon.element.ts';
import '../notice/notice.element.ts';
import '../skeleton/skeleton.element.ts';
import '../time/time.element.ts';
import { type Column, nextSort, sortOf } from './column.ts';
import { styles } from './table.styles.ts';

type Row = Readonly<Record<string, unknown>>;

/**
 * A semantic table that becomes cards where it is narrower than 600 pixels. Rows are reached by arrow keys, opened by click
 * or Enter, chosen by Space where `selectable`.
 * @prop columns, rows, rowKey, sort, total, page, pageSize, selected, born, fresh, fault
 * @attr label - name for screen readers
 * @attr loading, selectable, activable
 * @fires cm-sort - `{ sort }`
 * @fires cm-activate - `{ row }`
 * @fires cm-select - `{ keys }`
 * @fires cm-page - `{ page }`
 * @fires cm-retry - after a fault
 */
export class CmTable extends CmElement {
  declare columns: readonly Column<never>[];
  declare rows: readonly object[];
  declare rowKey: string;
  declare sort: string;
  declare label: string;
  declare emptyText: string;
  declare emptyHint: string;
  declare loading: boolean;
  declare fault: ApiFault | undefined;
  declare activable: boolean;
  declare selectable: boolean;
  declare selected: ReadonlySet<string>;
  /** Keys of rows that have just come, and of rows that have just changed. */
  declare born: ReadonlySet<string>;
  declare fresh: ReadonlySet<string>;
  declare total: number;
  declare page: number;
  declare pageSize: number;
  /** Where counting stopped: a total this high means at least so many. */
  declare counted: number;
  #active = '';
  static override properties = {
    columns: { attribute: false },
    rows: { attribute: false },
    rowKey: { attribute: 'row-key' },
    sort: {},
    label: {},
    emptyText: { attribute: 'empty-text' },
    emptyHint: { attribute: 'empty-hint' },
    loading: { type: Boolean },
    fault: { attribute: false },
    activable: { type: Boolean },
    selectable: { type: Boolean },
    selected: { attribute: false },
    born: { attribute: false },
    fresh: { attribute: false },
    total: { type: Number },
    page: { type: Number },
    pageSize: { type: Number, attribute: 'page-size' },
    counted: { type: Number },
  };
  static override styles = [base, styles];

  constructor() {
    super();
    this.columns = [];
    this.rows = [];
    this.rowKey = 'id';
    this.sort = '';
    this.label = '';
    this.emptyText = '';
    this.emptyHint = '';
    this.loading = false;
    this.activable = false;
    this.selectable = false;
    this.selected = new Set();
    this.born = new Set();
    this.fresh = new Set();
    this.total = 0;
    this.page = 1;
    this.pageSize = 0;
    this.counted = Number.POSITIVE_INFINITY;
  }

  #key(row: object): string {
    return String((row as Row)[this.rowKey]);
  }

  protected override willUpdate(changed: PropertyValues): void {
    if (!changed.has('rows')) return;
    if (!this.rows.some((row) => this.#key(row) === this.#active)) {
      this.#active = this.rows[0] === undefined ? '' : this.#key(this.rows[0]);
    }
  }

  override render() {
    const waiting = this.loading && this.rows.length === 0 && this.fault === undefined;
    return html`
      ${this.loading && this.rows.length > 0 ? html`<div class="bar"><i></i></div>` : nothing}
      ${this.fault ? html`<div class="trouble"><cm-notice .fault=${this.fault} retry></cm-notice></div>` : nothing}
      <div class="scroll">
        <table role="table" aria-label=${this.label || nothing} aria-busy=${String(this.loading)}>
          <thead role="rowgroup">
            <tr role="row">
              ${this.selectable ? html`<th role="columnheader" class="tick">${this.#tickAll()}</th>` : nothing}
              ${this.columns.map((column) => this.#head(column))}
            </tr>
          </thead>
          <tbody role="rowgroup" @keydown=${this.#onKey}>
            ${repeat(
              this.rows,
              (row) => this.#key(row),
              (row) => this.#row(row),
            )}
          </tbody>
        </table>
      </div>
      ${waiting ? html`<cm-skeleton lines="6"></cm-skeleton>` : nothing}
      ${!this.loading && this.rows.length === 0 && this.fault === undefined ? this.#empty() : nothing}
      ${this.pageSize > 0 && this.rows.length > 0 ? this.#footer() : nothing}
    `;
  }

  #head(column: Column<never>) {
    const sorted = sortOf(this.sort, column.key);
    return html`<th
      role="columnheader"
      class="${column.from ?? ''} ${column.align ?? ''}"
      style=${column.width ? `width:${column.width}` : nothing}
      aria-sort=${sorted ?? nothing}
    >
      ${
        column.sortable
          ? html`<button type="button" @click=${() => this.fire('cm-sort', { sort: nextSort(this.sort, column.key) })}>
              ${column.title}<cm-icon name=${sorted === 'ascending' ? 'up' : 'down'}></cm-icon>
            </button>`
          : column.title
      }
    </th>`;
  }

  #row(row: object) {
    const key = this.#key(row);
    const chosen = this.selected.has(key);
    return html`<tr
      role="row"
      data-key=${key}
      class="${this.activable ? 'go' : ''} ${this.born.has(key) ? 'born' : this.fresh.has(key) ? 'fresh' : ''}"
      tabindex=${this.activable || this.selectable ? (key === this.#active ? '0' : '-1') : nothing}
      aria-selected=${this.selectable ? String(chosen) : nothing}
      @click=${(event: MouseEvent) => this.#onClick(event, row)}
      @focus=${() => this.#settle(key)}
    >
      ${
        this.selectable
          ? html`<td role="cell" class="tick">
              <input
                type="checkbox"
                tabindex="-1"
                aria-label=${msg('选择此行', 'Select this row')}
                .checked=${chosen}
                @change=${() => this.#toggle(key)}
              />
            </td>`
          : nothing
      }
      ${this.columns.map((column) => {
        const cell = (column.cell as (r: object) => unknown)(row);
        const blank = cell === '' || cell === null || cell === undefined;
        return html`<td
          role="cell"
          data-label=${column.title}
          class="${column.from ?? ''} ${column.align ?? ''} ${column.card ?? ''} ${blank ? 'blank' : ''}"
        >
          ${blank ? html`<span class="muted">—</span>` : cell}
        </td>`;
      })}
    </tr>`;
  }

  #tickAll() {
    const keys = this.rows.map((row) => this.#key(row));
    const some = keys.filter((key) => this.selected.has(key)).length;
    return html`<input
      type="checkbox"
      aria-label=${msg('选择本页全部', 'Select all on this page')}
      .checked=${some > 0 && some === keys.length}
      .indeterminate=${some > 0 && some < keys.length}
      @change=${() => this.fire('cm-select', { keys: some === keys.length ? [] : keys })}
    />`;
  }

  #empty() {
    return html`<div class="empty" role="status">
      <cm-icon name="empty"></cm-icon>
      <b>${this.emptyText || msg('没有记录', 'Nothing here')}</b>
      ${this.emptyHint ? html`<span>${this.emptyHint}</span>` : nothing}
    </div>`;
  }

  #footer() {
    const from = (this.page - 1) * this.pageSize + 1;
    const to = Math.min(this.total, from + this.rows.length - 1);
    const pages = Math.max(1, Math.ceil(this.total / this.pageSize));
    const total = `${number(this.total)}${this.total >= this.counted ? '+' : ''}`;
    const go = (page: number) => this.fire('cm-page', { page });
    return html`<footer>
      <span>${number(from)}–${number(to)} / ${msg(`共 ${total} 条`, `${total} in all`)}</span>
      <span class="push">${msg(`第 ${number(this.page)} / ${number(pages)} 页`, `Page ${number(this.page)} of ${number(pages)}`)}</span>
      <span>
        <cm-button
          small
          variant="ghost"
          icon="left"
          label=${msg('上一页', 'Previous page')}
          ?disabled=${this.page <= 1}
          @click=${() => this.page > 1 && go(this.page - 1)}
        ></cm-button>
        <cm-button
          small
          variant="ghost"
          icon="right"
          label=${msg('下一页', 'Next page')}
          ?disabled=${this.page >= pages}
          @click=${() => this.page < pages && go(this.page + 1)}
        ></cm-button>
      </span>
    </footer>`;
  }

  #settle(key: string): void {
    if (this.#active === key) return;
    this.#active = key;
    this.requestUpdate();
  }

  #toggle(key: string): void {
    const keys = new Set(this.selected);
    if (!keys.delete(key)) keys.add(key);
    this.fire('cm-select', { keys: [...keys] });
  }

  #onClick(event: MouseEvent, row: object): void {
    this.#settle(this.#key(row));
    const inner = event.composedPath()[0] as HTMLElement;
    // A press on a control in the row, or the end of marking text, is not meant for the row.
    if (inner.closest?.('a, button, input, cm-button, cm-menu') || String(getSelection() ?? '') !== '')
      return;
    if (this.activable) this.fire('cm-activate', { row });
  }

  #onKey(event: KeyboardEvent): void {
    const tr = event.target as HTMLElement;
    if (tr.tagName !== 'TR') return;
    const rows = [...this.renderRoot.querySelectorAll<HTMLElement>('tbody tr')];
    const at = rows.indexOf(tr);
    const move: Record<string, number> = {
      ArrowDown: at + 1,
      ArrowUp: at - 1,
      Home: 0,
      End: rows.length - 1,
    };
    const to = rows[move[event.key] ?? -1];
    if (to !== undefined) {
      event.preventDefault();
      to.focus();
      return;
    }
    const row = this.rows[at];
    if (row === undefined) return;
    if (event.key === 'Enter' && this.activable) this.fire('cm-activate', { row });
    else if (event.key === ' ' && this.selectable) {
      event.preventDefault();
      this.#toggle(this.#key(row));
    }
  }
}

define('cm-table', CmTable);
