import { css, html, nothing, type TemplateResult } from 'lit';
import type { Tone } from '../../api/meta.ts';
import { base } from '../../tokens/base.styles.ts';
import { tones } from '../badge/badge.styles.ts';
import { CmElement, define } from '../element/element.ts';
import '../icon/icon.element.ts';
import type { IconName } from '../icon/icons.ts';
import '../time/time.element.ts';

export interface TimelineEntry {
  readonly at: string;
  readonly tone: Tone;
  readonly icon: IconName;
  readonly title: string | TemplateResult;
  readonly detail?: string | TemplateResult | undefined;
  /** Small words after the time: who, which channel. */
  readonly by?: string | undefined;
  readonly onOpen?: (() => void) | undefined;
}

/**
 * What happened, as one axis of time; entries that can be opened are buttons.
 * @prop entries - in the order shown
 * @attr label - name for screen readers
 */
export class CmTimeline extends CmElement {
  declare entries: readonly TimelineEntry[];
  declare label: string;
  static override properties = { entries: { attribute: false }, label: {} };
  static override styles = [
    base,
    tones,
    css`
      ol {
        margin: 0;
        padding: 0;
        list-style: none;
      }
      li {
        position: relative;
        display: grid;
        grid-template-columns: 32px minmax(0, 1fr);
        gap: 12px;
        padding-bottom: 14px;
      }
      li::before {
        content: '';
        position: absolute;
        left: 15px;
        top: 32px;
        bottom: 0;
        width: 2px;
        background: var(--cm-line);
      }
      li:last-child {
        padding-bottom: 0;
      }
      li:last-child::before {
        content: none;
      }
      .dot {
        display: grid;
        place-items: center;
        width: 32px;
        height: 32px;
        border: 1px solid var(--line);
        border-radius: 50%;
        background: var(--soft);
        color: var(--ink);
      }
      .dot cm-icon {
        width: 16px;
        height: 16px;
      }
      .what {
        display: block;
        width: 100%;
        padding: 4px 0 0;
        border: 0;
        background: none;
        text-align: left;
      }
      button.what {
        margin: -4px -8px;
        padding: 8px;
        width: calc(100% + 16px);
        border-radius: var(--cm-radius-m);
        cursor: pointer;
      }
      button.what:hover {
        background: var(--cm-surface-3);
      }
      .title {
        display: flex;
        align-items: center;
        flex-wrap: wrap;
        gap: 4px 8px;
        font-weight: 600;
      }
      .when {
        display: flex;
        flex-wrap: wrap;
        gap: 0 8px;
        color: var(--cm-text-3);
        font-size: var(--cm-size-xs);
      }
      .detail {
        margin-top: 3px;
        color: var(--cm-text-2);
        font-size: var(--cm-size-s);
        overflow-wrap: anywhere;
      }
    `,
  ];

  constructor() {
    super();
    this.entries = [];
    this.label = '';
  }

  override render() {
    return html`<ol aria-label=${this.label || nothing}>
      ${this.entries.map((entry) => {
        const inner = html`<span class="title">${entry.title}</span>
          <span class="when"
            ><cm-time mode="both" value=${entry.at} ms></cm-time>${entry.by ? html`<span>· ${entry.by}</span>` : nothing}</span
          >
          ${entry.detail ? html`<div class="detail">${entry.detail}</div>` : nothing}`;
        return html`<li>
          <span class="dot ${entry.tone}"><cm-icon name=${entry.icon}></cm-icon></span>
          ${
            entry.onOpen
              ? html`<button type="button" class="what" @click=${entry.onOpen}>${inner}</button>`
              : html`<div class="what">${inner}</div>`
          }
        </li>`;
      })}
    </ol>`;
  }
}

define('cm-timeline', CmTimeline);
