import { css, html, nothing } from 'lit';
import { type ApiFault, faultText } from '../../api/fault.ts';
import { language, msg } from '../../state/language.ts';
import { base } from '../../tokens/base.styles.ts';
import { tones } from '../badge/badge.styles.ts';
import '../button/button.element.ts';
import { CmElement, define } from '../element/element.ts';
import '../icon/icon.element.ts';
import type { IconName } from '../icon/icons.ts';

const iconOf: Record<string, IconName> = {
  info: 'info',
  good: 'check',
  warn: 'alert',
  bad: 'alert',
  neutral: 'info',
};

/**
 * A word that stays on the page: an error with its request id, a hint, a warning.
 * @attr tone - neutral, info, good, warn, bad
 * @attr heading - first line
 * @prop fault - shown in the language of the page; offers another try (`cm-retry`)
 * @slot - more
 */
export class CmNotice extends CmElement {
  declare tone: string;
  declare heading: string;
  declare fault: ApiFault | undefined;
  declare retry: boolean;
  static override properties = {
    tone: {},
    heading: {},
    fault: { attribute: false },
    retry: { type: Boolean },
  };
  static override styles = [
    base,
    tones,
    css`
      :host {
        display: block;
      }
      div.box {
        display: flex;
        align-items: flex-start;
        gap: 10px;
        padding: 10px 14px;
        border: 1px solid var(--line);
        border-radius: var(--cm-radius-m);
        background: var(--soft);
        color: var(--cm-text);
      }
      cm-icon {
        color: var(--ink);
        margin-top: 1px;
      }
      .words {
        flex: 1;
        min-width: 0;
        overflow-wrap: anywhere;
      }
      b {
        font-weight: 600;
      }
      small {
        display: block;
        color: var(--cm-text-3);
        font-size: var(--cm-size-xs);
      }
    `,
  ];

  constructor() {
    super();
    this.tone = 'info';
    this.heading = '';
    this.retry = false;
  }

  override render() {
    const { fault } = this;
    const tone = fault === undefined ? this.tone : 'bad';
    return html`<div class="box ${tone}" role=${tone === 'bad' ? 'alert' : 'status'}>
      <cm-icon name=${iconOf[tone] ?? 'info'}></cm-icon>
      <div class="words">
        ${fault ? html`<b>${faultText(fault, language.value)}</b>` : this.heading ? html`<b>${this.heading}</b>` : nothing}
        ${
          fault
            ? html`<small class="mono"
                >${fault.code}${fault.requestId ? ` · ${msg('请求编号', 'request')} ${fault.requestId}` : ''}</small
              >`
            : nothing
        }
        <slot></slot>
      </div>
      ${
        fault && this.retry
          ? html`<cm-button small icon="refresh" @click=${() => this.fire('cm-retry')}>${msg('重试', 'Try again')}</cm-button>`
          : nothing
      }
    </div>`;
  }
}

define('cm-notice', CmNotice);
