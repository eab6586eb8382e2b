import { html, nothing } from 'lit';
import { base } from '../../tokens/base.styles.ts';
import { CmElement, define } from '../element/element.ts';
import '../icon/icon.element.ts';
import type { IconName } from '../icon/icons.ts';
import { styles } from './button.styles.ts';

/**
 * A button.
 * @attr variant - `primary`, `danger`, `danger-solid`, `ghost`; default is plain
 * @attr icon - icon before the text
 * @attr label - name for screen readers and hover text; with it and no content the button is an icon only
 * @attr busy - shows a spinner and refuses presses
 * @slot - the text
 */
export class CmButton extends CmElement {
  declare variant: string;
  declare icon: IconName | '';
  declare label: string;
  declare disabled: boolean;
  declare busy: boolean;
  declare small: boolean;
  declare expanded: boolean | undefined;
  static override shadowRootOptions: ShadowRootInit = { mode: 'open', delegatesFocus: true };
  static override properties = {
    variant: {},
    icon: {},
    label: {},
    disabled: { type: Boolean, reflect: true },
    busy: { type: Boolean },
    small: { type: Boolean, reflect: true },
    expanded: { attribute: false },
  };
  static override styles = [base, styles];

  constructor() {
    super();
    this.variant = '';
    this.icon = '';
    this.label = '';
    this.disabled = false;
    this.busy = false;
    this.small = false;
  }

  override render() {
    const only = this.label !== '' && this.textContent?.trim() === '';
    return html`<button
      type="button"
      class="${this.variant} ${only ? 'only' : ''}"
      ?disabled=${this.disabled || this.busy}
      title=${this.label || nothing}
      aria-label=${this.label || nothing}
      aria-busy=${this.busy ? 'true' : nothing}
      aria-expanded=${this.expanded === undefined ? nothing : String(this.expanded)}
    >
      ${this.busy ? html`<span class="spin"></span>` : this.icon ? html`<cm-icon name=${this.icon}></cm-icon>` : nothing}
      <slot></slot>
    </button>`;
  }
}

define('cm-button', CmButton);
