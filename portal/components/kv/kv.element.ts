import { css, html, nothing } from 'lit';
import { base } from '../../tokens/base.styles.ts';
import { CmElement, define } from '../element/element.ts';
import type { Cell } from '../table/column.ts';
import '../time/time.element.ts';

export interface Fact {
  readonly label: string;
  readonly value: Cell;
  /** Over the whole width. */
  readonly wide?: boolean;
}

/**
 * Facts as a definition list, in as many columns as fit.
 * @prop items - `{ label, value, wide? }[]`
 * @attr dense - label beside the value
 */
export class CmKv extends CmElement {
  declare items: readonly Fact[];
  declare dense: boolean;
  static override properties = { items: { attribute: false }, dense: { type: Boolean, reflect: true } };
  static override styles = [
    base,
    css`
      dl {
        display: grid;
        grid-template-columns: repeat(auto-fill, minmax(min(170px, 46%), 1fr));
        gap: 14px 20px;
        margin: 0;
      }
      .wide {
        grid-column: 1 / -1;
      }
      dt {
        color: var(--cm-text-3);
        font-size: var(--cm-size-xs);
      }
      dd {
        margin: 1px 0 0;
        overflow-wrap: anywhere;
        font-variant-numeric: tabular-nums;
      }
      :host([dense]) dl {
        grid-template-columns: 1fr;
        gap: 7px;
      }
      :host([dense]) dl > div {
        display: grid;
        grid-template-columns: 104px minmax(0, 1fr);
        gap: 10px;
        align-items: baseline;
      }
      :host([dense]) dd {
        margin: 0;
      }
    `,
  ];

  constructor() {
    super();
    this.items = [];
    this.dense = false;
  }

  override render() {
    return html`<dl>
      ${this.items.map((item) => {
        const blank = item.value === '' || item.value === null || item.value === undefined;
        return html`<div class=${item.wide ? 'wide' : nothing}>
          <dt>${item.label}</dt>
          <dd>${blank ? html`<span class="muted">—</span>` : item.value}</dd>
        </div>`;
      })}
    </dl>`;
  }
}

define('cm-kv', CmKv);
