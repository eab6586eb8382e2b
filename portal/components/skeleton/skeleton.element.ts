import { css, html } from 'lit';
import { base } from '../../tokens/base.styles.ts';
import { CmElement, define } from '../element/element.ts';

/**
 * Grey bars where content is on its way.
 * @attr lines - how many
 */
export class CmSkeleton extends CmElement {
  declare lines: number;
  static override properties = { lines: { type: Number } };
  static override styles = [
    base,
    css`
      :host {
        display: grid;
        gap: 12px;
        padding: var(--cm-space-5);
      }
      i {
        display: block;
        height: 14px;
        border-radius: 7px;
        background: var(--cm-surface-3);
        animation: breathe 1.4s ease-in-out infinite alternate;
      }
      i:nth-child(3n + 2) {
        width: 72%;
      }
      i:nth-child(3n) {
        width: 45%;
      }
      @keyframes breathe {
        to {
          opacity: 0.45;
        }
      }
      @media (prefers-reduced-motion: reduce) {
        i {
          animation: none;
        }
      }
    `,
  ];

  constructor() {
    super();
    this.lines = 4;
  }

  override render() {
    return html`${Array.from({ length: this.lines }, () => html`<i></i>`)}`;
  }
}

define('cm-skeleton', CmSkeleton);
