import { css, LitElement, svg } from 'lit';
import { define } from '../element/element.ts';
import { type IconName, icons } from './icons.ts';

/**
 * An icon. Decorative by itself: the name for screen readers belongs to what carries it.
 * @attr name - one of `icons.ts`
 */
export class CmIcon extends LitElement {
  declare name: IconName;
  static override properties = { name: {} };
  static override styles = css`
    :host {
      display: inline-flex;
      width: 1.25em;
      height: 1.25em;
      flex: none;
      vertical-align: -0.25em;
    }
    svg {
      width: 100%;
      height: 100%;
      fill: none;
      stroke: currentcolor;
      stroke-width: 1.7;
      stroke-linecap: round;
      stroke-linejoin: round;
    }
  `;

  override render() {
    return svg`<svg viewBox="0 0 24 24" aria-hidden="true" focusable="false"><path d=${icons[this.name] ?? ''}></path></svg>`;
  }
}

define('cm-icon', CmIcon);
