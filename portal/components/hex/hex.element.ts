import { css, html, nothing } from 'lit';
import { msg } from '../../state/language.ts';
import { number } from '../../state/time.ts';
import { base } from '../../tokens/base.styles.ts';
import '../button/button.element.ts';
import { CmElement, define } from '../element/element.ts';
import { fromBase64, hexRows } from './hex-rows.ts';

const step = 128;
/** Pixels that 16 bytes need beside their text. */
const roomFor16 = 500;

/**
 * Bytes: offset, hexadecimal, decoded. A character of two or four bytes stands where it begins.
 * @attr base64 - the bytes
 * @attr charset - as the hub names it
 */
export class CmHex extends CmElement {
  declare base64: string;
  declare charset: string;
  declare shown: number;
  declare perLine: number;
  readonly #size = new ResizeObserver(() => {
    this.perLine = this.clientWidth > 0 && this.clientWidth < roomFor16 ? 8 : 16;
  });
  static override properties = { base64: {}, charset: {}, shown: { state: true }, perLine: { state: true } };
  static override styles = [
    base,
    css`
      :host {
        display: block;
        overflow: auto;
        font: 11.5px/1.7 var(--cm-mono);
      }
      table {
        border-collapse: collapse;
      }
      td {
        padding: 0 10px 0 0;
        white-space: pre;
        vertical-align: top;
      }
      .at {
        color: var(--cm-text-3);
        user-select: none;
      }
      .hex i {
        font-style: normal;
      }
      .hex i:nth-child(8) {
        margin-right: 8px;
      }
      .dim {
        color: var(--cm-text-3);
      }
      .wide {
        color: var(--cm-accent);
      }
      .ctl {
        color: var(--cm-warn);
      }
      cm-button {
        margin-top: 8px;
      }
    `,
  ];

  constructor() {
    super();
    this.base64 = '';
    this.charset = 'UTF-8';
    this.shown = step;
    this.perLine = 16;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#size.observe(this);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#size.disconnect();
  }

  override render() {
    const bytes = fromBase64(this.base64);
    const rows = hexRows(bytes, this.charset, this.perLine);
    return html`<table role="presentation">
        ${rows.slice(0, this.shown).map(
          (row) => html`<tr>
            <td class="at">${row.offset}</td>
            <td class="hex">${row.hex.map((h, i) => html`<i class=${this.#tone(row.text[i])}>${h} </i>`)}</td>
            <td>${row.text.map((cell) => html`<span class=${cell.control ? 'ctl' : nothing}>${cell.char}</span>`)}</td>
          </tr>`,
        )}
      </table>
      ${
        rows.length > this.shown
          ? html`<cm-button small @click=${() => (this.shown += step * 8)}
              >${msg(`再显示（共 ${number(bytes.length)} 字节）`, `Show more of ${number(bytes.length)} bytes`)}</cm-button
            >`
          : nothing
      }`;
  }

  #tone(cell: { char: string; control: boolean } | undefined): string {
    if (cell === undefined || cell.control) return 'ctl';
    return cell.char === '' || cell.char.charCodeAt(0) > 127 ? 'wide' : '';
  }
}

define('cm-hex', CmHex);
