import { css, html, nothing } from 'lit';
import { live } from 'lit/directives/live.js';
import { msg } from '../../state/language.ts';
import { base } from '../../tokens/base.styles.ts';
import { CmElement, define } from '../element/element.ts';
import '../icon/icon.element.ts';
import type { IconName } from '../icon/icons.ts';
import { cleanScan } from './scan.ts';

/**
 * A search field. Waits for a pause in typing; Enter searches at once. What a scanner types is freed of its prefix and
 * control characters, full-width characters of an input method become plain ones.
 * @attr value, placeholder, label
 * @attr icon - `search` or `scan`
 * @attr big - taller, for the one search of a page
 * @attr manual - searches on Enter only
 * @fires cm-search - `{ value }`
 */
export class CmSearch extends CmElement {
  declare value: string;
  declare placeholder: string;
  declare label: string;
  declare icon: IconName;
  declare big: boolean;
  declare manual: boolean;
  declare shortcut: string;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #composing = false;
  static override shadowRootOptions: ShadowRootInit = { mode: 'open', delegatesFocus: true };
  static override properties = {
    value: {},
    placeholder: {},
    label: {},
    icon: {},
    big: { type: Boolean, reflect: true },
    manual: { type: Boolean },
    shortcut: {},
  };
  static override styles = [
    base,
    css`
      :host {
        display: block;
        min-width: 0;
      }
      .box {
        position: relative;
        display: flex;
        align-items: center;
      }
      cm-icon {
        position: absolute;
        left: 11px;
        color: var(--cm-text-3);
        pointer-events: none;
      }
      input {
        width: 100%;
        height: var(--cm-control);
        padding: 0 36px 0 37px;
        border: 1px solid var(--cm-line-strong);
        border-radius: var(--cm-radius-m);
        background: var(--cm-surface);
        transition: border-color var(--cm-fast), box-shadow var(--cm-fast);
      }
      :host([big]) input {
        height: max(46px, var(--cm-control));
        font-size: var(--cm-size-l);
        padding-left: 44px;
      }
      :host([big]) cm-icon {
        left: 14px;
        width: 20px;
        height: 20px;
      }
      input:focus {
        outline: none;
        border-color: var(--cm-focus);
        box-shadow: 0 0 0 3px color-mix(in srgb, var(--cm-focus) 22%, transparent);
      }
      input::placeholder {
        color: var(--cm-text-3);
        opacity: 0.9;
      }
      input::-webkit-search-cancel-button {
        display: none;
      }
      button,
      kbd {
        position: absolute;
        right: 6px;
        border: 0;
        background: none;
      }
      button {
        display: grid;
        place-items: center;
        width: 30px;
        height: 30px;
        border-radius: var(--cm-radius-s);
        color: var(--cm-text-3);
        cursor: pointer;
      }
      button cm-icon {
        position: static;
        width: 16px;
        height: 16px;
      }
      kbd {
        right: 10px;
        padding: 0 6px;
        border: 1px solid var(--cm-line);
        border-radius: 4px;
        color: var(--cm-text-3);
        font: 11px/18px var(--cm-mono);
        pointer-events: none;
      }
    `,
  ];

  constructor() {
    super();
    this.value = '';
    this.placeholder = '';
    this.label = '';
    this.icon = 'search';
    this.big = false;
    this.manual = false;
    this.shortcut = '';
  }

  override render() {
    return html`<div class="box" role="search">
      <cm-icon name=${this.icon}></cm-icon>
      <input
        type="search"
        enterkeyhint="search"
        autocomplete="off"
        spellcheck="false"
        maxlength="100"
        placeholder=${this.placeholder}
        aria-label=${this.label || this.placeholder || nothing}
        .value=${live(this.value)}
        @input=${this.#onInput}
        @compositionstart=${() => (this.#composing = true)}
        @compositionend=${this.#onComposed}
        @keydown=${this.#onKey}
      />
      ${
        this.value
          ? html`<button type="button" aria-label=${msg('清除', 'Clear')} @click=${() => this.#send('')}>
              <cm-icon name="close"></cm-icon>
            </button>`
          : this.shortcut
            ? html`<kbd aria-hidden="true">${this.shortcut}</kbd>`
            : nothing
      }
    </div>`;
  }

  #onInput(event: Event): void {
    this.value = (event.target as HTMLInputElement).value;
    clearTimeout(this.#timer);
    if (this.manual || this.#composing) return;
    this.#timer = setTimeout(() => this.#send(this.value), 280);
  }

  #onComposed(event: Event): void {
    this.#composing = false;
    this.#onInput(event);
  }

  #onKey(event: KeyboardEvent): void {
    if (event.key === 'Enter' && !event.isComposing) {
      event.preventDefault();
      this.#send(cleanScan(this.value));
    } else if (event.key === 'Escape' && this.value !== '') {
      event.preventDefault();
      this.#send('');
    }
  }

  #send(value: string): void {
    clearTimeout(this.#timer);
    this.value = value;
    this.fire('cm-search', { value: value.trim() });
  }
}

define('cm-search', CmSearch);
