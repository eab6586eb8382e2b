import { html, nothing } from 'lit';
import { base } from '../../tokens/base.styles.ts';
import { CmElement } from '../element/element.ts';
import { styles } from './field.styles.ts';

/** What all fields share: label, hint, error, value and the event `cm-input` with `{ value }`. */
export abstract class FieldBase extends CmElement {
  declare label: string;
  declare name: string;
  declare value: string;
  declare hint: string;
  declare error: string;
  declare required: boolean;
  declare disabled: boolean;
  declare placeholder: string;
  static override shadowRootOptions: ShadowRootInit = { mode: 'open', delegatesFocus: true };
  static override properties = {
    label: {},
    name: {},
    value: {},
    hint: {},
    error: {},
    required: { type: Boolean },
    disabled: { type: Boolean },
    placeholder: {},
  };
  static override styles = [base, styles];

  constructor() {
    super();
    this.label = '';
    this.name = '';
    this.value = '';
    this.hint = '';
    this.error = '';
    this.required = false;
    this.disabled = false;
    this.placeholder = '';
  }

  protected take(value: string): void {
    this.value = value;
    this.fire('cm-input', { value });
  }

  protected frame(control: unknown) {
    const under = this.error || this.hint;
    return html`
      ${this.label ? html`<label for="c">${this.label}${this.required ? html`<span class="need" aria-hidden="true">*</span>` : nothing}</label>` : nothing}
      <div class="box">${control}</div>
      ${under ? html`<p id="under" class=${this.error ? 'wrong' : ''} role=${this.error ? 'alert' : nothing}>${under}</p>` : nothing}
    `;
  }
}
