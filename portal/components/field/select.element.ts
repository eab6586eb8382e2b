import { html, nothing } from 'lit';
import { live } from 'lit/directives/live.js';
import { define } from '../element/element.ts';
import '../icon/icon.element.ts';
import { FieldBase } from './field-base.ts';

export interface Option {
  readonly value: string;
  readonly label: string;
}

/**
 * One of a list.
 * @attr label, value, hint, error, required, disabled
 * @attr name-text - name for screen readers where there is no label
 * @prop options - `{ value, label }[]`
 * @fires cm-input - `{ value }`
 */
export class CmSelect extends FieldBase {
  declare options: readonly Option[];
  declare nameText: string;
  static override properties = {
    ...FieldBase.properties,
    options: { attribute: false },
    nameText: { attribute: 'name-text' },
  };

  constructor() {
    super();
    this.options = [];
    this.nameText = '';
  }

  override render() {
    return this.frame(html`<select
        id="c"
        aria-label=${this.label ? nothing : this.nameText || nothing}
        aria-invalid=${this.error ? 'true' : nothing}
        ?disabled=${this.disabled}
        .value=${live(this.value)}
        @change=${(e: Event) => this.take((e.target as HTMLSelectElement).value)}
      >
        ${this.options.map((o) => html`<option value=${o.value} ?selected=${o.value === this.value}>${o.label}</option>`)}
      </select>
      <cm-icon class="arrow" name="down"></cm-icon>`);
  }
}

define('cm-select', CmSelect);
