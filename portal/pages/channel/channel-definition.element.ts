import { css, html, nothing } from 'lit';
import type { Channel, ChannelVersion } from '../../api/client.generated.ts';
import '../../components/badge/badge.element.ts';
import { CmElement, define } from '../../components/element/element.ts';
import '../../components/json/json.element.ts';
import '../../components/time/time.element.ts';
import { msg } from '../../state/language.ts';
import { lineDiff } from '../../state/line-diff.ts';
import { base } from '../../tokens/base.styles.ts';

/**
 * The text of a channel and its versions; an older one is shown as the difference to the one in force.
 * @prop channel, versions
 */
export class CmChannelDefinition extends CmElement {
  declare channel: Channel | undefined;
  declare versions: readonly ChannelVersion[];
  declare chosen: number;
  static override properties = {
    channel: { attribute: false },
    versions: { attribute: false },
    chosen: { state: true },
  };
  static override styles = [
    base,
    css`
      :host {
        display: block;
        container-type: inline-size;
      }
      .two {
        display: grid;
        grid-template-columns: 232px minmax(0, 1fr);
      }
      ol {
        margin: 0;
        padding: 10px;
        border-right: 1px solid var(--cm-line);
        list-style: none;
      }
      button {
        display: block;
        width: 100%;
        min-height: 44px;
        margin-bottom: 2px;
        padding: 8px 12px;
        border: 0;
        border-radius: var(--cm-radius-m);
        background: none;
        text-align: left;
        cursor: pointer;
      }
      button:hover {
        background: var(--cm-surface-3);
      }
      button[aria-pressed='true'] {
        background: var(--cm-accent-soft);
      }
      button b {
        display: flex;
        align-items: center;
        gap: 8px;
        font-weight: 600;
      }
      button small {
        display: block;
        color: var(--cm-text-3);
        font-size: var(--cm-size-xs);
      }
      .text {
        min-width: 0;
        padding: 14px 16px;
        overflow: auto;
      }
      pre {
        margin: 0;
        font: 12.5px/1.7 var(--cm-mono);
      }
      pre span {
        display: block;
        padding: 0 8px;
      }
      .gone {
        background: var(--cm-bad-soft);
        color: var(--cm-bad);
      }
      .gone::before {
        content: '− ';
      }
      .new {
        background: var(--cm-good-soft);
        color: var(--cm-good);
      }
      .new::before {
        content: '+ ';
      }
      .same::before {
        content: '  ';
      }
      p {
        margin: 0 0 10px;
        color: var(--cm-text-3);
        font-size: var(--cm-size-s);
      }
      @container (max-width: 640px) {
        .two {
          grid-template-columns: 1fr;
        }
        ol {
          display: flex;
          border-right: 0;
          border-bottom: 1px solid var(--cm-line);
          overflow-x: auto;
        }
        ol button {
          white-space: nowrap;
        }
      }
    `,
  ];

  constructor() {
    super();
    this.versions = [];
    this.chosen = 0;
  }

  override render() {
    const { channel } = this;
    if (channel === undefined) return nothing;
    const shown = this.chosen || channel.published;
    const version = this.versions.find((v) => v.number === shown);
    return html`<div class="two">
      <ol aria-label=${msg('版本历史', 'Version history')}>
        ${this.versions.map(
          (v) => html`<li>
            <button type="button" aria-pressed=${String(v.number === shown)} @click=${() => (this.chosen = v.number)}>
              <b>${msg(`第 ${v.number} 版`, `Version ${v.number}`)}${v.number === channel.published ? html`<cm-badge tone="good" plain>${msg('生效', 'In force')}</cm-badge>` : nothing}</b>
              <small>${v.note || msg('无说明', 'No note')}</small>
              <small><cm-time value=${v.publishedAt}></cm-time> · ${v.publishedBy}</small>
            </button>
          </li>`,
        )}
      </ol>
      <div class="text">
        ${
          version === undefined || shown === channel.published
            ? html`<cm-json numbered syntax="yaml" text=${channel.text}></cm-json>`
            : html`<p>${msg(`第 ${shown} 版到生效版本的变化`, `From version ${shown} to the one in force`)}</p>
                <pre tabindex="0">${lineDiff(version.text, channel.text).map((l) => html`<span class=${l.kind}>${l.text}</span>`)}</pre>`
        }
      </div>
    </div>`;
  }
}

define('cm-channel-definition', CmChannelDefinition);
