import { css, html } from 'lit';
import { styleMap } from 'lit/directives/style-map.js';
import { msg } from '../../state/language.ts';
import { base } from '../../tokens/base.styles.ts';
import { CmElement, define } from '../element/element.ts';
import { barsOf, type Span, weekDays } from './week-bars.ts';

/**
 * A week as seven lines of twenty-four hours, with spans as bars.
 * @prop spans - `{ days, from, to, label }[]`
 */
export class CmWeek extends CmElement {
  declare spans: readonly Span[];
  static override properties = { spans: { attribute: false } };
  static override styles = [
    base,
    css`
      :host {
        display: block;
      }
      .grid {
        display: grid;
        grid-template-columns: 44px minmax(0, 1fr);
        gap: 4px 8px;
        font-size: var(--cm-size-s);
      }
      .day {
        color: var(--cm-text-3);
        line-height: 26px;
      }
      .hours {
        display: flex;
        justify-content: space-between;
        color: var(--cm-text-3);
        font-size: var(--cm-size-xs);
        font-variant-numeric: tabular-nums;
      }
      .line {
        position: relative;
        border-radius: var(--cm-radius-s);
        background:
          repeating-linear-gradient(to right, var(--cm-line) 0 1px, transparent 1px 25%),
          var(--cm-surface-3);
      }
      .bar {
        position: absolute;
        height: 22px;
        margin-top: 2px;
        padding: 0 6px;
        overflow: hidden;
        border: 1px solid var(--cm-accent-line);
        border-radius: var(--cm-radius-s);
        background: var(--cm-accent-soft);
        color: var(--cm-accent);
        font-size: var(--cm-size-xs);
        line-height: 20px;
        text-overflow: ellipsis;
        white-space: nowrap;
      }
    `,
  ];

  constructor() {
    super();
    this.spans = [];
  }

  override render() {
    const words = [
      msg('周一', 'Mon'),
      msg('周二', 'Tue'),
      msg('周三', 'Wed'),
      msg('周四', 'Thu'),
      msg('周五', 'Fri'),
      msg('周六', 'Sat'),
      msg('周日', 'Sun'),
    ];
    return html`<div class="grid">
      <span></span>
      <div class="hours" aria-hidden="true">${['0', '6', '12', '18', '24'].map((h) => html`<span>${h}</span>`)}</div>
      ${weekDays.map((day, i) => {
        const bars = barsOf(this.spans, day);
        const rows = Math.max(1, ...bars.map((b) => b.row + 1));
        return html`<span class="day">${words[i]}</span>
          <div class="line" style=${styleMap({ height: `${rows * 26}px` })}>
            ${bars.map(
              (b) =>
                html`<span class="bar" title=${b.label} style=${styleMap({ left: `${b.left}%`, width: `${b.width}%`, top: `${b.row * 26}px` })}>${b.label}</span>`,
            )}
          </div>`;
      })}
    </div>`;
  }
}

define('cm-week', CmWeek);
