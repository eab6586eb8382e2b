import { css, html, nothing } from 'lit';
import type { Tone } from '../../api/meta.ts';
import { number } from '../../state/time.ts';
import { base } from '../../tokens/base.styles.ts';
import { tones } from '../badge/badge.styles.ts';
import { CmElement, define } from '../element/element.ts';

export interface Chip {
  readonly id: string;
  readonly label: string;
  readonly count?: number | undefined;
  readonly tone?: Tone;
}

/**
 * A row of filters, one of which holds.
 * @prop chips - `{ id, label, count?, tone? }[]`
 * @attr active - id of the one that holds
 * @attr label - name for screen readers
 * @fires cm-chip - `{ id }`
 */
export class CmChips extends CmElement {
  declare chips: readonly Chip[];
  declare active: string;
  declare label: string;
  static override properties = { chips: { attribute: false }, active: {}, label: {} };
  static override styles = [
    base,
    tones,
    css`
      :host {
        display: block;
        min-width: 0;
      }
      div {
        display: flex;
        flex-wrap: wrap;
        gap: 6px;
      }
      button {
        display: inline-flex;
        align-items: center;
        gap: 7px;
        min-height: max(32px, calc(var(--cm-control) - 2px));
        padding: 0 12px;
        border: 1px solid var(--cm-line);
        border-radius: var(--cm-radius-pill);
        background: var(--cm-surface);
        color: var(--cm-text-2);
        font-size: var(--cm-size-s);
        font-weight: 550;
        white-space: nowrap;
        cursor: pointer;
        transition: background var(--cm-fast), border-color var(--cm-fast);
      }
      button:hover {
        border-color: var(--cm-line-strong);
        color: var(--cm-text);
      }
      button[aria-pressed='true'] {
        border-color: var(--cm-accent);
        background: var(--cm-accent);
        color: var(--cm-on-accent);
      }
      i {
        min-width: 20px;
        padding: 0 6px;
        border-radius: 10px;
        background: var(--soft, var(--cm-surface-3));
        color: var(--ink, var(--cm-text-2));
        font-size: 11px;
        font-style: normal;
        line-height: 18px;
        text-align: center;
        font-variant-numeric: tabular-nums;
      }
      @media (max-width: 700px) {
        div {
          flex-wrap: nowrap;
          overflow-x: auto;
          scrollbar-width: none;
          margin: 0 -4px;
          padding: 2px 4px;
        }
      }
    `,
  ];

  constructor() {
    super();
    this.chips = [];
    this.active = '';
    this.label = '';
  }

  override render() {
    return html`<div role="group" aria-label=${this.label || nothing}>
      ${this.chips.map(
        (chip) => html`<button
          type="button"
          aria-pressed=${String(chip.id === this.active)}
          @click=${() => this.fire('cm-chip', { id: chip.id })}
        >
          ${chip.label}
          ${chip.count === undefined ? nothing : html`<i class=${chip.count > 0 ? (chip.tone ?? '') : ''}>${number(chip.count)}</i>`}
        </button>`,
      )}
    </div>`;
  }
}

define('cm-chips', CmChips);
