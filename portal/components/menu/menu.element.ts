import { css, html, nothing } from 'lit';
import { base } from '../../tokens/base.styles.ts';
import { CmElement, define } from '../element/element.ts';
import '../icon/icon.element.ts';
import type { IconName } from '../icon/icons.ts';

export interface MenuItem {
  readonly id: string;
  readonly label: string;
  readonly note?: string;
  readonly icon?: IconName;
  readonly checked?: boolean;
  readonly danger?: boolean;
}

/**
 * A button with a menu. Arrow keys move, Escape closes.
 * @prop items - `{ id, label, note?, icon?, checked?, danger? }[]`
 * @attr label - name of the button
 * @attr text - visible text of the button
 * @attr icon - icon of the button
 * @attr compact - the text gives way to the icon in narrow places
 * @slot head - above the items
 * @fires cm-pick - `{ id }`
 */
export class CmMenu extends CmElement {
  declare items: readonly MenuItem[];
  declare label: string;
  declare text: string;
  declare icon: IconName | '';
  declare open: boolean;
  declare compact: boolean;
  static override properties = {
    items: { attribute: false },
    label: {},
    text: {},
    icon: {},
    open: { state: true },
    compact: { type: Boolean, reflect: true },
  };
  static override styles = [
    base,
    css`
      :host {
        position: relative;
        display: inline-flex;
        min-width: 0;
      }
      .press {
        display: inline-flex;
        align-items: center;
        gap: 7px;
        min-width: var(--cm-control);
        min-height: var(--cm-control);
        max-width: 100%;
        padding: 0 9px;
        border: 1px solid transparent;
        border-radius: var(--cm-radius-m);
        background: none;
        color: var(--cm-text-2);
        font-weight: 550;
        white-space: nowrap;
        cursor: pointer;
      }
      .press:hover,
      .press[aria-expanded='true'] {
        background: var(--cm-surface-3);
        color: var(--cm-text);
      }
      .press span {
        overflow: hidden;
        text-overflow: ellipsis;
      }
      .press .arrow {
        width: 14px;
        height: 14px;
      }
      @media (max-width: 1100px) {
        :host([compact]) .press span,
        :host([compact]) .press .arrow {
          display: none;
        }
        :host([compact]) .press {
          justify-content: center;
          padding: 0;
        }
      }
      .list {
        position: absolute;
        z-index: 50;
        top: calc(100% + 6px);
        right: 0;
        min-width: 220px;
        max-width: min(340px, calc(100vw - 24px));
        padding: 6px;
        border: 1px solid var(--cm-line);
        border-radius: var(--cm-radius-m);
        background: var(--cm-surface);
        box-shadow: var(--cm-shadow-2);
        animation: drop var(--cm-fast) var(--cm-ease);
      }
      @keyframes drop {
        from {
          opacity: 0;
          transform: translateY(-4px);
        }
      }
      .list button {
        display: flex;
        align-items: center;
        gap: 10px;
        width: 100%;
        min-height: max(38px, var(--cm-control));
        padding: 4px 10px;
        border: 0;
        border-radius: var(--cm-radius-s);
        background: none;
        text-align: left;
        cursor: pointer;
      }
      .list button:hover,
      .list button:focus-visible {
        background: var(--cm-surface-3);
        outline: none;
      }
      .list .words {
        flex: 1;
        min-width: 0;
      }
      .list small {
        display: block;
        color: var(--cm-text-3);
        font-size: var(--cm-size-xs);
      }
      .danger {
        color: var(--cm-bad);
      }
      .list cm-icon {
        color: var(--cm-text-3);
      }
      .list cm-icon.on {
        color: var(--cm-accent);
      }
    `,
  ];

  constructor() {
    super();
    this.items = [];
    this.label = '';
    this.text = '';
    this.icon = '';
    this.open = false;
    this.compact = false;
  }

  readonly #outside = (event: Event) => {
    if (!event.composedPath().includes(this)) this.#close(false);
  };

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#close(false);
  }

  async #toggle(): Promise<void> {
    if (this.open) return this.#close(true);
    this.open = true;
    document.addEventListener('pointerdown', this.#outside, true);
    await this.updateComplete;
    const first =
      this.renderRoot.querySelector<HTMLElement>('[aria-checked="true"]') ??
      this.renderRoot.querySelector<HTMLElement>('.list button');
    first?.focus();
  }

  #close(back: boolean): void {
    this.open = false;
    document.removeEventListener('pointerdown', this.#outside, true);
    if (back) this.renderRoot.querySelector<HTMLElement>('.press')?.focus();
  }

  override render() {
    return html`<button
        type="button"
        class="press"
        aria-haspopup="menu"
        aria-expanded=${String(this.open)}
        aria-label=${this.label}
        title=${this.label}
        @click=${() => void this.#toggle()}
      >
        ${this.icon ? html`<cm-icon name=${this.icon}></cm-icon>` : nothing}
        ${this.text ? html`<span>${this.text}</span><cm-icon class="arrow" name="down"></cm-icon>` : nothing}
      </button>
      ${
        this.open
          ? html`<div class="list" @keydown=${this.#onKey}>
              <slot name="head"></slot>
              <div role="menu" aria-label=${this.label}>${this.items.map((item) => this.#item(item))}</div>
            </div>`
          : nothing
      }`;
  }

  #item(item: MenuItem) {
    return html`<button
      type="button"
      role=${item.checked === undefined ? 'menuitem' : 'menuitemradio'}
      aria-checked=${item.checked === undefined ? nothing : String(item.checked)}
      class=${item.danger ? 'danger' : ''}
      @click=${() => {
        this.#close(true);
        this.fire('cm-pick', { id: item.id });
      }}
    >
      ${item.icon ? html`<cm-icon name=${item.icon}></cm-icon>` : nothing}
      <span class="words">${item.label}${item.note ? html`<small>${item.note}</small>` : nothing}</span>
      ${item.checked ? html`<cm-icon class="on" name="check"></cm-icon>` : nothing}
    </button>`;
  }

  #onKey(event: KeyboardEvent): void {
    const buttons = [...this.renderRoot.querySelectorAll<HTMLElement>('.list button')];
    const at = buttons.indexOf((this.renderRoot as ShadowRoot).activeElement as HTMLElement);
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined) {
      event.preventDefault();
      buttons[(at + step + buttons.length) % buttons.length]?.focus();
    } else if (event.key === 'Escape' || event.key === 'Tab') {
      event.stopPropagation();
      this.#close(true);
    }
  }
}

define('cm-menu', CmMenu);
