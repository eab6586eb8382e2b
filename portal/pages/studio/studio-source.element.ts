import { css, html, nothing } from 'lit';
import { CmElement, define } from '../../components/element/element.ts';
import '../../components/hex/hex.element.ts';
import '../../components/segments/segments.element.ts';
import { msg } from '../../state/language.ts';
import { base } from '../../tokens/base.styles.ts';
import type { Trial } from './studio-words.ts';

/**
 * The sample as it comes: parsed, as text, as bytes.
 * @prop result - of the trial
 */
export class CmStudioSource extends CmElement {
  declare result: Trial | undefined;
  declare form: 'parsed' | 'text' | 'bytes';
  static override properties = { result: { attribute: false }, form: { state: true } };
  static override styles = [
    base,
    css`
      :host {
        display: flex;
        flex-direction: column;
        min-height: 0;
        min-width: 0;
      }
      .forms {
        display: flex;
        gap: 2px;
        padding: 4px 8px;
        border-bottom: 1px solid var(--cm-line);
      }
      button {
        min-height: 30px;
        padding: 0 10px;
        border: 0;
        border-radius: var(--cm-radius-s);
        background: none;
        color: var(--cm-text-2);
        font-size: var(--cm-size-s);
        cursor: pointer;
      }
      button[aria-pressed='true'] {
        background: var(--cm-accent-soft);
        color: var(--cm-accent);
        font-weight: 600;
      }
      @media (pointer: coarse) {
        button {
          min-height: 44px;
        }
      }
      .window {
        flex: 1;
        min-height: 0;
        padding: 8px 10px;
        overflow: auto;
      }
      pre {
        margin: 0;
        font: 12.5px/1.7 var(--cm-mono);
        white-space: pre-wrap;
        overflow-wrap: anywhere;
      }
      p {
        margin: 24px 12px;
        color: var(--cm-text-3);
        text-align: center;
      }
    `,
  ];

  constructor() {
    super();
    this.form = 'parsed';
  }

  override render() {
    const { result } = this;
    if (!result)
      return html`<p>${msg('选择一个样例，或粘贴一条消息', 'Choose a sample, or paste a message')}</p>`;
    const segments = result.segments.length > 0;
    const form = segments || this.form === 'bytes' ? this.form : 'text';
    const press = (id: 'parsed' | 'text' | 'bytes', label: string) =>
      html`<button type="button" aria-pressed=${String(form === id)} @click=${() => (this.form = id)}>${label}</button>`;
    return html`<div class="forms">
        ${segments ? press('parsed', msg('解析', 'Parsed')) : nothing}${press('text', msg('原文', 'Text'))}${press('bytes', msg('字节', 'Bytes'))}
      </div>
      <div class="window" tabindex="0">
        ${
          form === 'parsed'
            ? html`<cm-segments .segments=${result.segments}></cm-segments>`
            : form === 'bytes'
              ? html`<cm-hex base64=${result.bytes} charset=${result.charset || 'UTF-8'}></cm-hex>`
              : html`<pre>${(result.text ?? msg('不是文本', 'Not text')).replaceAll('\r\n', '\n').replaceAll('\r', '\n')}</pre>`
        }
      </div>`;
  }
}

define('cm-studio-source', CmStudioSource);
