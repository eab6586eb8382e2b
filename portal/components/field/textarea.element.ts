import { html, nothing } from 'lit';
import { live } from 'lit/directives/live.js';
import { define } from '../element/element.ts';
import { FieldBase } from './field-base.ts';

/**
 * Text of several lines.
 * @attr label, value, hint, error, required, disabled, placeholder
 * @attr rows - height in lines
 * @attr mono - fixed width, no wrapping
 * @fires cm-input - `{ value }`
 */
export class CmTextarea extends FieldBase {
  declare rows: number;
  declare mono: boolean;
  static override properties = { ...FieldBase.properties, rows: { type: Number }, mono: { type: Boolean } };

  constructor() {
    super();
    this.rows = 3;
    this.mono = false;
  }

  override render() {
    return this.frame(html`<textarea
      id="c"
      class=${this.mono ? 'mono' : ''}
      rows=${this.rows}
      spellcheck="false"
      placeholder=${this.placeholder || nothing}
      aria-invalid=${this.error ? 'true' : nothing}
      aria-describedby=${this.error || this.hint ? 'under' : nothing}
      aria-required=${this.required ? 'true' : nothing}
      ?disabled=${this.disabled}
      .value=${live(this.value)}
      @input=${(e: Event) => this.take((e.target as HTMLTextAreaElement).value)}
    ></textarea>`);
  }
}

define('cm-textarea', CmTextarea);
