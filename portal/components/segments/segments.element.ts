import { css, html, nothing } from 'lit';
import { msg } from '../../state/language.ts';
import { base } from '../../tokens/base.styles.ts';
import { CmElement, define } from '../element/element.ts';
import '../icon/icon.element.ts';
import { segmentName } from './segment-names.ts';

export interface SegmentView {
  readonly name: string;
  readonly raw: string;
  readonly fields: readonly { readonly position: string; readonly value: string; readonly null: boolean }[];
}

/**
 * Parsed HL7 v2 segments: a line each, opened to its fields with their positions.
 * @prop segments - as the API gives them
 */
export class CmSegments extends CmElement {
  declare segments: readonly SegmentView[];
  declare closed: ReadonlySet<number>;
  static override properties = { segments: { attribute: false }, closed: { state: true } };
  static override styles = [
    base,
    css`
      :host {
        display: block;
      }
      section {
        border-bottom: 1px solid var(--cm-line);
      }
      section:last-child {
        border-bottom: 0;
      }
      button {
        display: flex;
        align-items: center;
        gap: 8px;
        width: 100%;
        min-height: max(38px, calc(var(--cm-control) - 2px));
        padding: 4px 8px 4px 4px;
        border: 0;
        border-radius: var(--cm-radius-s);
        background: none;
        text-align: left;
        cursor: pointer;
      }
      button:hover {
        background: var(--cm-surface-3);
      }
      button cm-icon {
        width: 15px;
        height: 15px;
        color: var(--cm-text-3);
      }
      .tag {
        padding: 1px 7px;
        border-radius: 5px;
        background: var(--cm-accent-soft);
        color: var(--cm-accent);
        font: 600 12px/20px var(--cm-mono);
      }
      .what {
        color: var(--cm-text-2);
        font-size: var(--cm-size-s);
      }
      .count {
        margin-left: auto;
        color: var(--cm-text-3);
        font-size: var(--cm-size-xs);
      }
      table {
        width: 100%;
        margin: 0 0 10px;
        border-collapse: collapse;
        font-size: var(--cm-size-s);
      }
      td {
        padding: 3px 8px 3px 27px;
        vertical-align: top;
        overflow-wrap: anywhere;
      }
      td:first-child {
        width: 118px;
        color: var(--cm-text-3);
        font: 12px/20px var(--cm-mono);
      }
      td + td {
        padding-left: 4px;
      }
      tr.part td:first-child {
        padding-left: 41px;
      }
      tr:hover td {
        background: var(--cm-surface-2);
      }
      em {
        color: var(--cm-warn);
        font-style: normal;
        font-size: var(--cm-size-xs);
      }
    `,
  ];

  constructor() {
    super();
    this.segments = [];
    this.closed = new Set();
  }

  override render() {
    return html`${this.segments.map((segment, i) => {
      const open = !this.closed.has(i);
      return html`<section>
        <button type="button" aria-expanded=${String(open)} @click=${() => this.#toggle(i)}>
          <cm-icon name=${open ? 'down' : 'right'}></cm-icon>
          <span class="tag">${segment.name}</span>
          <span class="what">${segmentName(segment.name)}</span>
          <span class="count">${msg(`${segment.fields.length} 项`, `${segment.fields.length} values`)}</span>
        </button>
        ${
          open
            ? html`<table>
                ${segment.fields.map(
                  (field) => html`<tr class=${field.position.includes('.') ? 'part' : nothing}>
                    <td>${field.position}</td>
                    <td>
                      ${field.null ? html`<em>${msg('明确清空 ""', 'cleared on purpose ""')}</em>` : field.value}
                    </td>
                  </tr>`,
                )}
              </table>`
            : nothing
        }
      </section>`;
    })}`;
  }

  #toggle(index: number): void {
    const closed = new Set(this.closed);
    if (!closed.delete(index)) closed.add(index);
    this.closed = closed;
  }
}

define('cm-segments', CmSegments);
