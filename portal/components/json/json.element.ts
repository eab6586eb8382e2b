import { css, html, type TemplateResult } from 'lit';
import { base } from '../../tokens/base.styles.ts';
import { CmElement, define } from '../element/element.ts';
import { tokens } from './tokens.ts';

/**
 * JSON or YAML with quiet colours.
 * @prop value - anything, shown as JSON
 * @attr text - shown as it is
 * @attr syntax - `json` (default) or `yaml`
 * @attr numbered - with line numbers
 */
export class CmJson extends CmElement {
  declare value: unknown;
  declare text: string;
  declare syntax: 'json' | 'yaml';
  declare numbered: boolean;
  static override properties = {
    value: { attribute: false },
    text: {},
    syntax: {},
    numbered: { type: Boolean, reflect: true },
  };
  static override styles = [
    base,
    css`
      :host {
        display: block;
        overflow: auto;
      }
      pre {
        margin: 0;
        font: 12.5px/1.7 var(--cm-mono);
        tab-size: 2;
        counter-reset: line;
        width: max-content;
        min-width: 100%;
      }
      :host([numbered]) .line::before {
        counter-increment: line;
        content: counter(line);
        display: inline-block;
        width: 30px;
        margin-right: 16px;
        color: var(--cm-text-3);
        text-align: right;
        opacity: 0.75;
        user-select: none;
      }
      .key {
        color: var(--cm-syntax-key);
      }
      .string {
        color: var(--cm-syntax-string);
      }
      .number {
        color: var(--cm-syntax-number);
      }
      .comment {
        color: var(--cm-syntax-comment);
        font-style: italic;
      }
    `,
  ];

  constructor() {
    super();
    this.text = '';
    this.syntax = 'json';
    this.numbered = false;
  }

  override render() {
    const text = this.text || (this.value === undefined ? '' : JSON.stringify(this.value, null, 2));
    const lines = text.split('\n').map((line): TemplateResult => {
      const parts = tokens(line, this.syntax).map((t) =>
        t.kind === 'plain' ? t.text : html`<span class=${t.kind}>${t.text}</span>`,
      );
      return html`<span class="line">${parts}${'\n'}</span>`;
    });
    return html`<pre tabindex="0">${lines}</pre>`;
  }
}

define('cm-json', CmJson);
