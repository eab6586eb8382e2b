import { css, html, svg } from 'lit';
import { CmElement, define } from '../element/element.ts';
import { sparkPath } from './spark-path.ts';

/**
 * A small line of the last values of a rate.
 * @prop values - oldest first
 * @attr label - name for screen readers
 */
export class CmSpark extends CmElement {
  declare values: readonly number[];
  declare label: string;
  static override properties = { values: { attribute: false }, label: {} };
  static override styles = css`
    :host {
      display: inline-block;
      width: 112px;
      height: 28px;
      vertical-align: middle;
    }
    svg {
      display: block;
      width: 100%;
      height: 100%;
      overflow: visible;
    }
    .line {
      fill: none;
      stroke: var(--cm-accent);
      stroke-width: 1.5;
      stroke-linejoin: round;
      vector-effect: non-scaling-stroke;
    }
    .area {
      fill: var(--cm-accent-soft);
    }
    .zero {
      stroke: var(--cm-line-strong);
      stroke-dasharray: 2 3;
    }
  `;

  constructor() {
    super();
    this.values = [];
    this.label = '';
  }

  override render() {
    const { line, area } = sparkPath(this.values, 112, 28);
    return html`<svg viewBox="0 0 112 28" preserveAspectRatio="none" role="img" aria-label=${this.label}>
      ${svg`<path class="area" d=${area}></path><path class="zero" d="M0 27.5H112"></path><path class="line" d=${line}></path>`}
    </svg>`;
  }
}

define('cm-spark', CmSpark);
