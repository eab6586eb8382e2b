import { html, nothing, type PropertyValues } from 'lit';
import { msg } from '../../state/language.ts';
import { base } from '../../tokens/base.styles.ts';
import '../button/button.element.ts';
import { CmElement, define } from '../element/element.ts';
import '../icon/icon.element.ts';
import type { IconName } from '../icon/icons.ts';
import { styles } from './dialog.styles.ts';

/**
 * A modal dialog over the browser's own: focus stays inside, Escape closes, focus returns to where it was.
 * @attr open, heading, icon, danger
 * @attr locked - cannot be closed but by its buttons
 * @attr width - CSS width
 * @slot - the content
 * @slot actions - the buttons
 * @fires cm-close - closed by Escape or the cross
 */
export class CmDialog extends CmElement {
  declare open: boolean;
  declare heading: string;
  declare icon: IconName | '';
  declare danger: boolean;
  declare locked: boolean;
  declare width: string;
  static override properties = {
    open: { type: Boolean },
    heading: {},
    icon: {},
    danger: { type: Boolean },
    locked: { type: Boolean },
    width: {},
  };
  static override styles = [base, styles];

  constructor() {
    super();
    this.open = false;
    this.heading = '';
    this.icon = '';
    this.danger = false;
    this.locked = false;
    this.width = '';
  }

  protected override updated(changed: PropertyValues): void {
    if (!changed.has('open')) return;
    const dialog = this.renderRoot.querySelector('dialog');
    if (this.open && !dialog?.open) dialog?.showModal();
    else if (!this.open && dialog?.open) dialog.close();
  }

  override render() {
    return html`<dialog
      aria-labelledby="h"
      style=${this.width ? `--cm-dialog-width:${this.width}` : nothing}
      @cancel=${(event: Event) => {
        event.preventDefault();
        if (!this.locked) this.fire('cm-close');
      }}
    >
      <header>
        ${this.icon ? html`<span class="mark ${this.danger ? 'danger' : ''}"><cm-icon name=${this.icon}></cm-icon></span>` : nothing}
        <h2 id="h">${this.heading}</h2>
        ${
          this.locked
            ? nothing
            : html`<cm-button
                variant="ghost"
                icon="close"
                label=${msg('关闭', 'Close')}
                @click=${() => this.fire('cm-close')}
              ></cm-button>`
        }
      </header>
      <div class="body"><slot></slot></div>
      <footer><slot name="actions"></slot></footer>
    </dialog>`;
  }
}

define('cm-dialog', CmDialog);
