import { html, nothing } from 'lit';
import { live } from 'lit/directives/live.js';
import { define } from '../element/element.ts';
import { FieldBase } from './field-base.ts';

/**
 * One line of text.
 * @attr label, value, hint, error, required, disabled, placeholder
 * @attr type - `text`, `password`, `date`, `datetime-local`
 * @attr autocomplete - as of an input
 * @fires cm-input - `{ value }`
 * @fires cm-caps - `{ on }`, caps lock seen while typing
 */
export class CmField extends FieldBase {
  declare type: string;
  declare autocomplete: string;
  static override properties = { ...FieldBase.properties, type: {}, autocomplete: {} };

  constructor() {
    super();
    this.type = 'text';
    this.autocomplete = 'off';
  }

  override render() {
    return this.frame(html`<input
      id="c"
      type=${this.type}
      name=${this.name || nothing}
      autocomplete=${this.autocomplete as AutoFill}
      autocapitalize="off"
      spellcheck="false"
      placeholder=${this.placeholder || nothing}
      aria-invalid=${this.error ? 'true' : nothing}
      aria-describedby=${this.error || this.hint ? 'under' : nothing}
      aria-required=${this.required ? 'true' : nothing}
      ?disabled=${this.disabled}
      .value=${live(this.value)}
      @input=${(e: Event) => this.take((e.target as HTMLInputElement).value)}
      @keyup=${this.#caps}
      @mousedown=${this.#caps}
    />`);
  }

  #caps(event: KeyboardEvent | MouseEvent): void {
    this.fire('cm-caps', { on: event.getModifierState('CapsLock') });
  }
}

define('cm-field', CmField);
