import { css, html, nothing } from 'lit';
import { base } from '../../tokens/base.styles.ts';
import { CmElement, define } from '../element/element.ts';

export interface Tab {
  readonly id: string;
  readonly label: string;
  readonly count?: number;
}

/**
 * Tabs over a panel. Arrow keys, Home and End move.
 * @prop tabs - `{ id, label, count? }[]`
 * @attr active - id of the tab shown
 * @attr label - name for screen readers
 * @slot - content of the panel
 * @fires cm-tab - `{ id }`
 */
export class CmTabs extends CmElement {
  declare tabs: readonly Tab[];
  declare active: string;
  declare label: string;
  static override properties = { tabs: { attribute: false }, active: {}, label: {} };
  static override styles = [
    base,
    css`
      :host {
        display: block;
        min-width: 0;
      }
      .tabs {
        display: flex;
        gap: 2px;
        padding: 0 var(--cm-space-4);
        border-bottom: 1px solid var(--cm-line);
        overflow-x: auto;
        scrollbar-width: none;
      }
      button {
        position: relative;
        display: inline-flex;
        align-items: center;
        gap: 7px;
        min-height: max(44px, var(--cm-control));
        padding: 0 12px;
        border: 0;
        background: none;
        color: var(--cm-text-2);
        font-weight: 550;
        white-space: nowrap;
        cursor: pointer;
      }
      button:hover {
        color: var(--cm-text);
      }
      button[aria-selected='true'] {
        color: var(--cm-accent);
      }
      button[aria-selected='true']::after {
        content: '';
        position: absolute;
        inset: auto 8px -1px;
        height: 2px;
        border-radius: 2px 2px 0 0;
        background: var(--cm-accent);
      }
      button:focus-visible {
        outline-offset: -3px;
      }
      i {
        min-width: 20px;
        padding: 0 6px;
        border-radius: 10px;
        background: var(--cm-surface-3);
        color: var(--cm-text-2);
        font-size: 11px;
        font-style: normal;
        line-height: 18px;
        text-align: center;
      }
    `,
  ];

  constructor() {
    super();
    this.tabs = [];
    this.active = '';
    this.label = '';
  }

  override render() {
    return html`
      <div class="tabs" role="tablist" aria-label=${this.label || nothing} @keydown=${this.#onKey}>
        ${this.tabs.map(
          (tab) => html`<button
            type="button"
            role="tab"
            id="t-${tab.id}"
            aria-controls="panel"
            aria-selected=${String(tab.id === this.active)}
            tabindex=${tab.id === this.active ? 0 : -1}
            @click=${() => this.fire('cm-tab', { id: tab.id })}
          >
            ${tab.label}${tab.count === undefined ? nothing : html`<i class="num">${tab.count}</i>`}
          </button>`,
        )}
      </div>
      <div role="tabpanel" id="panel" aria-labelledby="t-${this.active}"><slot></slot></div>
    `;
  }

  #onKey(event: KeyboardEvent): void {
    const at = this.tabs.findIndex((tab) => tab.id === this.active);
    const last = this.tabs.length - 1;
    const to = {
      ArrowRight: at === last ? 0 : at + 1,
      ArrowLeft: at <= 0 ? last : at - 1,
      Home: 0,
      End: last,
    }[event.key];
    const tab = to === undefined ? undefined : this.tabs[to];
    if (tab === undefined) return;
    event.preventDefault();
    this.fire('cm-tab', { id: tab.id });
    this.renderRoot.querySelector<HTMLElement>(`#t-${tab.id}`)?.focus();
  }
}

define('cm-tabs', CmTabs);
